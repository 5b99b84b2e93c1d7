//! The admin pages: who may open them, and what they show and do.

mod access;
mod records;
mod sign_in;

use serde_json::{Value, json};

use crate::support::{Behaviour, Issuer, TestEnv};

/// The part of an admin API key that the audit log has.
fn fingerprint(key: &str) -> String {
    use sha2::{Digest, Sha256};

    hex::encode(Sha256::digest(key))[..8].to_owned()
}

/// Issues a credential to this holder, and returns its external id.
async fn issue(env: &TestEnv, issuer: &Issuer, holder: &str) -> String {
    let mut request = env.request();
    request["holderDID"] = json!(holder);
    assert_eq!(issuer.issue(&request).await, 201);
    let stored = env.platform.stored();
    stored.last().unwrap()["externalId"].as_str().unwrap().to_owned()
}

/// Prepares a credential that dStorage refuses, and returns its external id.
async fn refuse(env: &TestEnv, issuer: &Issuer, holder: &str) -> String {
    env.platform.set(Behaviour::Refuses(400));
    let mut request = env.request();
    request["holderDID"] = json!(holder);
    assert_eq!(issuer.issue(&request).await, 502);
    env.platform.set(Behaviour::Responds);
    let outbox = issuer.get("/admin/outbox").await.json();
    let last: &Value = outbox["data"].as_array().unwrap().last().unwrap();
    last["externalId"].as_str().unwrap().to_owned()
}
