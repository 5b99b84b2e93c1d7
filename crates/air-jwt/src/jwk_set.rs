//! JWK sets (RFC 7517, 5): ours written strictly, others' read leniently.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Error, Jwk, Kid,
    jwk::{ForeignJwk, Unfit},
};

/// The most that is read of a set.
const LIMIT: usize = 256 * 1024;

/// Public keys by id; no two have the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct JwkSet {
    keys: Vec<Jwk>,
}

/// A key of somebody else's set that was passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedKey {
    /// Its place in the set, from 0.
    pub index: usize,
    /// Its id, where it has a proper one.
    pub kid: Option<Kid>,
    /// Why.
    pub reason: Unfit,
}

impl JwkSet {
    /// A set of these keys.
    ///
    /// # Errors
    /// [`Error::DuplicateKid`]: a verifier could not tell which of the two to take.
    pub fn new(keys: impl IntoIterator<Item = Jwk>) -> Result<Self, Error> {
        let mut set = Self::default();
        for key in keys {
            if set.find(key.kid().as_str()).is_some() {
                return Err(Error::DuplicateKid {
                    kid: key.kid().to_string(),
                });
            }
            set.keys.push(key);
        }
        Ok(set)
    }

    /// Reads a set. Keys that are not for ES256 or RS256, or have no `kid`, or are broken, are skipped: a set serves others too.
    ///
    /// # Errors
    /// [`Error::InvalidJwkSet`] when it is not a set at all, [`Error::JwkSetTooLarge`] past 256 KiB.
    pub fn from_slice(json: &[u8]) -> Result<Self, Error> {
        Self::read(json).map(|(set, _)| set)
    }

    /// As [`Self::from_slice`], and tells which keys were skipped and why.
    ///
    /// # Errors
    /// The same.
    pub fn read(json: &[u8]) -> Result<(Self, Vec<SkippedKey>), Error> {
        #[derive(Deserialize)]
        struct Foreign {
            keys: Vec<Value>,
        }
        if json.len() > LIMIT {
            return Err(Error::JwkSetTooLarge { limit: LIMIT });
        }
        let foreign: Foreign = serde_json::from_slice(json).map_err(|_| Error::InvalidJwkSet)?;
        let (mut set, mut skipped) = (Self::default(), Vec::new());
        for (index, key) in foreign.keys.into_iter().enumerate() {
            let kid: Option<Kid> = key
                .get("kid")
                .and_then(Value::as_str)
                .and_then(|kid| kid.parse().ok());
            let read = serde_json::from_value::<ForeignJwk>(key)
                .map_err(|_| Unfit::Type)
                .and_then(ForeignJwk::into_jwk);
            match read {
                Ok(jwk) if set.find(jwk.kid().as_str()).is_none() => set.keys.push(jwk),
                Ok(_) => skipped.push(SkippedKey {
                    index,
                    kid,
                    reason: Unfit::DuplicateKid,
                }),
                Err(reason) => skipped.push(SkippedKey { index, kid, reason }),
            }
        }
        Ok((set, skipped))
    }

    /// The key of that id.
    #[must_use]
    pub fn find(&self, kid: &str) -> Option<&Jwk> {
        self.keys.iter().find(|key| key.kid().as_str() == kid)
    }

    /// The keys, in the set's order.
    pub fn iter(&self) -> std::slice::Iter<'_, Jwk> {
        self.keys.iter()
    }

    /// The ids, in the set's order.
    pub fn kids(&self) -> impl Iterator<Item = &Kid> {
        self.keys.iter().map(Jwk::kid)
    }

    /// The set as JSON, as it is served.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("strings serialise")
    }
}

/// The set of one key.
impl From<Jwk> for JwkSet {
    fn from(key: Jwk) -> Self {
        Self { keys: vec![key] }
    }
}

impl<'a> IntoIterator for &'a JwkSet {
    type Item = &'a Jwk;
    type IntoIter = std::slice::Iter<'a, Jwk>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
