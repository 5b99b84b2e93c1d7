//! Signatures of callbacks by Standard Webhooks: HMAC-SHA256 (RFC 2104) over the message's ID, time and body.

use air_ids::UnixTime;
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The header with the message's ID.
pub(crate) const ID: &str = "webhook-id";
/// The header with the time of the signature.
pub(crate) const TIMESTAMP: &str = "webhook-timestamp";
/// The header with the signature.
pub(crate) const SIGNATURE: &str = "webhook-signature";

const SECRET_PREFIX: &str = "whsec_";

/// Returns the text of a secret.
pub(crate) fn encode_secret(key: &[u8]) -> String {
    format!("{SECRET_PREFIX}{}", STANDARD.encode(key))
}

/// Signs a message. Returns `None` if the secret is not of [`encode_secret`]'s form.
pub(crate) fn sign(secret: &str, id: &str, at: UnixTime, body: &[u8]) -> Option<String> {
    let key = STANDARD.decode(secret.strip_prefix(SECRET_PREFIX)?).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{id}.{}.", at.as_secs()).as_bytes());
    mac.update(body);
    Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    /// The message of the libraries' own tests.
    #[test]
    fn signs_as_standard_webhooks() {
        let at = UnixTime::from_secs(1_614_265_330);
        let body = br#"{"test": 2432232314}"#;
        assert_eq!(
            sign(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, body).as_deref(),
            Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        );
    }

    #[test]
    fn a_secret_has_its_prefix_and_is_base64() {
        let key = STANDARD.decode(&SECRET["whsec_".len()..]).unwrap();
        assert_eq!(encode_secret(&key), SECRET);
        for secret in ["", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!"] {
            let at = UnixTime::from_secs(1);
            assert_eq!(sign(secret, "msg_1", at, b"{}"), None, "{secret}");
        }
    }
}
