//! `air verify`: a verification program on a user's credential, with the documents that the user lets be opened.

use std::path::{Path, PathBuf};

use air_api::{
    VerificationProgramId,
    sandbox::{ConsentDecision, ConsentRequest, VerificationStatus},
};
use air_client::{Verification, VerifyCredential};
use air_crypto::{CakContext, CakPrivateKey};
use air_jwt::Scope;
use clap::Args;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::{
    ask,
    exit::Failure,
    files::{Audience, ForceArgs, unwritable},
    output::Output,
    partner::{HolderArgs, Partner, PartnerArgs},
    terminal::printable,
};

#[derive(Args)]
#[command(
    after_help = "Example:\n  air verify --key partner-key.pem --partner-id ID --program P --email ada@example.com \\\n      \
                        --wallet-key-file wallet-key.hex --agree --out opened"
)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    partner: PartnerArgs,
    /// The verification program.
    #[arg(long, value_name = "ID")]
    program: VerificationProgramId,
    #[command(flatten)]
    holder: HolderArgs,
    #[command(flatten)]
    consent: ConsentArgs,
    /// A folder for the documents that may be opened.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    force: ForceArgs,
}

/// The user's decision, by a flag or at the terminal.
#[derive(Args)]
pub(crate) struct ConsentArgs {
    /// The user agrees.
    #[arg(long, conflicts_with = "deny")]
    agree: bool,
    /// The user denies: no key, nothing opened, exit 1.
    #[arg(long)]
    deny: bool,
}

impl VerifyArgs {
    pub(crate) async fn run(&self, output: Output) -> Result<(), Failure> {
        let partner = self.partner.connect(output)?;
        self.consent.check(output)?;
        let session = partner.login(Scope::Verify, self.holder.email()?).await?;
        let root = self.holder.root(&session, output)?;
        let token = partner.token(Scope::Verify, None)?;
        let parameters = VerifyCredential {
            auth_token: token.expose_secret(),
            program_id: self.program.clone(),
        };
        let verification = partner
            .client
            .holder(session, root)
            .verify_credential(parameters, |request| self.consent.decide(request, output))
            .await?;
        let opened = self.open_documents(&partner, &verification).await?;
        output.result(&document(&verification), |_| {
            tell(&verification, &opened, self.out.as_ref())
        })?;
        match refusal(verification.status) {
            None => Ok(()),
            Some(reason) => Err(Failure::failed(format!("not accepted: {reason}"))),
        }
    }

    async fn open_documents(
        &self,
        partner: &Partner,
        verification: &Verification,
    ) -> Result<Vec<String>, Failure> {
        let (Some(folder), Some(key), Some(context)) = (
            &self.out,
            &verification.cak_private_key,
            &verification.cak_context,
        ) else {
            return Ok(Vec::new());
        };
        let documents = fetch_and_open(partner, verification, key, context).await?;
        self.write_documents(folder, &documents)?;
        Ok(documents.into_iter().map(|(name, _)| name).collect())
    }

    /// Writes the documents, or none of them where a file stands in the way.
    fn write_documents(
        &self,
        folder: &Path,
        documents: &[(String, Zeroizing<Vec<u8>>)],
    ) -> Result<(), Failure> {
        let mut paths = Vec::with_capacity(documents.len());
        for (name, _) in documents {
            // A name from elsewhere must not leave the folder.
            let file_name = Path::new(name)
                .file_name()
                .ok_or_else(|| Failure::rejected("a document has no usable name"))?;
            let path = folder.join(file_name);
            self.force.check(&path)?;
            if paths.contains(&path) {
                return Err(Failure::rejected(format!(
                    "two documents are named {}; one folder can't hold both",
                    file_name.display()
                )));
            }
            paths.push(path);
        }
        std::fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
        for (path, (_, bytes)) in paths.iter().zip(documents) {
            self.force.write(path, bytes, Audience::Owner)?;
        }
        Ok(())
    }
}

/// Fetches the sealed documents of a verification and opens each under its name as label.
pub(crate) async fn fetch_and_open(
    partner: &Partner,
    verification: &Verification,
    key: &CakPrivateKey,
    context: &CakContext,
) -> Result<Vec<(String, Zeroizing<Vec<u8>>)>, Failure> {
    let token = partner.token(Scope::Verify, None)?;
    let mut opened = Vec::new();
    for object in &verification.documents {
        let sealed = partner
            .client
            .local()
            .fetch_object(token.expose_secret(), &object.storage_id)
            .await?;
        let document = key
            .open(context, object.name.as_bytes(), &sealed)
            .map_err(|error| Failure::from(error).about(&object.name))?;
        opened.push((object.name.clone(), document));
    }
    Ok(opened)
}

impl ConsentArgs {
    /// Whether the decision can be had: by a flag, or a terminal to ask on.
    fn check(&self, output: Output) -> Result<(), Failure> {
        if self.agree || self.deny || ask::is_possible(output) {
            Ok(())
        } else {
            Err(Failure::usage("the user's decision is needed")
                .with_hint("add --agree or --deny, or run it on a terminal"))
        }
    }

    /// The decision where one was given, or where a terminal can be asked.
    pub(crate) fn given_or_asked(&self, request: &ConsentRequest, output: Output) -> Option<ConsentDecision> {
        match (self.agree, self.deny) {
            (_, true) => Some(ConsentDecision::Deny),
            (true, _) => Some(ConsentDecision::Agree),
            _ if ask::is_possible(output) => Some(ask(request, output)),
            _ => None,
        }
    }

    fn decide(&self, request: &ConsentRequest, output: Output) -> ConsentDecision {
        self.given_or_asked(request, output)
            .unwrap_or(ConsentDecision::Deny)
    }
}

/// Why nothing was released, and what to do.
fn refusal(status: VerificationStatus) -> Option<&'static str> {
    match status {
        VerificationStatus::Compliant => None,
        VerificationStatus::NonCompliant => {
            Some("a condition of the program does not hold for the credential")
        }
        VerificationStatus::Pending => {
            Some("the credential is not on-chain yet; wait until `air status` says ONCHAIN and verify again")
        }
        VerificationStatus::Revoking | VerificationStatus::Revoked => {
            Some("the credential was revoked; the issuer may have issued a newer one")
        }
        VerificationStatus::Expired => Some("the credential has expired; ask its issuer for a new one"),
        VerificationStatus::NotFound => Some("the user has no credential of the program's schema"),
        _ => Some("the platform answered a status that this version does not know"),
    }
}

fn ask(request: &ConsentRequest, output: Output) -> ConsentDecision {
    let question = format!("\n{}\nAgree?", printable(&request.statement));
    if ask::agrees(&question, output) {
        ConsentDecision::Agree
    } else {
        ConsentDecision::Deny
    }
}

/// The result for scripts. The key stays in memory: it is told of, not shown.
fn document(verification: &Verification) -> Value {
    json!({
        "status": verification.status,
        "transactionHash": verification.transaction_hash,
        "cakPrivateKeyReleased": verification.cak_private_key.is_some(),
        "disclosedData": verification.disclosed_data,
        "documents": verification.documents,
    })
}

fn tell(verification: &Verification, opened: &[String], folder: Option<&PathBuf>) -> String {
    let mut lines = vec![format!("{:?}", verification.status)];
    if let Some(hash) = &verification.transaction_hash {
        lines.push(format!("transaction  {hash}"));
    }
    if let Some(folder) = folder {
        for name in opened {
            lines.push(format!(
                "opened       {}",
                printable(&folder.join(name).display().to_string())
            ));
        }
    }
    lines.join("\n")
}
