//! What verification leaves: claims that can be relied on.

use std::{fmt, sync::OnceLock};

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::{Report, StatusReference, issue::RESERVED, validity::Validity};

/// A credential that was verified; only a [`crate::Verifier`] makes one. Personal data, so `Debug` shows names alone.
#[derive(Clone)]
pub struct VerifiedCredential {
    pub(crate) issuer: String,
    pub(crate) claims: Map<String, Value>,
    /// Made when it is asked for, unless the format has one.
    pub(crate) subject: OnceLock<Map<String, Value>>,
    pub(crate) validity: Validity,
    pub(crate) status: Option<StatusReference>,
    pub(crate) is_holder_bound: bool,
    pub(crate) report: Report,
}

impl VerifiedCredential {
    /// All that was signed, with what was disclosed. Of a W3C credential 1.1 these are the JWT's claims; the credential is in `vc`.
    #[must_use]
    pub fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// What the credential says of its subject: the claims without those that any credential has.
    #[must_use]
    pub fn subject(&self) -> &Map<String, Value> {
        self.subject.get_or_init(|| {
            let is_registered = |name: &str| RESERVED.contains(&name);
            let claims = self.claims.iter().filter(|(name, _)| !is_registered(name));
            claims
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect()
        })
    }

    /// The subject as a type of the caller's.
    ///
    /// # Errors
    /// When it does not fit; the error is serde's and may show a value, so do not log it.
    pub fn subject_as<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        T::deserialize(Value::Object(self.subject().clone()))
    }

    /// The issuer: one of those that the verifier trusts.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The end of validity in seconds since 1970; `None` is permanent.
    #[must_use]
    pub fn expires_at(&self) -> Option<u64> {
        self.validity.until
    }

    /// Where its status stands, to ask again later.
    #[must_use]
    pub fn status_reference(&self) -> Option<&StatusReference> {
        self.status.as_ref()
    }

    /// Whether who presented it proved to hold the key that it was issued to.
    #[must_use]
    pub fn is_holder_bound(&self) -> bool {
        self.is_holder_bound
    }

    /// What was checked, and what was not.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }
}

impl fmt::Debug for VerifiedCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.claims.keys()).finish()
    }
}
