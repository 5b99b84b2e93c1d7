//! The JWS compact serialisation (RFC 7515, 3.1) with ES256 (RFC 7518, 3.4): what Partner JWTs and credentials share.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{Error, JwkSet, SigningKey};

/// Signs `payload`, both as JSON. The header must say `"alg": "ES256"`.
#[must_use]
pub fn sign(key: &SigningKey, header: &Value, payload: &Value) -> String {
    let mut token = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header.to_string()),
        URL_SAFE_NO_PAD.encode(payload.to_string())
    );
    let signature = key.sign(token.as_bytes());
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    token
}

/// The header parameters that decide how a token is checked. Keys in it (`jwk`, `jku`, `x5u`, …) are not read at all.
#[derive(Debug, Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<Value>,
}

/// A token taken apart, nothing verified. Its payload comes out by [`Unverified::verify`] alone.
#[derive(Debug)]
pub struct Unverified<'a> {
    header: Header,
    payload: &'a str,
    signing_input: &'a str,
    signature: Vec<u8>,
}

impl<'a> Unverified<'a> {
    /// Takes a token of at most `limit` bytes apart.
    ///
    /// # Errors
    /// [`Error::TokenTooLong`] or [`Error::MalformedToken`].
    pub fn parse(token: &'a str, limit: usize) -> Result<Self, Error> {
        if token.len() > limit {
            return Err(Error::TokenTooLong {
                length: token.len(),
                limit,
            });
        }
        let parts: Vec<&str> = token.splitn(4, '.').collect();
        let &[header, payload, signature] = parts.as_slice() else {
            return Err(Error::MalformedToken {
                reason: "three parts with dots between are needed",
            });
        };
        let signing_input = token
            .strip_suffix(signature)
            .and_then(|rest| rest.strip_suffix('.'))
            .unwrap_or_default();
        let header = serde_json::from_slice(&decode(header)?).map_err(|_| Error::MalformedToken {
            reason: "the header is not a JSON object with `alg`",
        })?;
        Ok(Self {
            header,
            payload,
            signing_input,
            signature: decode(signature)?,
        })
    }

    /// The header's `typ`: what the token says it is.
    #[must_use]
    pub fn typ(&self) -> Option<&str> {
        self.header.typ.as_deref()
    }

    /// The payload as it claims to be: anyone may have written it. Only for finding out whose keys to verify with.
    ///
    /// # Errors
    /// [`Error::MalformedToken`] when it is not a JSON object.
    pub fn dangerous_payload(&self) -> Result<Map<String, Value>, Error> {
        serde_json::from_slice(&decode(self.payload)?).map_err(|_| Error::MalformedToken {
            reason: "the payload is not a JSON object",
        })
    }

    /// The payload, once the signature verifies with the key of the set that `kid` names.
    ///
    /// # Errors
    /// [`Error::CriticalExtension`], [`Error::MissingKid`], [`Error::UnknownKid`], [`Error::WrongAlgorithm`],
    /// [`Error::BadSignature`] or [`Error::MalformedToken`].
    pub fn verify(&self, keys: &JwkSet) -> Result<Map<String, Value>, Error> {
        if self.header.crit.is_some() {
            return Err(Error::CriticalExtension);
        }
        let kid = self.header.kid.as_deref().ok_or(Error::MissingKid)?;
        let key = keys
            .find(kid)
            .ok_or_else(|| Error::UnknownKid { kid: printable(kid) })?;
        if self.header.alg != "ES256" {
            return Err(Error::WrongAlgorithm { kid: kid.to_owned() });
        }
        if !key
            .to_verifying_key()?
            .verify(self.signing_input.as_bytes(), &self.signature)
        {
            return Err(Error::BadSignature { kid: kid.to_owned() });
        }
        self.dangerous_payload()
    }
}

fn decode(part: &str) -> Result<Vec<u8>, Error> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| Error::MalformedToken {
        reason: "a part is not base64url without padding",
    })
}

/// What comes from an unverified header may be anything: keep it short and on one line.
fn printable(text: &str) -> String {
    text.chars()
        .take(64)
        .map(|c| if c.is_ascii_graphic() { c } else { '?' })
        .collect()
}
