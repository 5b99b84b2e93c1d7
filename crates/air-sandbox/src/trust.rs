//! Whose keys count: a token is verified with the set that its partner registered.

use air_fetch::{Cache, Documents, FetchError, Fetched, Fetcher, Reach, redacted};
use air_jwt::{Claims, JwkSet, Scope, Verifier};

use crate::{Error, faults};

/// A partner may develop on this machine, or within a company; whoever may set partners up names their URLs.
pub(crate) const REACH: Reach = Reach::Any;
/// Why a partner's token was not accepted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TrustError {
    #[error("the partner's JWK set at {url} could not be fetched: {reason}")]
    Unreachable { url: String, reason: FetchError },
    #[error(transparent)]
    Token(#[from] air_jwt::Error),
}

/// The partners' sets.
#[derive(Clone, Debug)]
pub(crate) struct Trust {
    sets: Cache<JwkSet>,
    fetcher: Fetcher,
}

impl Trust {
    pub(crate) fn new() -> Result<Self, Error> {
        let fetcher = Fetcher::new(REACH)?;
        Ok(Self {
            sets: Cache::new(Documents::jwk_sets(fetcher.clone())),
            fetcher,
        })
    }

    /// The set as it is published now, with the keys that can't be used and why.
    pub(crate) async fn inspect(&self, jwks_url: &str) -> Result<Fetched, TrustError> {
        self.fetcher
            .jwks(jwks_url)
            .await
            .map_err(|reason| TrustError::Unreachable {
                url: redacted(jwks_url),
                reason,
            })
    }

    /// Verifies a token with the keys that are published at `jwks_url`.
    pub(crate) async fn verify(
        &self,
        jwks_url: &str,
        token: &str,
        scope: Option<Scope>,
        now: u64,
    ) -> Result<Claims, TrustError> {
        let unreachable = |reason| TrustError::Unreachable {
            url: redacted(jwks_url),
            reason,
        };
        if faults::is_jwks_outage() {
            return Err(unreachable(FetchError::Connect));
        }
        let keys = self.sets.get(jwks_url).await.map_err(unreachable)?;
        let verdict = verify(&keys, token, scope, now);
        if !matches!(verdict, Err(air_jwt::Error::UnknownKid { .. })) {
            return Ok(verdict?);
        }
        // A rotation that the kept set does not have yet, perhaps.
        let keys = self.sets.refreshed(jwks_url).await.map_err(unreachable)?;
        Ok(verify(&keys, token, scope, now)?)
    }
}

fn verify(keys: &JwkSet, token: &str, scope: Option<Scope>, now: u64) -> Result<Claims, air_jwt::Error> {
    let verifier = Verifier::new(keys);
    let verifier = match scope {
        Some(scope) => verifier.requiring(scope),
        None => verifier,
    };
    verifier.verify(token, now)
}
