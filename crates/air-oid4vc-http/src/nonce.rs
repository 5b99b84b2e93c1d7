//! Nonces that need no storage: an expiry and random bytes, authenticated by HMAC-SHA256 (RFC 2104).

use std::{fmt, time::Duration};

use air_oid4vc::UnixTime;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::{SingleUse, SingleUseKind};

/// The lifetime of a nonce.
const LIFETIME: Duration = Duration::from_mins(5);
/// The clock of the process that made a nonce may be fast by this time.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(5);
const TIME_LENGTH: usize = 8;
const RANDOM_LENGTH: usize = 16;
const TAG_LENGTH: usize = 16;
const LENGTH: usize = TIME_LENGTH + RANDOM_LENGTH + TAG_LENGTH;

/// The key that authenticates an issuer's nonces. Every process that serves the issuer has the same.
pub struct NonceKey(Zeroizing<[u8; 32]>);

/// Shows no key.
impl fmt::Debug for NonceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NonceKey(..)")
    }
}

/// The purpose of a nonce. A nonce of one purpose is refused for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// `c_nonce`, for key proofs.
    Credential,
    /// `DPoP-Nonce`.
    Dpop,
    /// `OAuth-Client-Attestation-Challenge`, for proofs of client attestations.
    ClientAttestation,
}

impl Purpose {
    fn label(self) -> &'static [u8] {
        match self {
            Self::Credential => b"air-oid4vc-http c_nonce v1",
            Self::Dpop => b"air-oid4vc-http DPoP-Nonce v1",
            Self::ClientAttestation => b"air-oid4vc-http OAuth-Client-Attestation-Challenge v1",
        }
    }
}

impl NonceKey {
    /// A key of 32 random bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Makes a nonce of this issuer from random bytes.
    pub(crate) fn make(
        &self,
        purpose: Purpose,
        issuer: &str,
        now: UnixTime,
        random: [u8; RANDOM_LENGTH],
    ) -> String {
        let mut nonce = Vec::with_capacity(LENGTH);
        nonce.extend(now.saturating_add(LIFETIME).as_secs().to_be_bytes());
        nonce.extend(random);
        let tag = self.mac(purpose, issuer, &nonce).finalize().into_bytes();
        nonce.extend(tag.iter().take(TAG_LENGTH));
        URL_SAFE_NO_PAD.encode(nonce)
    }

    /// Returns the expiry of a nonce of this issuer that is valid now.
    pub(crate) fn expiry(
        &self,
        purpose: Purpose,
        issuer: &str,
        nonce: &str,
        now: UnixTime,
    ) -> Option<UnixTime> {
        let bytes: [u8; LENGTH] = URL_SAFE_NO_PAD.decode(nonce).ok()?.try_into().ok()?;
        let (content, tag) = bytes.split_at_checked(TIME_LENGTH + RANDOM_LENGTH)?;
        self.mac(purpose, issuer, content)
            .verify_truncated_left(tag)
            .ok()?;
        let (time, _) = content.split_first_chunk::<TIME_LENGTH>()?;
        let expires_at = UnixTime::from_secs(u64::from_be_bytes(*time));
        let latest = now.saturating_add(LIFETIME).saturating_add(CLOCK_TOLERANCE);
        (now < expires_at && expires_at <= latest).then_some(expires_at)
    }

    /// Returns a valid `c_nonce` as a value to accept once.
    pub(crate) fn single_use(&self, issuer: &str, nonce: &str, now: UnixTime) -> Option<SingleUse> {
        let expires_at = self.expiry(Purpose::Credential, issuer, nonce, now)?;
        let mut hash = Sha256::new();
        hash.update(Purpose::Credential.label());
        hash.update(nonce);
        Some(SingleUse {
            kind: SingleUseKind::CredentialNonce,
            digest: hash.finalize().into(),
            expires_at,
        })
    }

    /// Returns a value that proves that this key made it for `text`, such as the identifier of a
    /// notification.
    pub(crate) fn seal(&self, label: &str, text: &str) -> String {
        let mut mac = self.keyed();
        for part in ["air-oid4vc-http seal v1", label, text] {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    }

    fn mac(&self, purpose: Purpose, issuer: &str, content: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.keyed();
        mac.update(purpose.label());
        mac.update(&(issuer.len() as u64).to_be_bytes());
        mac.update(issuer.as_bytes());
        mac.update(content);
        mac
    }

    fn keyed(&self) -> Hmac<Sha256> {
        Hmac::new_from_slice(self.0.as_slice()).expect("HMAC takes a key of any length")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "https://issuer.example/oid4vc/a";

    fn at(seconds: u64) -> UnixTime {
        UnixTime::from_secs(seconds)
    }

    #[test]
    fn a_nonce_is_for_one_key_one_issuer_one_purpose_and_five_minutes() {
        let key = NonceKey::new([7; 32]);
        let nonce = key.make(Purpose::Credential, ISSUER, at(1000), [1; 16]);
        let expiry = |key: &NonceKey, purpose, issuer, now| key.expiry(purpose, issuer, &nonce, now);
        assert_eq!(
            expiry(&key, Purpose::Credential, ISSUER, at(1000)),
            Some(at(1300))
        );
        assert_eq!(
            expiry(&key, Purpose::Credential, ISSUER, at(1299)),
            Some(at(1300))
        );
        assert_eq!(expiry(&key, Purpose::Credential, ISSUER, at(1300)), None);
        // Another process made it, whose clock is fast.
        assert_eq!(expiry(&key, Purpose::Credential, ISSUER, at(995)), Some(at(1300)));
        assert_eq!(expiry(&key, Purpose::Credential, ISSUER, at(994)), None);
        assert_eq!(expiry(&key, Purpose::Dpop, ISSUER, at(1000)), None);
        assert_eq!(
            expiry(&key, Purpose::Credential, "https://b.example", at(1000)),
            None
        );
        assert_eq!(
            expiry(&NonceKey::new([8; 32]), Purpose::Credential, ISSUER, at(1000)),
            None
        );
        for other in ["", "AAAA", &nonce[1..], &format!("{nonce}A")] {
            assert_eq!(
                key.expiry(Purpose::Credential, ISSUER, other, at(1000)),
                None,
                "{other}"
            );
        }
    }

    #[test]
    fn each_bit_of_a_nonce_is_authenticated() {
        let key = NonceKey::new([7; 32]);
        let nonce = key.make(Purpose::Dpop, ISSUER, at(1000), [1; 16]);
        let bytes = URL_SAFE_NO_PAD.decode(&nonce).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let changed = URL_SAFE_NO_PAD.encode(changed);
            assert_eq!(
                key.expiry(Purpose::Dpop, ISSUER, &changed, at(1000)),
                None,
                "bit {bit}"
            );
        }
    }

    #[test]
    fn debug_shows_no_key() {
        assert_eq!(format!("{:?}", NonceKey::new([7; 32])), "NonceKey(..)");
    }
}
