//! Parsing and decryption.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer, de::IgnoredAny};
use zeroize::Zeroizing;

use super::{
    ALGORITHM, ContentEncryption, DecryptionKey, JweError,
    agreement::{ContentKey, Context},
    public_key::Point,
};
use crate::{Error, backend::Gcm, jwk::ForeignJwk, jws::printable};

/// A decoded token, not decrypted. Its header is protected, but only [`Self::decrypt`] checks that
/// it is unchanged.
#[derive(Debug)]
pub struct Jwe<'a> {
    encryption: ContentEncryption,
    kid: Option<String>,
    typ: Option<String>,
    cty: Option<String>,
    party_u: Vec<u8>,
    party_v: Vec<u8>,
    ephemeral: Point,
    header: &'a str,
    iv: [u8; 12],
    tag: [u8; 16],
    ciphertext: Vec<u8>,
}

/// The members of a header that are evaluated. A repeated one is refused.
#[derive(Deserialize)]
struct Header {
    alg: String,
    enc: String,
    kid: Option<String>,
    typ: Option<String>,
    cty: Option<String>,
    epk: Option<ForeignJwk>,
    apu: Option<String>,
    apv: Option<String>,
    #[serde(default, deserialize_with = "is_present")]
    zip: bool,
    #[serde(default, deserialize_with = "is_present")]
    crit: bool,
}

/// Deserializes any value, also null, to true.
fn is_present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| true)
}

impl<'a> Jwe<'a> {
    /// Decodes a token of at most `limit` bytes, and checks its header: the algorithms, no
    /// compression, no extension, and an ephemeral key on the curve.
    ///
    /// # Errors
    /// [`Error::TokenTooLong`], [`Error::MalformedToken`], or [`Error::Jwe`] with the rule.
    pub fn parse(token: &'a str, limit: usize) -> Result<Self, Error> {
        if token.len() > limit {
            return Err(Error::TokenTooLong {
                length: token.len(),
                limit,
            });
        }
        let mut parts = token.split('.');
        let mut next = || {
            parts.next().ok_or(Error::MalformedToken {
                reason: "must have five parts separated by dots",
            })
        };
        let (header, encrypted_key, iv, ciphertext, tag) = (next()?, next()?, next()?, next()?, next()?);
        if parts.next().is_some() {
            return Err(Error::MalformedToken {
                reason: "must have five parts separated by dots",
            });
        }
        let members: Header = URL_SAFE_NO_PAD
            .decode(header)
            .ok()
            // Serde also reads structs from arrays.
            .filter(|json| json.trim_ascii_start().starts_with(b"{"))
            .and_then(|json| serde_json::from_slice(&json).ok())
            .ok_or(Error::MalformedToken {
                reason: "the header is not a JSON object in base64url with `alg` and `enc`, or repeats a member",
            })?;
        let encryption = members.check()?;
        if !encrypted_key.is_empty() {
            return Err(JweError::UnexpectedEncryptedKey.into());
        }
        Ok(Self {
            encryption,
            party_u: party(members.apu.as_deref())?,
            party_v: party(members.apv.as_deref())?,
            ephemeral: members.ephemeral()?,
            kid: members.kid,
            typ: members.typ,
            cty: members.cty,
            header,
            iv: exact(iv, "initialisation vector")?,
            tag: exact(tag, "authentication tag")?,
            ciphertext: part(ciphertext, "the ciphertext is not base64url without padding")?,
        })
    }

    /// The header's `kid`, which names the recipient's key.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The header's `typ`.
    #[must_use]
    pub fn typ(&self) -> Option<&str> {
        self.typ.as_deref()
    }

    /// The header's `cty`. For a nested token, it is `JWT`.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.cty.as_deref()
    }

    /// The header's `enc`.
    #[must_use]
    pub fn encryption(&self) -> ContentEncryption {
        self.encryption
    }

    /// The decoded `apu`; empty when the header has none.
    #[must_use]
    pub fn sender_info(&self) -> &[u8] {
        &self.party_u
    }

    /// The decoded `apv`; empty when the header has none.
    #[must_use]
    pub fn recipient_info(&self) -> &[u8] {
        &self.party_v
    }

    /// Selects the key that the header names: by `kid`, or without `kid` the only key.
    ///
    /// # Errors
    /// [`JweError::UnknownRecipient`].
    pub fn key_in<'k>(&self, keys: &'k [DecryptionKey]) -> Result<&'k DecryptionKey, Error> {
        let found = match (&self.kid, keys) {
            (Some(_), keys) => keys.iter().find(|key| self.is_for(key)),
            (None, [only]) => Some(only),
            (None, _) => None,
        };
        found.ok_or_else(|| {
            let kid = match &self.kid {
                Some(kid) => format!("`kid` `{}`", printable(kid)),
                None => "a header without `kid`".to_owned(),
            };
            JweError::UnknownRecipient { kid }.into()
        })
    }

    /// Decrypts the content. A `kid` in the header must be that of the key, or its thumbprint.
    ///
    /// # Errors
    /// [`JweError::WrongRecipient`] or [`JweError::DecryptionFailed`].
    pub fn decrypt(&self, key: &DecryptionKey) -> Result<Zeroizing<Vec<u8>>, Error> {
        if !self.is_for(key) {
            return Err(JweError::WrongRecipient {
                kid: printable(self.kid().unwrap_or_default()),
                own: key.kid().to_string(),
            }
            .into());
        }
        let shared = key
            .ecdh()
            .agree(&self.ephemeral)
            .ok_or(JweError::DecryptionFailed)?;
        let context = Context {
            encryption: self.encryption,
            party_u: &self.party_u,
            party_v: &self.party_v,
        };
        let content_key = ContentKey::derive(&shared, context);
        let mut text = Zeroizing::new(self.ciphertext.clone());
        Gcm::new(content_key.as_bytes())
            .and_then(|cipher| cipher.open_in_place(&self.iv, self.header.as_bytes(), &mut text, &self.tag))
            .ok_or(JweError::DecryptionFailed)?;
        Ok(text)
    }

    fn is_for(&self, key: &DecryptionKey) -> bool {
        self.kid()
            .is_none_or(|kid| kid == key.kid().as_str() || kid == key.encryption_key().thumbprint().as_str())
    }
}

impl Header {
    fn check(&self) -> Result<ContentEncryption, Error> {
        if self.crit {
            return Err(JweError::CriticalExtension.into());
        }
        if self.alg != ALGORITHM {
            return Err(JweError::UnsupportedAlgorithm {
                name: printable(&self.alg),
            }
            .into());
        }
        if self.zip {
            return Err(JweError::Compressed.into());
        }
        self.enc.parse()
    }

    fn ephemeral(&self) -> Result<Point, JweError> {
        let invalid = |reason| JweError::InvalidEphemeralKey { reason };
        let key = self.epk.as_ref().ok_or_else(|| invalid("the header has none"))?;
        key.encryption_point().map(|(point, _)| point).map_err(invalid)
    }
}

fn party(info: Option<&str>) -> Result<Vec<u8>, Error> {
    part(
        info.unwrap_or_default(),
        "`apu` or `apv` is not base64url without padding",
    )
}

fn part(text: &str, reason: &'static str) -> Result<Vec<u8>, Error> {
    URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| Error::MalformedToken { reason })
}

/// Decodes a part of fixed length.
fn exact<const N: usize>(text: &str, name: &'static str) -> Result<[u8; N], Error> {
    let bytes = part(text, "a part is not base64url without padding")?;
    let length = bytes.len();
    bytes.try_into().map_err(|_| {
        JweError::WrongLength {
            part: name,
            length,
            expected: N,
        }
        .into()
    })
}
