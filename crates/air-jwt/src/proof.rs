//! The common parts of proofs of possession: the time, the id, and the key for a replay cache.

use std::time::Duration;

use air_ids::UnixTime;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rand_core::CryptoRng;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::{Error, NumericDate, verify::numeric_date};

/// The maximum length of a `jti` in bytes.
const JTI_LIMIT: usize = 512;

/// The times that are accepted in a proof's `iat`, relative to the verifier's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeWindow {
    past: Duration,
    future: Duration,
}

impl TimeWindow {
    /// Accepts proofs that are at most `past` old, and at most `future` ahead of the clock.
    #[must_use]
    pub const fn new(past: Duration, future: Duration) -> Self {
        Self { past, future }
    }

    /// Checks `iat`, and `exp` and `nbf` if they are present, and returns `iat`, rounded down.
    pub(crate) fn check(self, claims: &Map<String, Value>, now: UnixTime) -> Result<UnixTime, Error> {
        let issued = numeric_date(claims, "iat")?.ok_or(Error::MissingClaim { name: "iat" })?;
        let limit = self.past.as_secs();
        let ago = now.saturating_duration_since(issued.floor()).as_secs();
        if ago > limit {
            return Err(Error::ProofTooOld { ago, limit });
        }
        self.check_begin(issued, now)?;
        self.check_lifetime(claims, now)?;
        Ok(issued.floor())
    }

    /// Checks `exp` and `nbf`, if they are present (RFC 7519, 4.1.4 and 4.1.5).
    pub(crate) fn check_lifetime(self, claims: &Map<String, Value>, now: UnixTime) -> Result<(), Error> {
        if let Some(not_before) = numeric_date(claims, "nbf")? {
            self.check_begin(not_before, now)?;
        }
        match numeric_date(claims, "exp")?.map(NumericDate::floor) {
            Some(expires) if now >= expires.saturating_add(self.future) => Err(Error::Expired {
                ago: now.saturating_duration_since(expires).as_secs(),
            }),
            _ => Ok(()),
        }
    }

    /// Checks that this time is not ahead of the clock.
    pub(crate) fn check_begin(self, begins: NumericDate, now: UnixTime) -> Result<(), Error> {
        let begins = begins.ceil();
        if begins > now.saturating_add(self.future) {
            return Err(Error::NotYetValid {
                ahead: begins.saturating_duration_since(now).as_secs(),
            });
        }
        Ok(())
    }

    /// When a proof with this `iat` is refused because of its age.
    pub(crate) fn ends(self, issued_at: UnixTime) -> UnixTime {
        let second = Duration::from_secs(1);
        issued_at.saturating_add(self.past).saturating_add(second)
    }
}

/// At most 300 s old, and at most 30 s ahead of the clock.
impl Default for TimeWindow {
    fn default() -> Self {
        Self::new(Duration::from_mins(5), Duration::from_secs(30))
    }
}

/// Identifies a proof in a cache that detects replays. The verifier keeps it until [`Self::expires_at`],
/// and refuses a proof whose key it already has. It is a SHA-256 digest, so that a long `jti` does
/// not fill the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReplayKey {
    digest: [u8; 32],
    expires_at: UnixTime,
}

impl ReplayKey {
    /// The key of a proof for `audience` by the key with this thumbprint.
    pub(crate) fn new(audience: &str, thumbprint: &str, jti: &str, expires_at: UnixTime) -> Self {
        let mut hash = Sha256::new();
        for part in [audience, thumbprint, jti] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self {
            digest: hash.finalize().into(),
            expires_at,
        }
    }

    /// The digest of the audience, the key and the `jti`.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.digest
    }

    /// When the proof is refused because of its age. A cache may forget it then.
    #[must_use]
    pub fn expires_at(&self) -> UnixTime {
        self.expires_at
    }
}

/// Draws a `jti` of 128 bits.
pub(crate) fn draw_id(rng: &mut impl CryptoRng) -> String {
    let mut bytes = [0; 16];
    rng.fill_bytes(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads a claim that must be a non-empty string.
pub(crate) fn required_text<'a>(
    claims: &'a Map<String, Value>,
    name: &'static str,
) -> Result<&'a str, Error> {
    optional_text(claims, name)?.ok_or(Error::MissingClaim { name })
}

/// Reads a claim that is a non-empty string, if it is present.
pub(crate) fn optional_text<'a>(
    claims: &'a Map<String, Value>,
    name: &'static str,
) -> Result<Option<&'a str>, Error> {
    match claims.get(name) {
        None => Ok(None),
        Some(Value::String(text)) if !text.is_empty() => Ok(Some(text)),
        Some(_) => Err(Error::InvalidClaim {
            name,
            expected: "a string that is not empty",
        }),
    }
}

/// Reads the `jti`.
pub(crate) fn id(claims: &Map<String, Value>) -> Result<&str, Error> {
    let id = required_text(claims, "jti")?;
    if id.len() > JTI_LIMIT {
        return Err(Error::InvalidClaim {
            name: "jti",
            expected: "at most 512 bytes long",
        });
    }
    Ok(id)
}
