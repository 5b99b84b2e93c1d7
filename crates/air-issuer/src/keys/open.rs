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
            let signer = call_module(TOKEN_LIMIT, || builder.open())
                .await?
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

/// Makes a call of a PKCS#11 module, which blocks. The thread is not one of the runtime, which at its end would wait
/// for a module that never responds.
#[cfg(feature = "signers")]
async fn call_module<T: Send + 'static>(
    limit: Duration,
    call: impl FnOnce() -> T + Send + 'static,
) -> Result<T, String> {
    let (sender, result) = tokio::sync::oneshot::channel();
    std::thread::Builder::new()
        .name("pkcs11-open".to_owned())
        .spawn(move || {
            // The caller may have stopped waiting.
            let _ = sender.send(call());
        })
        .map_err(|error| format!("no thread could be started: {error}"))?;
    tokio::time::timeout(limit, result)
        .await
        .map_err(|_| {
            let seconds = limit.as_secs();
            format!("its PKCS#11 module did not respond within {seconds} s; check the token")
        })?
        .map_err(|_| "its PKCS#11 module panicked; check `module-path`".to_owned())
}

#[cfg(all(test, feature = "signers"))]
mod tests {
    use std::{sync::mpsc, thread};

    use tokio::runtime::Builder;

    use super::*;

    #[test]
    fn a_module_that_never_responds_does_not_hold_up_the_end_of_the_process() {
        let (ended, outcome) = mpsc::channel();
        thread::spawn(move || {
            let runtime = Builder::new_current_thread()
                .enable_time()
                .start_paused(true)
                .build();
            let opened = runtime.unwrap().block_on(call_module::<()>(TOKEN_LIMIT, || {
                loop {
                    thread::park();
                }
            }));
            ended.send(opened).unwrap();
        });
        let opened = outcome.recv_timeout(Duration::from_mins(1)).unwrap();
        let reason = opened.unwrap_err();
        assert!(reason.contains("did not respond within 30 s"), "{reason}");
    }

    #[tokio::test]
    async fn the_result_of_a_module_is_returned_and_a_panic_named() {
        assert_eq!(call_module(TOKEN_LIMIT, || 7).await, Ok(7));
        let panicked = call_module::<()>(TOKEN_LIMIT, || panic!("broken")).await;
        assert!(panicked.unwrap_err().contains("panicked"));
    }
}
