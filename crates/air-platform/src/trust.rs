//! Verifies Partner JWTs with the JWK set that their partner registered.

use std::time::Duration;

use air_fetch::{Cache, DocumentLoader, FetchError, Fetched, Fetcher, NetworkPolicy, SetupError, redacted};
use air_ids::UnixTime;
use air_jwt::{Claims, JwkSet, Scope, ScopeSet, Verifier, jws};

/// Allows any address: partners may develop on this machine or in a private network, and only
/// callers who may set up partners choose their URLs.
pub(crate) const NETWORK_POLICY: NetworkPolicy = NetworkPolicy::Any;
/// The maximum lifetime of a Partner JWT, without the clock skew.
const LONGEST_LIFETIME: Duration = Duration::from_mins(15);
/// The maximum lifetime on a local platform of a token without a scope. Such a token can only log
/// in a user, which a local platform also does without a token. The vendor's example app signs such
/// tokens for an hour.
const LONGEST_LOCAL_LOGIN: Duration = Duration::from_hours(1);

/// The reason for rejecting a partner's token or its keys.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// The partner's JWK set can't be fetched.
    #[error("failed to fetch the partner's JWK set at {url}: {reason}")]
    Unreachable {
        /// The set's URL, without the parts that may be secret.
        url: String,
        /// The cause.
        reason: FetchError,
    },
    /// The partner publishes no keys, and none is registered that verifies the token.
    #[error(
        "the partner publishes no keys, and no registered key verifies the token; register its key, or create the partner with a jwksUrl"
    )]
    NoKeys,
    /// The token is invalid.
    #[error(transparent)]
    Token(#[from] air_jwt::Error),
}

impl TrustError {
    /// Returns the error for a set that can't be fetched.
    pub(crate) fn unreachable(jwks_url: &str, reason: FetchError) -> Self {
        Self::Unreachable {
            url: redacted(jwks_url),
            reason,
        }
    }
}

/// The source of a partner's public keys.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PartnerKeys<'a> {
    /// The keys that the operator registered. They come first.
    pub(crate) registered: &'a JwkSet,
    /// `None` if the partner publishes none.
    pub(crate) jwks_url: Option<&'a str>,
}

/// The partners' JWK sets.
#[derive(Clone, Debug)]
pub(crate) struct Trust {
    sets: Cache<JwkSet>,
    fetcher: Fetcher,
    is_on_loopback: bool,
}

impl Trust {
    /// Creates the cache of sets. A local platform uses a set from this machine even if it
    /// publishes private keys, with a warning, and accepts longer tokens that only log in.
    pub(crate) fn new(is_on_loopback: bool) -> Result<Self, SetupError> {
        let fetcher = Fetcher::new(NETWORK_POLICY)?;
        let fetcher = if is_on_loopback {
            fetcher.using_leaked_keys_from_loopback()
        } else {
            fetcher
        };
        Ok(Self {
            sets: Cache::new(DocumentLoader::jwk_sets(fetcher.clone())),
            fetcher,
            is_on_loopback,
        })
    }

    /// Fetches the currently published set, with the unusable keys and the reasons.
    pub(crate) async fn inspect(&self, jwks_url: &str) -> Result<Fetched, TrustError> {
        self.fetcher
            .jwks(jwks_url)
            .await
            .map_err(|reason| TrustError::unreachable(jwks_url, reason))
    }

    /// Verifies a token with the partner's registered keys, or else with those that are published
    /// at its JWKS URL.
    pub(crate) async fn verify(
        &self,
        keys: PartnerKeys<'_>,
        token: &str,
        scope: Option<Scope>,
        now: UnixTime,
    ) -> Result<Claims, TrustError> {
        let PartnerKeys { registered, jwks_url } = keys;
        if registered.iter().next().is_some() {
            match self.verify_with(registered, token, scope, now) {
                // The set at the URL may have another key with the same `kid`.
                Err(air_jwt::Error::BadSignature { .. }) => {}
                Err(error) if may_be_a_rotation(&error, token) => {}
                verdict => return Ok(verdict?),
            }
        }
        let jwks_url = jwks_url.ok_or(TrustError::NoKeys)?;
        let unreachable = |reason| TrustError::unreachable(jwks_url, reason);
        let keys = self.sets.get(jwks_url).await.map_err(unreachable)?;
        let verdict = self.verify_with(&keys, token, scope, now);
        match verdict {
            Err(error) if may_be_a_rotation(&error, token) => {}
            verdict => return Ok(verdict?),
        }
        // The keys may have been rotated since the set was cached.
        let keys = self.sets.refreshed(jwks_url).await.map_err(unreachable)?;
        Ok(self.verify_with(&keys, token, scope, now)?)
    }

    fn verify_with(
        &self,
        keys: &JwkSet,
        token: &str,
        scope: Option<Scope>,
        now: UnixTime,
    ) -> Result<Claims, air_jwt::Error> {
        let verifier = |lifetime| {
            let verifier = Verifier::new(keys).allowing_absent_type().at_most(lifetime);
            match scope {
                Some(scope) => verifier.requiring(scope),
                None => verifier,
            }
        };
        let verdict = verifier(LONGEST_LIFETIME).verify(token, now);
        match verdict {
            Err(air_jwt::Error::LivesTooLong { .. }) if self.is_on_loopback && scope.is_none() => {
                let claims = verifier(LONGEST_LOCAL_LOGIN).verify(token, now);
                let only_logs_in = claims
                    .as_ref()
                    .is_ok_and(|claims| *claims.scope() == ScopeSet::default());
                if only_logs_in { claims } else { verdict }
            }
            verdict => verdict,
        }
    }
}

/// Checks whether a newer set may contain the key that signed the token.
fn may_be_a_rotation(error: &air_jwt::Error, token: &str) -> bool {
    match error {
        air_jwt::Error::UnknownKid { .. }
        | air_jwt::Error::KeyNotUsed { .. }
        | air_jwt::Error::MissingKid => true,
        // Without a `kid`, the token was signed by the set's only key, which may have changed.
        air_jwt::Error::BadSignature { .. } => {
            jws::Unverified::parse(token, token.len()).is_ok_and(|token| !token.header().contains_key("kid"))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
