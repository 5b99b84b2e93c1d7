//! `POST /admin/credential-offers`, its `GET` and `DELETE`, and the deletion of ended offers.

use axum::{body::Body, http::Request};
use serde_json::json;

use crate::support::{API_KEY, TestEnv, Wallet, keys};

#[tokio::test]
async fn an_offer_is_the_operators() {
    let env = TestEnv::new().await;
    let issuer = env.start_for_wallets("").await;
    let created = issuer.offered(&json!({})).await;
    assert!(created.get("txCode").is_none());
    let path = format!("/admin/credential-offers/{}", created["id"].as_str().unwrap());
    for (method, path) in [
        ("POST", "/admin/credential-offers"),
        ("GET", path.as_str()),
        ("DELETE", path.as_str()),
    ] {
        for (name, key) in [("x-admin-api-key", API_KEY), ("x-api-key", API_KEY)] {
            let request = Request::builder().method(method).uri(path);
            let request = request.header(name, key).body(Body::empty());
            let response = issuer.send(request.unwrap()).await;
            assert_eq!(response.status, 403, "{path} {response:?}");
        }
    }
    assert_eq!(
        issuer.offer_state(&created).await,
        json!({
            "id": created["id"],
            "schemaId": "member",
            "state": "offered",
            "credentials": 0,
            "notification": null,
            "expiresAt": "2027-01-15T08:10:00.000Z",
        })
    );
    assert_eq!(issuer.get("/admin/credential-offers/unknown").await.status, 404);
}

#[tokio::test]
async fn the_members_of_an_offer_are_checked() {
    let env = TestEnv::new().await;
    let issuer = env.start_for_wallets("").await;
    for (members, rule) in [
        (json!({ "userId": "" }), "userId should not be empty"),
        (json!({ "holderDID": "air" }), "Invalid holderDID Format"),
        (
            json!({ "holderDID": "did:jwk:e30" }),
            "holderDID must contain a P-256 or RSA key, or be a DID of another method",
        ),
        (json!({ "txCode": "yes" }), "txCode must be a boolean value"),
        (
            json!({ "expiresIn": 0 }),
            "expiresIn must be a number of seconds from 1 to 86400",
        ),
        (
            json!({ "expiresIn": 86_401 }),
            "expiresIn must be a number of seconds from 1 to 86400",
        ),
    ] {
        let response = issuer.offer(&members).await;
        assert_eq!(response.status, 400, "{members}");
        assert_eq!(response.json()["message"], json!([rule]), "{members}");
    }
    issuer.offered(&json!({ "expiresIn": 86_400 })).await;
    let response = issuer.offer(&json!({ "schemaId": "other" })).await;
    assert_eq!(response.status, 404);
    assert_eq!(response.json()["message"], "Invalid Schema: other");
}

#[tokio::test]
async fn the_number_of_open_offers_is_limited() {
    let env = TestEnv::new().await;
    let issuer = env.start_for_wallets("open-offers = 2").await;
    let wallet = Wallet::new(&env, &issuer);
    let first = issuer.offered(&json!({})).await;
    issuer.offered(&json!({ "expiresIn": 30 })).await;
    let refused = issuer.offer(&json!({})).await;
    assert_eq!(refused.status, 503, "{refused:?}");
    assert_eq!(refused.json()["code"], "too_many_offers");
    assert_eq!(refused.header("retry-after"), "60");
    // An exchanged offer and an ended one are not open.
    wallet.redeem(&first).await;
    issuer.offered(&json!({})).await;
    env.pass(30);
    issuer.offered(&json!({})).await;
}

#[tokio::test]
async fn a_withdrawn_offer_gives_no_more_credentials() {
    let env = TestEnv::new().await;
    let issuer = env.start_for_wallets("").await;
    let wallet = Wallet::new(&env, &issuer);
    let created = issuer.offered(&json!({})).await;
    let form = wallet.form(&created).await;
    assert_eq!(issuer.withdraw(&created).await, 204);
    assert_eq!(issuer.offer_state(&created).await["state"], "void");
    assert_eq!(wallet.read(&created).await.status, 404);
    wallet.token(form).await.assert_refused(400, "invalid_grant");

    let created = issuer.offered(&json!({})).await;
    let token = wallet.redeem(&created).await;
    assert_eq!(wallet.request(&token, &keys(1)).await.status, 200);
    for _ in 0..2 {
        assert_eq!(issuer.withdraw(&created).await, 204);
    }
    let refused = wallet.request(&token, &keys(1)).await;
    refused.assert_refused(401, "invalid_token");
    assert_eq!(issuer.history().await.len(), 1, "the credential remains");
    assert_eq!(issuer.withdraw(&json!({ "id": "unknown" })).await, 404);
    // Two offers, a credential, and three withdrawals.
    assert_eq!(issuer.service.verify_audit_log().await.unwrap(), Some(6));
}

#[tokio::test]
async fn an_offer_of_a_removed_schema_is_closed() {
    let env = TestEnv::new().await;
    let issuer = env.start_for_wallets("").await;
    let without = env.start_without_member().await;
    let here = Wallet::new(&env, &issuer);
    let there = here.at(&without);
    let created = issuer.offered(&json!({})).await;
    let form = here.form(&created).await;
    assert_eq!(there.read(&created).await.status, 404);
    there.token(form).await.assert_refused(400, "invalid_grant");
    // The code was not used.
    let token = here.redeem(&created).await;
    let refused = there.request(&token, &keys(1)).await;
    refused.assert_refused(400, "unknown_credential_configuration");
    assert_eq!(here.request(&token, &keys(1)).await.status, 200);
}

#[tokio::test]
async fn an_offer_is_deleted_an_hour_after_its_end() {
    let env = TestEnv::new().await;
    let issuer = env.start_for_wallets("").await;
    let wallet = Wallet::new(&env, &issuer);
    let created = issuer.offered(&json!({ "expiresIn": 60 })).await;
    let token = wallet.redeem(&created).await;
    assert_eq!(wallet.request(&token, &keys(1)).await.status, 200);
    // Its token ends after ten minutes.
    env.pass(600 + 3_599);
    assert_eq!(issuer.service.forget_ended_offers().await.unwrap(), 0);
    assert_eq!(issuer.offer_state(&created).await["state"], "issued");
    env.pass(1);
    assert_eq!(issuer.service.forget_ended_offers().await.unwrap(), 1);
    let path = format!("/admin/credential-offers/{}", created["id"].as_str().unwrap());
    assert_eq!(issuer.get(&path).await.status, 404);
    assert_eq!(issuer.history().await.len(), 1, "the credential remains");
}

#[tokio::test]
async fn without_the_section_there_are_no_offers() {
    let (_env, issuer) = TestEnv::with_issuer().await;
    assert_eq!(issuer.offer(&json!({})).await.status, 404);
    for path in [
        "/.well-known/openid-credential-issuer/oid4vc/issuer",
        "/oid4vc/issuer/nonce",
    ] {
        assert_eq!(issuer.get(path).await.status, 404, "{path}");
    }
}
