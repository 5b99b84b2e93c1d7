//! Bodies that are longer than the limit of their route.

use reqwest::RequestBuilder;
use serde_json::json;

use super::{
    presentations::{asked, request_uri},
    wallet::{Answer, Wallet},
};
use crate::support::TestEnv;

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";
const KIB: usize = 1024;

/// Sends a body of one byte more than the limit.
async fn assert_too_large(request: RequestBuilder, media_type: &str, limit: usize) {
    let body = "a".repeat(limit + 1);
    let answer = Answer::of(request.header("content-type", media_type).body(body)).await;
    answer.assert_refused(413, "invalid_request");
    let said = answer.text("error_description");
    assert_eq!(said, format!("the body is longer than {limit} bytes"));
}

#[tokio::test]
async fn each_route_for_wallets_refuses_a_body_above_its_limit() {
    let env = TestEnv::start().await;
    let wallet = Wallet::new(&env);
    for name in ["token", "par"] {
        assert_too_large(env.http.post(wallet.url(name)), FORM, 16 * KIB).await;
    }

    let token = wallet.redeem(&wallet.offered(json!({})).await).await;
    for (name, limit) in [
        ("credential", 256 * KIB),
        ("deferred", 256 * KIB),
        ("notification", 16 * KIB),
    ] {
        let (_, nonce) = wallet.nonces().await;
        let request = env
            .http
            .post(wallet.url(name))
            .header("authorization", format!("DPoP {token}"))
            .header("dpop", wallet.proof(name, Some(&nonce), Some(&token)));
        assert_too_large(request, JSON, limit).await;
    }

    let created = asked(&env, json!({})).await;
    let object = request_uri(&created);
    let response = object.replace("/requests/", "/responses/");
    let page = format!("{response}/dc-api");
    for (url, media_type, limit) in [
        (object, FORM, 64 * KIB),
        (response, FORM, 1024 * KIB),
        (page, JSON, 1024 * KIB),
    ] {
        assert_too_large(env.http.post(url), media_type, limit).await;
    }
}
