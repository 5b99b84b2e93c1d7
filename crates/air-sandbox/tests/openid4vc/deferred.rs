//! Deferred issuance (OpenID4VCI 1.0, section 9).

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use air_jwt::{
    PartnerToken,
    jwe::{ContentEncryption, DecryptionKey, EncryptionKey, Jwe},
};
use air_sandbox::{Clock, Data, UnixTime};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    verify,
    wallet::{Answer, Wallet, keys},
};
use crate::support::{NOW, TestEnv, start_platform_at};

/// A platform with a clock that the test moves.
pub(super) async fn test_env() -> (TestEnv, Arc<AtomicU64>) {
    let time = Arc::new(AtomicU64::new(NOW));
    let now = time.clone();
    let clock = Clock::new(move || UnixTime::from_secs(now.load(Ordering::SeqCst)));
    let env = TestEnv::start_on(start_platform_at(Data::Memory, clock).await).await;
    (env, time)
}

pub(super) async fn ask_again(wallet: &Wallet<'_>, token: &str, body: &Value) -> Answer {
    let (_, nonce) = wallet.nonces().await;
    let proof = wallet.proof("deferred", Some(&nonce), Some(token));
    wallet.ask("deferred", token, &proof, body).await
}

/// Sends a request with a token that is not bound to a key.
pub(super) async fn ask_as_bearer(wallet: &Wallet<'_>, name: &str, token: &str, body: &Value) -> Answer {
    let request = wallet.env.http.post(wallet.url(name)).bearer_auth(token);
    Answer::of(request.json(body)).await
}

#[track_caller]
pub(super) fn assert_deferred(answer: &Answer, interval: u64) -> Value {
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert_eq!(answer.headers["content-type"], "application/json");
    assert_eq!(answer.body["interval"], interval);
    assert!(answer.body.get("credentials").is_none());
    json!({ "transaction_id": answer.body["transaction_id"] })
}

#[tokio::test]
async fn a_deferred_credential_is_issued_once_when_its_time_has_come() {
    let (env, time) = test_env().await;
    let wallet = Wallet::new(&env);
    let metadata = wallet.metadata().await;
    assert_eq!(
        metadata.deferred_credential_endpoint,
        Some(wallet.url("deferred"))
    );
    let created = wallet.offered(json!({ "defersFor": 5 })).await;
    let token = wallet.redeem(&created).await;
    let (nonce, _) = wallet.nonces().await;
    let order = wallet.order(&keys(2), &nonce);
    let first = wallet.request(&token, &order).await;
    let again = assert_deferred(&first, 5);
    // The nonce of the deferred request is used.
    let answer = wallet.request(&token, &order).await;
    answer.assert_refused(400, "invalid_nonce");
    assert_eq!(wallet.state(&created).await["credentials"], 0);

    time.fetch_add(3, Ordering::SeqCst);
    let still = ask_again(&wallet, &token, &again).await;
    assert_eq!(assert_deferred(&still, 2), again);
    time.fetch_add(2, Ordering::SeqCst);
    let answer = ask_again(&wallet, &token, &again).await;
    answer.assert_ok();
    let credentials = answer.body["credentials"].as_array().unwrap();
    assert_eq!(credentials.len(), 2);
    for credential in credentials {
        let credential = credential["credential"].as_str().unwrap();
        assert_eq!(verify(&wallet, credential).await, Ok(()));
    }
    assert!(answer.body["notification_id"].is_string());
    assert_eq!(wallet.state(&created).await["state"], "issued");
    let used = ask_again(&wallet, &token, &again).await;
    used.assert_refused(400, "invalid_transaction_id");
}

/// A wallet without DPoP has no refresh token, so it collects the credential with the token that
/// requested it.
#[tokio::test]
async fn a_bearer_token_is_valid_until_its_deferred_credential_is_ready() {
    let (env, time) = test_env().await;
    let wallet = Wallet::new(&env);
    let form = wallet.form(&wallet.offered(json!({})).await).await;
    let ordinary = wallet.token_with(form, None).await;
    assert_eq!(ordinary.body["expires_in"], 600);

    let form = wallet
        .form(&wallet.offered(json!({ "defersFor": 3600 })).await)
        .await;
    let answer = wallet.token_with(form, None).await;
    answer.assert_ok();
    assert_eq!(
        (&answer.body["token_type"], &answer.body["expires_in"]),
        (&json!("Bearer"), &json!(4200))
    );
    let token = answer.text("access_token");
    let (nonce, _) = wallet.nonces().await;
    let order = wallet.order(&keys(1), &nonce);
    let first = ask_as_bearer(&wallet, "credential", &token, &order).await;
    let again = assert_deferred(&first, 3600);

    time.store(NOW + 600, Ordering::SeqCst);
    let ended = ordinary.text("access_token");
    let answer = ask_as_bearer(&wallet, "deferred", &ended, &again).await;
    answer.assert_refused(401, "invalid_token");
    time.store(NOW + 3600, Ordering::SeqCst);
    let ready = ask_as_bearer(&wallet, "deferred", &token, &again).await;
    ready.assert_ok();
    assert_eq!(ready.body["credentials"].as_array().unwrap().len(), 1);
    time.store(NOW + 4199, Ordering::SeqCst);
    let used = ask_as_bearer(&wallet, "deferred", &token, &again).await;
    used.assert_refused(400, "invalid_transaction_id");
    time.store(NOW + 4200, Ordering::SeqCst);
    let ended = ask_as_bearer(&wallet, "deferred", &token, &again).await;
    ended.assert_refused(401, "invalid_token");
}

#[tokio::test]
async fn a_transaction_belongs_to_its_access_token() {
    let (env, time) = test_env().await;
    let wallet = Wallet::new(&env);
    let deferring = json!({ "defersFor": 1 });
    let token = wallet.redeem(&wallet.offered(deferring.clone()).await).await;
    let other = wallet.redeem(&wallet.offered(deferring).await).await;
    let (nonce, _) = wallet.nonces().await;
    let first = wallet.request(&token, &wallet.order(&keys(1), &nonce)).await;
    let again = assert_deferred(&first, 1);
    time.fetch_add(1, Ordering::SeqCst);
    for (token, body, code) in [
        (&other, again.clone(), "invalid_transaction_id"),
        (
            &token,
            json!({ "transaction_id": "unknown" }),
            "invalid_transaction_id",
        ),
        (&token, json!({}), "invalid_credential_request"),
    ] {
        ask_again(&wallet, token, &body).await.assert_refused(400, code);
    }
    let without_token = Answer::of(env.http.post(wallet.url("deferred")).json(&again)).await;
    assert_eq!(without_token.status, StatusCode::UNAUTHORIZED);
    ask_again(&wallet, &token, &again).await.assert_ok();
}

#[tokio::test]
async fn waiting_credentials_count_under_the_limit_of_the_token() {
    let (env, _) = test_env().await;
    let wallet = Wallet::new(&env);
    let token = wallet
        .redeem(&wallet.offered(json!({ "defersFor": 5 })).await)
        .await;
    for _ in 0..4 {
        let (nonce, _) = wallet.nonces().await;
        let answer = wallet.request(&token, &wallet.order(&keys(32), &nonce)).await;
        assert_deferred(&answer, 5);
    }
    let (nonce, _) = wallet.nonces().await;
    let answer = wallet.request(&token, &wallet.order(&keys(1), &nonce)).await;
    answer.assert_refused(400, "credential_request_denied");
}

/// The response is encrypted to the key of the deferred request, whatever the first one had (section 9.1).
#[tokio::test]
async fn a_deferred_response_is_encrypted_to_its_own_key() {
    let (env, time) = test_env().await;
    let wallet = Wallet::new(&env);
    let metadata = wallet.metadata().await;
    let jwks = &metadata.other["credential_request_encryption"]["jwks"];
    let issuer_keys = EncryptionKey::all_in_set(jwks.to_string().as_bytes()).unwrap();
    let token = wallet
        .redeem(&wallet.offered(json!({ "defersFor": 1 })).await)
        .await;
    let (nonce, _) = wallet.nonces().await;
    let first = wallet.request(&token, &wallet.order(&keys(1), &nonce)).await;
    let mut again = assert_deferred(&first, 1);
    time.fetch_add(1, Ordering::SeqCst);
    let own = DecryptionKey::generate(&mut rand::rng());
    again["credential_response_encryption"] = json!({ "jwk": own.encryption_key(), "enc": "A128GCM" });
    let plain = ask_again(&wallet, &token, &again).await;
    plain.assert_refused(400, "invalid_encryption_parameters");
    let json = again.to_string();
    let sealed = issuer_keys[0].encrypt(ContentEncryption::A128Gcm, json.as_bytes(), &mut rand::rng());
    let (_, nonce) = wallet.nonces().await;
    let request = env
        .http
        .post(wallet.url("deferred"))
        .header("authorization", format!("DPoP {token}"))
        .header("dpop", wallet.proof("deferred", Some(&nonce), Some(&token)))
        .header("content-type", "application/jwt");
    let response = request.body(sealed).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let text = response.text().await.unwrap();
    let opened = Jwe::parse(&text, 1 << 20).unwrap().decrypt(&own).unwrap();
    let response: Value = serde_json::from_slice(&opened).unwrap();
    let credential = response["credentials"][0]["credential"].as_str().unwrap();
    assert_eq!(verify(&wallet, credential).await, Ok(()));
}

#[tokio::test]
async fn an_offer_defers_for_at_most_an_hour() {
    let (env, _) = test_env().await;
    let token = env.token(PartnerToken::issue);
    for (seconds, expected) in [
        (0, StatusCode::BAD_REQUEST),
        (1, StatusCode::OK),
        (3600, StatusCode::OK),
        (3601, StatusCode::BAD_REQUEST),
    ] {
        let mut order = env.order();
        order["defersFor"] = json!(seconds);
        let (status, body) = env
            .call(Method::POST, "/sandbox/v1/offers", Some(&token), Some(&order))
            .await;
        assert_eq!(status, expected, "{seconds}: {body}");
    }
}
