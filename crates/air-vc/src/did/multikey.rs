//! The format of keys in Multikey and `did:key`: multicodec and key in base58btc (multibase).

use air_jwt::VerifyingKey;

use crate::Error;

/// Codes of the multicodec table as varints.
const P256_PUB: [u8; 2] = [0x80, 0x24];
const RSA_PUB: [u8; 2] = [0x85, 0x24];
/// Codes of keys that are not for ES256 and RS256.
const OTHERS: [([u8; 2], &str); 7] = [
    ([0xed, 0x01], "Ed25519"),
    ([0xec, 0x01], "X25519"),
    ([0xe7, 0x01], "secp256k1"),
    ([0xeb, 0x01], "BLS12-381"),
    ([0x81, 0x24], "P-384"),
    ([0x82, 0x24], "P-521"),
    ([0xd1, 0xd6], "a JWK (jwk_jcs-pub)"),
];

/// Encodes a key in the format of Multikey and `did:key`.
pub(super) fn to_multibase(key: &VerifyingKey) -> String {
    let bytes = match (key.to_p256_point(), key.to_rsa_der()) {
        (Some(point), _) => [&P256_PUB[..], &point].concat(),
        (None, der) => [&RSA_PUB[..], &der.expect("a key is of P-256 or RSA")].concat(),
    };
    format!("z{}", bs58::encode(bytes).into_string())
}

/// Decodes a key in the format of Multikey and `did:key`.
pub(super) fn from_multibase(text: &str) -> Result<VerifyingKey, Error> {
    /// Decoding base58 takes quadratic time. An RSA key of 4,096 bits has 721 characters.
    const LIMIT: usize = 1024;
    let encoded = text.strip_prefix('z').ok_or(Error::InvalidDid {
        reason: "the key does not start with `z` for base58btc (multibase)",
    })?;
    if encoded.len() > LIMIT {
        return Err(Error::InvalidDid {
            reason: "the key is longer than any supported key",
        });
    }
    let bytes = bs58::decode(encoded).into_vec().map_err(|_| Error::InvalidDid {
        reason: "the key has characters that base58 does not allow",
    })?;
    let (code, bytes) = bytes.split_first_chunk::<2>().ok_or(Error::InvalidDid {
        reason: "the key is too short",
    })?;
    let key = match *code {
        // Only the compressed form is accepted, so a key has one spelling.
        P256_PUB if bytes.len() != 33 => Err(air_jwt::Error::InvalidPublicKey),
        P256_PUB => VerifyingKey::from_p256_point(bytes),
        RSA_PUB => VerifyingKey::from_rsa_der(bytes),
        other => {
            let named = OTHERS.iter().find(|(code, _)| *code == other);
            return Err(Error::UnsupportedKey {
                kind: named.map_or("a type that is unknown here", |(_, name)| name),
            });
        }
    }
    .map_err(Error::InvalidKey)?;
    if to_multibase(&key) != text {
        return Err(Error::InvalidDid {
            reason: "the key is not in its canonical form",
        });
    }
    Ok(key)
}
