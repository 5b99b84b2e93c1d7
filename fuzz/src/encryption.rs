//! Encrypted tokens: nothing panics, the same key decrypts what was encrypted, and what decrypts
//! under a changed header never does.

use std::sync::LazyLock;

use air_jwt::jwe::{ContentEncryption, DecryptionKey, EncryptionKey, Encryptor, Jwe};

const LIMIT: usize = 64 * 1024;

static KEY: LazyLock<DecryptionKey> = LazyLock::new(|| {
    let jwk = br#"{"kty":"EC","crv":"P-256","x":"weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ","y":"e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck","d":"VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw"}"#;
    DecryptionKey::from_jwk(jwk).expect("the key of RFC 7518, appendix C")
});

/// A token's text, a key's JWK, and a content to encrypt.
pub fn jwe(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(token) = Jwe::parse(text, LIMIT)
    {
        let _ = token.key_in(std::slice::from_ref(&*KEY));
        let _ = token.decrypt(&KEY);
    }
    if let Ok(key) = EncryptionKey::from_slice(data) {
        let json = serde_json::to_vec(&key).expect("a key serialises");
        assert_eq!(
            EncryptionKey::from_slice(&json).expect("what is written reads back"),
            key
        );
        let _ = key.encrypt(ContentEncryption::A256Gcm, data, &mut rand::rng());
    }
    if let Ok(key) = DecryptionKey::from_jwk(data) {
        let again = DecryptionKey::from_jwk(key.expose_jwk().as_bytes()).expect("what is written reads back");
        assert_eq!(again.encryption_key(), key.encryption_key());
    }
    let _ = EncryptionKey::all_in_set(data);
    round_trip(data);
}

fn round_trip(data: &[u8]) {
    let (sender, recipient) = data.split_at(data.len() / 2);
    let token = Encryptor::new(KEY.encryption_key(), ContentEncryption::A128Gcm)
        .with_party_info(sender, recipient)
        .encrypt(data, &mut rand::rng());
    let parsed = Jwe::parse(&token, usize::MAX).expect("our own token");
    assert_eq!(parsed.decrypt(&KEY).expect("its key").as_slice(), data);
}
