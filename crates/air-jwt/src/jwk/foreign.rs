//! Keys of untrusted JWK sets (RFC 7517, section 4), before they are known to be usable.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::{Error, Jwk, Kid, VerifyingKey};

/// The private members (RFC 7518, 6.2.2 and 6.3.2).
const PRIVATE: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "oth"];

/// The reason why a key of an untrusted set is not used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SkipReason {
    /// The type or curve is not P-256 or RSA, or a member has the wrong type.
    Type,
    /// `use` or `key_ops` exclude the verification of signatures.
    Use,
    /// `alg` is not ES256 or RS256, or does not match the key's type.
    Algorithm,
    /// The `kid` is empty, has more than 256 characters, or contains a control character.
    Kid,
    /// An earlier key of the set has the same `kid`.
    DuplicateKid,
    /// A member occurs twice, so that two readers may use different values (RFC 7517, section 4).
    DuplicateMember,
    /// The set publishes the private half: everyone who reads the set can sign with the key.
    Private,
    /// An RSA key has fewer than 2,048 or more than 4,096 bits.
    RsaKeySize {
        /// The size of its modulus in bits.
        bits: u32,
    },
    /// An RSA key was made by a generator with a known flaw (ROCA, CVE-2017-15361).
    Flawed,
    /// The numbers are not a point of the curve, or not an RSA key.
    Invalid,
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type => f.write_str("`kty` or `crv` is neither EC on P-256 nor RSA"),
            Self::Use => f.write_str("`use` or `key_ops` says that it is not for verifying signatures"),
            Self::Algorithm => f.write_str("`alg` is not the one of its type: ES256 for P-256, RS256 for RSA"),
            Self::Kid => f.write_str("its `kid` is not a text of 1 to 256 characters without control characters"),
            Self::DuplicateKid => f.write_str("an earlier key of the set has the same `kid`"),
            Self::DuplicateMember => f.write_str("it has a member twice"),
            Self::Private => f.write_str(
                "the set publishes its private half, so that anyone can sign with it; replace the key and publish the public half only",
            ),
            Self::RsaKeySize { bits } => write!(f, "its RSA key has {bits} bits; 2048 to 4096 are accepted"),
            Self::Flawed => f.write_str(
                "its RSA key was made by a flawed generator (ROCA, CVE-2017-15361), so that others can compute its private half",
            ),
            Self::Invalid => f.write_str("its numbers are no public key"),
        }
    }
}

/// A key with its members as they are in the JSON. Of private members it stores only whether one
/// exists; it never copies their values.
#[derive(Default)]
pub(crate) struct ForeignJwk {
    members: Map<String, Value>,
    is_private: bool,
    has_member_twice: bool,
}

impl ForeignJwk {
    /// The key's id, if it is valid.
    pub(crate) fn kid(&self) -> Option<Kid> {
        self.text("kid").ok().flatten()?.parse().ok()
    }

    /// Whether a private member is published.
    pub(crate) fn is_private(&self) -> bool {
        self.is_private
    }

    /// Discards the knowledge that the private half was published, so that the public half can be
    /// used.
    pub(crate) fn without_private_members(self) -> Self {
        Self {
            is_private: false,
            ..self
        }
    }

    /// Builds the key under its `kid`, or under its thumbprint when it has none (RFC 7517, 4.5:
    /// `kid` is optional).
    pub(crate) fn into_jwk(self) -> Result<Jwk, SkipReason> {
        let key = self.key()?;
        let kid = match self.text("kid")? {
            Some(kid) => kid.parse().map_err(|_| SkipReason::Kid)?,
            None => key.thumbprint(),
        };
        Ok(Jwk::new(key, kid))
    }

    fn key(&self) -> Result<VerifyingKey, SkipReason> {
        if self.is_private {
            return Err(SkipReason::Private);
        }
        if self.has_member_twice {
            return Err(SkipReason::DuplicateMember);
        }
        if self.text("use")?.is_some_and(|key_use| key_use != "sig") || !self.may_verify()? {
            return Err(SkipReason::Use);
        }
        let key = match (self.text("kty")?, self.text("crv")?) {
            (Some("EC"), Some("P-256")) => {
                VerifyingKey::from_coordinates(&self.bytes("x")?, &self.bytes("y")?)
            }
            (Some("RSA"), None) => VerifyingKey::from_modulus(&self.bytes("n")?, &self.bytes("e")?),
            _ => return Err(SkipReason::Type),
        }
        .map_err(|error| match error {
            Error::RsaKeySize { bits } => SkipReason::RsaKeySize { bits },
            Error::FlawedRsaKey => SkipReason::Flawed,
            _ => SkipReason::Invalid,
        })?;
        match self.text("alg")? {
            Some(algorithm) if algorithm != key.algorithm().as_str() => Err(SkipReason::Algorithm),
            _ => Ok(key),
        }
    }

    /// The point of a key for ECDH-ES on P-256 and the key's id, or the rule that it breaks.
    #[cfg(feature = "jwe")]
    pub(crate) fn encryption_point(&self) -> Result<([u8; 65], Option<Kid>), &'static str> {
        if self.is_private {
            return Err("it has a private member");
        }
        if self.has_member_twice {
            return Err("it has a member twice");
        }
        let text = |name| self.text(name).map_err(|_| "a member is not a text");
        if (text("kty")?, text("crv")?) != (Some("EC"), Some("P-256")) {
            return Err("`kty` and `crv` must be EC and P-256");
        }
        if text("use")?.is_some_and(|key_use| key_use != "enc") {
            return Err("`use` must be `enc`");
        }
        if text("alg")?.is_some_and(|alg| alg != "ECDH-ES") {
            return Err("`alg` must be ECDH-ES");
        }
        let kid = text("kid")?
            .map(str::parse)
            .transpose()
            .map_err(|_| "`kid` must have 1 to 256 characters, none of them a control character")?;
        let coordinate = |name| {
            self.bytes(name)
                .ok()
                .filter(|bytes| bytes.len() == 32)
                .ok_or("`x` and `y` must be 32 bytes in base64url")
        };
        let point = [&[0x04][..], &coordinate("x")?, &coordinate("y")?].concat();
        p256::PublicKey::from_sec1_bytes(&point)
            .ok()
            .and_then(|_| point.try_into().ok())
            .map(|point| (point, kid))
            .ok_or("`x` and `y` must be a point of the curve")
    }

    /// Whether `key_ops` (RFC 7517, 4.3), if present, permits verification.
    fn may_verify(&self) -> Result<bool, SkipReason> {
        match self.members.get("key_ops") {
            None | Some(Value::Null) => Ok(true),
            Some(Value::Array(operations)) if operations.iter().all(Value::is_string) => {
                Ok(operations.iter().any(|operation| operation == "verify"))
            }
            Some(_) => Err(SkipReason::Type),
        }
    }

    fn text(&self, name: &str) -> Result<Option<&str>, SkipReason> {
        match self.members.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(SkipReason::Type),
        }
    }

    fn bytes(&self, name: &str) -> Result<Vec<u8>, SkipReason> {
        self.text(name)?
            .and_then(|text| URL_SAFE_NO_PAD.decode(text).ok())
            .ok_or(SkipReason::Type)
    }
}

/// Deserializes from any JSON value, so that an invalid key does not invalidate its set.
impl<'de> Deserialize<'de> for ForeignJwk {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = ForeignJwk;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JWK")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<ForeignJwk, A::Error> {
        let mut key = ForeignJwk::default();
        while let Some(name) = access.next_key::<String>()? {
            if PRIVATE.contains(&name.as_str()) {
                key.is_private |= access.next_value::<Option<IgnoredAny>>()?.is_some();
            } else {
                let value = access.next_value()?;
                key.has_member_twice |= key.members.insert(name, value).is_some();
            }
        }
        Ok(key)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<ForeignJwk, A::Error> {
        while access.next_element::<IgnoredAny>()?.is_some() {}
        Ok(ForeignJwk::default())
    }

    fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<ForeignJwk, E> {
        Ok(ForeignJwk::default())
    }

    fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<ForeignJwk, E> {
        Ok(ForeignJwk::default())
    }

    fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<ForeignJwk, E> {
        Ok(ForeignJwk::default())
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<ForeignJwk, E> {
        Ok(ForeignJwk::default())
    }

    fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<ForeignJwk, E> {
        Ok(ForeignJwk::default())
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<ForeignJwk, E> {
        Ok(ForeignJwk::default())
    }
}
