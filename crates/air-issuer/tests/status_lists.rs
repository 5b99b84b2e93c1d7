//! `GET /statuslist/:partition` and its publication.

use std::collections::HashSet;

use air_jwt::jws::Unverified;
use axum::{body::Body, http::Request};
use serde_json::{Value, json};

use crate::support::{Issuer, Response, TestEnv, open, verify};

fn claims(response: &Response) -> serde_json::Map<String, Value> {
    let token = Unverified::parse(&response.body, 100_000).unwrap();
    assert_eq!(token.header()["typ"], "statuslist+jwt");
    token.dangerous_payload().unwrap()
}

#[tokio::test]
async fn the_empty_first_list_is_served_at_once() {
    let (env, issuer) = TestEnv::with_issuer().await;
    let response = issuer.get("/statuslist/0").await;
    assert_eq!(response.status, 200);
    assert_eq!(response.header("content-type"), "application/statuslist+jwt");
    assert_eq!(response.header("cache-control"), "max-age=300");
    let claims = claims(&response);
    assert_eq!(claims["sub"], "https://issuer.example/statuslist/0");
    assert_eq!(claims["iss"], "did:web:issuer.example");
    assert_eq!(claims["iat"].as_u64(), Some(env.now().as_secs()));
    assert_eq!(claims["exp"].as_u64(), Some(env.now().as_secs() + 86_400));
    assert_eq!(claims["ttl"], 300);
    assert_eq!(claims["status_list"]["bits"], 1);
    assert!(!claims.contains_key("partnerId"));
}

#[tokio::test]
async fn mismatch_11_the_time_of_a_list_is_that_of_its_signature() {
    let (env, issuer) = TestEnv::with_issuer().await;
    let signed_at = env.now().as_secs();
    for _ in 0..2 {
        let claims = claims(&issuer.get("/statuslist/0").await);
        assert_eq!(claims["iat"].as_u64(), Some(signed_at));
        env.pass(600);
    }
}

async fn conditional(issuer: &Issuer, tag: &str) -> u16 {
    let request = Request::get("/statuslist/0").header("if-none-match", tag);
    issuer.send(request.body(Body::empty()).unwrap()).await.status
}

#[tokio::test]
async fn a_list_is_signed_once_for_each_change() {
    let (env, issuer) = TestEnv::with_issuer().await;
    assert_eq!(issuer.issue(&env.request()).await, 201);
    let first = issuer.get("/statuslist/0").await;
    env.pass(600);
    let again = issuer.get("/statuslist/0").await;
    assert_eq!(again.body, first.body, "nothing has changed");
    let tag = first.header("etag").to_owned();
    assert_eq!(conditional(&issuer, &tag).await, 304);
    assert_eq!(conditional(&issuer, &format!("\"x\", W/{tag}")).await, 304);
    assert_eq!(conditional(&issuer, "\"x\"").await, 200);

    let nonce = issuer.history().await[0]["revocationNonce"].clone();
    issuer.revoke(&nonce).await;
    let changed = issuer.get("/statuslist/0").await;
    assert_ne!(changed.body, first.body);
    assert_eq!(conditional(&issuer, &tag).await, 200);
    assert_eq!(claims(&changed)["iat"].as_u64(), Some(env.now().as_secs()));
}

#[tokio::test]
async fn a_list_is_signed_again_before_it_expires() {
    let (env, issuer) = TestEnv::with_issuer().await;
    let first = issuer.get("/statuslist/0").await;
    env.pass(43_199);
    assert_eq!(issuer.get("/statuslist/0").await.body, first.body);
    env.pass(1);
    let renewed = issuer.get("/statuslist/0").await;
    assert_eq!(
        claims(&renewed)["exp"].as_u64(),
        Some(env.now().as_secs() + 86_400)
    );
}

#[tokio::test]
async fn indices_are_random_and_taken_once_and_a_full_list_is_followed_by_the_next() {
    let (env, issuer) = TestEnv::with_issuer().await;
    assert_eq!(issuer.get("/statuslist/1").await.status, 404);
    for holder in 0..18 {
        let mut request = env.request();
        request["holderDID"] = json!(format!("did:air:id:test:{holder}"));
        assert_eq!(issuer.issue(&request).await, 201);
    }
    let mut entries = Vec::new();
    for upload in env.platform.stored() {
        let verified = verify(&env, &issuer, &open(&env, &upload)).await;
        let entry = verified.status_reference().unwrap().clone();
        entries.push((entry.uri, entry.index));
    }
    let distinct: HashSet<_> = entries.iter().collect();
    assert_eq!(distinct.len(), 18);
    let (first, second) = entries.split_at(16);
    assert!(
        first
            .iter()
            .all(|(uri, index)| uri.ends_with("/statuslist/0") && *index < 16)
    );
    assert!(second.iter().all(|(uri, _)| uri.ends_with("/statuslist/1")));
    assert!(
        !first.is_sorted_by_key(|(_, index)| *index),
        "16 random indices in order: once in 10^13 runs"
    );
    assert_eq!(issuer.get("/statuslist/1").await.status, 200);
}

#[tokio::test]
async fn unknown_invalid_and_absent_lists() {
    let env = TestEnv::new().await;
    let issuer = env.start().await;
    for path in ["7", "9223372036854775808", "18446744073709551616"] {
        let response = issuer.get(&format!("/statuslist/{path}")).await;
        assert_eq!(
            (response.status, &response.json()["message"]),
            (404, &json!("not_found")),
            "{path}"
        );
    }
    for path in ["0.5", "-1", "x"] {
        assert_eq!(
            issuer.get(&format!("/statuslist/{path}")).await.status,
            400,
            "{path}"
        );
    }
    drop(issuer);
    let issuer = env.start_with(&[("SD_JWT_TSL_PARTITION_SIZE", "")]).await;
    let off = json!({"message": "Not Supported", "error": "Not Implemented", "statusCode": 501});
    let response = issuer.get("/statuslist/0").await;
    assert_eq!((response.status, response.json()), (501, off.clone()));
    let response = issuer.post("/admin/publish-token-status-list", &json!({})).await;
    assert_eq!((response.status, response.json()), (501, off));
}

#[tokio::test]
async fn publication_is_a_200_that_may_be_repeated() {
    let (_env, issuer) = TestEnv::with_issuer().await;
    for _ in 0..2 {
        let response = issuer.post("/admin/publish-token-status-list", &json!({})).await;
        assert_eq!((response.status, response.body.as_str()), (200, ""));
    }
}
