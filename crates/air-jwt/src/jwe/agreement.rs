//! The key derivation of ECDH-ES (RFC 7518, 4.6.2): one round of Concat KDF (NIST SP 800-56A,
//! 5.8.1) with SHA-256.

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::ContentEncryption;

/// The inputs of the derivation beside the shared secret.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) encryption: ContentEncryption,
    /// The decoded `apu`; empty when the header has none.
    pub(super) party_u: &'a [u8],
    /// The decoded `apv`; empty when the header has none.
    pub(super) party_v: &'a [u8],
}

/// The content key: 16 or 32 bytes, wiped on drop.
pub(super) struct ContentKey {
    digest: Zeroizing<[u8; 32]>,
    length: usize,
}

impl ContentKey {
    /// Derives the key from the x-coordinate of the shared point. One round gives 32 bytes, so a
    /// second one is never needed.
    pub(super) fn derive(shared: &[u8; 32], context: Context<'_>) -> Self {
        let length = context.encryption.key_length();
        let bits = u32::try_from(length * 8).expect("a key has at most 256 bits");
        let mut hash = Sha256::new()
            .chain_update(1_u32.to_be_bytes())
            .chain_update(shared);
        for field in [
            context.encryption.as_str().as_bytes(),
            context.party_u,
            context.party_v,
        ] {
            // A header that fits in memory is far shorter than 4 GiB.
            let length = u32::try_from(field.len()).unwrap_or(u32::MAX);
            hash.update(length.to_be_bytes());
            hash.update(field);
        }
        hash.update(bits.to_be_bytes());
        let mut digest = Zeroizing::new([0; 32]);
        hash.finalize_into((&mut *digest).into());
        Self { digest, length }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.digest.get(..self.length).unwrap_or(self.digest.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use serde_json::Value;

    use super::*;
    use crate::backend::EcdhKey;

    #[test]
    fn rfc_7518_appendix_c() {
        let case: Value = serde_json::from_str(include_str!(
            "../../tests/vectors/jose-rfc/rfc7518-appendix-c.json"
        ))
        .unwrap();
        let decode = |value: &Value| URL_SAFE_NO_PAD.decode(value.as_str().unwrap()).unwrap();
        let scalar = |key: &Value| <[u8; 32]>::try_from(decode(&key["d"])).unwrap();
        let point = |key: &Value| {
            let bytes = [&[0x04][..], &decode(&key["x"]), &decode(&key["y"])].concat();
            <[u8; 65]>::try_from(bytes).unwrap()
        };
        let (ephemeral, recipient) = (&case["ephemeral_key"], &case["recipient_key"]);
        for (private, public) in [(ephemeral, recipient), (recipient, ephemeral)] {
            let private = EcdhKey::from_scalar(&scalar(private)).unwrap();
            let shared = private.agree(&point(public)).unwrap();
            let z = case["z_hex"].as_str().unwrap();
            let z: Vec<u8> = (0..z.len())
                .step_by(2)
                .map(|at| u8::from_str_radix(&z[at..at + 2], 16).unwrap())
                .collect();
            assert_eq!(shared.as_slice(), z);
            let key = ContentKey::derive(
                &shared,
                Context {
                    encryption: ContentEncryption::A128Gcm,
                    party_u: b"Alice",
                    party_v: b"Bob",
                },
            );
            assert_eq!(key.as_bytes(), decode(&case["derived_key_b64u"]));
        }
    }
}
