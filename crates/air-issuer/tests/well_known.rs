//! The documents below `/.well-known`.

use air_jwt::{JwkSet, SigningKey};
use serde_json::{Value, json};

use crate::support::{TestEnv, open, verify};

#[tokio::test]
async fn the_documents_have_the_documented_members() {
    let env = TestEnv::new().await;
    let issuer = env.start_with(&[("IDEN3_ISSUER_DID", "did:iden3:x")]).await;
    let response = issuer.get("/.well-known/did.json").await;
    assert_eq!(response.header("content-type"), "application/did+ld+json");
    let document = response.json();
    assert_eq!(
        document["@context"],
        json!([
            "https://www.w3.org/ns/did/v1",
            "https://w3id.org/security/suites/jws-2020/v1"
        ])
    );
    assert_eq!(document["id"], "did:web:issuer.example");
    let method = &document["verificationMethod"][0];
    assert_eq!(method["type"], "JsonWebKey2020");
    assert_eq!(method["controller"], document["id"]);
    let kid = method["publicKeyJwk"]["kid"].as_str().unwrap();
    assert_eq!(method["id"], format!("did:web:issuer.example#{kid}"));
    assert_eq!(document["assertionMethod"], json!([method["id"]]));
    assert_eq!(
        document["service"],
        json!([{
            "id": "#air-partner-info",
            "type": "AirPartnerInfoService",
            "serviceEndpoint": "https://issuer.example/.well-known/air-partner-info",
        }])
    );
    assert_eq!(document["alsoKnownAs"], json!(["did:iden3:x"]));

    let metadata = issuer.get("/.well-known/jwt-vc-issuer").await.json();
    assert_eq!(metadata["issuer"], "https://issuer.example");
    assert_eq!(metadata["jwks"]["keys"][0]["kid"], kid);
    let partner = issuer.get("/.well-known/air-partner-info").await.json();
    assert_eq!(
        partner,
        json!({"partnerId": "f0a2c1de-3f64-4a7a-9d55-0f1f4f6f9a11"})
    );
}

#[tokio::test]
async fn older_keys_of_the_configured_set_stay_published() {
    let env = TestEnv::new().await;
    let old = SigningKey::generate(&mut rand::rng());
    let set = JwkSet::from(old.public_jwk()).to_json();
    let issuer = env.start_with(&[("PARTNER_JWKS", &set)]).await;
    let metadata = issuer.get("/.well-known/jwt-vc-issuer").await.json();
    let kids: Vec<&Value> = metadata["jwks"]["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| &key["kid"])
        .collect();
    assert_eq!(kids.len(), 2);
    assert_eq!(*kids[0], json!(old.kid().as_str()));
    assert_eq!(issuer.issue(&env.request()).await, 201);
    let credential = open(&env, &env.platform.stored()[0]);
    verify(&env, &issuer, &credential).await;
}
