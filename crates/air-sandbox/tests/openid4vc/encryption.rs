//! Encrypted credential requests and responses (OpenID4VCI 1.0, section 10).

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use air_jwt::jwe::{ContentEncryption, DecryptionKey, EncryptionKey, Jwe};
use air_sandbox::{Clock, Data, UnixTime};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{
    verify,
    wallet::{Answer, Wallet, keys},
};
use crate::support::{NOW, TestEnv, start_platform_at};

const DAY: u64 = 24 * 3600;

/// The key of the issuer's metadata.
async fn issuer_key(wallet: &Wallet<'_>) -> EncryptionKey {
    let metadata = wallet.metadata().await;
    let parameters = &metadata.other["credential_request_encryption"];
    assert_eq!(parameters["encryption_required"], false);
    assert_eq!(parameters["enc_values_supported"], json!(["A128GCM", "A256GCM"]));
    let response = &metadata.other["credential_response_encryption"];
    assert_eq!(response["alg_values_supported"], json!(["ECDH-ES"]));
    let keys = parameters["jwks"]["keys"].as_array().unwrap();
    assert!(
        keys[0]["kid"].is_string() && keys[0]["alg"] == "ECDH-ES",
        "{keys:?}"
    );
    let keys = EncryptionKey::all_in_set(parameters["jwks"].to_string().as_bytes()).unwrap();
    let [key]: [EncryptionKey; 1] = keys.try_into().unwrap();
    key
}

fn encrypted(key: &EncryptionKey, order: &Value) -> String {
    let json = order.to_string();
    key.encrypt(ContentEncryption::A256Gcm, json.as_bytes(), &mut rand::rng())
}

fn with_response_key(mut order: Value, key: &EncryptionKey, enc: &str) -> Value {
    order["credential_response_encryption"] = json!({ "jwk": key, "enc": enc });
    order
}

/// Sends an encrypted request with a fresh DPoP proof. Returns the status, the media type and the body.
async fn send(wallet: &Wallet<'_>, token: &str, body: String) -> (StatusCode, String, String) {
    let (_, nonce) = wallet.nonces().await;
    let request = wallet
        .env
        .http
        .post(wallet.url("credential"))
        .header("authorization", format!("DPoP {token}"))
        .header("dpop", wallet.proof("credential", Some(&nonce), Some(token)))
        .header("content-type", "application/jwt")
        .body(body);
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["cache-control"], "no-store");
    let media_type = response.headers()["content-type"].to_str().unwrap().to_owned();
    (response.status(), media_type, response.text().await.unwrap())
}

async fn refused(wallet: &Wallet<'_>, token: &str, body: String) -> (StatusCode, Value) {
    let (status, _, text) = send(wallet, token, body).await;
    let error: Value = serde_json::from_str(&text).unwrap();
    (status, error["error"].clone())
}

async fn token(wallet: &Wallet<'_>) -> String {
    wallet.redeem(&wallet.offered(json!({})).await).await
}

#[tokio::test]
async fn a_request_and_its_response_are_encrypted() {
    let env = TestEnv::start().await;
    let wallet = Wallet::new(&env);
    let token = token(&wallet).await;
    let issuer_key = issuer_key(&wallet).await;
    let own = DecryptionKey::generate(&mut rand::rng());
    for enc in ["A128GCM", "A256GCM"] {
        let (nonce, _) = wallet.nonces().await;
        let order = with_response_key(wallet.order(&keys(2), &nonce), own.encryption_key(), enc);
        let (status, media_type, text) = send(&wallet, &token, encrypted(&issuer_key, &order)).await;
        assert_eq!(
            (status, media_type.as_str()),
            (StatusCode::OK, "application/jwt"),
            "{text}"
        );
        let jwe = Jwe::parse(&text, 1 << 20).unwrap();
        assert_eq!(jwe.kid(), Some(own.kid().as_str()));
        assert_eq!(jwe.encryption().as_str(), enc);
        let response: Value = serde_json::from_slice(&jwe.decrypt(&own).unwrap()).unwrap();
        let credentials = response["credentials"].as_array().unwrap();
        assert_eq!(credentials.len(), 2);
        let credential = credentials[0]["credential"].as_str().unwrap();
        assert_eq!(verify(&wallet, credential).await, Ok(()));
    }
    // Only the request.
    let (nonce, _) = wallet.nonces().await;
    let order = wallet.order(&keys(1), &nonce);
    let (status, media_type, _) = send(&wallet, &token, encrypted(&issuer_key, &order)).await;
    assert_eq!(
        (status, media_type.as_str()),
        (StatusCode::OK, "application/json")
    );
}

/// An error response is never encrypted (section 8.3.1).
#[tokio::test]
async fn wrong_encryption_parameters_are_refused_before_anything_is_issued() {
    let env = TestEnv::start().await;
    let wallet = Wallet::new(&env);
    let token = token(&wallet).await;
    let issuer_key = issuer_key(&wallet).await;
    let own = DecryptionKey::generate(&mut rand::rng());
    let (nonce, _) = wallet.nonces().await;
    let held = keys(1);
    let order = wallet.order(&held, &nonce);
    let invalid = (StatusCode::BAD_REQUEST, json!("invalid_encryption_parameters"));

    // A plain request that asks for an encrypted response.
    let plain = with_response_key(order.clone(), own.encryption_key(), "A128GCM");
    let answer: Answer = wallet.request(&token, &plain).await;
    answer.assert_refused(400, "invalid_encryption_parameters");

    let mut other_algorithm = plain.clone();
    other_algorithm["credential_response_encryption"]["jwk"]["alg"] = json!("RSA-OAEP-256");
    let other_content = with_response_key(order.clone(), own.encryption_key(), "A128CBC-HS256");
    for order in [&other_algorithm, &other_content] {
        assert_eq!(
            refused(&wallet, &token, encrypted(&issuer_key, order)).await,
            invalid
        );
    }
    let foreign = encrypted(own.encryption_key(), &order);
    let sealed = encrypted(&issuer_key, &order);
    let (input, tag) = sealed.rsplit_once('.').unwrap();
    let flipped = if tag.starts_with('A') { "B" } else { "A" };
    let changed = format!("{input}.{flipped}{}", &tag[1..]);
    for body in [
        foreign,
        changed,
        "a.b.c".to_owned(),
        order.to_string(),
        String::new(),
    ] {
        assert_eq!(refused(&wallet, &token, body).await, invalid);
    }
    let not_json = issuer_key.encrypt(ContentEncryption::A128Gcm, b"no", &mut rand::rng());
    let (status, code) = refused(&wallet, &token, not_json).await;
    assert_eq!(
        (status, code),
        (StatusCode::BAD_REQUEST, json!("invalid_credential_request"))
    );
    let large = "A".repeat(300 * 1024);
    assert_eq!(
        refused(&wallet, &token, large).await.0,
        StatusCode::PAYLOAD_TOO_LARGE
    );

    // The nonce was not used up.
    let (status, _, text) = send(&wallet, &token, sealed).await;
    assert_eq!(status, StatusCode::OK, "{text}");
}

#[tokio::test]
async fn the_key_is_replaced_each_day_and_accepted_for_one_more() {
    let time = Arc::new(AtomicU64::new(NOW));
    let now = time.clone();
    let clock = Clock::new(move || UnixTime::from_secs(now.load(Ordering::SeqCst)));
    let env = TestEnv::start_on(start_platform_at(Data::Memory, clock).await).await;
    let wallet = Wallet::new(&env);
    let mut published = Vec::new();
    for ago in [2 * DAY, DAY, 0] {
        time.store(NOW - ago, Ordering::SeqCst);
        published.push(issuer_key(&wallet).await);
        assert_eq!(issuer_key(&wallet).await, published[published.len() - 1]);
    }
    let token = token(&wallet).await;
    for (days, key) in published.iter().rev().enumerate() {
        let (nonce, _) = wallet.nonces().await;
        let order = encrypted(key, &wallet.order(&keys(1), &nonce));
        let (status, _, text) = send(&wallet, &token, order).await;
        let expected = if days < 2 {
            StatusCode::OK
        } else {
            StatusCode::BAD_REQUEST
        };
        assert_eq!(status, expected, "{days}: {text}");
    }
    assert!(published[0] != published[1] && published[1] != published[2]);
}
