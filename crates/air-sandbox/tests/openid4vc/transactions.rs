//! Presentation requests with transactions: the wallet signs their hashes, and the result has the
//! authorised transactions.

use air_jwt::PartnerToken;
use air_oid4vc::vp::{AuthorizationResponse, ErrorCode, TransactionData};
use reqwest::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::{
    outsider::Outsider,
    presentations::{Holder, asked, body, encoded, fetched, post, state},
};
use crate::support::TestEnv;

fn payment() -> Value {
    json!({ "type": "payment", "amount": "12.50", "payee": "Zenith" })
}

/// An environment whose program trusts this issuer.
async fn trusting(issuer: &Outsider) -> TestEnv {
    let env = TestEnv::start().await;
    let program = env.ids["verificationPrograms"]["adult"].as_str().unwrap();
    let path = format!("/sandbox/v1/verification-programs/{program}/trust-list");
    let list = json!({ "trustList": { "issuers": [issuer.certified()] } });
    let (status, answer) = env.call(Method::PUT, &path, None, Some(&list)).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    env
}

#[tokio::test]
async fn a_wallet_authorises_the_transactions_by_their_hashes() {
    let issuer = Outsider::new();
    let env = trusting(&issuer).await;
    let hashed = json!({ "type": "consent", "transaction_data_hashes_alg": ["sha-256"] });
    for encrypted in [true, false] {
        let transactions = json!([payment(), hashed]);
        let created = asked(
            &env,
            json!({ "encrypted": encrypted, "transactionData": transactions }),
        )
        .await;
        let request = fetched(&env, &created).await;
        let items = &request.options().transaction_data;
        let kinds: Vec<&str> = items.iter().map(TransactionData::kind).collect();
        assert_eq!(kinds, ["payment", "consent"]);
        assert_eq!(items[0].members()["amount"], "12.50");
        assert_eq!(items[0].credential_ids(), ["credential"]);
        // The request object that is fetched again has the same texts, and so the same hashes.
        assert_eq!(&fetched(&env, &created).await.options().transaction_data, items);

        let all = TransactionData::key_binding_claims(items);
        let mut wrong_algorithm = all.clone();
        wrong_algorithm.insert("transaction_data_hashes_alg".into(), json!("sha-512"));
        let other = TransactionData::new("payment", &["credential"], Map::new()).unwrap();
        let credential = issuer.credential(&env, |_| ());
        for (what, claims) in [
            ("no hashes", Map::new()),
            ("a missing hash", TransactionData::key_binding_claims(&items[..1])),
            (
                "another transaction",
                TransactionData::key_binding_claims(&[other]),
            ),
            ("another algorithm", wrong_algorithm),
        ] {
            let token = issuer.present_with(&credential, &request, &claims);
            let answer = post(&env, &request, body(&request, token)).await;
            answer.assert_refused(400, "invalid_request");
            let reason = answer.body["error_description"].as_str().unwrap();
            assert!(reason.contains("hash"), "{what}: {reason}");
        }
        let token = issuer.present_with(&credential, &request, &all);
        post(&env, &request, body(&request, token)).await.assert_ok();
        let state = state(&env, &created).await;
        assert_eq!(state["result"]["status"], "Compliant", "{state}");
        assert_eq!(state["result"]["transactionData"], transactions);
    }
}

#[tokio::test]
async fn hashes_that_nobody_asked_for_are_refused() {
    let issuer = Outsider::new();
    let env = trusting(&issuer).await;
    let created = asked(&env, json!({})).await;
    let request = fetched(&env, &created).await;
    let data = TransactionData::new("payment", &["credential"], Map::new()).unwrap();
    let claims = TransactionData::key_binding_claims(&[data]);
    let token = issuer.present_with(&issuer.credential(&env, |_| ()), &request, &claims);
    post(&env, &request, body(&request, token))
        .await
        .assert_refused(400, "invalid_request");
    let token = issuer.present(&issuer.credential(&env, |_| ()), &request);
    post(&env, &request, body(&request, token)).await.assert_ok();
    let state = state(&env, &created).await;
    assert_eq!(state["result"].get("transactionData"), None, "{state}");
}

#[tokio::test]
async fn a_presentation_that_is_not_compliant_authorises_nothing() {
    let issuer = Outsider::new();
    let env = trusting(&issuer).await;
    let created = asked(&env, json!({ "transactionData": [payment()] })).await;
    let request = fetched(&env, &created).await;
    let credential = issuer.credential_of(&env, 17);
    let claims = TransactionData::key_binding_claims(&request.options().transaction_data);
    let token = issuer.present_with(&credential, &request, &claims);
    post(&env, &request, body(&request, token)).await.assert_ok();
    let state = state(&env, &created).await;
    assert_eq!(state["result"]["status"], "Non-Compliant", "{state}");
    assert_eq!(state["result"].get("transactionData"), None);
}

#[tokio::test]
async fn a_wallet_that_does_not_know_the_type_refuses() {
    let env = TestEnv::start().await;
    let created = asked(&env, json!({ "transactionData": [payment()] })).await;
    let request = fetched(&env, &created).await;
    let error = request.check_transaction_types(&["consent"]).unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvalidTransactionData);
    let refusal = AuthorizationResponse::refusal(error.code(), Some(&request));
    post(&env, &request, encoded(&request, refusal)).await.assert_ok();
    assert_eq!(state(&env, &created).await["state"], "refused");
}

#[tokio::test]
async fn the_platforms_own_credentials_must_sign_the_hashes_too() {
    let env = TestEnv::start().await;
    let holder = Holder::with_credential(&env).await;
    let request = fetched(
        &env,
        &asked(&env, json!({ "transactionData": [payment()] })).await,
    )
    .await;
    post(&env, &request, body(&request, holder.answer(&request)))
        .await
        .assert_refused(400, "invalid_request");
}

#[tokio::test]
async fn transactions_have_a_type_and_limits() {
    let env = TestEnv::start().await;
    let mut named = payment();
    named["credential_ids"] = json!(["credential"]);
    let token = env.token(PartnerToken::verify);
    for (members, reason) in [
        (json!({ "transactionData": [{}] }), "must have a `type`"),
        (
            json!({ "transactionData": [{ "type": 1 }] }),
            "must have a `type`",
        ),
        (json!({ "transactionData": [named] }), "credential_ids"),
        (json!({ "transactionData": ["payment"] }), "transactionData"),
        (json!({ "transactionData": vec![payment(); 9] }), "at most 8"),
        (
            json!({ "transactionData": [payment()], "formats": ["mso_mdoc"] }),
            "dc+sd-jwt alone",
        ),
        (
            json!({ "transactionData": [{ "type": "a", "transaction_data_hashes_alg": ["sha-512"] }] }),
            "sha-256",
        ),
        (
            json!({ "transactionData": [{ "type": "a", "text": "x".repeat(64 * 1024) }] }),
            "transactionData",
        ),
    ] {
        let mut request = members;
        request["programId"] = env.ids["verificationPrograms"]["adult"].clone();
        let path = "/sandbox/v1/presentation-requests";
        let (status, answer) = env.call(Method::POST, path, Some(&token), Some(&request)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{reason}: {answer}");
        assert!(answer.to_string().contains(reason), "{reason}: {answer}");
    }
}
