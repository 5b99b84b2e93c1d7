//! Refusals at the token endpoint, and of DPoP proofs, each with its exact error code. The names
//! are those of the conformance suite of the OpenID Foundation where it has a module for the rule.

use air_oid4vc::vci::{OfferLink, TokenRequest};
use reqwest::StatusCode;
use serde_json::json;

use super::{
    refusals::challenges,
    wallet::{Answer, Wallet, keys},
};
use crate::support::TestEnv;

#[tokio::test]
async fn a_code_is_exchanged_once() {
    let env = TestEnv::start().await;
    let wallet = Wallet::new(&env);
    let created = wallet.offered(json!({})).await;
    let form = wallet.form(&created).await;
    wallet.token_with(form.clone(), None).await.assert_ok();
    wallet
        .token_with(form, None)
        .await
        .assert_refused(400, "invalid_grant");
    // The offer is gone, too.
    let OfferLink::Uri(uri) = OfferLink::parse(created["url"].as_str().unwrap()).unwrap() else {
        panic!("not by reference");
    };
    let gone = Answer::of(env.http.get(uri)).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn five_wrong_transaction_codes_end_the_offer() {
    let env = TestEnv::start().await;
    let wallet = Wallet::new(&env);
    let created = wallet.offered(json!({ "txCode": true })).await;
    let right = created["txCode"].as_str().unwrap();
    assert!(right.len() == 6 && right.bytes().all(|digit| digit.is_ascii_digit()));
    let offer = wallet.read_offer(&created).await;
    let code = offer.pre_authorized_code.unwrap().code;
    let form = |transaction_code: Option<&str>| {
        TokenRequest {
            code: code.clone(),
            transaction_code: transaction_code.map(str::to_owned),
            client_id: None,
        }
        .to_form()
    };
    let wrong = if right == "000000" { "000001" } else { "000000" };
    wallet
        .token_with(form(None), None)
        .await
        .assert_refused(400, "invalid_request");
    for _ in 0..5 {
        let answer = wallet.token_with(form(Some(wrong)), None).await;
        answer.assert_refused(400, "invalid_grant");
    }
    let answer = wallet.token_with(form(Some(right)), None).await;
    answer.assert_refused(400, "invalid_grant");
    assert_eq!(wallet.state(&created).await["state"], "void");

    // Four are allowed.
    let created = wallet.offered(json!({ "txCode": true })).await;
    let right = created["txCode"].as_str().unwrap();
    let offer = wallet.read_offer(&created).await;
    let code = offer.pre_authorized_code.unwrap().code;
    let form = |transaction_code: &str| {
        TokenRequest {
            code: code.clone(),
            transaction_code: Some(transaction_code.to_owned()),
            client_id: None,
        }
        .to_form()
    };
    let wrong = if right == "000000" { "000001" } else { "000000" };
    for _ in 0..4 {
        let answer = wallet.token_with(form(wrong), None).await;
        answer.assert_refused(400, "invalid_grant");
    }
    wallet.token_with(form(right), None).await.assert_ok();
}

#[tokio::test]
async fn the_token_endpoint_names_the_mistake() {
    let env = TestEnv::start().await;
    let wallet = Wallet::new(&env);
    for (form, code) in [
        ("", "invalid_request"),
        ("grant_type=password", "unsupported_grant_type"),
        (
            "grant_type=urn:ietf:params:oauth:grant-type:pre-authorized_code",
            "invalid_request",
        ),
        (
            "grant_type=urn:ietf:params:oauth:grant-type:pre-authorized_code&pre-authorized_code=unknown",
            "invalid_grant",
        ),
        ("grant_type=a&grant_type=b", "invalid_request"),
    ] {
        let answer = wallet.token_with(form.to_owned(), None).await;
        answer.assert_refused(400, code);
    }
    let large = format!("a={}", "x".repeat(20_000));
    wallet
        .token_with(large, None)
        .await
        .assert_refused(413, "invalid_request");
    let json = env.http.post(wallet.url("token")).json(&json!({}));
    Answer::of(json).await.assert_refused(400, "invalid_request");
    // A code without a transaction code refuses one.
    let created = wallet.offered(json!({})).await;
    let form = format!("{}&tx_code=123456", wallet.form(&created).await);
    wallet
        .token_with(form, None)
        .await
        .assert_refused(400, "invalid_request");
}

#[tokio::test]
async fn a_code_is_for_its_own_issuer() {
    let env = TestEnv::start().await;
    let wallet = Wallet::new(&env);
    let created = wallet.offered(json!({})).await;
    let form = wallet.form(&created).await;
    let (_, other) = env.another_partner().await;
    let url = format!(
        "{}/oid4vc/{}/token",
        env.platform.url(),
        other["partnerId"].as_str().unwrap()
    );
    let request = env
        .http
        .post(url)
        .header("content-type", "application/x-www-form-urlencoded");
    let answer = Answer::of(request.body(form.clone())).await;
    answer.assert_refused(400, "invalid_grant");
    wallet.token_with(form, None).await.assert_ok();
}

#[tokio::test]
async fn dpop_negative_tests() {
    let env = TestEnv::start().await;
    let wallet = Wallet::new(&env);
    let created = wallet.offered(json!({})).await;
    let form = wallet.form(&created).await;
    // Without a nonce, the answer has one.
    let proof = wallet.proof("token", None, None);
    let answer = wallet.token_with(form.clone(), Some(&proof)).await;
    answer.assert_refused(400, "use_dpop_nonce");
    let nonce = answer.headers["dpop-nonce"].to_str().unwrap();
    // The nonce of proofs of possession is for another purpose.
    let (c_nonce, _) = wallet.nonces().await;
    let proof = wallet.proof("token", Some(&c_nonce), None);
    let answer = wallet.token_with(form.clone(), Some(&proof)).await;
    answer.assert_refused(400, "use_dpop_nonce");
    let elsewhere = wallet.proof("credential", Some(nonce), None);
    let answer = wallet.token_with(form.clone(), Some(&elsewhere)).await;
    answer.assert_refused(400, "invalid_dpop_proof");
    let answer = wallet.token_with(form.clone(), Some("junk")).await;
    answer.assert_refused(400, "invalid_dpop_proof");
    let proof = wallet.proof("token", Some(nonce), None);
    let answer = wallet.token_with(form, Some(&proof)).await;
    answer.assert_ok();
    let token = answer.text("access_token");

    // A bound token needs its scheme, its key, and its hash.
    let order = wallet.order(&keys(1), &wallet.nonces().await.0);
    let bearer = env.http.post(wallet.url("credential")).bearer_auth(&token);
    let answer = Answer::of(bearer.json(&order)).await;
    answer.assert_refused(401, "invalid_token");
    let [challenge] = &challenges(&answer)[..] else {
        panic!("one challenge");
    };
    assert!(challenge.starts_with("DPoP realm="), "{challenge}");
    assert!(
        challenge.contains(", error=\"invalid_token\", error_description=\""),
        "{challenge}"
    );
    let thief = Wallet::new(&env);
    let proof = thief.proof("credential", Some(nonce), Some(&token));
    let answer = wallet.ask("credential", &token, &proof, &order).await;
    answer.assert_refused(401, "invalid_dpop_proof");
    let proof = wallet.proof("credential", Some(nonce), None);
    let answer = wallet.ask("credential", &token, &proof, &order).await;
    answer.assert_refused(401, "invalid_dpop_proof");
    let proof = wallet.proof("credential", None, Some(&token));
    let answer = wallet.ask("credential", &token, &proof, &order).await;
    answer.assert_refused(401, "use_dpop_nonce");
}

#[tokio::test]
async fn a_dpop_proof_is_accepted_once() {
    let env = TestEnv::start().await;
    let wallet = Wallet::new(&env);
    // At the token endpoint: the second offer is another code.
    let (_, nonce) = wallet.nonces().await;
    let proof = wallet.proof("token", Some(&nonce), None);
    let first = wallet.form(&wallet.offered(json!({})).await).await;
    let second = wallet.form(&wallet.offered(json!({})).await).await;
    let answer = wallet.token_with(first, Some(&proof)).await;
    answer.assert_ok();
    let token = answer.text("access_token");
    let answer = wallet.token_with(second, Some(&proof)).await;
    answer.assert_refused(400, "invalid_dpop_proof");

    // At the credential endpoint, after success and after a refusal.
    let order = wallet.order(&keys(1), &wallet.nonces().await.0);
    let proof = wallet.proof("credential", Some(&nonce), Some(&token));
    wallet.ask("credential", &token, &proof, &order).await.assert_ok();
    let order = wallet.order(&keys(1), &wallet.nonces().await.0);
    let answer = wallet.ask("credential", &token, &proof, &order).await;
    answer.assert_refused(401, "invalid_dpop_proof");
    let proof = wallet.proof("credential", Some(&nonce), Some(&token));
    let answer = wallet.ask("credential", &token, &proof, &json!({})).await;
    answer.assert_refused(400, "invalid_credential_request");
    let answer = wallet.ask("credential", &token, &proof, &order).await;
    answer.assert_refused(401, "invalid_dpop_proof");

    // At the notification endpoint.
    let notification = json!({ "notification_id": "1.x", "event": "credential_accepted" });
    let proof = wallet.proof("notification", Some(&nonce), Some(&token));
    let answer = wallet.ask("notification", &token, &proof, &notification).await;
    answer.assert_refused(400, "invalid_notification_id");
    let answer = wallet.ask("notification", &token, &proof, &notification).await;
    answer.assert_refused(401, "invalid_dpop_proof");
}
