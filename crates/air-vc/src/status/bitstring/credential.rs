//! The signed credential of a list.

use std::fmt;

use air_ids::UnixTime;
use air_jwt::{Signer, SigningKey, jws};
use serde_json::{Map, Value, json};

use super::BitstringStatusList;
use crate::{
    Error,
    data_model::{CONTEXT, TYPE, date_time},
};

/// The members of a list's credential besides the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BitstringStatusListOptions {
    /// `issuer`: the issuer of the list, which may differ from the issuer of its credentials.
    pub issuer: String,
    /// `validFrom`.
    pub valid_from: Option<UnixTime>,
    /// `validUntil`: the time after which the list must not be used.
    pub valid_until: Option<UnixTime>,
    /// `ttl`: the number of seconds that a verifier may cache the list.
    pub ttl: Option<u64>,
}

/// A `BitstringStatusListCredential` (Bitstring Status List, 2.2) as a signed JWT, published under
/// its URL.
#[derive(Clone, PartialEq, Eq)]
pub struct BitstringStatusListCredential(String);

impl BitstringStatusListCredential {
    /// The media type of an HTTP response with the credential.
    pub const MEDIA_TYPE: &'static str = "application/vc+jwt";

    /// The unsigned document of the list at `url`, for other securing mechanisms.
    #[must_use]
    pub fn document(
        url: &str,
        list: &BitstringStatusList,
        options: &BitstringStatusListOptions,
    ) -> Map<String, Value> {
        let mut subject = list.to_subject();
        subject.insert("id".into(), json!(format!("{url}#list")));
        if let Some(ttl) = options.ttl {
            subject.insert("ttl".into(), json!(ttl.saturating_mul(1000)));
        }
        let mut document = Map::new();
        let mut set = |name: &str, value| document.insert(name.to_owned(), value);
        set("@context", json!([CONTEXT]));
        set("id", json!(url));
        set(
            "type",
            json!(["VerifiableCredential", "BitstringStatusListCredential"]),
        );
        set("issuer", json!(options.issuer));
        if let Some(at) = options.valid_from {
            set("validFrom", json!(date_time(at)));
        }
        if let Some(at) = options.valid_until {
            set("validUntil", json!(date_time(at)));
        }
        set("credentialSubject", Value::Object(subject));
        document
    }

    /// Signs the list at `url`.
    #[must_use]
    pub fn sign(
        key: &SigningKey,
        url: &str,
        list: &BitstringStatusList,
        options: &BitstringStatusListOptions,
    ) -> Self {
        Self(jws::sign(key, TYPE, &Self::document(url, list, options)))
    }

    /// As [`Self::sign`], with a remote key.
    ///
    /// # Errors
    /// [`Error::Signer`].
    pub async fn sign_with(
        key: &impl Signer,
        url: &str,
        list: &BitstringStatusList,
        options: &BitstringStatusListOptions,
    ) -> Result<Self, Error> {
        let document = Self::document(url, list, options);
        Ok(Self(jws::sign_with(key, TYPE, &document).await?))
    }

    /// The compact form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The compact form.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl fmt::Debug for BitstringStatusListCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BitstringStatusListCredential({} bytes)", self.0.len())
    }
}
