//! Whose keys count: a token is verified with the set that its partner registered.

use std::time::Duration;

use air_fetch::{Cache, Documents, FetchError, Fetched, Fetcher, Reach, redacted};
use air_jwt::{Claims, JwkSet, Scope, Verifier, jws};

use crate::Error;

/// Any address is allowed: partners may develop on this machine or in a private network, and only callers who may set up partners
/// name their URLs.
pub(crate) const REACH: Reach = Reach::Any;
/// The longest lifetime of a Partner JWT, without the clock skew.
const LONGEST_LIFETIME: Duration = Duration::from_mins(15);

/// Why a partner's token was not accepted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TrustError {
    #[error("failed to fetch the partner's JWK set at {url}: {reason}")]
    Unreachable { url: String, reason: FetchError },
    #[error(transparent)]
    Token(#[from] air_jwt::Error),
}

impl TrustError {
    /// Of a set that can't be fetched.
    pub(crate) fn unreachable(jwks_url: &str, reason: FetchError) -> Self {
        Self::Unreachable {
            url: redacted(jwks_url),
            reason,
        }
    }
}

/// The partners' sets.
#[derive(Clone, Debug)]
pub(crate) struct Trust {
    sets: Cache<JwkSet>,
    fetcher: Fetcher,
}

impl Trust {
    /// On a local platform (see `exposure`), a set of this machine that publishes private keys is used all the same, with a warning.
    pub(crate) fn new(is_on_loopback: bool) -> Result<Self, Error> {
        let fetcher = Fetcher::new(REACH)?;
        let fetcher = if is_on_loopback {
            fetcher.using_leaked_keys_from_loopback()
        } else {
            fetcher
        };
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
            .map_err(|reason| TrustError::unreachable(jwks_url, reason))
    }

    /// Verifies a token with the keys that are published at `jwks_url`.
    pub(crate) async fn verify(
        &self,
        jwks_url: &str,
        token: &str,
        scope: Option<Scope>,
        now: u64,
    ) -> Result<Claims, TrustError> {
        let unreachable = |reason| TrustError::unreachable(jwks_url, reason);
        let keys = self.sets.get(jwks_url).await.map_err(unreachable)?;
        let verdict = verify(&keys, token, scope, now);
        match verdict {
            Err(error) if may_be_a_rotation(&error, token) => {}
            verdict => return Ok(verdict?),
        }
        // A rotation that the kept set does not have yet, perhaps.
        let keys = self.sets.refreshed(jwks_url).await.map_err(unreachable)?;
        Ok(verify(&keys, token, scope, now)?)
    }
}

fn verify(keys: &JwkSet, token: &str, scope: Option<Scope>, now: u64) -> Result<Claims, air_jwt::Error> {
    let verifier = Verifier::new(keys)
        .allowing_absent_type()
        .at_most(LONGEST_LIFETIME);
    let verifier = match scope {
        Some(scope) => verifier.requiring(scope),
        None => verifier,
    };
    verifier.verify(token, now)
}

/// Whether a newer set may have the key that the token was signed with.
fn may_be_a_rotation(error: &air_jwt::Error, token: &str) -> bool {
    match error {
        air_jwt::Error::UnknownKid { .. }
        | air_jwt::Error::KeyNotUsed { .. }
        | air_jwt::Error::MissingKid => true,
        // Without a `kid` the only key is meant, and the only key may be another one since.
        air_jwt::Error::BadSignature { .. } => {
            jws::Unverified::parse(token, token.len()).is_ok_and(|token| !token.header().contains_key("kid"))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
