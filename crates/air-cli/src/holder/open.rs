//! `air holder open`.

use std::path::{Path, PathBuf};

use air_crypto::{
    Error,
    holder::{HolderEnvelope, HolderPrivateKey},
};
use air_vc::HeldCredential;
use base64::{Engine, engine::general_purpose::STANDARD};
use clap::Args;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    exit::Failure,
    files::{self, is_dash},
    output::Output,
};

#[derive(Args)]
#[command(after_help = "Examples:\n  \
                  air holder open --private-key-file holder.pem envelope.json\n  \
                  air holder open --private-key-file holder.hex envelope.json \\\n      \
                  | air credential show -")]
pub(crate) struct Open {
    /// The holder's private key (X25519): PKCS#8 as PEM, DER or hex; `-` is stdin.
    #[arg(long, value_name = "FILE")]
    private_key_file: PathBuf,
    /// The envelope in JSON, as dStorage or an issuer's preview has it; `-` is stdin.
    #[arg(value_name = "FILE", default_value = "-")]
    envelope: PathBuf,
}

/// The members of an envelope that opening needs, in base64. A preview has other names for two of them.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EnvelopeFile {
    #[serde(alias = "encryptedData")]
    data: String,
    iv: String,
    auth_tag: String,
    #[serde(alias = "dataEncPublicKey")]
    encrypted_key: String,
}

impl Open {
    pub(super) fn run(&self, output: Output) -> Result<(), Failure> {
        if is_dash(&self.private_key_file) && is_dash(&self.envelope) {
            return Err(Failure::usage(
                "only one of the private key and the envelope can be read from stdin",
            ));
        }
        let key = HolderPrivateKey::from_file_bytes(&files::read_key(&self.private_key_file, output)?)?;
        let envelope = read_envelope(&self.envelope)?;
        let plaintext = key.open(&envelope).map_err(|error| {
            let is_foreign = matches!(error, Error::EnvelopeRejected);
            let failure = Failure::from(error);
            if is_foreign {
                failure.with_hint("use the private key of the `publicKey` that initialize-user returned")
            } else {
                failure
            }
        })?;
        let held = HeldCredential::from_plaintext(&plaintext)
            .map_err(|error| Failure::rejected(error.to_string()))?;
        match held {
            HeldCredential::SdJwtVc(token) if !output.is_json() => output.raw_line(&token),
            HeldCredential::SdJwtVc(token) => {
                output.document(&json!({ "format": "dc+sd-jwt", "credential": token }))
            }
            HeldCredential::Document(document) if !output.is_json() => {
                output.document(&Value::from(document))
            }
            HeldCredential::Document(document) => {
                output.document(&json!({ "format": "json", "credential": document }))
            }
            _ => Err(Failure::rejected(
                "the envelope has a credential of an unknown kind",
            )),
        }
    }
}

fn read_envelope(path: &Path) -> Result<HolderEnvelope, Failure> {
    let malformed = || {
        Failure::rejected(
            "the input is not an envelope: must be JSON with `data`, `iv`, `authTag` and `encryptedKey` in base64",
        )
    };
    let file: EnvelopeFile = serde_json::from_slice(&files::read(path)?).map_err(|_| malformed())?;
    let decode = |text: &str| STANDARD.decode(text).map_err(|_| malformed());
    let envelope = HolderEnvelope::from_parts(
        &decode(&file.data)?,
        &decode(&file.iv)?,
        &decode(&file.auth_tag)?,
        &decode(&file.encrypted_key)?,
    );
    envelope.map_err(|error| match error {
        Error::EnvelopeRejected => malformed(),
        error => Failure::from(error),
    })
}
