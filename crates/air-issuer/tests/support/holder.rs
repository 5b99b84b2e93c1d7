//! The holder opens envelopes; a verifier checks credentials and their status.

use air_crypto::holder::HolderEnvelope;
use air_jwt::JwkSet;
use air_vc::{
    VerifiedCredential, Verifier,
    did::{Did, DidDocument},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

use super::{Issuer, TestEnv};

pub(crate) const DID: &str = "did:web:issuer.example";

fn unseal(env: &TestEnv, members: [&Value; 4]) -> Vec<u8> {
    let [data, iv, tag, key] = members.map(|member| STANDARD.decode(member.as_str().unwrap()).unwrap());
    let envelope = HolderEnvelope::from_parts(&data, &iv, &tag, &key).unwrap();
    env.holder.open(&envelope).unwrap().to_vec()
}

/// The credential of an upload: the plaintext is a JSON string.
pub(crate) fn open(env: &TestEnv, upload: &Value) -> String {
    let members = ["data", "iv", "authTag", "encryptedKey"].map(|name| &upload[name]);
    serde_json::from_slice(&unseal(env, members)).unwrap()
}

/// The subject of a preview.
pub(crate) fn open_preview(env: &TestEnv, preview: &Value) -> Value {
    let sealed = &preview["credentialSubject"];
    let members = ["encryptedData", "iv", "authTag", "dataEncPublicKey"].map(|name| &sealed[name]);
    serde_json::from_slice(&unseal(env, members)).unwrap()
}

async fn keys(issuer: &Issuer) -> JwkSet {
    let document = issuer.get("/.well-known/did.json").await;
    let did: Did = DID.parse().unwrap();
    DidDocument::from_slice(document.body.as_bytes(), &did)
        .unwrap()
        .assertion_keys()
}

/// Verifies a credential without its status.
pub(crate) async fn verify(env: &TestEnv, issuer: &Issuer, credential: &str) -> VerifiedCredential {
    let keys = keys(issuer).await;
    Verifier::new(DID, &keys)
        .without_status()
        .verify(credential, env.now())
        .unwrap()
}

/// Verifies a credential with the list that it names.
pub(crate) async fn verify_with_status(
    env: &TestEnv,
    issuer: &Issuer,
    credential: &str,
) -> Result<VerifiedCredential, air_vc::Error> {
    let keys = keys(issuer).await;
    let verifier = Verifier::new(DID, &keys);
    let named = verifier.named_lists(credential).unwrap().token.unwrap();
    let path = named
        .uri()
        .strip_prefix("https://issuer.example")
        .unwrap()
        .to_owned();
    let list = issuer.get(&path).await;
    assert_eq!(list.status, 200, "{list:?}");
    let lists = [named.verify(&list.body, env.now()).unwrap()];
    verifier.with_status_lists(&lists).verify(credential, env.now())
}
