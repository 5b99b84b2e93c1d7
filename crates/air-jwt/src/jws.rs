//! The JWS compact serialisation (RFC 7515, 3.1), which Partner JWTs and credentials share.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use serde_json::{Map, Value};

#[cfg(any(feature = "dpop", feature = "client-attestation"))]
use crate::jwk::ForeignJwk;
use crate::{
    Algorithm, Error, Jwk, JwkSet, Signer, SignerError, SigningKey, is_same_media_type,
    members::UniqueMembers,
};

pub use crate::x5c::X5c;

/// Signs `payload`, which must serialise as a JSON object. The header contains `typ` and the key's
/// `alg` and `kid`.
#[must_use]
pub fn sign(key: &SigningKey, typ: &str, payload: &impl Serialize) -> String {
    sign_x5c(key, typ, None, payload)
}

/// As [`sign`], with the chain of the key's certificate in the header's `x5c`, if there is one.
#[must_use]
pub fn sign_x5c(key: &SigningKey, typ: &str, x5c: Option<&X5c>, payload: &impl Serialize) -> String {
    let header = Header {
        alg: key.algorithm(),
        kid: key.kid().as_str(),
        typ,
        x5c,
    };
    sign_object(key, &header, payload)
}

/// As [`sign`], with a complete header.
pub(crate) fn sign_object(key: &SigningKey, header: &impl Serialize, payload: &impl Serialize) -> String {
    let input = SigningInput::new(header, payload);
    let signature = key.sign(input.as_bytes());
    input.with_signature(&signature)
}

/// As [`sign`], with a remote key.
///
/// # Errors
/// The error of the signer.
pub async fn sign_with(
    signer: &impl Signer,
    typ: &str,
    payload: &impl Serialize,
) -> Result<String, SignerError> {
    sign_x5c_with(signer, typ, None, payload).await
}

/// As [`sign_x5c`], with a remote key.
///
/// # Errors
/// The error of the signer.
pub async fn sign_x5c_with(
    signer: &impl Signer,
    typ: &str,
    x5c: Option<&X5c>,
    payload: &impl Serialize,
) -> Result<String, SignerError> {
    let header = Header {
        alg: signer.algorithm(),
        kid: signer.kid().as_str(),
        typ,
        x5c,
    };
    sign_object_with(signer, &header, payload).await
}

/// As [`sign_with`], with a complete header.
pub(crate) async fn sign_object_with(
    signer: &impl Signer,
    header: &impl Serialize,
    payload: &impl Serialize,
) -> Result<String, SignerError> {
    let input = SigningInput::new(header, payload);
    let signature = signer.sign(input.as_bytes()).await?;
    Ok(input.with_signature(&signature))
}

/// The signing input: encoded header and payload, separated by a dot (RFC 7515, 5.1).
struct SigningInput(String);

#[derive(Serialize)]
struct Header<'a> {
    alg: Algorithm,
    kid: &'a str,
    typ: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    x5c: Option<&'a X5c>,
}

impl SigningInput {
    fn new(header: &impl Serialize, payload: &impl Serialize) -> Self {
        // A Partner JWT has about 300 to 700 characters.
        let (mut text, mut json) = (String::with_capacity(1024), Vec::with_capacity(512));
        serde_json::to_writer(&mut json, header).expect("texts serialise");
        URL_SAFE_NO_PAD.encode_string(&json, &mut text);
        text.push('.');
        json.clear();
        serde_json::to_writer(&mut json, payload).expect("claims serialise");
        URL_SAFE_NO_PAD.encode_string(&json, &mut text);
        Self(text)
    }

    fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    fn with_signature(self, signature: &[u8]) -> String {
        let mut token = self.0;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        token
    }
}

/// A decoded token, not verified. [`Unverified::verify`] returns the payload after verification,
/// [`Unverified::dangerous_payload`] without it.
pub struct Unverified<'a> {
    header: Map<String, Value>,
    payload: &'a str,
    signing_input: &'a str,
    signature: Vec<u8>,
}

impl<'a> Unverified<'a> {
    /// Decodes a token of at most `limit` bytes.
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
        let malformed = || Error::MalformedToken {
            reason: "must have three parts separated by dots",
        };
        let (signing_input, signature) = token.rsplit_once('.').ok_or_else(malformed)?;
        let (header, payload) = signing_input.split_once('.').ok_or_else(malformed)?;
        if payload.contains('.') {
            return Err(malformed());
        }
        Ok(Self {
            header: object(header).ok_or(Error::MalformedToken {
                reason: "the header is not a JSON object in base64url, or repeats a member",
            })?,
            payload,
            signing_input,
            signature: URL_SAFE_NO_PAD
                .decode(signature)
                .map_err(|_| Error::MalformedToken {
                    reason: "the signature is not base64url without padding",
                })?,
        })
    }

    /// The header's `typ`, which names the kind of the token.
    #[must_use]
    pub fn typ(&self) -> Option<&str> {
        self.text("typ")
    }

    /// Whether the header's `typ` is this media type ([`is_same_media_type`]). False when it is
    /// absent or not a string.
    #[must_use]
    pub fn is_typed(&self, expected: &str) -> bool {
        self.typ().is_some_and(|typ| is_same_media_type(typ, expected))
    }

    /// The decoded header. This crate evaluates only `alg`, `kid`, `typ` and `crit`; it ignores
    /// keys in the header (`jwk`, `jku`, `x5u`, …).
    #[must_use]
    pub fn header(&self) -> &Map<String, Value> {
        &self.header
    }

    /// The unverified payload, which anyone may have written. Use it only to find out whose keys to
    /// verify the token with.
    ///
    /// # Errors
    /// [`Error::MalformedToken`] when it is not a JSON object.
    pub fn dangerous_payload(&self) -> Result<Map<String, Value>, Error> {
        object(self.payload).ok_or(Error::MalformedToken {
            reason: "the payload is not a JSON object in base64url, or repeats a member",
        })
    }

    /// Verifies the signature with the key of the set that `kid` names, and returns the payload.
    ///
    /// # Errors
    /// [`Error::CriticalExtension`], those of [`Self::key_in`], [`Error::WrongAlgorithm`],
    /// [`Error::BadSignature`] or [`Error::MalformedToken`].
    pub fn verify(&self, keys: &JwkSet) -> Result<Map<String, Value>, Error> {
        self.verify_with(self.key_in(keys)?)
    }

    /// Verifies the signature with this key, and returns the payload. It ignores the header's
    /// `kid`. Use it when the key is already known, as a holder's key is from `cnf`.
    ///
    /// # Errors
    /// [`Error::CriticalExtension`], [`Error::WrongAlgorithm`], [`Error::BadSignature`] or
    /// [`Error::MalformedToken`].
    pub fn verify_with(&self, key: &Jwk) -> Result<Map<String, Value>, Error> {
        self.verify_signature(key)?;
        self.dangerous_payload()
    }

    /// Verifies the signature with this key. Use it after [`Self::dangerous_payload`], so that the
    /// payload is parsed only once.
    ///
    /// # Errors
    /// [`Error::CriticalExtension`], [`Error::WrongAlgorithm`] or [`Error::BadSignature`].
    pub fn verify_signature(&self, key: &Jwk) -> Result<(), Error> {
        if self.header.contains_key("crit") {
            return Err(Error::CriticalExtension);
        }
        let expected = key.algorithm();
        if self.text("alg") != Some(expected.as_str()) {
            let kid = key.kid().to_string();
            return Err(Error::WrongAlgorithm { kid, expected });
        }
        if !key
            .verifying_key()
            .verify(self.signing_input.as_bytes(), &self.signature)
        {
            let kid = key.kid().to_string();
            return Err(Error::BadSignature { kid });
        }
        Ok(())
    }

    /// Selects the key of the set for this header: by `kid`, as [`JwkSet::select`] does, or without
    /// `kid` the set's only key for the header's `alg` (RFC 7515, 4.1.4: `kid` is optional).
    ///
    /// # Errors
    /// [`Error::MissingKid`], [`Error::UnknownKid`], [`Error::KeyNotUsed`] or [`Error::UnknownAlgorithm`].
    pub fn key_in<'k>(&self, keys: &'k JwkSet) -> Result<&'k Jwk, Error> {
        match self.header.get("kid") {
            Some(Value::String(kid)) => keys.select(kid),
            Some(_) => Err(Error::MissingKid),
            None => keys.only_key_for(self.text("alg").unwrap_or_default().parse()?),
        }
    }

    /// The key in the header's `jwk`, which a proof of possession brings along. It proves nothing
    /// about its owner.
    #[cfg(feature = "dpop")]
    pub(crate) fn embedded_key(&self) -> Option<ForeignJwk> {
        #[derive(serde::Deserialize)]
        struct Header {
            jwk: ForeignJwk,
        }
        let (header, _) = self.signing_input.split_once('.')?;
        let json = URL_SAFE_NO_PAD.decode(header).ok()?;
        serde_json::from_slice(&json).ok().map(|Header { jwk }| jwk)
    }

    /// The key in the claim `cnf.jwk` (RFC 7800, 3.2), which is unverified as long as the token is.
    #[cfg(feature = "client-attestation")]
    pub(crate) fn confirmation_key(&self) -> Option<ForeignJwk> {
        #[derive(serde::Deserialize)]
        struct Payload {
            cnf: Confirmation,
        }
        #[derive(serde::Deserialize)]
        struct Confirmation {
            jwk: ForeignJwk,
        }
        let json = URL_SAFE_NO_PAD.decode(self.payload).ok()?;
        let payload: Payload = serde_json::from_slice(&json).ok()?;
        Some(payload.cnf.jwk)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.header.get(name).and_then(Value::as_str)
    }
}

/// Shows `alg`, `typ` and `kid` only, since the token may be a credential or grant access.
impl fmt::Debug for Unverified<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |name| self.text(name).map(printable);
        f.debug_struct("Unverified")
            .field("alg", &text("alg"))
            .field("typ", &text("typ"))
            .field("kid", &text("kid"))
            .finish_non_exhaustive()
    }
}

fn object(part: &str) -> Option<Map<String, Value>> {
    let json = URL_SAFE_NO_PAD.decode(part).ok()?;
    let UniqueMembers(members) = serde_json::from_slice(&json).ok()?;
    Some(members)
}

/// Shortens text of an unverified header to 64 characters, and replaces those that are not
/// printable ASCII.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .take(64)
        .map(|c| if c == ' ' || c.is_ascii_graphic() { c } else { '?' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_is_written_in_base64_and_never_used_as_a_key() {
        let key = SigningKey::generate(&mut rand::rng());
        let x5c = X5c::new(&[0xfb, 0xff], [&[1_u8][..]]);
        let token = sign_x5c(&key, "dc+sd-jwt", Some(&x5c), &serde_json::json!({}));
        let token = Unverified::parse(&token, 4096).unwrap();
        assert_eq!(token.header()["x5c"], serde_json::json!(["+/8=", "AQ=="]));
        assert_eq!(token.header()["kid"], key.kid().as_str());
        assert!(token.verify(&key.public_jwk().into()).is_ok());
        let others: JwkSet = SigningKey::generate(&mut rand::rng()).public_jwk().into();
        assert!(matches!(token.verify(&others), Err(Error::UnknownKid { .. })));
        assert_eq!(format!("{x5c:?}"), "X5c(2 certificates)");

        let plain = sign(&key, "dc+sd-jwt", &serde_json::json!({}));
        assert!(
            !Unverified::parse(&plain, 4096)
                .unwrap()
                .header()
                .contains_key("x5c")
        );
    }

    #[test]
    fn debug_shows_no_token() {
        let encode = |json: &str| URL_SAFE_NO_PAD.encode(json);
        let header =
            encode(r#"{"alg":"ES256","typ":"a+jwt","kid":"1\n","key_attestation":"secret-attestation"}"#);
        let (payload, signature) = (encode(r#"{"sub":"secret"}"#), encode("signature"));
        let token = format!("{header}.{payload}.{signature}");
        let shown = format!("{:?}", Unverified::parse(&token, 1024).unwrap());
        assert_eq!(
            shown,
            r#"Unverified { alg: Some("ES256"), typ: Some("a+jwt"), kid: Some("1?"), .. }"#
        );
    }
}
