//! `air credential issue`.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use air_jwt::{Jwk, JwkSet, Kid};
use air_vc::{
    ClaimPath, IssueOptions, Issuer, StatusReference,
    w3c::{SecuringMechanism, W3cCredential, W3cIssueOptions},
};
use clap::{Args, ValueEnum};
use serde_json::json;

use crate::{exit::Failure, files, keys::read_signing_key, output::Output, schema::read_subject, time};

#[derive(Args)]
#[command(after_help = "Examples:\n  \
                  air credential issue --key issuer.pem --kid k1 \\\n      \
                  --issuer https://issuer.example --vct urn:example:kyc \\\n      \
                  --expires-in 31536000 subject.json\n  \
                  air credential issue --key issuer.pem --kid k1 \\\n      \
                  --issuer https://issuer.example --vct urn:example:kyc \\\n      \
                  --holder-jwk holder.jwk --visible isOver18 subject.json")]
pub(crate) struct Issue {
    /// The issuer's private key (PEM).
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
    /// The format: SD-JWT VC; or a W3C credential (2.0) without selective disclosure, as a JWT or
    /// as JSON with an embedded proof (ecdsa-jcs-2019). For W3C, --vct is the name of the type.
    #[arg(long, value_enum, default_value_t = Format::SdJwt)]
    format: Format,
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
    /// The status list's URI.
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
}

impl Issue {
    pub(super) fn run(&self, output: Output) -> Result<(), Failure> {
        let key = read_signing_key(&self.key, output)?.with_kid(self.kid.clone());
        let subject = read_subject(&self.subject)?;
        let issuer = Issuer::new(&self.issuer, &key);
        let issued = match self.format {
            Format::SdJwt => issuer
                .issue(&self.terms()?, &subject, &mut rand::rng())
                .map(|credential| credential.as_str().to_owned()),
            Format::W3cJwt => issuer
                .issue_w3c(&self.w3c_terms(SecuringMechanism::Jwt)?, &subject)
                .map(W3cCredential::into_string),
            Format::W3cProof => issuer
                .issue_w3c(&self.w3c_terms(self.data_integrity())?, &subject)
                .map(W3cCredential::into_string),
        };
        let credential = issued.map_err(|error| Failure::rejected(error.to_string()))?;
        output.result(&json!({ "credential": credential }), |_| credential.clone())
    }

    fn terms(&self) -> Result<IssueOptions, Failure> {
        let now = time::now();
        let status = self.status_uri.clone().zip(self.status_index);
        Ok(IssueOptions {
            vct: self.vct.clone(),
            holder: self.holder.clone(),
            issued_at: now,
            expires_at: self
                .expires_in
                .map(|seconds| now.saturating_add(Duration::from_secs(seconds))),
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
        for (given, name) in [
            (self.holder_jwk.is_some(), "--holder-jwk"),
            (!self.visible.is_empty(), "--visible"),
            (self.decoys > 0, "--decoys"),
            (self.status_uri.is_some(), "--status-uri"),
        ] {
            if given {
                return Err(Failure::usage(format!("{name} is only for SD-JWT VC")));
            }
        }
        let now = time::now();
        Ok(W3cIssueOptions {
            types: vec![self.vct.clone()],
            holder: self.holder.clone(),
            valid_from: now,
            valid_until: self
                .expires_in
                .map(|seconds| now.saturating_add(Duration::from_secs(seconds))),
            securing,
            ..W3cIssueOptions::default()
        })
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
