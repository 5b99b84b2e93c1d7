//! The issuer's metadata as a JWT of the key of credentials. Anyone may request it, and the key may be slow or away.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use air_ids::UnixTime;
use air_jwt::{Algorithm, Kid, Signer};
use air_oid4vc::vci::IssuerMetadata;
use air_oid4vc_http::Failure;
use axum::body::Bytes;

use super::{RETRY_AFTER, failure};
use crate::{Error, config::Openid4vcConfig, keys::KeySchedule, state::State};

/// The lifetime of a token. It is signed again after half of it.
const LIFETIME: Duration = Duration::from_hours(24);
/// The time for which a token is valid at least when a wallet gets it.
const REMAINDER: Duration = Duration::from_mins(5);
/// The time after a failed signature in which there is no other attempt.
const PAUSE: Duration = Duration::from_secs(RETRY_AFTER);

/// The newest token of this process.
#[derive(Default)]
pub(super) struct SignedMetadata {
    newest: Arc<Mutex<Option<Token>>>,
    /// The time of the last failed signature. The lock lets concurrent callers share a signature.
    failed_at: Arc<tokio::sync::Mutex<Option<UnixTime>>>,
}

/// A signed document.
#[derive(Clone)]
struct Token {
    document: Bytes,
    token: Bytes,
    kid: Kid,
    algorithm: Algorithm,
    signed_at: UnixTime,
}

enum Found {
    Current(Bytes),
    /// The document has changed, the token ends soon, or another key signs now. The earlier token, if it is valid and
    /// names the algorithm of the key that signs now.
    ToSign(Option<Bytes>),
}

impl SignedMetadata {
    /// Returns the token of a document. An earlier token is returned while another caller waits for the key, or while
    /// the key does not sign.
    pub(super) async fn get(
        &self,
        state: &State,
        config: &Openid4vcConfig,
        document: &Bytes,
    ) -> Result<Bytes, Failure> {
        let earlier = match self.find(state, document) {
            Found::Current(token) => return Ok(token),
            Found::ToSign(earlier) => earlier,
        };
        let mut failed_at = match (self.failed_at.clone().try_lock_owned(), earlier) {
            (Ok(guard), _) => guard,
            (Err(_), Some(earlier)) => return Ok(earlier),
            (Err(_), None) => self.failed_at.clone().lock_owned().await,
        };
        // Another caller may have signed it in the meantime.
        let earlier = match self.find(state, document) {
            Found::Current(token) => return Ok(token),
            Found::ToSign(earlier) => earlier,
        };
        let now = state.clock.now();
        if failed_at.is_some_and(|at| now.abs_diff(at) < PAUSE) {
            return earlier.ok_or(Failure::Unavailable {
                retry_after: Some(RETRY_AFTER),
            });
        }
        let metadata = IssuerMetadata::parse(document, &config.issuer).map_err(|error| {
            tracing::error!(%error, "the issuer's metadata is invalid");
            Failure::Internal
        })?;
        let keys = state.keys.credentials.clone();
        let clock = state.clock.clone();
        let newest = self.newest.clone();
        let document = document.clone();
        // A caller that disconnects does not waste the signature.
        let signing = tokio::spawn(async move {
            let signed = sign(&keys, now, &metadata, document).await;
            *failed_at = signed.is_err().then(|| clock.now());
            signed.map(|signed| {
                let token = signed.token.clone();
                *newest.lock().unwrap_or_else(PoisonError::into_inner) = Some(signed);
                token
            })
        });
        let signed = signing.await.unwrap_or(Err(Failure::Internal));
        signed.or_else(|failure| earlier.ok_or(failure))
    }

    fn find(&self, state: &State, document: &Bytes) -> Found {
        let newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(newest) = newest.as_ref() else {
            return Found::ToSign(None);
        };
        let now = state.clock.now();
        let signer = state.keys.credentials.signing(now);
        let is_current = newest.document == *document
            && newest.kid == *signer.kid()
            && now < newest.signed_at.saturating_add(LIFETIME / 2);
        if is_current {
            return Found::Current(newest.token.clone());
        }
        let ends_at = newest.signed_at.saturating_add(LIFETIME);
        let is_usable = newest.algorithm == signer.algorithm() && now.saturating_add(REMAINDER) < ends_at;
        Found::ToSign(is_usable.then(|| newest.token.clone()))
    }
}

async fn sign(
    keys: &KeySchedule,
    now: UnixTime,
    metadata: &IssuerMetadata,
    document: Bytes,
) -> Result<Token, Failure> {
    let signer = keys.signing(now);
    let ends_at = now.saturating_add(LIFETIME);
    let signed = metadata.sign_with(signer, None, now, Some(ends_at)).await;
    let signed = signed.map_err(|error| failure(Error::Sign(air_vc::Error::Signer(error))))?;
    Ok(Token {
        document,
        token: Bytes::from(signed),
        kid: signer.kid().clone(),
        algorithm: signer.algorithm(),
        signed_at: now,
    })
}
