//! One disclosure: salt, name and value as JSON in base64url, and its digest (RFC 9901, 4.2).

use air_json::is_reserved_name;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rand_core::CryptoRng;
use serde_json::{Value, value::RawValue};
use sha2::{Digest, Sha256};

use super::{DIGESTS, HASH_NAME, ITEM_DIGEST};
use crate::Error;

/// A claim that the holder can show or withhold: a member of an object with its name, or an item of
/// an array.
pub(crate) struct Disclosure {
    pub(crate) name: Option<String>,
    /// The value, or the rule of strict JSON that it violates with the place within it.
    pub(crate) value: Result<Value, air_json::Error>,
}

/// Makes a disclosure of `value` with a fresh salt of 128 bits, and its digest.
pub(super) fn make(name: Option<&str>, value: &Value, rng: &mut impl CryptoRng) -> (String, String) {
    let salt = random_text::<16>(rng);
    let json = match name {
        Some(name) => serde_json::to_vec(&(&salt, name, value)),
        None => serde_json::to_vec(&(&salt, value)),
    };
    let encoded = URL_SAFE_NO_PAD.encode(json.expect("JSON values serialise"));
    let digest = digest(&encoded);
    (encoded, digest)
}

/// A decoy digest, which looks like any other digest (RFC 9901, 4.2.5).
pub(super) fn decoy(rng: &mut impl CryptoRng) -> String {
    random_text::<32>(rng)
}

fn random_text<const N: usize>(rng: &mut impl CryptoRng) -> String {
    let mut bytes = [0; N];
    rng.fill_bytes(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The digest, which replaces the claim in the payload.
pub(crate) fn digest(encoded: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(encoded))
}

impl Disclosure {
    /// Reads a disclosure that a holder sent.
    pub(crate) fn parse(encoded: &str) -> Result<Self, Error> {
        let malformed = || Error::Disclosure {
            reason: "a disclosure is not a JSON array [salt, name, value] or [salt, value] in base64url",
        };
        let json = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| malformed())?;
        // Most disclosures are members of objects: [salt, name, value].
        let member = serde_json::from_slice::<(String, String, &RawValue)>(&json);
        let (name, text) = if let Ok((_, name, text)) = member {
            (Some(name), text)
        } else {
            let (_, text): (String, &RawValue) = serde_json::from_slice(&json).map_err(|_| malformed())?;
            (None, text)
        };
        let value = air_json::read(text.get().as_bytes());
        if value.as_ref().is_err_and(|error| error.pointer().is_none()) {
            return Err(malformed());
        }
        if name
            .as_deref()
            .is_some_and(|name| [DIGESTS, ITEM_DIGEST, HASH_NAME].contains(&name) || is_reserved_name(name))
        {
            return Err(Error::Disclosure {
                reason: "a disclosure has a name that SD-JWT or serde_json reserves",
            });
        }
        Ok(Self { name, value })
    }
}
