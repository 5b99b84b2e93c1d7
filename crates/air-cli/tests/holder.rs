//! `air holder open`: envelopes that an issuer sealed, in the forms that issuers use.

use air_crypto::holder::{HolderEnvelope, HolderPrivateKey};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::support::TestEnv;

const TOKEN: &str = "eyJ0eXAiOiJkYytzZC1qd3QifQ.e30.c2ln~";
pub(crate) const OPEN: [&str; 4] = ["holder", "open", "--private-key-file", "holder.hex"];

/// A folder with a holder's key, and the key.
pub(crate) fn test_env() -> (TestEnv, HolderPrivateKey) {
    let env = TestEnv::new();
    let key = HolderPrivateKey::generate(&mut rand::rng());
    env.write(
        "holder.hex",
        format!("0x{}\n", hex::encode(&*key.expose_pkcs8_der())),
    );
    (env, key)
}

pub(crate) fn sealed(key: &HolderPrivateKey, plaintext: &str) -> HolderEnvelope {
    let public = key.public_key();
    public.seal(plaintext.as_bytes(), &mut rand::rng()).unwrap()
}

/// The envelope with these names for the ciphertext and the ephemeral key.
pub(crate) fn document(envelope: &HolderEnvelope, [data, key]: [&str; 2]) -> String {
    json!({
        data: STANDARD.encode(envelope.data()),
        "iv": STANDARD.encode(envelope.iv()),
        "authTag": STANDARD.encode(envelope.auth_tag()),
        key: STANDARD.encode(envelope.ephemeral_key().to_spki_der()),
        "storagePath": "vcs/a",
    })
    .to_string()
}

pub(crate) const STORED: [&str; 2] = ["data", "encryptedKey"];
pub(crate) const PREVIEW: [&str; 2] = ["encryptedData", "dataEncPublicKey"];

#[test]
fn mismatch_6_a_credential_is_opened_as_json_string_and_bare() {
    let (env, key) = test_env();
    for plaintext in [format!("\"{TOKEN}\""), TOKEN.to_owned()] {
        let envelope = document(&sealed(&key, &plaintext), STORED);
        env.write("envelope.json", &envelope);
        let run = env.air(&[&OPEN[..], &["envelope.json"]].concat()).succeeded();
        assert_eq!(run.text(), TOKEN);
        let opened = env.air_with(&[&OPEN[..], &["--json"]].concat(), envelope.as_str());
        assert_eq!(
            opened.succeeded().json(),
            json!({ "format": "dc+sd-jwt", "credential": TOKEN })
        );
    }
}

#[test]
fn a_preview_is_opened_as_json() {
    let (env, key) = test_env();
    let subject = json!({ "isOver18": true });
    let envelope = document(&sealed(&key, &subject.to_string()), PREVIEW);
    let shown = env.air_with(&OPEN, envelope.as_str()).succeeded().json();
    assert_eq!(shown, subject);
    let opened = env.air_with(&[&OPEN[..], &["--json", "-"]].concat(), envelope.as_str());
    assert_eq!(
        opened.succeeded().json(),
        json!({ "format": "json", "credential": subject })
    );
}

#[test]
fn another_key_and_other_input_are_refused() {
    let (env, key) = test_env();
    let other = HolderPrivateKey::generate(&mut rand::rng());
    let foreign = document(&sealed(&other, TOKEN), STORED);
    env.air_with(&OPEN, foreign.as_str())
        .failed_with(3, "use the private key of the `publicKey`");
    env.air_with(&OPEN, document(&sealed(&key, "a document"), STORED))
        .failed_with(3, "neither an SD-JWT VC nor JSON");
    let whole: Value = serde_json::from_str(&document(&sealed(&key, TOKEN), STORED)).unwrap();
    for (member, value) in [
        ("iv", json!(STANDARD.encode([7; 11]))),
        ("data", json!("***")),
        ("authTag", Value::Null),
    ] {
        let mut changed = whole.clone();
        changed[member] = value;
        env.air_with(&OPEN, changed.to_string())
            .failed_with(3, "is not an envelope");
    }
    env.air_with(&OPEN, "no JSON")
        .failed_with(3, "is not an envelope");
    let both = ["holder", "open", "--private-key-file", "-"];
    env.air_with(&both, "").failed_with(2, "only one of");
    env.write("holder.hex", key.public_key().to_string());
    env.air_with(&OPEN, whole.to_string())
        .failed_with(3, "PKCS#8 of an X25519 key");
}
