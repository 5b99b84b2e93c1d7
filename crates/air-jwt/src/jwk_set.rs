//! JWK sets (RFC 7517, 5): ours written strictly, others' read leniently.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Error, Jwk, Kid, jwk::ForeignJwk};

/// The most that is read of a set.
const LIMIT: usize = 256 * 1024;

/// Public keys by id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct JwkSet {
    keys: Vec<Jwk>,
}

impl JwkSet {
    /// A set of these keys; of two with the same id the first counts.
    #[must_use]
    pub fn new(keys: impl IntoIterator<Item = Jwk>) -> Self {
        Self {
            keys: keys.into_iter().collect(),
        }
    }

    /// Reads a set. Keys that are not for ES256, or have no `kid`, or are broken, are skipped: a set serves others too.
    ///
    /// # Errors
    /// [`Error::InvalidJwkSet`] when it is not a set at all, [`Error::JwkSetTooLarge`] past 256 KiB.
    pub fn from_slice(json: &[u8]) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Foreign {
            keys: Vec<Value>,
        }
        if json.len() > LIMIT {
            return Err(Error::JwkSetTooLarge { limit: LIMIT });
        }
        let set: Foreign = serde_json::from_slice(json).map_err(|_| Error::InvalidJwkSet)?;
        let keys = set
            .keys
            .into_iter()
            .filter_map(|key| serde_json::from_value::<ForeignJwk>(key).ok()?.into_jwk());
        Ok(Self::new(keys))
    }

    /// The key of that id.
    #[must_use]
    pub fn find(&self, kid: &str) -> Option<&Jwk> {
        self.keys.iter().find(|key| key.kid().as_str() == kid)
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
