//! Verifying and querying a status list token.

use air_ids::UnixTime;
use air_jwt::{JwkSet, NumericDate, jws::Unverified};
use serde_json::{Map, Value};

use super::{Status, StatusList, StatusReference, freshness::Freshness, token::TYPE};
use crate::{Error, did::is_origin_of, issuer_key::issuer_key, payload::payload_of};

/// The maximum length of a token.
pub(super) const TOKEN_LIMIT: usize = 4 * 1024 * 1024;

/// Verifies the token of one status list (Token Status List, 8.3).
#[derive(Clone, Debug)]
pub struct StatusListVerifier<'a> {
    pub(super) issuer: &'a str,
    pub(super) keys: &'a JwkSet,
    pub(super) uri: String,
    pub(super) publisher: &'a str,
}

impl<'a> StatusListVerifier<'a> {
    /// Expects the list at `uri`, named by credentials of `issuer` and signed with one of the
    /// issuer's keys. The draft does not require an `iss` in the token. If there is one, it must be
    /// the issuer, or the https origin of a `did:web` issuer without a path.
    ///
    /// [`crate::Verifier::named_lists`] creates a list verifier from a credential.
    #[must_use]
    pub fn new(issuer: &'a str, keys: &'a JwkSet, uri: impl Into<String>) -> Self {
        Self {
            issuer,
            keys,
            uri: uri.into(),
            publisher: issuer,
        }
    }

    /// Expects another publisher of the issuer's list: with this `iss`, and signed with one of
    /// these keys.
    #[must_use]
    pub fn published_by(mut self, publisher: &'a str, keys: &'a JwkSet) -> Self {
        (self.publisher, self.keys) = (publisher, keys);
        self
    }

    /// The URI to fetch the list from.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// Verifies a token fetched at `now`, with a clock skew of 30 s.
    ///
    /// # Errors
    /// In this order: [`Error::StatusListToken`] for the format and more than 4 MiB,
    /// [`Error::StatusListWrongType`], [`Error::StatusListToken`] for key and signature,
    /// [`Error::StatusListWrongUri`], [`Error::StatusListWrongIssuer`],
    /// [`Error::StatusListExpired`], [`Error::StatusListNotYetValid`], and those of
    /// [`StatusList::from_claim`].
    pub fn verify(&self, token: &str, now: UnixTime) -> Result<VerifiedStatusList, Error> {
        let jwt = token;
        let token = Unverified::parse(jwt, TOKEN_LIMIT).map_err(Error::StatusListToken)?;
        if !token.is_typed(TYPE) {
            return Err(Error::StatusListWrongType { expected: TYPE });
        }
        let claims = verified_payload(&token, jwt, self.publisher, self.keys)?;
        if claims.get("sub").and_then(Value::as_str) != Some(self.uri.as_str()) {
            return Err(Error::StatusListWrongUri);
        }
        if claims
            .get("iss")
            .is_some_and(|iss| iss.as_str().is_none_or(|iss| !names(iss, self.publisher)))
        {
            return Err(Error::StatusListWrongIssuer);
        }
        let issued_at = beginning(&claims, "iat")?.ok_or(Error::MalformedStatus {
            reason: "the token has no `iat`",
        })?;
        let expires_at = end(&claims, "exp")?;
        let ttl = number_of_seconds(&claims, "ttl")?.map(|ttl| ttl.floor().as_secs());
        if ttl == Some(0) {
            return Err(Error::MalformedStatus {
                reason: "`ttl` must be at least 1",
            });
        }
        let begins_at = beginning(&claims, "nbf")?.max(Some(issued_at));
        let freshness = Freshness::check(begins_at, expires_at, ttl, now)?;
        let list = claims
            .get("status_list")
            .and_then(Value::as_object)
            .ok_or(Error::MalformedStatus {
                reason: "the token has no object `status_list`",
            })?;
        Ok(VerifiedStatusList {
            issuer: self.issuer.to_owned(),
            uri: self.uri.clone(),
            list: StatusList::from_claim(list)?,
            issued_at,
            freshness,
        })
    }
}

/// Whether the `iss` of a list names its publisher, whose key has verified the list. An issuer whose
/// credentials have its `did:web` as `iss` may publish lists under the origin of the same host.
pub(super) fn names(iss: &str, publisher: &str) -> bool {
    iss == publisher || is_origin_of(iss, publisher)
}

/// Verifies the signature with the publisher's key that the token names, and returns the payload.
pub(super) fn verified_payload(
    token: &Unverified<'_>,
    jwt: &str,
    publisher: &str,
    keys: &JwkSet,
) -> Result<Map<String, Value>, Error> {
    issuer_key(token, publisher, keys)
        .and_then(|key| token.verify_signature(key))
        .map_err(Error::StatusListToken)?;
    let malformed = Error::MalformedStatus {
        reason: "the token's payload is not a JSON object",
    };
    payload_of(jwt, malformed)
}

/// The beginning of a list's validity, rounded up to the second: never earlier than signed.
pub(super) fn beginning(claims: &Map<String, Value>, name: &str) -> Result<Option<UnixTime>, Error> {
    Ok(number_of_seconds(claims, name)?.map(NumericDate::ceil))
}

/// The end of a list's validity, rounded down to the second: never later than signed.
pub(super) fn end(claims: &Map<String, Value>, name: &str) -> Result<Option<UnixTime>, Error> {
    Ok(number_of_seconds(claims, name)?.map(NumericDate::floor))
}

fn number_of_seconds(claims: &Map<String, Value>, name: &str) -> Result<Option<NumericDate>, Error> {
    match claims.get(name) {
        None => Ok(None),
        Some(value) => NumericDate::from_json(value)
            .map(Some)
            .ok_or(Error::MalformedStatus {
                reason: "`iat`, `nbf`, `exp` and `ttl` must be numbers of seconds",
            }),
    }
}

/// A verified list. Only a [`StatusListVerifier`] creates one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedStatusList {
    pub(super) issuer: String,
    pub(super) uri: String,
    pub(super) list: StatusList,
    pub(super) issued_at: UnixTime,
    pub(super) freshness: Freshness,
}

impl VerifiedStatusList {
    /// The status of the credential with this reference.
    ///
    /// # Errors
    /// [`Error::StatusListWrongUri`] if the reference names another list,
    /// [`Error::StatusIndexOutOfRange`].
    pub fn status(&self, reference: &StatusReference) -> Result<Status, Error> {
        if reference.uri != self.uri {
            return Err(Error::StatusListWrongUri);
        }
        self.list.status(reference.index)
    }

    /// The issuer of the credentials in the list. The list is not valid for credentials of another
    /// issuer, even if they name it.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The URI of the list.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// The list.
    #[must_use]
    pub fn list(&self) -> &StatusList {
        &self.list
    }

    /// The time of issuance.
    #[must_use]
    pub fn issued_at(&self) -> UnixTime {
        self.issued_at
    }

    /// The expiry.
    #[must_use]
    pub fn expires_at(&self) -> Option<UnixTime> {
        self.freshness.expires_at
    }

    /// The number of seconds after fetching for which the list may be cached.
    #[must_use]
    pub fn ttl(&self) -> Option<u64> {
        self.freshness.ttl
    }

    /// Whether the list may still be used at `now`. Its expiry has a clock skew of 30 s.
    #[must_use]
    pub fn is_fresh(&self, now: UnixTime) -> bool {
        self.freshness.is_fresh(now)
    }

    /// The number of seconds from `now` until the list should be fetched again; 0 if that is due.
    /// The time follows from `ttl` and is never after `exp`. If the issuer sets neither, it is five
    /// minutes after the list was fetched.
    #[must_use]
    pub fn refetch_after(&self, now: UnixTime) -> u64 {
        self.freshness.refetch_after(now)
    }
}
