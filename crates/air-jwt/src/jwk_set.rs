//! JWK sets (RFC 7517, section 5). Our own are written strictly; those of others are read
//! leniently.

use serde::{Deserialize, Serialize};

use crate::{
    Algorithm, Error, Jwk, Kid,
    jwk::{ForeignJwk, SkipReason},
    jws::printable,
};

/// The maximum length of a set in bytes.
const LIMIT: usize = 256 * 1024;
/// The length of a SHA-256 thumbprint (RFC 7638) in base64url, in characters.
const THUMBPRINT_LENGTH: usize = 43;
/// The byte order mark, which some editors and shells write before JSON. A reader may ignore it
/// (RFC 8259, 8.1).
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// A set of public keys with unique ids. A set that was read also lists the keys that were skipped,
/// with reasons.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct JwkSet {
    keys: Vec<Jwk>,
    #[serde(skip)]
    skipped: Vec<SkippedKey>,
    #[serde(skip)]
    leaked: Vec<Kid>,
}

/// A key of an untrusted set that is not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedKey {
    /// The index in the set, from 0.
    pub index: usize,
    /// The key's id, if it is valid.
    pub kid: Option<Kid>,
    /// The reason why it is not used.
    pub reason: SkipReason,
}

impl SkippedKey {
    /// The key's id, or its position in the set, counted from 1.
    #[must_use]
    pub fn name(&self) -> String {
        match &self.kid {
            Some(kid) => kid.to_string(),
            None => format!("number {}", self.index + 1),
        }
    }

    fn to_error(&self) -> Error {
        Error::KeyNotUsed {
            kid: printable(&self.name()),
            reason: self.reason.clone(),
        }
    }
}

/// The treatment of a key whose private half the set publishes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PrivateMembers {
    /// Skip the key: everyone who reads the set can sign with it.
    #[default]
    SkipKey,
    /// Drop the private members and use the public half. [`JwkSet::leaked`] lists the key.
    ///
    /// # Security
    /// Everyone who can fetch such a set can sign with the key. Use this only for sets that nobody
    /// else can fetch, such as those on your own machine during development.
    Drop,
}

impl JwkSet {
    /// Builds a set of these keys.
    ///
    /// # Errors
    /// [`Error::DuplicateKid`] when two keys have the same id, because a verifier could not choose
    /// between them.
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

    /// Reads a set. It skips keys that are invalid, are not for ES256 or RS256, or publish their
    /// private half, because a set may serve other purposes too. A key without `kid` gets its
    /// thumbprint as the id. [`Self::skipped`] lists the skipped keys with reasons.
    ///
    /// # Errors
    /// [`Error::InvalidJwkSet`] when the input is not a JWK set; [`Error::JwkSetTooLarge`] above
    /// 256 KiB.
    pub fn from_slice(json: &[u8]) -> Result<Self, Error> {
        Self::parse_with(json, PrivateMembers::SkipKey)
    }

    /// As [`Self::from_slice`], with a choice of how to treat keys whose private half is published.
    ///
    /// # Errors
    /// As [`Self::from_slice`].
    pub fn parse_with(json: &[u8], private: PrivateMembers) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Foreign {
            keys: Vec<ForeignJwk>,
        }
        if json.len() > LIMIT {
            return Err(Error::JwkSetTooLarge { limit: LIMIT });
        }
        let json = json.strip_prefix(BYTE_ORDER_MARK).unwrap_or(json);
        let foreign: Foreign = serde_json::from_slice(json).map_err(|_| Error::InvalidJwkSet)?;
        let mut set = Self::default();
        for (index, key) in foreign.keys.into_iter().enumerate() {
            let kid = key.kid();
            if let Err(reason) = set.add(key, private) {
                set.skipped.push(SkippedKey { index, kid, reason });
            }
        }
        Ok(set)
    }

    /// As [`Self::from_slice`], and also returns the skipped keys.
    ///
    /// # Errors
    /// As [`Self::from_slice`].
    pub fn read(json: &[u8]) -> Result<(Self, Vec<SkippedKey>), Error> {
        let set = Self::from_slice(json)?;
        let skipped = set.skipped.clone();
        Ok((set, skipped))
    }

    fn add(&mut self, key: ForeignJwk, private: PrivateMembers) -> Result<(), SkipReason> {
        let is_leaked = key.is_private() && private == PrivateMembers::Drop;
        let key = if is_leaked {
            key.without_private_members()
        } else {
            key
        };
        let key = key.into_jwk()?;
        if self.find(key.kid().as_str()).is_some() {
            return Err(SkipReason::DuplicateKid);
        }
        if is_leaked {
            self.leaked.push(key.kid().clone());
        }
        self.keys.push(key);
        Ok(())
    }

    /// The key with this id; `None` when the set has no such key.
    #[must_use]
    pub fn find(&self, kid: &str) -> Option<&Jwk> {
        self.keys.iter().find(|key| key.kid().as_str() == kid)
    }

    /// Selects the key for the `kid` of a token's header: the key with that id, or the key with
    /// that SHA-256 thumbprint (RFC 7638).
    ///
    /// # Errors
    /// [`Error::KeyNotUsed`] when the key was skipped; [`Error::UnknownKid`] when the set does not
    /// have it.
    pub fn select(&self, kid: &str) -> Result<&Jwk, Error> {
        self.find(kid)
            .or_else(|| self.find_by_thumbprint(kid))
            .ok_or_else(|| self.not_found(kid))
    }

    /// The only key for an algorithm, which verifies tokens without `kid`. A key with several ids
    /// counts as one.
    ///
    /// # Errors
    /// [`Error::KeyNotUsed`] when the set's only key was skipped; [`Error::MissingKid`] when the
    /// set has no key, or several, for the algorithm.
    pub fn only_key_for(&self, algorithm: Algorithm) -> Result<&Jwk, Error> {
        let mut suitable = self.keys.iter().filter(|key| key.algorithm() == algorithm);
        match (suitable.next(), self.skipped.as_slice()) {
            (Some(only), _) if suitable.all(|other| other.verifying_key() == only.verifying_key()) => {
                Ok(only)
            }
            (None, [skipped]) => Err(skipped.to_error()),
            _ => Err(Error::MissingKid),
        }
    }

    fn find_by_thumbprint(&self, kid: &str) -> Option<&Jwk> {
        if kid.len() != THUMBPRINT_LENGTH {
            return None;
        }
        self.keys.iter().find(|key| key.thumbprint().as_str() == kid)
    }

    fn not_found(&self, kid: &str) -> Error {
        let named = |skipped: &&SkippedKey| skipped.kid.as_ref().is_some_and(|own| own.as_str() == kid);
        match self.skipped.iter().find(named) {
            Some(skipped) => skipped.to_error(),
            None => Error::UnknownKid { kid: printable(kid) },
        }
    }

    /// The skipped keys with reasons, in the set's order.
    #[must_use]
    pub fn skipped(&self) -> &[SkippedKey] {
        &self.skipped
    }

    /// The ids of keys that are used although the set publishes their private half. Only
    /// [`PrivateMembers::Drop`] permits this.
    #[must_use]
    pub fn leaked(&self) -> &[Kid] {
        &self.leaked
    }

    /// The keys, in the set's order.
    pub fn iter(&self) -> std::slice::Iter<'_, Jwk> {
        self.keys.iter()
    }

    /// The ids, in the set's order.
    pub fn kids(&self) -> impl Iterator<Item = &Kid> {
        self.keys.iter().map(Jwk::kid)
    }

    /// The set as JSON, in the form that is published.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("strings serialise")
    }
}

/// A set of one key.
impl From<Jwk> for JwkSet {
    fn from(key: Jwk) -> Self {
        Self {
            keys: vec![key],
            ..Self::default()
        }
    }
}

impl<'a> IntoIterator for &'a JwkSet {
    type Item = &'a Jwk;
    type IntoIter = std::slice::Iter<'a, Jwk>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
