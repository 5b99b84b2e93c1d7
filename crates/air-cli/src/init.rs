//! `air init`: a profile in `air.toml`, and the partner's key.

mod sandbox;

use std::{collections::BTreeMap, path::PathBuf, str::FromStr};

use air_api::{IssuerDid, PartnerId, ProgramId, VerificationProgramId};
use air_client::Environment;
use air_jwt::{Kid, SigningKey};
use clap::Args;
use serde_json::json;

use crate::{
    exit::Failure,
    files::{self, Audience, shown},
    keys,
    output::Output,
    partner::{LOCAL_URL, OperatorArgs},
    profile::{Document, Entry, FILE, ProfileName, require_in_folder},
};

const KEY_STAYS: &str = "a key is never overwritten; choose another name with --key";

#[derive(Args)]
#[command(
    after_help = "--from-sandbox takes everything from a local platform that was seeded, and registers the public key there: \
                  `air issue` works at once. The private key stays in this folder; keep it out of version control.\n\
                  \n\
                  Examples:\n  \
                  air init --from-sandbox\n  \
                  air init production --url production --partner-id ID --issuer DID \\\n      \
                  --program kyc=ID"
)]
pub(crate) struct InitArgs {
    /// The profile's name.
    #[arg(value_name = "PROFILE", default_value = "local")]
    profile: ProfileName,
    /// Take the account, the issuer and the programs from a local platform that was seeded.
    #[arg(long, conflicts_with_all = ["partner_id", "issuer", "program", "verification_program"])]
    from_sandbox: bool,
    /// The platform's URL, without a path; or `sandbox`, `production`.
    #[arg(long, env = "AIR_URL", default_value = LOCAL_URL)]
    url: String,
    #[command(flatten)]
    operator: OperatorArgs,
    /// The seeded partner [default: the only one].
    #[arg(long, value_name = "NAME", requires = "from_sandbox")]
    partner: Option<String>,
    /// The partner's id.
    #[arg(long, value_name = "ID")]
    partner_id: Option<PartnerId>,
    /// The issuer's DID.
    #[arg(long, value_name = "DID")]
    issuer: Option<IssuerDid>,
    /// An issuance program and its name. May be repeated.
    #[arg(long, value_name = "NAME=ID")]
    program: Vec<NamedId<ProgramId>>,
    /// A verification program and its name. May be repeated.
    #[arg(long, value_name = "NAME=ID")]
    verification_program: Vec<NamedId<VerificationProgramId>>,
    /// The private key in this folder: a file or a folder of `air keys`. A file that does not exist
    /// is generated (ES256).
    #[arg(long, value_name = "FILE|DIR", default_value = "partner-key.pem")]
    key: PathBuf,
    /// The key's id in the published set [default: the JWK's `kid`, or the RFC 7638 thumbprint].
    #[arg(long, allow_hyphen_values = true)]
    kid: Option<Kid>,
    /// Replace a profile with this name.
    #[arg(long)]
    force: bool,
}

/// `NAME=ID`.
#[derive(Clone, Debug)]
struct NamedId<T> {
    name: String,
    id: T,
}

impl<T: FromStr<Err: std::fmt::Display>> FromStr for NamedId<T> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, id) = text.rsplit_once('=').ok_or("must be NAME=ID")?;
        if name.is_empty() {
            return Err("must be NAME=ID".to_owned());
        }
        let id = id.parse().map_err(|error: T::Err| error.to_string())?;
        Ok(Self {
            name: name.to_owned(),
            id,
        })
    }
}

/// The ids of a profile.
struct Ids {
    partner_id: Option<PartnerId>,
    issuer: Option<IssuerDid>,
    programs: BTreeMap<String, String>,
    verification_programs: BTreeMap<String, String>,
}

impl InitArgs {
    pub(crate) async fn run(&self, output: Output) -> Result<(), Failure> {
        let mut document = match Document::load()? {
            Some(document) => document,
            None => Document::new()?,
        };
        if document.has(&self.profile) && !self.force {
            return Err(
                Failure::failed(format!("{FILE} has a profile `{}` already", self.profile))
                    .with_hint("choose another name, or pass --force to replace it"),
            );
        }
        require_in_folder(&self.key)?;
        self.url.parse::<Environment>()?;
        // Before a key is generated: a failure leaves nothing.
        let sandbox = if self.from_sandbox {
            Some(sandbox::Sandbox::find(&self.url, &self.operator, self.partner.as_deref()).await?)
        } else {
            None
        };
        let (key, is_new) = self.key(output)?;
        let (ids, published) = match &sandbox {
            Some(sandbox) => {
                sandbox.register(&self.operator, &key).await?;
                (sandbox.ids(), sandbox.published(&self.operator).await?)
            }
            None => (self.ids(), None),
        };
        let entry = self.entry(&ids);
        document.insert(&self.profile, &entry)?;
        document.save()?;
        let next = self.next(&entry, published.as_deref());
        self.report(&entry, &key, is_new, &next, output)
    }

    /// Reads the key, or generates it.
    fn key(&self, output: Output) -> Result<(SigningKey, bool), Failure> {
        if self.key.exists() {
            return Ok((keys::read(&self.key, self.kid.as_ref(), output)?, false));
        }
        let mut key = SigningKey::generate(&mut rand::rng());
        files::write_new(
            &self.key,
            key.expose_pkcs8_pem().as_bytes(),
            Audience::Owner,
            KEY_STAYS,
        )?;
        if let Some(kid) = &self.kid {
            key = key.with_kid(kid.clone());
        }
        Ok((key, true))
    }

    fn ids(&self) -> Ids {
        Ids {
            partner_id: self.partner_id.clone(),
            issuer: self.issuer.clone(),
            programs: by_name(&self.program),
            verification_programs: by_name(&self.verification_program),
        }
    }

    fn entry(&self, ids: &Ids) -> Entry {
        Entry {
            url: self.url.clone(),
            partner_id: ids.partner_id.as_ref().map(ToString::to_string),
            key: Some(self.key.clone()),
            kid: self.kid.as_ref().map(ToString::to_string),
            issuer: ids.issuer.as_ref().map(ToString::to_string),
            chain_id: None,
            contract: None,
            code_hash: None,
            programs: ids.programs.clone(),
            verification_programs: ids.verification_programs.clone(),
        }
    }

    fn report(
        &self,
        entry: &Entry,
        key: &SigningKey,
        is_new: bool,
        next: &str,
        output: Output,
    ) -> Result<(), Failure> {
        let document = json!({
            "file": FILE,
            "profile": self.profile.as_str(),
            "url": entry.url,
            "partnerId": entry.partner_id,
            "key": shown(&self.key),
            "kid": key.kid(),
            "isNewKey": is_new,
            "issuer": entry.issuer,
            "programs": entry.programs,
            "verificationPrograms": entry.verification_programs,
        });
        output.result(&document, |_| {
            let written = if is_new { "generated, 0600" } else { "found" };
            format!(
                "Wrote {FILE}, profile {} for {}.\nkey  {} ({written}), kid {}\n{next}",
                self.profile,
                entry.url,
                self.key.display(),
                key.kid(),
            )
        })
    }

    /// The next command. `published` is the name of a program that can issue.
    fn next(&self, entry: &Entry, published: Option<&str>) -> String {
        let key = self.key.display();
        if self.from_sandbox {
            let issue = |program: &str| {
                let program = keys::shell_word(program);
                format!("`air issue --program {program} --on-behalf ada@example.com SUBJECT.json`")
            };
            return match (published, entry.programs.keys().next()) {
                (Some(program), _) => format!("Next: run {}", issue(program)),
                (None, Some(draft)) => format!(
                    "Next: publish a draft by `air program publish {}`, then run {}",
                    keys::shell_word(draft),
                    issue(draft)
                ),
                (None, None) => "Next: create a program by `air program create`".to_owned(),
            };
        }
        let mut steps = vec![format!(
            "Next: publish the output of `air jwks export --key {key}` at the URL that the platform has registered"
        )];
        if entry.partner_id.is_none() || entry.issuer.is_none() || entry.programs.is_empty() {
            steps.push(format!("and add partner-id, issuer and programs to {FILE}"));
        }
        steps.join(", ")
    }
}

fn by_name<T: ToString>(named: &[NamedId<T>]) -> BTreeMap<String, String> {
    named
        .iter()
        .map(|named| (named.name.clone(), named.id.to_string()))
        .collect()
}
