//! `air credential issue`.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use air_ids::UnixTime;
use air_jwt::{Jwk, JwkSet, Kid, SigningKey};
use air_vc::{
    ClaimPath, IssueOptions, Issuer, StatusReference,
    status::{BitstringStatusListEntry, StatusPurpose},
    w3c::{SecuringMechanism, W3cIssueOptions},
};
use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};

use super::rdf::{self, ContextFile, Issuance, Suite};
use crate::{exit::Failure, files, keys::read_signing_key, output::Output, schema::read_subject, time};

#[derive(Args)]
#[command(after_help = "Examples:\n  \
                  air credential issue --key issuer.pem --kid k1 \\\n      \
                  --issuer https://issuer.example --vct urn:example:kyc \\\n      \
                  --expires-in 31536000 subject.json\n  \
                  air credential issue --key issuer.pem --kid k1 \\\n      \
                  --issuer https://issuer.example --vct urn:example:kyc \\\n      \
                  --holder-jwk holder.jwk --visible isOver18 subject.json\n  \
                  air credential issue --format w3c-bbs --key bbs.hex --kid bbs-1 \\\n      \
                  --issuer did:web:issuer.example --vct KycIdentity \\\n      \
                  --context https://issuer.example/kyc.jsonld=kyc.jsonld subject.json")]
pub(crate) struct Issue {
    /// The issuer's private key (PEM; 64 hex digits for eddsa-rdfc-2022 and w3c-bbs).
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The key's id in the issuer's set.
    #[arg(long, allow_hyphen_values = true)]
    kid: Kid,
    /// `iss`: the issuer's URL or DID.
    #[arg(long, value_name = "ISS")]
    issuer: String,
    /// The credential's type.
    #[arg(long)]
    vct: String,
    /// The format: SD-JWT VC; a W3C credential (2.0) without selective disclosure, as a JWT or as
    /// JSON with an embedded proof (ecdsa-jcs-2019); or, by the program air-ssi, one with a proof
    /// over RDF (--suite) or with unlinkable presentations (bbs-2023). For W3C, --vct is the name
    /// of the type.
    #[arg(long, value_enum, default_value_t = Format::SdJwt)]
    format: Format,
    /// The cryptosuite of w3c-rdfc [default: ecdsa-rdfc-2019].
    #[arg(long, value_enum)]
    suite: Option<Suite>,
    /// A JSON-LD context that defines the claims of a w3c-rdfc or w3c-bbs credential, and the file
    /// with it; `air schema show --format context` prints one. May be repeated.
    #[arg(long, value_name = "URL=FILE")]
    context: Vec<ContextFile>,
    /// `sub`: the holder's DID.
    #[arg(long, value_name = "DID")]
    holder: Option<String>,
    /// The holder's public key (a JWK, or a set of one); only the holder of the private key can
    /// present the credential.
    #[arg(long, value_name = "FILE")]
    holder_jwk: Option<PathBuf>,
    /// The lifetime in seconds [default: no expiry].
    #[arg(long, value_name = "SECONDS")]
    expires_in: Option<u64>,
    /// The status list's URI. For W3C, the list is a Bitstring Status List of revocations.
    #[arg(long, value_name = "URI", requires = "status_index")]
    status_uri: Option<String>,
    /// The credential's index in the status list; `air status list allocate` draws a free one.
    #[arg(long, value_name = "N", requires = "status_uri")]
    status_index: Option<u64>,
    /// Claims that the holder can't withhold, like isOver18,address.country; all others can be withheld.
    #[arg(long, value_name = "PATHS", value_delimiter = ',')]
    visible: Vec<ClaimPath>,
    /// The maximum number of decoy digests for each level; they hide the number of claims.
    #[arg(long, value_name = "N", default_value_t = 0)]
    decoys: u8,
    /// The claims; `-` is stdin.
    #[arg(value_name = "SUBJECT.json")]
    subject: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    SdJwt,
    W3cJwt,
    W3cProof,
    W3cRdfc,
    W3cBbs,
}

impl Issue {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        match self.format {
            Format::SdJwt => self.issue_sd_jwt(output),
            Format::W3cJwt => self.issue_w3c(SecuringMechanism::Jwt, output),
            Format::W3cProof => self.issue_w3c(self.data_integrity(), output),
            Format::W3cRdfc => {
                let suite = self.suite.unwrap_or(Suite::EcdsaRdfc2019);
                self.issue_over_rdf(suite, output).await
            }
            Format::W3cBbs => self.issue_over_rdf(Suite::Bbs2023, output).await,
        }
    }

    fn issue_sd_jwt(&self, output: Output) -> Result<(), Failure> {
        self.refuse_options_over_rdf()?;
        let (key, subject) = self.read(output)?;
        let issued = Issuer::new(&self.issuer, &key).issue(&self.terms()?, &subject, &mut rand::rng());
        let credential = issued.map_err(|error| Failure::rejected(error.to_string()))?;
        print(credential.as_str(), output)
    }

    fn issue_w3c(&self, securing: SecuringMechanism, output: Output) -> Result<(), Failure> {
        self.refuse_options_over_rdf()?;
        let (key, subject) = self.read(output)?;
        let issued = Issuer::new(&self.issuer, &key).issue_w3c(&self.w3c_terms(securing)?, &subject);
        let credential = issued.map_err(|error| Failure::rejected(error.to_string()))?;
        print(&credential.into_string(), output)
    }

    async fn issue_over_rdf(&self, suite: Suite, output: Output) -> Result<(), Failure> {
        self.refuse_options_of_sd_jwt()?;
        if self.suite.is_some_and(|named| named != suite) {
            return Err(Failure::usage("--suite is only for w3c-rdfc"));
        }
        let subject = read_subject(&self.subject)?;
        let now = time::now();
        let issuance = Issuance {
            suite,
            issuer: &self.issuer,
            key: &self.key,
            kid: self.kid.as_str(),
            type_name: &self.vct,
            holder: self.holder.as_deref(),
            subject: &subject,
            valid_from: now,
            valid_until: self.expires_at(now),
            status: self.status_uri.as_deref().zip(self.status_index),
            contexts: &self.context,
            always_visible: &self.visible,
        };
        rdf::issue(&issuance, output).await
    }

    fn read(&self, output: Output) -> Result<(SigningKey, Map<String, Value>), Failure> {
        let key = read_signing_key(&self.key, output)?.with_kid(self.kid.clone());
        Ok((key, read_subject(&self.subject)?))
    }

    fn expires_at(&self, now: UnixTime) -> Option<UnixTime> {
        self.expires_in
            .map(|seconds| now.saturating_add(Duration::from_secs(seconds)))
    }

    fn terms(&self) -> Result<IssueOptions, Failure> {
        let now = time::now();
        let status = self.status_uri.clone().zip(self.status_index);
        Ok(IssueOptions {
            vct: self.vct.clone(),
            holder: self.holder.clone(),
            issued_at: now,
            expires_at: self.expires_at(now),
            holder_key: self.holder_key()?,
            status: status.map(|(uri, index)| StatusReference { uri, index }),
            always_visible: self.visible.clone(),
            decoys: self.decoys,
            ..IssueOptions::default()
        })
    }

    fn holder_key(&self) -> Result<Option<Jwk>, Failure> {
        self.holder_jwk.as_deref().map(read_public_key).transpose()
    }

    fn w3c_terms(&self, securing: SecuringMechanism) -> Result<W3cIssueOptions, Failure> {
        self.refuse_options_of_sd_jwt()?;
        if !self.visible.is_empty() {
            return Err(Failure::usage(
                "--visible is only for SD-JWT VC, w3c-rdfc and w3c-bbs",
            ));
        }
        let now = time::now();
        Ok(W3cIssueOptions {
            types: vec![self.vct.clone()],
            holder: self.holder.clone(),
            valid_from: now,
            valid_until: self.expires_at(now),
            statuses: self.revocation().into_iter().collect(),
            securing,
            ..W3cIssueOptions::default()
        })
    }

    /// The entry of a W3C credential in its list.
    fn revocation(&self) -> Option<BitstringStatusListEntry> {
        let (uri, index) = self.status_uri.as_deref().zip(self.status_index)?;
        Some(BitstringStatusListEntry::new(
            StatusPurpose::Revocation,
            uri,
            index,
        ))
    }

    fn refuse_options_of_sd_jwt(&self) -> Result<(), Failure> {
        rdf::refuse(&[
            (self.holder_jwk.is_some(), "--holder-jwk"),
            (self.decoys > 0, "--decoys"),
        ])
        .map_err(|name| Failure::usage(format!("{name} is only for SD-JWT VC")))
    }

    fn refuse_options_over_rdf(&self) -> Result<(), Failure> {
        rdf::refuse(&[
            (self.suite.is_some(), "--suite"),
            (!self.context.is_empty(), "--context"),
        ])
        .map_err(|name| Failure::usage(format!("{name} is only for w3c-rdfc and w3c-bbs")))
    }

    /// A proof by the key's id in the issuer's DID document: --kid, either a full DID URL or a fragment.
    fn data_integrity(&self) -> SecuringMechanism {
        let kid = self.kid.as_str();
        let verification_method = if kid.contains('#') {
            kid.to_owned()
        } else {
            format!("{}#{kid}", self.issuer)
        };
        SecuringMechanism::DataIntegrity { verification_method }
    }
}

fn print(credential: &str, output: Output) -> Result<(), Failure> {
    output.result(&json!({ "credential": credential }), |_| credential.to_owned())
}

/// A public key from a file: a JWK, or a set of one key as `air jwks export` prints it.
fn read_public_key(path: &Path) -> Result<Jwk, Failure> {
    let json = files::read(path)?;
    let set = JwkSet::from_slice(&json).unwrap_or_default();
    let mut keys = set.iter();
    match (keys.next(), keys.next()) {
        (Some(only), None) => Ok(only.clone()),
        (Some(_), Some(_)) => Err(Failure::rejected(format!(
            "{} has more than one key; it must have the holder's key only",
            path.display()
        ))),
        (None, _) => {
            Jwk::from_slice(&json).map_err(|error| Failure::rejected(format!("{}: {error}", path.display())))
        }
    }
}
