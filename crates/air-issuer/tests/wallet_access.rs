//! Codes, access tokens and proofs that are refused.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{TestEnv, Wallet, keys};

/// Returns a transaction code that is not the offer's.
fn wrong_code(created: &Value) -> &'static str {
    if created["txCode"] == "000000" {
        "000001"
    } else {
        "000000"
    }
}

#[tokio::test]
async fn five_wrong_transaction_codes_end_an_offer() {
    let env = TestEnv::new().await;
    let issuer = env.start_for_wallets("").await;
    let wallet = Wallet::new(&env, &issuer);
    let created = issuer.offered(&json!({ "txCode": true })).await;
    let right = created["txCode"].as_str().unwrap();
    let good = wallet.form(&created).await;
    let bad = wallet.form_with(&created, Some(wrong_code(&created))).await;
    let without = good.replace(&format!("&tx_code={right}"), "");
    assert_ne!(without, good);
    wallet.token(without).await.assert_refused(400, "invalid_request");
    for _ in 0..5 {
        assert_eq!(issuer.offer_state(&created).await["state"], "offered");
        wallet
            .token(bad.clone())
            .await
            .assert_refused(400, "invalid_grant");
    }
    assert_eq!(issuer.offer_state(&created).await["state"], "void");
    wallet.token(good).await.assert_refused(400, "invalid_grant");
    assert_eq!(wallet.read(&created).await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_instances_together_check_five_wrong_transaction_codes() {
    let env = TestEnv::new().await;
    let first = env.start_for_wallets("").await;
    let second = env.start_for_wallets("").await;
    let here = Wallet::new(&env, &first);
    let there = here.at(&second);
    let created = first.offered(&json!({ "txCode": true })).await;
    let good = here.form(&created).await;
    let bad = here.form_with(&created, Some(wrong_code(&created))).await;
    let calls = (0..12).map(|call| {
        let wallet = if call % 2 == 0 { &here } else { &there };
        wallet.token(bad.clone())
    });
    let responses = join_all(calls).await;
    for response in &responses {
        response.assert_refused(400, "invalid_grant");
    }
    let checked = responses
        .iter()
        .filter(|response| response.body.contains("the transaction code is wrong"));
    assert_eq!(checked.count(), 5, "{responses:?}");
    there.token(good).await.assert_refused(400, "invalid_grant");
}

#[tokio::test]
async fn four_wrong_transaction_codes_leave_one_attempt() {
    let env = TestEnv::new().await;
    let issuer = env.start_for_wallets("").await;
    let wallet = Wallet::new(&env, &issuer);
    let created = issuer.offered(&json!({ "txCode": true })).await;
    let bad = wallet.form_with(&created, Some(wrong_code(&created))).await;
    for _ in 0..4 {
        wallet
            .token(bad.clone())
            .await
            .assert_refused(400, "invalid_grant");
    }
    wallet.redeem(&created).await;
}

#[tokio::test]
async fn a_code_is_used_once_and_ends_with_its_offer() {
    let env = TestEnv::new().await;
    let issuer = env.start_for_wallets("").await;
    let wallet = Wallet::new(&env, &issuer);
    let created = issuer.offered(&json!({})).await;
    let form = wallet.form(&created).await;
    assert_eq!(wallet.token(form.clone()).await.status, 200);
    assert_eq!(issuer.offer_state(&created).await["state"], "redeemed");
    wallet.token(form).await.assert_refused(400, "invalid_grant");
    assert_eq!(wallet.read(&created).await.status, 404);

    let created = issuer.offered(&json!({ "expiresIn": 60 })).await;
    let form = wallet.form(&created).await;
    env.pass(59);
    assert_eq!(wallet.read(&created).await.status, 200);
    env.pass(1);
    wallet.token(form).await.assert_refused(400, "invalid_grant");
    assert_eq!(wallet.read(&created).await.status, 404);
    assert_eq!(issuer.offer_state(&created).await["state"], "expired");
}

#[tokio::test]
async fn an_access_token_is_valid_for_ten_minutes() {
    let env = TestEnv::new().await;
    let issuer = env.start_for_wallets("").await;
    let wallet = Wallet::new(&env, &issuer);
    let token = wallet.redeem(&issuer.offered(&json!({})).await).await;
    env.pass(599);
    assert_eq!(wallet.request(&token, &keys(1)).await.status, 200);
    env.pass(1);
    let refused = wallet.request(&token, &keys(1)).await;
    refused.assert_refused(401, "invalid_token");
    let refused = wallet.request("unknown", &keys(1)).await;
    refused.assert_refused(401, "invalid_token");
}

#[tokio::test]
async fn a_token_ends_after_a_thousand_refused_requests() {
    let env = TestEnv::new().await;
    let issuer = env.start_for_wallets("").await;
    let wallet = Wallet::new(&env, &issuer);
    let token = wallet.redeem_bearer(&issuer.offered(&json!({})).await).await;
    let other = wallet.redeem(&issuer.offered(&json!({})).await).await;
    let authorization = format!("Bearer {token}");
    let headers = [
        ("authorization", authorization.as_str()),
        ("content-type", "application/json"),
    ];
    let refused = || wallet.send("credential", &headers, "{}".to_owned());
    for _ in 0..998 {
        assert_eq!(refused().await.status, 400);
    }
    let notification = json!({ "notification_id": "1.x", "event": "credential_accepted" }).to_string();
    let response = wallet.send("notification", &headers, notification).await;
    assert_eq!(response.status, 400, "{response:?}");
    let order = wallet.order(&keys(1)).await.to_string();
    let response = wallet.send("credential", &headers, order.clone()).await;
    assert_eq!(response.status, 200, "{response:?}");
    assert_eq!(refused().await.status, 400, "the last one");
    refused().await.assert_refused(401, "invalid_token");
    let response = wallet.send("credential", &headers, order).await;
    response.assert_refused(401, "invalid_token");
    assert_eq!(
        wallet.request(&other, &keys(1)).await.status,
        200,
        "another offer"
    );
}

#[tokio::test]
async fn a_bound_token_needs_a_proof_of_its_key() {
    let env = TestEnv::new().await;
    let issuer = env.start_for_wallets("").await;
    let wallet = Wallet::new(&env, &issuer);
    let token = wallet.redeem(&issuer.offered(&json!({})).await).await;
    let body = wallet.order(&keys(1)).await.to_string();
    let bearer = format!("Bearer {token}");
    let bound = format!("DPoP {token}");
    let json = ("content-type", "application/json");
    let headers = [("authorization", bearer.as_str()), json];
    let refused = wallet.send("credential", &headers, body.clone()).await;
    refused.assert_refused(401, "invalid_token");
    let headers = [("authorization", bound.as_str()), json];
    let refused = wallet.send("credential", &headers, body.clone()).await;
    assert_eq!(refused.status, 401, "{refused:?}");

    let thief = Wallet::new(&env, &issuer);
    let stolen = thief
        .ask("credential", &token, &wallet.order(&keys(1)).await)
        .await;
    assert_eq!(stolen.status, 401, "{stolen:?}");

    let proof = wallet.proof("credential", Some(&token)).await;
    let headers = [("authorization", bound.as_str()), ("dpop", proof.as_str()), json];
    assert_eq!(wallet.send("credential", &headers, body).await.status, 200);
    let body = wallet.order(&keys(1)).await.to_string();
    let replayed = wallet.send("credential", &headers, body).await;
    replayed.assert_refused(401, "invalid_dpop_proof");
    assert_eq!(issuer.history().await.len(), 1);
}

#[tokio::test]
async fn dpop_can_be_required() {
    let env = TestEnv::new().await;
    let issuer = env.start_for_wallets("").await;
    let wallet = Wallet::new(&env, &issuer);
    let token = wallet.redeem_bearer(&issuer.offered(&json!({})).await).await;
    let authorization = format!("Bearer {token}");
    let headers = [
        ("authorization", authorization.as_str()),
        ("content-type", "application/json"),
    ];
    let body = wallet.order(&keys(1)).await.to_string();
    assert_eq!(wallet.send("credential", &headers, body).await.status, 200);

    let strict = env.start_for_wallets("require-dpop = true").await;
    let wallet = Wallet::new(&env, &strict);
    let created = strict.offered(&json!({})).await;
    let refused = wallet.token(wallet.form(&created).await).await;
    assert_eq!(refused.status, 400, "{refused:?}");
    wallet.redeem(&created).await;
}

#[tokio::test]
async fn a_bearer_token_ends_when_dpop_is_required() {
    let env = TestEnv::new().await;
    let issuer = env.start_for_wallets("").await;
    let wallet = Wallet::new(&env, &issuer);
    let token = wallet.redeem_bearer(&issuer.offered(&json!({})).await).await;
    let strict = env.start_for_wallets("require-dpop = true").await;
    let authorization = format!("Bearer {token}");
    let headers = [
        ("authorization", authorization.as_str()),
        ("content-type", "application/json"),
    ];
    let body = wallet.order(&keys(1)).await.to_string();
    let refused = wallet.at(&strict).send("credential", &headers, body).await;
    refused.assert_refused(401, "invalid_token");
    assert!(issuer.history().await.is_empty());
}

#[tokio::test]
async fn a_client_has_a_short_name() {
    let env = TestEnv::new().await;
    let issuer = env.start_for_wallets("").await;
    let wallet = Wallet::new(&env, &issuer);
    let form = wallet.form(&issuer.offered(&json!({})).await).await;
    for name in ["x".repeat(256), "a%00b".to_owned()] {
        let refused = wallet.token(format!("{form}&client_id={name}")).await;
        assert_eq!(refused.status, 400, "{refused:?}");
    }
    let longest = "x".repeat(255);
    let redeemed = wallet.token(format!("{form}&client_id={longest}")).await;
    assert_eq!(redeemed.status, 200, "{redeemed:?}");
}

#[tokio::test]
async fn the_database_has_neither_codes_nor_tokens() {
    let env = TestEnv::new().await;
    let issuer = env.start_for_wallets("").await;
    let wallet = Wallet::new(&env, &issuer);
    let created = issuer.offered(&json!({ "txCode": true })).await;
    let form = wallet.form(&created).await;
    let (_, code) = form.split_once("&pre-authorized_code=").unwrap();
    let (code, _) = code.split_once('&').unwrap();
    let (_, reference) = created["offerUri"].as_str().unwrap().rsplit_once("%2F").unwrap();
    let token = wallet.redeem(&created).await;
    assert_eq!((code.len(), reference.len(), token.len()), (64, 43, 43));
    // There is no such folder on PostgreSQL.
    for file in std::fs::read_dir(env.path().join("data")).into_iter().flatten() {
        let path = file.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        for secret in [code, reference, token.as_str()] {
            let mut parts = bytes.windows(secret.len());
            assert!(!parts.any(|part| part == secret.as_bytes()), "{}", path.display());
        }
    }
}
