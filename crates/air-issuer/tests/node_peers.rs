//! Node opens the envelopes, and verifies the credentials and the status list: `@sd-jwt/sd-jwt-vc`, the vendor's
//! library, `@owf/token-status-list`, `jose` and `node:crypto`. The packages are in `node/`; `cargo xtask test`
//! installs them.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use air_jwt::SigningKey;
use serde_json::{Value, json};

use crate::support::{TestEnv, nonce};

const LIST: &str = "https://issuer.example/statuslist/0";

/// Sends a question to the script, and returns its answer.
fn ask(question: &Value) -> Value {
    let mut node = Command::new("node")
        .arg("peer.mjs")
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/node"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = node.stdin.take().unwrap();
    stdin.write_all(question.to_string().as_bytes()).unwrap();
    drop(stdin);
    let output = node.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test]
#[ignore = "needs Node and its packages: cargo xtask test installs them"]
async fn node_opens_and_verifies_credentials_with_their_status() {
    let (env, issuer) = TestEnv::with_issuer().await;
    let jwk = json!(SigningKey::generate(&mut rand::rng()).public_jwk());
    let mut request = env.request();
    request["signingKey"] = json!({ "jwk": jwk });
    assert_eq!(issuer.issue(&request).await, 201);
    request["holderDID"] = json!("did:air:id:test:revoked");
    assert_eq!(issuer.issue(&request).await, 201);
    let history = issuer
        .get("/admin/issuance-history?holderDid=did:air:id:test:revoked")
        .await
        .json();
    issuer.revoke(&nonce(history["data"].as_array().unwrap())).await;
    let previews = issuer.post("/available-vc", &env.request()).await.json();
    let previews: Vec<&Value> = previews["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|preview| &preview["credentialSubject"])
        .collect();

    let answer = ask(&json!({
        "now": env.now(),
        "did": "did:web:issuer.example",
        "document": issuer.get("/.well-known/did.json").await.json(),
        "lists": { LIST: issuer.get("/statuslist/0").await.body },
        "privateKey": hex::encode(env.holder.expose_pkcs8_der().as_slice()),
        "uploads": env.platform.stored(),
        "previews": previews,
    }));

    let [valid, revoked] = [&answer["credentials"][0], &answer["credentials"][1]];
    assert_eq!(valid["verified"]["givenName"], "Ada", "{valid}");
    assert_eq!(valid["verified"]["level"], 3);
    assert_eq!(valid["verified"]["cnf"]["jwk"]["x"], jwk["x"]);
    assert_eq!(valid["signed"]["sub"], "did:air:id:test:holder");
    assert_eq!(valid["signed"].get("givenName"), None, "it is a disclosure");
    assert_eq!(valid["status"], 0);
    assert!(revoked["verified"]["refused"].is_string(), "{revoked}");
    assert_eq!(revoked["signed"]["sub"], "did:air:id:test:revoked");
    assert_eq!(revoked["status"], 1);
    assert_eq!(answer["previews"][0], json!({ "givenName": "Ada", "level": 3 }));
}
