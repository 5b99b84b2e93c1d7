//! Keys in every form: what parses can be written, and reads back.

use air_crypto::{CakPrivateKey, CakPublicKey, Curve};

/// The forms of a private key.
pub fn private_key(data: &[u8]) {
    let mut keys: Vec<CakPrivateKey> = CakPrivateKey::from_pkcs8_der(data).into_iter().collect();
    if let Ok(text) = std::str::from_utf8(data) {
        for curve in [None, Some(Curve::Secp256r1), Some(Curve::Secp256k1)] {
            keys.extend(CakPrivateKey::from_text(curve, text, None));
        }
    }
    for key in keys {
        let curve = key.curve();
        let same = |read: Result<CakPrivateKey, air_crypto::Error>| {
            let read = read.expect("what is written reads back");
            assert_eq!(read.expose_secret(), key.expose_secret());
            assert_eq!(read.public_key(), key.public_key());
        };
        same(CakPrivateKey::from_hex(curve, &key.expose_hex()));
        same(CakPrivateKey::from_base64url(curve, &key.expose_base64url()));
        same(CakPrivateKey::from_jwk(&key.expose_jwk()));
        same(CakPrivateKey::from_pkcs8_der(&key.expose_pkcs8_der()));
        same(CakPrivateKey::from_pem(&key.expose_pkcs8_pem()));
    }
}

/// The forms of a public key.
pub fn public_key(data: &[u8]) {
    let mut keys: Vec<CakPublicKey> = CakPublicKey::from_spki_der(data).into_iter().collect();
    for curve in [Curve::Secp256r1, Curve::Secp256k1] {
        keys.extend(CakPublicKey::from_sec1(curve, data));
    }
    if let Ok(text) = std::str::from_utf8(data) {
        for curve in [None, Some(Curve::Secp256r1), Some(Curve::Secp256k1)] {
            keys.extend(CakPublicKey::from_text(curve, text));
        }
    }
    for key in keys {
        let curve = key.curve();
        let same = |read: Result<CakPublicKey, air_crypto::Error>| {
            assert_eq!(read.expect("what is written reads back"), key);
        };
        same(CakPublicKey::from_hex(curve, &key.to_string()));
        same(CakPublicKey::from_sec1(curve, &key.to_compressed()));
        same(CakPublicKey::from_base64url(curve, &key.to_base64url()));
        same(CakPublicKey::from_jwk(&key.to_jwk().to_string()));
        same(CakPublicKey::from_spki_der(&key.to_spki_der()));
        same(CakPublicKey::from_spki_pem(&key.to_spki_pem()));
        same(CakPublicKey::from_did_key(&key.to_did_key()));
    }
}
