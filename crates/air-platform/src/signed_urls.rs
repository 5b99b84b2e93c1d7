//! URLs that are valid until a time: HMAC-SHA256 (RFC 2104) over path and time, with a key that the
//! platform stores.

use air_ids::UnixTime;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::Refusal;
use crate::ids;
use air_store::{ReadTx, WriteTx, secrets};

const SECRET: &str = "package-urls";
/// The prefix of the signed data. It separates URLs from any other data that this key may sign in the future.
const DOMAIN: &[u8] = b"AIR-PACKAGE-URL-v1";

/// The platform's key for URLs.
pub(crate) struct UrlKey(Hmac<Sha256>);

impl UrlKey {
    /// Returns the key, and creates it for the first URL.
    pub(crate) async fn find_or_create(tx: &mut WriteTx, now: UnixTime) -> Result<Self, Refusal> {
        let secret = secrets::find_or_insert(tx, SECRET, &ids::secret(), now).await?;
        Self::new(&secret)
    }

    /// Returns the key, or `None` if no URL was signed yet.
    pub(crate) async fn find(tx: &mut ReadTx) -> Result<Option<Self>, Refusal> {
        let secret = secrets::find(tx, SECRET).await?;
        secret.map(|secret| Self::new(&secret)).transpose()
    }

    fn new(secret: &[u8]) -> Result<Self, Refusal> {
        Hmac::new_from_slice(secret).map(Self).map_err(Refusal::internal)
    }

    /// Returns the path with its time and signature, as the end of a URL.
    pub(crate) fn sign(&self, path: &str, expires: UnixTime) -> String {
        let signature = hex::encode(self.over(path, expires).finalize().into_bytes());
        format!("{path}?expires={}&signature={signature}", expires.as_secs())
    }

    /// Verifies the signature of a path and time in constant time.
    pub(crate) fn accepts(&self, path: &str, expires: UnixTime, signature: &str) -> bool {
        hex::decode(signature)
            .is_ok_and(|signature| self.over(path, expires).verify_slice(&signature).is_ok())
    }

    fn over(&self, path: &str, expires: UnixTime) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        mac.update(DOMAIN);
        mac.update(&(path.len() as u64).to_be_bytes());
        mac.update(path.as_bytes());
        mac.update(&expires.as_secs().to_be_bytes());
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPIRES: UnixTime = UnixTime::from_secs(1_800_000_900);

    #[test]
    fn a_signature_is_for_one_path_one_time_and_one_key() {
        let key = UrlKey::new(&[7; 32]).unwrap();
        let signed = key.sign("/packages/a", EXPIRES);
        let (path, query) = signed.split_once('?').unwrap();
        let signature = query.strip_prefix("expires=1800000900&signature=").unwrap();
        assert_eq!((path, signature.len()), ("/packages/a", 64));
        assert!(key.accepts("/packages/a", EXPIRES, signature));

        let later = UnixTime::from_secs(1_800_000_901);
        assert!(!key.accepts("/packages/b", EXPIRES, signature));
        assert!(!key.accepts("/packages/a", later, signature));
        assert!(
            !UrlKey::new(&[8; 32])
                .unwrap()
                .accepts("/packages/a", EXPIRES, signature)
        );
        for bad in ["", "00", "zz", &signature[..62], &format!("{signature}00")] {
            assert!(!key.accepts("/packages/a", EXPIRES, bad), "{bad}");
        }
    }

    /// Python: `hmac.new(bytes([7]) * 32, b"AIR-PACKAGE-URL-v1" + (11).to_bytes(8, "big") + b"/packages/a" +
    /// (1800000900).to_bytes(8, "big"), "sha256").hexdigest()`.
    #[test]
    fn what_is_signed_is_written_down() {
        let key = UrlKey::new(&[7; 32]).unwrap();
        let signature = "182fc9eb322083c5c5f8ba2246eb7adde1857d3fa20ee672fe5e4dbb61bf81eb";
        assert!(key.accepts("/packages/a", EXPIRES, signature));
    }
}
