//! Verifying and querying the credential of a list.

use air_ids::UnixTime;
use air_jwt::{JwkSet, jws::Unverified};
use serde_json::{Map, Value};

use super::{BitstringStatusList, BitstringStatusListEntry, StatusPurpose, has_type};
use crate::{
    Error,
    data_model::{CONTEXT, TYPE, issuer_of, parse_date_time, subject_of},
    status::{
        freshness::Freshness,
        verify::{TOKEN_LIMIT, beginning, end, verified_payload},
    },
};

/// Verifies the credential of one list (Bitstring Status List, 3.2).
#[derive(Clone, Debug)]
pub struct BitstringStatusListVerifier<'a> {
    issuer: &'a str,
    keys: &'a JwkSet,
    url: String,
    publisher: &'a str,
}

impl<'a> BitstringStatusListVerifier<'a> {
    /// Expects the list at `url`, named by credentials of `issuer`, also issued by it, and signed
    /// with one of these keys.
    ///
    /// [`crate::Verifier::named_lists`] creates a list verifier from a credential.
    #[must_use]
    pub fn new(issuer: &'a str, keys: &'a JwkSet, url: impl Into<String>) -> Self {
        Self {
            issuer,
            keys,
            url: url.into(),
            publisher: issuer,
        }
    }

    /// Expects another issuer of the list, with its keys.
    #[must_use]
    pub fn published_by(mut self, publisher: &'a str, keys: &'a JwkSet) -> Self {
        (self.publisher, self.keys) = (publisher, keys);
        self
    }

    /// The URL to fetch the list from.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Verifies a credential fetched at `now`, with a clock skew of 30 s.
    ///
    /// The specification makes the list's `id` optional. This verifier requires it, because
    /// otherwise one list of an issuer could be served in place of another.
    ///
    /// # Errors
    /// In this order: [`Error::StatusListToken`] for the format and more than 4 MiB,
    /// [`Error::StatusListWrongType`], [`Error::StatusListToken`] for key and signature,
    /// [`Error::MalformedStatus`] if it is not a list's credential, [`Error::StatusListWrongUri`],
    /// [`Error::StatusListWrongIssuer`], [`Error::StatusListExpired`],
    /// [`Error::StatusListNotYetValid`], and those of [`BitstringStatusList::from_subject`].
    pub fn verify(&self, token: &str, now: UnixTime) -> Result<VerifiedBitstringStatusList, Error> {
        let jwt = token;
        let token = Unverified::parse(jwt, TOKEN_LIMIT).map_err(Error::StatusListToken)?;
        if !token.is_typed(TYPE) {
            return Err(Error::StatusListWrongType { expected: TYPE });
        }
        let document = verified_payload(&token, jwt, self.publisher, self.keys)?;
        check_kind(&document)?;
        if document.get("id").and_then(Value::as_str) != Some(self.url.as_str()) {
            return Err(Error::StatusListWrongUri);
        }
        if issuer_of(&document) != Some(self.publisher) {
            return Err(Error::StatusListWrongIssuer);
        }
        let subject = subject_of(&document).map_err(|reason| Error::MalformedStatus { reason })?;
        Ok(VerifiedBitstringStatusList {
            issuer: self.issuer.to_owned(),
            url: self.url.clone(),
            freshness: freshness(&document, subject, now)?,
            list: BitstringStatusList::from_subject(subject)?,
        })
    }
}

/// Checks that the document is a credential of version 2.0 (Verifiable Credentials Data Model v2.0,
/// 4.3 and 4.5) with a list.
fn check_kind(document: &Map<String, Value>) -> Result<(), Error> {
    let first_context = document.get("@context").and_then(|context| context.get(0));
    if first_context.and_then(Value::as_str) != Some(CONTEXT) {
        return Err(Error::MalformedStatus {
            reason: "the first `@context` is not that of credentials 2.0",
        });
    }
    for name in ["VerifiableCredential", "BitstringStatusListCredential"] {
        if !has_type(document, name) {
            return Err(Error::MalformedStatus {
                reason: "`type` is not VerifiableCredential and BitstringStatusListCredential",
            });
        }
    }
    Ok(())
}

/// The intersection of the validity periods of the document and the JWT.
fn freshness(
    document: &Map<String, Value>,
    subject: &Map<String, Value>,
    now: UnixTime,
) -> Result<Freshness, Error> {
    let begins_at = date_time(document, "validFrom")?.max(beginning(document, "nbf")?);
    let ends = [date_time(document, "validUntil")?, end(document, "exp")?];
    let ttl = match subject.get("ttl") {
        None => None,
        Some(ttl) => Some(ttl.as_u64().ok_or(Error::MalformedStatus {
            reason: "`ttl` is not in whole milliseconds",
        })?),
    };
    Freshness::check(
        begins_at,
        ends.into_iter().flatten().min(),
        // Rounded up to at least one second, so that the list can be used when it is fetched.
        ttl.map(|ttl| ttl.div_ceil(1000).max(1)),
        now,
    )
}

fn date_time(document: &Map<String, Value>, name: &str) -> Result<Option<UnixTime>, Error> {
    match document.get(name) {
        None => Ok(None),
        Some(value) => parse_date_time(value).map(Some).ok_or(Error::MalformedStatus {
            reason: "`validFrom` and `validUntil` must be times like 2026-01-19T07:18:45Z",
        }),
    }
}

/// A verified list. Only [`BitstringStatusListVerifier::verify`] creates one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedBitstringStatusList {
    issuer: String,
    url: String,
    list: BitstringStatusList,
    freshness: Freshness,
}

/// A credential's status in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BitstringStatus {
    /// The purpose of the entry.
    pub purpose: StatusPurpose,
    /// The value. 0 means that the status is not set: not revoked, not suspended, no message.
    pub value: u8,
    /// The issuer's message for the value. It is for developers, not for end users.
    pub message: Option<String>,
}

impl BitstringStatus {
    /// Whether the value is not 0, which means revoked, suspended or to be refreshed, depending on
    /// the purpose.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.value != 0
    }
}

impl VerifiedBitstringStatusList {
    /// The status of a credential's entry.
    ///
    /// # Errors
    /// [`Error::StatusListWrongUri`] if the entry names another list,
    /// [`Error::StatusPurposeMismatch`], [`Error::StatusSizeMismatch`],
    /// [`Error::StatusListTooShort`], [`Error::StatusIndexOutOfRange`].
    pub fn status(&self, entry: &BitstringStatusListEntry) -> Result<BitstringStatus, Error> {
        if entry.list != self.url {
            return Err(Error::StatusListWrongUri);
        }
        if !self.list.purposes().contains(&entry.purpose) {
            return Err(Error::StatusPurposeMismatch);
        }
        let value = self.list.value_of(entry.index, entry.bits())?;
        let message = [entry.messages(), self.list.messages.as_slice()]
            .into_iter()
            .find_map(|messages| messages.get(usize::from(value)))
            .cloned();
        Ok(BitstringStatus {
            purpose: entry.purpose.clone(),
            value,
            message,
        })
    }

    /// The issuer of the credentials in the list. The list is not valid for credentials of another
    /// issuer, even if they name it.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The URL of the list.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The list.
    #[must_use]
    pub fn list(&self) -> &BitstringStatusList {
        &self.list
    }

    /// The expiry.
    #[must_use]
    pub fn valid_until(&self) -> Option<UnixTime> {
        self.freshness.expires_at
    }

    /// Whether the list may still be used at `now`. Its expiry has a clock skew of 30 s.
    #[must_use]
    pub fn is_fresh(&self, now: UnixTime) -> bool {
        self.freshness.is_fresh(now)
    }

    /// The number of seconds from `now` until the list should be fetched again; 0 if that is due.
    /// The time follows from `ttl` and is never after `validUntil`. If the issuer sets neither, it
    /// is five minutes after the list was fetched.
    #[must_use]
    pub fn refetch_after(&self, now: UnixTime) -> u64 {
        self.freshness.refetch_after(now)
    }
}
