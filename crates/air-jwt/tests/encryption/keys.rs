//! Keys that encrypt and decrypt.

use air_jwt::{
    Error,
    jwe::{DecryptionKey, EncryptionKey, JweError},
};
use serde_json::{Value, json};

use super::{encode, parse};

#[test]
fn keys_round_trip_and_hide_their_secret() {
    let key = DecryptionKey::generate(&mut rand::rng()).with_kid("enc \"1\"".parse().unwrap());
    let jwk = key.expose_jwk();
    let again = DecryptionKey::from_jwk(jwk.as_bytes()).unwrap();
    assert_eq!(
        (again.kid(), again.encryption_key()),
        (key.kid(), key.encryption_key())
    );
    let members = parse(&jwk);
    let d = members["d"].as_str().unwrap();
    assert!(!format!("{key:?}").contains(d));

    let public = serde_json::to_value(key.encryption_key()).unwrap();
    assert_eq!(
        (&public["use"], &public["alg"], &public["kid"]),
        (&json!("enc"), &json!("ECDH-ES"), &json!("enc \"1\""))
    );
    assert_eq!(public["d"], Value::Null);
    assert_eq!(
        &EncryptionKey::from_slice(public.to_string().as_bytes()).unwrap(),
        key.encryption_key()
    );
    let reason = "it has a private member";
    assert_eq!(
        EncryptionKey::from_slice(jwk.as_bytes()).unwrap_err(),
        JweError::UnfitKey { reason }.into()
    );
}

#[test]
fn keys_for_other_purposes_are_refused() {
    let key = DecryptionKey::generate(&mut rand::rng());
    let private = parse(&key.expose_jwk());
    let public = serde_json::to_value(key.encryption_key()).unwrap();
    for (member, value) in [
        ("kty", "OKP"),
        ("crv", "P-384"),
        ("use", "sig"),
        ("alg", "ECDH-ES+A128KW"),
        ("alg", "ES256"),
        ("x", "AAAA"),
        ("y", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"),
    ] {
        for jwk in [&private, &public] {
            let mut jwk = jwk.clone();
            jwk[member] = json!(value);
            let jwk = jwk.to_string();
            let is_unfit = |error: Error| matches!(error, Error::Jwe(JweError::UnfitKey { .. }));
            assert!(
                EncryptionKey::from_slice(jwk.as_bytes()).is_err_and(is_unfit),
                "{member}"
            );
            assert!(
                DecryptionKey::from_jwk(jwk.as_bytes()).is_err_and(is_unfit),
                "{member}"
            );
        }
    }
    for d in [
        encode([0; 32]),
        encode([0xFF; 32]),
        encode([1; 31]),
        "*".to_owned(),
    ] {
        let mut jwk = private.clone();
        jwk["d"] = json!(d);
        assert!(DecryptionKey::from_jwk(jwk.to_string().as_bytes()).is_err());
    }
}

#[test]
fn a_set_gives_the_keys_that_encrypt() {
    let (first, second) = (
        DecryptionKey::generate(&mut rand::rng()),
        DecryptionKey::generate(&mut rand::rng()),
    );
    let set = json!({ "keys": [
        air_jwt::SigningKey::generate(&mut rand::rng()).public_jwk(),
        first.encryption_key(),
        { "kty": "OKP", "crv": "X25519", "x": "AAAA", "use": "enc" },
        7,
        second.encryption_key(),
    ]});
    let keys = EncryptionKey::all_in_set(set.to_string().as_bytes()).unwrap();
    assert_eq!(
        keys,
        [first.encryption_key().clone(), second.encryption_key().clone()]
    );
    assert_eq!(
        EncryptionKey::all_in_set(b"[]").unwrap_err(),
        Error::InvalidJwkSet
    );
    let large = vec![b' '; 256 * 1024 + 1];
    assert_eq!(
        EncryptionKey::all_in_set(&large).unwrap_err(),
        Error::JwkSetTooLarge { limit: 256 * 1024 }
    );
}
