//! The API keys of callers. Several are valid at once, so that a caller can change to a new one.

use std::fmt;

use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use super::ConfigError;

/// The length from which a key is long enough.
const LONG_ENOUGH: usize = 32;
/// The maximum number of keys.
const LIMIT: usize = 16;
/// The form of a key's hash in `issuer.toml`.
const HASH_PREFIX: &str = "sha256-";

/// Keys as SHA-256 digests. A key is random, so its digest needs no salt.
#[derive(Clone, Default)]
pub(crate) struct ApiKeys {
    digests: Vec<[u8; 32]>,
    short: usize,
}

impl ApiKeys {
    /// Reads keys, one a line.
    pub(super) fn add_lines(&mut self, name: &str, lines: &str) -> Result<(), ConfigError> {
        for key in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
            if key.len() < LONG_ENOUGH {
                self.short += 1;
            }
            self.add(name, Sha256::digest(key).into())?;
        }
        Ok(())
    }

    /// Reads the hash of a key: `sha256-` and 64 hex digits.
    pub(super) fn add_hash(&mut self, name: &str, hash: &str) -> Result<(), ConfigError> {
        let mut digest = [0; 32];
        hash.strip_prefix(HASH_PREFIX)
            .and_then(|digits| hex::decode_to_slice(digits, &mut digest).ok())
            .ok_or_else(|| {
                ConfigError::invalid(
                    name,
                    "a hash must be `sha256-` and 64 hex digits; make it with `sha256sum`",
                )
            })?;
        let empty: [u8; 32] = Sha256::digest("").into();
        if digest == empty {
            return Err(ConfigError::invalid(
                name,
                "it is the hash of an empty key, which would admit everybody; hash at least 32 random characters",
            ));
        }
        self.add(name, digest)
    }

    fn add(&mut self, name: &str, digest: [u8; 32]) -> Result<(), ConfigError> {
        if self.digests.len() == LIMIT {
            return Err(ConfigError::invalid(
                name,
                format!("at most {LIMIT} keys fit; remove old ones"),
            ));
        }
        self.digests.push(digest);
        Ok(())
    }

    /// Whether there is no key, so that all calls are refused.
    pub(crate) fn is_empty(&self) -> bool {
        self.digests.is_empty()
    }

    /// The number of keys that are shorter than 32 characters.
    pub(crate) fn count_short(&self) -> usize {
        self.short
    }

    /// Whether a key is also one of the others.
    pub(super) fn has_one_of(&self, others: &Self) -> bool {
        self.digests.iter().any(|digest| others.digests.contains(digest))
    }

    /// Finds the key in constant time. Returns the start of its digest, which names the key in the audit log.
    pub(crate) fn find(&self, key: &str) -> Option<String> {
        let digest: [u8; 32] = Sha256::digest(key).into();
        let mut found = Choice::from(0);
        for known in &self.digests {
            found |= known.ct_eq(&digest);
        }
        let name = digest.iter().take(4).copied().collect::<Vec<u8>>();
        bool::from(found).then(|| hex::encode(name))
    }
}

impl fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKeys({} keys)", self.digests.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_is_found_and_no_other() {
        let mut keys = ApiKeys::default();
        let (old, new) = ("o".repeat(32), "n".repeat(40));
        keys.add_lines("API_KEY", &format!("{old}\n\n  {new}\n")).unwrap();
        assert_eq!(keys.count_short(), 0);
        assert!(keys.find(&old).is_some() && keys.find(&new).is_some());
        assert_ne!(
            keys.find(&old),
            keys.find(&new),
            "the audit log distinguishes them"
        );
        for other in ["", "o", &format!("{old}o"), "sha256-"] {
            assert_eq!(keys.find(other), None, "{other}");
        }
        assert_eq!(format!("{keys:?}"), "ApiKeys(2 keys)");
    }

    #[test]
    fn a_hash_stands_for_its_key() {
        let mut keys = ApiKeys::default();
        let hash = format!("sha256-{}", hex::encode(Sha256::digest("secret key")));
        keys.add_hash("api-keys", &hash).unwrap();
        assert!(keys.find("secret key").is_some());
        assert_eq!(keys.find(&hash), None, "a hash is no key");
        let empty = format!("sha256-{}", hex::encode(Sha256::digest("")));
        for bad in ["", "secret key", "sha256-00", "sha512-00", &empty] {
            assert!(keys.add_hash("api-keys", bad).is_err(), "{bad}");
        }
        assert_eq!(keys.find(""), None, "an empty header opens nothing");
    }

    #[test]
    fn short_keys_are_counted_and_too_many_are_refused() {
        let mut keys = ApiKeys::default();
        keys.add_lines("API_KEY", &"k".repeat(31)).unwrap();
        assert_eq!(keys.count_short(), 1);
        let many: Vec<String> = (0..LIMIT).map(|key| format!("key {key}")).collect();
        assert!(keys.add_lines("API_KEY", &many.join("\n")).is_err());
        assert_eq!(ApiKeys::default().find(""), None, "no key opens nothing");
    }
}
