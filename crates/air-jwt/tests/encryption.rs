//! JWE against vectors from outside and against its rules.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

mod form;
mod keys;
mod vectors;

use air_jwt::{
    Error,
    jwe::{ContentEncryption, DecryptionKey, Encryptor, Jwe},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use proptest::prelude::*;
use serde_json::Value;

const LIMIT: usize = 64 * 1024;

fn parse(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}

fn encode(part: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(part)
}

fn key() -> DecryptionKey {
    let case = parse(include_str!("vectors/jose-rfc/rfc7518-appendix-c.json"));
    DecryptionKey::from_jwk(case["recipient_key"].to_string().as_bytes()).unwrap()
}

fn encrypted() -> String {
    key()
        .encryption_key()
        .encrypt(ContentEncryption::A128Gcm, b"content", &mut rand::rng())
}

fn header_of(token: &str) -> Value {
    let header = token.split('.').next().unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap()
}

/// The token with another part. A part of a compact token is at a fixed place.
fn with_part(token: &str, at: usize, part: &str) -> String {
    let mut parts: Vec<&str> = token.split('.').collect();
    parts[at] = part;
    parts.join(".")
}

/// The error of a token whose header is changed. The content no longer authenticates then, so each
/// rule has to be found before.
fn error_with_header(change: impl FnOnce(&mut Value)) -> Error {
    let token = encrypted();
    let mut header = header_of(&token);
    change(&mut header);
    let token = with_part(&token, 0, &encode(header.to_string()));
    Jwe::parse(&token, LIMIT)
        .and_then(|token| token.decrypt(&key()).map(drop))
        .unwrap_err()
}

proptest! {
    #[test]
    fn what_is_encrypted_decrypts(text: Vec<u8>, sender: Vec<u8>, recipient: Vec<u8>, large: bool) {
        let key = key();
        let encryption = if large { ContentEncryption::A256Gcm } else { ContentEncryption::A128Gcm };
        let token = Encryptor::new(key.encryption_key(), encryption)
            .with_party_info(&sender, &recipient)
            .encrypt(&text, &mut rand::rng());
        let parsed = Jwe::parse(&token, LIMIT).unwrap();
        let decrypted = parsed.decrypt(&key).unwrap();
        prop_assert_eq!(decrypted.as_slice(), text);
        prop_assert_eq!((parsed.sender_info(), parsed.recipient_info()), (&sender[..], &recipient[..]));
    }

    /// Any changed character is noticed, in every part.
    #[test]
    fn a_change_is_noticed(at: prop::sample::Index, letter in "[A-Za-z0-9_-]") {
        let token = encrypted();
        let at = at.index(token.len());
        let mut changed = token.clone();
        changed.replace_range(at..=at, &letter);
        prop_assume!(changed != token);
        let verdict = Jwe::parse(&changed, LIMIT).and_then(|token| token.decrypt(&key()).map(drop));
        prop_assert!(verdict.is_err());
    }
}
