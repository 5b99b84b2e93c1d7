//! The partner's signing key: in a file, in a PKCS#11 token, or behind a signing service.

use std::{env, path::Path};

use air_jwt::{Jwk, Kid, SharedSigner, SigningKey};
use air_signers::{Pkcs11Signer, Pkcs11Uri, RemoteSigner, RemoteUrl, Secret};

use crate::{exit::Failure, files, output::Output};

/// The PIN of a token whose URI has no `pin-source`.
const PIN: &str = "AIR_PKCS11_PIN";
/// The file with the bearer token of a signing service, or the token itself.
const BEARER_FILE: &str = "AIR_SIGNER_TOKEN_FILE";
const BEARER: &str = "AIR_SIGNER_TOKEN";

/// A key that signs, and its public half.
pub(crate) struct PartnerKey {
    signer: SharedSigner,
    jwk: Jwk,
}

impl PartnerKey {
    pub(crate) fn signer(&self) -> &SharedSigner {
        &self.signer
    }

    pub(crate) fn public_jwk(&self) -> &Jwk {
        &self.jwk
    }
}

impl From<SigningKey> for PartnerKey {
    fn from(key: SigningKey) -> Self {
        Self {
            jwk: key.public_jwk(),
            signer: SharedSigner::new(key),
        }
    }
}

/// Whether `--key` is the URI of a signer instead of a file.
pub(crate) fn is_signer_uri(key: &Path) -> bool {
    let is_uri = |text: &str| {
        ["pkcs11:", "https://", "http://"]
            .iter()
            .any(|scheme| text.starts_with(scheme))
    };
    key.to_str().is_some_and(is_uri)
}

/// Opens the key that `--key` names.
pub(crate) async fn open(key: &Path, kid: Option<&Kid>, output: Output) -> Result<PartnerKey, Failure> {
    match key.to_str() {
        Some(uri) if uri.starts_with("pkcs11:") => open_token(uri.parse()?, kid.cloned(), output).await,
        Some(url) if is_signer_uri(key) => open_service(url.parse()?, kid, output).await,
        _ => Ok(super::read(key, kid, output)?.into()),
    }
}

async fn open_token(uri: Pkcs11Uri, kid: Option<Kid>, output: Output) -> Result<PartnerKey, Failure> {
    let pin = pin(&uri, output)?;
    let mut builder = Pkcs11Signer::builder(uri).pin(pin);
    if let Some(kid) = kid {
        builder = builder.kid(kid);
    }
    let signer = tokio::task::spawn_blocking(|| builder.open())
        .await
        .map_err(|_| Failure::failed("the PKCS#11 module panicked"))??;
    Ok(PartnerKey {
        jwk: signer.public_jwk(),
        signer: SharedSigner::new(signer),
    })
}

/// The PIN: of the URI's file, or in the environment.
pub(super) fn pin(uri: &Pkcs11Uri, output: Output) -> Result<Secret, Failure> {
    match uri.pin_file() {
        Some(file) => read_secret(file, output),
        None if env::var_os(PIN).is_some() => Ok(Secret::from_env(PIN)?),
        None => Err(Failure::usage("missing PIN of the token")
            .with_hint(format!("add `pin-source=file:…` to the URI, or set {PIN}"))),
    }
}

/// Reads a secret, and warns if other users can read its file.
fn read_secret(file: &Path, output: Output) -> Result<Secret, Failure> {
    let text = files::read_secret(file, output)?;
    Ok(Secret::new(text.as_str())?)
}

async fn open_service(url: RemoteUrl, kid: Option<&Kid>, output: Output) -> Result<PartnerKey, Failure> {
    if kid.is_some_and(|kid| kid != url.kid()) {
        return Err(Failure::usage(format!(
            "--kid and the URL name different keys: the URL names `{}`",
            url.kid()
        ))
        .with_hint("omit --kid, and unset AIR_KID"));
    }
    let bearer = match (env::var_os(BEARER_FILE), env::var_os(BEARER)) {
        (Some(file), _) => read_secret(Path::new(&file), output)?,
        (None, Some(_)) => Secret::from_env(BEARER)?,
        (None, None) => {
            return Err(Failure::usage("missing bearer token of the signing service")
                .with_hint(format!("set {BEARER_FILE} to a file with it")));
        }
    };
    let signer = RemoteSigner::builder(url, bearer).connect().await?;
    Ok(PartnerKey {
        jwk: signer.public_jwk(),
        signer: SharedSigner::new(signer),
    })
}
