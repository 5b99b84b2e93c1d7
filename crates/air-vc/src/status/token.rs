//! The status list token: a signed list.

use std::fmt;

use air_ids::UnixTime;
use air_jwt::{
    Signer, SigningKey,
    jws::{self, X5c},
};
use serde_json::{Map, Value, json};

use super::StatusList;
use crate::Error;

/// The `typ` of the header (Token Status List, 5.1).
pub(super) const TYPE: &str = "statuslist+jwt";

/// The claims of a token besides the list, and its certificate chain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatusListOptions {
    /// `iss`: the issuer of the list. The draft does not require it; a verifier checks it if it is
    /// present.
    pub issuer: Option<String>,
    /// `iat`.
    pub issued_at: UnixTime,
    /// `exp`: the time after which the list must not be used.
    pub expires_at: Option<UnixTime>,
    /// `ttl`: the number of seconds that a verifier may cache the list; more than 0.
    pub ttl: Option<u64>,
    /// The header's `x5c`: the chain of the key's certificate, which HAIP requires.
    pub x5c: Option<X5c>,
}

/// A status list token in its compact form (Token Status List, 5.1), published under its URI. It is
/// not secret.
#[derive(Clone, PartialEq, Eq)]
pub struct StatusListToken(String);

impl StatusListToken {
    /// The media type of an HTTP response with a token (section 8.2).
    pub const MEDIA_TYPE: &'static str = "application/statuslist+jwt";

    /// Signs the list at `uri`.
    #[must_use]
    pub fn sign(key: &SigningKey, uri: &str, list: &StatusList, options: &StatusListOptions) -> Self {
        let claims = claims(uri, list, options);
        Self(jws::sign_x5c(key, TYPE, options.x5c.as_ref(), &claims))
    }

    /// As [`Self::sign`], with a remote key.
    ///
    /// # Errors
    /// [`Error::Signer`].
    pub async fn sign_with(
        key: &impl Signer,
        uri: &str,
        list: &StatusList,
        options: &StatusListOptions,
    ) -> Result<Self, Error> {
        let claims = claims(uri, list, options);
        let x5c = options.x5c.as_ref();
        Ok(Self(jws::sign_x5c_with(key, TYPE, x5c, &claims).await?))
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

impl fmt::Debug for StatusListToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StatusListToken({} bytes)", self.0.len())
    }
}

fn claims(uri: &str, list: &StatusList, options: &StatusListOptions) -> Map<String, Value> {
    let mut claims = Map::new();
    if let Some(issuer) = &options.issuer {
        claims.insert("iss".into(), json!(issuer));
    }
    claims.insert("sub".into(), json!(uri));
    claims.insert("iat".into(), json!(options.issued_at));
    if let Some(expires_at) = options.expires_at {
        claims.insert("exp".into(), json!(expires_at));
    }
    if let Some(ttl) = options.ttl {
        claims.insert("ttl".into(), json!(ttl.max(1)));
    }
    claims.insert("status_list".into(), Value::Object(list.to_claim()));
    claims
}
