//! Opening configured keys: in memory, in a token, or behind a service.

use std::time::Duration;

use air_ids::UnixTime;
use air_jwt::{Jwk, SharedSigner};

#[cfg(feature = "signers")]
use crate::config::{ExternalKey, Place};
use crate::{
    Error,
    config::{KeyConfig, KeySource},
};

/// The time limit of opening a token.
#[cfg(feature = "signers")]
const TOKEN_LIMIT: Duration = Duration::from_secs(30);

/// A key that signs, with its public half.
#[derive(Clone, Debug)]
pub(crate) struct OpenKey {
    /// The place in `issuer.toml`, or the variable.
    pub(crate) name: String,
    pub(crate) signer: SharedSigner,
    pub(crate) public: Jwk,
    pub(crate) signs_from: UnixTime,
    /// The time limit of a signature. A key in memory has none.
    pub(crate) limit: Option<Duration>,
}

/// Opens a key, and fetches its public half.
#[cfg_attr(
    not(feature = "signers"),
    allow(
        clippy::unused_async,
        clippy::unnecessary_wraps,
        reason = "keys in memory are open"
    )
)]
pub(crate) async fn open(key: &KeyConfig) -> Result<OpenKey, Error> {
    let (signer, public, limit) = match &key.source {
        KeySource::Memory { signer, public } => (signer.clone(), Jwk::clone(public), None),
        #[cfg(feature = "signers")]
        KeySource::External(external) => {
            let (signer, public) = open_external(external)
                .await
                .map_err(|reason| Error::key(&key.name, reason))?;
            (signer, public, Some(external.timeout))
        }
    };
    Ok(OpenKey {
        name: key.name.clone(),
        signer,
        public,
        signs_from: key.signs_from,
        limit,
    })
}

/// The error is the reason, without a secret.
#[cfg(feature = "signers")]
async fn open_external(key: &ExternalKey) -> Result<(SharedSigner, Jwk), String> {
    use air_signers::{Pkcs11Signer, RemoteSigner, Secret};

    let copy = |secret: &Secret| Secret::new(secret.expose_secret());
    match &key.place {
        Place::Token { uri, pin, kid } => {
            let pin = copy(pin).map_err(|error| error.to_string())?;
            let mut builder = Pkcs11Signer::builder(uri.clone()).pin(pin);
            if let Some(kid) = kid {
                builder = builder.kid(kid.clone());
            }
            // The calls of the module block.
            let opening = tokio::task::spawn_blocking(|| builder.open());
            let signer = tokio::time::timeout(TOKEN_LIMIT, opening)
                .await
                .map_err(|_| {
                    let seconds = TOKEN_LIMIT.as_secs();
                    format!("its PKCS#11 module did not respond within {seconds} s; check the token")
                })?
                .map_err(|_| "its PKCS#11 module panicked; check `module-path`".to_owned())?
                .map_err(|error| error.to_string())?;
            let public = signer.public_jwk();
            Ok((SharedSigner::new(signer), public))
        }
        Place::Service { url, bearer } => {
            let bearer = copy(bearer).map_err(|error| error.to_string())?;
            let signer = RemoteSigner::builder(url.clone(), bearer)
                .attempt_timeout(key.timeout / 2)
                .deadline(key.timeout)
                .connect()
                .await
                .map_err(|error| error.to_string())?;
            let public = signer.public_jwk();
            Ok((SharedSigner::new(signer), public))
        }
    }
}
