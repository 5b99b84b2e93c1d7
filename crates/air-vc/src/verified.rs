//! The verified claims of a credential.

use std::{fmt, sync::OnceLock};

use air_ids::UnixTime;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::{Report, StatusReference, issue::RESERVED, validity::Validity};

/// A verified credential. Only a [`crate::Verifier`] creates one. It is personal data, so `Debug`
/// shows names only.
#[derive(Clone)]
pub struct VerifiedCredential {
    pub(crate) issuer: String,
    pub(crate) claims: Map<String, Value>,
    /// Computed on first use, unless the format provides it.
    pub(crate) subject: OnceLock<Map<String, Value>>,
    pub(crate) validity: Validity,
    pub(crate) status: Option<StatusReference>,
    /// The claims of the key-binding JWT, if possession of the holder's key was proven.
    pub(crate) key_binding: Option<Map<String, Value>>,
    pub(crate) report: Report,
}

impl VerifiedCredential {
    /// All signed and disclosed claims. For a W3C credential 1.1 these are the JWT's claims, with
    /// the credential in `vc`.
    #[must_use]
    pub fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// The claims about the subject: all claims except the registered ones.
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

    /// Deserializes the subject.
    ///
    /// # Errors
    /// If the subject does not match the type. The error is serde's and may contain a value, so do
    /// not log it.
    pub fn subject_as<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        T::deserialize(Value::Object(self.subject().clone()))
    }

    /// The issuer, which the verifier trusts.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The expiry; `None` means permanent.
    #[must_use]
    pub fn expires_at(&self) -> Option<UnixTime> {
        self.validity.until
    }

    /// The reference to the credential's status, to check it again later.
    #[must_use]
    pub fn status_reference(&self) -> Option<&StatusReference> {
        self.status.as_ref()
    }

    /// Whether the presenter proved possession of the key that the credential was issued to.
    #[must_use]
    pub fn is_holder_bound(&self) -> bool {
        self.key_binding.is_some()
    }

    /// The claims of the key-binding JWT, by which the presenter proved possession of the holder's
    /// key: those of the challenge, and others that the protocol adds, such as
    /// `transaction_data_hashes` (OpenID4VP 1.0, B.3.3).
    #[must_use]
    pub fn key_binding_claims(&self) -> Option<&Map<String, Value>> {
        self.key_binding.as_ref()
    }

    /// The outcome of each check.
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
