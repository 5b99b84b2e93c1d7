//! Metadata, and encrypted requests and responses (OpenID4VCI 1.0, sections 10 and 12).

use air_jwt::{
    JwkSet,
    jwe::{ContentEncryption, DecryptionKey, EncryptionKey, Jwe},
    jws::Unverified,
};
use air_oid4vc::vci::{AuthorizationServerMetadata, FormatMetadata, IssuerMetadata};
use air_vc::did::{Did, DidDocument};
use axum::{body::Body, http::Request};
use serde_json::{Value, json};

use crate::support::{Issuer, TestEnv, Wallet, keys, verify};

async fn metadata(wallet: &Wallet<'_>) -> IssuerMetadata {
    let url = wallet.id.metadata_url();
    let path = url.strip_prefix("https://issuer.example").unwrap();
    let response = wallet.issuer.get(path).await;
    assert_eq!(response.status, 200, "{response:?}");
    IssuerMetadata::parse(response.body.as_bytes(), &wallet.id).unwrap()
}

#[tokio::test]
async fn the_metadata_has_the_schemas_and_only_what_works() {
    let env = TestEnv::new().await;
    let issuer = env.start_for_wallets("").await;
    let wallet = Wallet::new(&env, &issuer);
    let metadata = metadata(&wallet).await;
    metadata.check_as_issuer().unwrap();
    let ids: Vec<&str> = metadata.configurations.keys().map(String::as_str).collect();
    assert_eq!(ids, ["badge", "member"]);
    let member = &metadata.configurations["member"];
    let vct = "https://issuer.example/types/member".to_owned();
    assert_eq!(member.format, FormatMetadata::SdJwtVc { vct });
    assert_eq!(
        member.other["credential_metadata"]["claims"][0],
        json!({
            "path": ["givenName"],
            "mandatory": true,
            "display": [{ "name": "givenName", "locale": "en" }],
        })
    );
    assert_eq!(metadata.other["display"][0]["name"], "Example");
    assert_eq!(metadata.batch_size, Some(16));
    assert_eq!(metadata.deferred_credential_endpoint, None);

    let url = wallet.id.authorization_server_metadata_url();
    let path = url.strip_prefix("https://issuer.example").unwrap();
    let server = issuer.get(path).await;
    let server = AuthorizationServerMetadata::parse(server.body.as_bytes(), &wallet.id).unwrap();
    assert_eq!(server.authorization_endpoint, None);
    assert!(server.anonymous_pre_authorized);
    for name in ["par", "deferred"] {
        assert_eq!(wallet.send(name, &[], String::new()).await.status, 404, "{name}");
    }
    assert_eq!(issuer.get("/oid4vc/issuer/authorize").await.status, 404);
    assert_eq!(
        issuer
            .get("/.well-known/openid-credential-issuer/oid4vc/other")
            .await
            .status,
        404
    );
    // Other routes are not affected.
    assert_eq!(issuer.issue(&env.request()).await, 201);
}

async fn did_keys(issuer: &Issuer) -> JwkSet {
    let document = issuer.get("/.well-known/did.json").await;
    let did: Did = "did:web:issuer.example".parse().unwrap();
    DidDocument::from_slice(document.body.as_bytes(), &did)
        .unwrap()
        .assertion_keys()
}

#[tokio::test]
async fn the_metadata_is_signed_by_the_key_of_credentials() {
    let env = TestEnv::new().await;
    let issuer = env.start_for_wallets("").await;
    let wallet = Wallet::new(&env, &issuer);
    let signed = async || {
        let request = Request::get("/.well-known/openid-credential-issuer/oid4vc/issuer")
            .header("accept", "application/jwt");
        let response = issuer.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(response.status, 200, "{response:?}");
        assert_eq!(response.header("content-type"), "application/jwt");
        response.body
    };
    let token = signed().await;
    let keys = did_keys(&issuer).await;
    let unverified = Unverified::parse(&token, 1 << 20).unwrap();
    let key = unverified.key_in(&keys).unwrap();
    let read = IssuerMetadata::verify(&token, key, &wallet.id, env.now(), 0).unwrap();
    assert_eq!(read, metadata(&wallet).await);
    // It is signed once for half of its lifetime, and once for each key of requests.
    assert_eq!(signed().await, token);
    env.pass(86_400);
    assert_ne!(signed().await, token);
}

/// The key of the metadata.
async fn request_key(wallet: &Wallet<'_>) -> EncryptionKey {
    let metadata = metadata(wallet).await;
    let set = &metadata.other["credential_request_encryption"]["jwks"];
    let keys = EncryptionKey::all_in_set(set.to_string().as_bytes()).unwrap();
    keys.into_iter().next().unwrap()
}

#[tokio::test]
async fn requests_and_responses_can_be_encrypted() {
    let env = TestEnv::new().await;
    let first = env.start_for_wallets("").await;
    let second = env.start_for_wallets("").await;
    let here = Wallet::new(&env, &first);
    let key = request_key(&here).await;
    // All instances have the key, also on the next day.
    let there = here.at(&second);
    assert_eq!(request_key(&there).await, key);
    env.pass(86_400);
    assert_ne!(request_key(&there).await, key);

    let token = there.redeem(&first.offered(&json!({})).await).await;
    let response_key = DecryptionKey::generate(&mut rand::rng());
    let mut order = there.order(&keys(1)).await;
    order["credential_response_encryption"] =
        json!({ "jwk": response_key.encryption_key(), "enc": "A256GCM" });
    let body = key.encrypt(
        ContentEncryption::A256Gcm,
        order.to_string().as_bytes(),
        &mut rand::rng(),
    );
    let authorization = format!("DPoP {token}");
    let proof = there.proof("credential", Some(&token)).await;
    let headers = [
        ("authorization", authorization.as_str()),
        ("dpop", proof.as_str()),
        ("content-type", "application/jwt"),
    ];
    let response = there.send("credential", &headers, body).await;
    assert_eq!(response.status, 200, "{response:?}");
    assert_eq!(response.header("content-type"), "application/jwt");
    let jwe = Jwe::parse(&response.body, 1 << 20).unwrap();
    let opened: Value = serde_json::from_slice(&jwe.decrypt(&response_key).unwrap()).unwrap();
    let credential = opened["credentials"][0]["credential"].as_str().unwrap();
    verify(&env, &first, credential).await;
}
