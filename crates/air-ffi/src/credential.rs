//! Credentials as their holder has them. Nothing is verified.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::AirError;

/// The unverified content of a credential or presentation.
#[derive(Debug, uniffi::Object)]
pub struct Inspection {
    inner: air_vc::Inspection,
}

/// Reads an SD-JWT VC without verifying it, for example to show it to its holder.
#[uniffi::export]
pub fn inspect(credential: &str) -> Result<Arc<Inspection>, AirError> {
    let inner = air_vc::Inspection::of(credential)?;
    Ok(Arc::new(Inspection { inner }))
}

#[uniffi::export]
impl Inspection {
    /// The claims, in JSON: those that are always visible, and those that are disclosed.
    pub fn claims(&self) -> Result<String, AirError> {
        json(&self.inner.claims)
    }

    /// The paths of the claims that the holder can withhold.
    #[must_use]
    pub fn disclosed(&self) -> Vec<String> {
        self.inner.disclosed.iter().map(ToString::to_string).collect()
    }

    /// The ID of the holder's key, or `None` for a credential without one.
    #[must_use]
    pub fn holder_key(&self) -> Option<String> {
        self.inner.holder_key.clone()
    }

    /// Whether it is a presentation with a proof of possession.
    #[must_use]
    pub fn has_key_binding(&self) -> bool {
        self.inner.has_key_binding
    }
}

/// A credential from a holder's envelope.
#[derive(Debug, uniffi::Object)]
pub struct HeldCredential {
    inner: air_vc::HeldCredential,
}

#[uniffi::export]
impl HeldCredential {
    /// Reads the content of an envelope.
    #[uniffi::constructor]
    pub fn from_plaintext(plaintext: &[u8]) -> Result<Arc<Self>, AirError> {
        let inner = air_vc::HeldCredential::from_plaintext(plaintext)?;
        Ok(Arc::new(Self { inner }))
    }

    /// The SD-JWT VC, if it is one.
    #[must_use]
    pub fn compact(&self) -> Option<String> {
        self.inner.compact().map(str::to_owned)
    }

    /// Another kind of credential, as a JSON object.
    pub fn document(&self) -> Result<Option<String>, AirError> {
        match &self.inner {
            air_vc::HeldCredential::Document(document) => json(document).map(Some),
            _ => Ok(None),
        }
    }
}

pub(crate) fn json(object: &Map<String, Value>) -> Result<String, AirError> {
    serde_json::to_string(object).map_err(|_| AirError::argument("claims", "writable as JSON"))
}
