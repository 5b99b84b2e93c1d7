//! Verifying a status list token, and asking it.

use air_jwt::{JwkSet, jws::Unverified};
use serde_json::{Map, Value};

use super::{Status, StatusList, StatusReference, freshness::Freshness, token::TYPE};
use crate::Error;

/// The most that is read of a token.
pub(super) const TOKEN_LIMIT: usize = 4 * 1024 * 1024;

/// Verifies the token of one status list (Token Status List, 8.3).
#[derive(Clone, Debug)]
pub struct StatusListVerifier<'a> {
    keys: &'a JwkSet,
    uri: &'a str,
    issuer: Option<&'a str>,
}

impl<'a> StatusListVerifier<'a> {
    /// Expects the list that a credential names by `uri`, signed with one of these keys of its issuer.
    #[must_use]
    pub fn new(keys: &'a JwkSet, uri: &'a str) -> Self {
        Self {
            keys,
            uri,
            issuer: None,
        }
    }

    /// Expects this `iss` where the token has one, which the draft does not ask for.
    #[must_use]
    pub fn expecting_issuer(mut self, issuer: &'a str) -> Self {
        self.issuer = Some(issuer);
        self
    }

    /// Verifies a token at `now` (seconds since 1970), when it was fetched, with a clock skew of 30 s.
    ///
    /// # Errors
    /// In this order: [`Error::StatusListToken`] for the form and more than 4 MiB, [`Error::StatusListWrongType`],
    /// [`Error::StatusListToken`] for key and signature, [`Error::StatusListWrongUri`], [`Error::StatusListWrongIssuer`],
    /// [`Error::StatusListExpired`], [`Error::StatusListNotYetValid`], and those of [`StatusList::from_claim`].
    pub fn verify(&self, token: &str, now: u64) -> Result<VerifiedStatusList, Error> {
        let token = Unverified::parse(token, TOKEN_LIMIT).map_err(Error::StatusListToken)?;
        if token.typ() != Some(TYPE) {
            return Err(Error::StatusListWrongType { expected: TYPE });
        }
        let claims = token.verify(self.keys).map_err(Error::StatusListToken)?;
        if claims.get("sub").and_then(Value::as_str) != Some(self.uri) {
            return Err(Error::StatusListWrongUri);
        }
        if let (Some(expected), Some(issuer)) = (self.issuer, claims.get("iss"))
            && issuer.as_str() != Some(expected)
        {
            return Err(Error::StatusListWrongIssuer);
        }
        let issued_at = seconds(&claims, "iat")?.ok_or(Error::MalformedStatus {
            reason: "the token has no `iat`",
        })?;
        let (expires_at, ttl) = (seconds(&claims, "exp")?, seconds(&claims, "ttl")?);
        if ttl == Some(0) {
            return Err(Error::MalformedStatus {
                reason: "`ttl` must be more than 0",
            });
        }
        let begins_at = seconds(&claims, "nbf")?.max(Some(issued_at));
        let freshness = Freshness::check(begins_at, expires_at, ttl, now)?;
        let list = claims
            .get("status_list")
            .and_then(Value::as_object)
            .ok_or(Error::MalformedStatus {
                reason: "the token has no object `status_list`",
            })?;
        Ok(VerifiedStatusList {
            uri: self.uri.to_owned(),
            list: StatusList::from_claim(list)?,
            issued_at,
            freshness,
        })
    }
}

/// A claim in whole seconds.
pub(super) fn seconds(claims: &Map<String, Value>, name: &str) -> Result<Option<u64>, Error> {
    match claims.get(name) {
        None => Ok(None),
        Some(value) => value.as_u64().map(Some).ok_or(Error::MalformedStatus {
            reason: "`iat`, `nbf`, `exp` and `ttl` must be whole seconds",
        }),
    }
}

/// A list that was verified: only [`StatusListVerifier::verify`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedStatusList {
    uri: String,
    list: StatusList,
    issued_at: u64,
    freshness: Freshness,
}

impl VerifiedStatusList {
    /// The status of the credential with this reference.
    ///
    /// # Errors
    /// [`Error::StatusListWrongUri`] when it names another list, [`Error::StatusIndexOutOfRange`].
    pub fn status(&self, reference: &StatusReference) -> Result<Status, Error> {
        if reference.uri != self.uri {
            return Err(Error::StatusListWrongUri);
        }
        self.list.status(reference.index)
    }

    /// Where the list is published.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// The list itself.
    #[must_use]
    pub fn list(&self) -> &StatusList {
        &self.list
    }

    /// When it was issued, in seconds since 1970.
    #[must_use]
    pub fn issued_at(&self) -> u64 {
        self.issued_at
    }

    /// When it ends, in seconds since 1970.
    #[must_use]
    pub fn expires_at(&self) -> Option<u64> {
        self.freshness.expires_at
    }

    /// For how many seconds from its fetching it may be kept.
    #[must_use]
    pub fn ttl(&self) -> Option<u64> {
        self.freshness.ttl
    }

    /// Whether it may still be used at `now`.
    #[must_use]
    pub fn is_fresh(&self, now: u64) -> bool {
        self.refetch_after(now) > 0
    }

    /// In how many seconds from `now` it should be fetched again; 0 when that is due. It is what `ttl` says, and never
    /// beyond `exp`; five minutes where the issuer says neither.
    #[must_use]
    pub fn refetch_after(&self, now: u64) -> u64 {
        self.freshness.refetch_after(now)
    }
}
