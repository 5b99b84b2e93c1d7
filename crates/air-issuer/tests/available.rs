//! `POST /available-vc`.

use serde_json::{Value, json};

use crate::support::{TestEnv, open_preview};

#[tokio::test]
async fn previews_are_sealed_to_the_holder() {
    let (env, issuer) = TestEnv::with_issuer().await;
    let mut request = env.request();
    request.as_object_mut().unwrap().remove("schemaId");
    let response = issuer.post("/available-vc", &request).await;
    assert_eq!(response.status, 201, "{response:?}");
    let body = response.json();
    let previews = body["data"].as_array().unwrap();
    let schemas: Vec<&Value> = previews.iter().map(|preview| &preview["schemaId"]).collect();
    assert_eq!(schemas, ["member", "badge"]);
    for preview in previews {
        assert_eq!(preview["holderDID"], "did:air:id:test:holder");
        assert_eq!(preview["proofType"], "SD_JWT_VC");
        assert_eq!(
            open_preview(&env, preview),
            json!({"givenName": "Ada", "level": 3})
        );
    }
    assert!(issuer.history().await.is_empty(), "a preview issues nothing");
}

#[tokio::test]
async fn one_schema_an_unknown_one_and_a_user_without_claims() {
    let (env, issuer) = TestEnv::with_issuer().await;
    let count = async |name: &str, value: &str| {
        let mut request = env.request();
        request[name] = json!(value);
        let response = issuer.post("/available-vc", &request).await;
        assert_eq!(response.status, 201);
        response.json()["data"].as_array().unwrap().len()
    };
    assert_eq!(count("schemaId", "badge").await, 1);
    assert_eq!(count("schemaId", "other").await, 0);
    assert_eq!(count("userId", "nobody").await, 0);
}

#[tokio::test]
async fn invalid_requests_are_refused() {
    let (env, issuer) = TestEnv::with_issuer().await;
    for (name, value, rule) in [
        ("pubKey", json!(""), "pubKey should not be empty"),
        ("userId", json!(""), "userId should not be empty"),
        ("holderDID", json!([]), "holderDID must be a string"),
        (
            "proofType",
            json!("IDEN3_MTP"),
            "proofType must be one of the following values: SD_JWT_VC",
        ),
    ] {
        let mut request = env.request();
        request[name] = value;
        let response = issuer.post("/available-vc", &request).await;
        assert_eq!(
            (response.status, &response.json()["message"]),
            (400, &json!([rule])),
            "{name}"
        );
    }
}
