//! `air keys generate --pkcs11`: a key in a PKCS#11 token.

use std::path::{Path, PathBuf};

use air_jwt::{Jwk, Kid};
use air_signers::{Pkcs11Signer, Pkcs11Uri};
use clap::Args;
use serde_json::json;

use super::{KeyAlgorithm, NewKeyArgs, shell_word, signer::pin};
use crate::{exit::Failure, output::Output};

#[derive(Args)]
pub(super) struct TokenArgs {
    /// Generate the key in a PKCS#11 token (an HSM), which it can't leave.
    #[arg(long, requires_all = ["module", "token"], conflicts_with_all = ["out", "form", "dir", "bits"])]
    pkcs11: bool,
    /// The shared library of the token's vendor.
    #[arg(long, value_name = "FILE", requires = "pkcs11")]
    module: Option<PathBuf>,
    /// The token's label.
    #[arg(long, value_name = "LABEL", requires = "pkcs11")]
    token: Option<String>,
    /// The file with the PIN of the token's user [default: the PIN in `AIR_PKCS11_PIN`].
    #[arg(long, value_name = "FILE", requires = "pkcs11")]
    pin_file: Option<PathBuf>,
    /// The new key's label in the token.
    #[arg(long, requires = "pkcs11", default_value = "air")]
    label: String,
}

impl TokenArgs {
    /// The URI of the new key, if it is to be in a token.
    pub(super) fn uri(&self) -> Result<Option<Pkcs11Uri>, Failure> {
        let (true, Some(module), Some(token)) = (self.pkcs11, &self.module, &self.token) else {
            return Ok(None);
        };
        let uri = Pkcs11Uri::new(token, &self.label, absolute(module)?)?;
        Ok(Some(match &self.pin_file {
            Some(file) => uri.with_pin_file(absolute(file)?),
            None => uri,
        }))
    }
}

/// Generates the key, and prints its public half and its URI.
pub(super) fn generate(uri: &Pkcs11Uri, key: &NewKeyArgs, output: Output) -> Result<(), Failure> {
    if key.algorithm == KeyAlgorithm::Rs256 {
        return Err(Failure::usage("--pkcs11 supports ES256 only"));
    }
    let mut builder = Pkcs11Signer::builder(uri.clone()).pin(pin(uri, output)?);
    if let Some(kid) = &key.kid {
        builder = builder.kid(kid.clone());
    }
    let jwk = builder.generate()?;
    print_key(uri, &jwk, key, output)
}

fn print_key(uri: &Pkcs11Uri, jwk: &Jwk, key: &NewKeyArgs, output: Output) -> Result<(), Failure> {
    let document = json!({
        "uri": uri.to_string(),
        "kid": jwk.kid(),
        "algorithm": jwk.algorithm(),
        "jwk": jwk,
    });
    let kid = match &key.kid {
        Some(kid) => format!(" --kid {}", shell_word(kid.as_str())),
        None => String::new(),
    };
    output.result(&document, |_| {
        format!(
            "Generated a key in the token ({}). It can't leave the token.\nkid  {}\nkey  {uri}\nNext: publish the public key before you sign with it: `air jwks export --key {}{kid}`\n\
             Or let the issuer's service publish it, in [keys] of issuer.toml: {}",
            jwk.algorithm(),
            jwk.kid(),
            shell_word(&uri.to_string()),
            issuer_toml(uri, key.kid.as_ref()),
        )
    })
}

/// The line of `issuer.toml` for the key. The PIN of a URI without `pin-source` is in the environment there, too.
fn issuer_toml(uri: &Pkcs11Uri, kid: Option<&Kid>) -> String {
    // A JSON string is a string of TOML.
    let uri = json!(uri.to_string());
    match kid {
        Some(kid) => format!("credentials = {{ pkcs11 = {uri}, kid = {} }}", json!(kid)),
        None => format!("credentials = {{ pkcs11 = {uri} }}"),
    }
}

/// The URI is used later, perhaps in another folder.
fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path).map_err(|error| Failure::failed(format!("{}: {error}", path.display())))
}
