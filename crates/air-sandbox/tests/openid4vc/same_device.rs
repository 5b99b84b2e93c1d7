//! A wallet on the user's own device: it sends the browser back with a code, and the result belongs
//! to that browser's session (OpenID4VP 1.0, sections 8.2 and 13.3).

use air_jwt::PartnerToken;
use air_oid4vc::vp::{AuthorizationResponse, ErrorCode};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use url::Url;

use super::presentations::{Holder, asked, body, encoded, fetched, post};
use crate::support::TestEnv;

const PATH: &str = "/sandbox/v1/presentation-requests";
const PAGE: &str = "https://shop.example/checkout?cart=7";

async fn status(env: &TestEnv, created: &Value, code: Option<&str>) -> (StatusCode, Value) {
    let query = code
        .map(|code| format!("?responseCode={code}"))
        .unwrap_or_default();
    let path = format!("{PATH}/{}{query}", created["requestId"].as_str().unwrap());
    let token = env.token(PartnerToken::verify);
    env.call(Method::GET, &path, Some(&token), None).await
}

/// The code in the page that the wallet sends the browser to.
fn code(answer: &Value) -> String {
    let page: Url = answer["redirect_uri"].as_str().unwrap().parse().unwrap();
    assert!(page.as_str().starts_with(PAGE), "{page}");
    let (_, code) = page
        .query_pairs()
        .find(|(name, _)| name == "response_code")
        .unwrap();
    code.into_owned()
}

#[tokio::test]
async fn a_result_belongs_to_the_browser_that_brings_its_code() {
    let env = TestEnv::start().await;
    let holder = Holder::with_credential(&env).await;
    let mut codes = Vec::new();
    for _ in 0..2 {
        let created = asked(&env, json!({ "redirectUri": PAGE })).await;
        let (_, open) = status(&env, &created, Some("anything")).await;
        assert_eq!(open["state"], "open", "{open}");
        let request = fetched(&env, &created).await;
        let answer = post(&env, &request, body(&request, holder.answer(&request))).await;
        answer.assert_ok();
        codes.push((created, code(&answer.body)));
    }
    let [(first, own), (_, others)] = &codes[..] else {
        panic!("two requests");
    };
    assert_ne!(own, others);
    let (_, seen) = status(&env, first, None).await;
    assert_eq!((&seen["state"], seen.get("result")), (&json!("presented"), None));
    // An attacker who sent the link to somebody else has a session of their own, and not this code.
    for wrong in [others, "", "x"] {
        let (answered, refusal) = status(&env, first, Some(wrong)).await;
        assert_eq!(answered, StatusCode::FORBIDDEN, "{refusal}");
        assert!(
            refusal.to_string().contains("another browser session"),
            "{refusal}"
        );
    }
    let (_, seen) = status(&env, first, Some(own)).await;
    assert_eq!(seen["result"]["status"], "Compliant", "{seen}");
    // Nor does an event release it.
    let token = env.token(PartnerToken::verify);
    let (_, log) = env
        .call(Method::GET, "/sandbox/v1/events/log", Some(&token), None)
        .await;
    let events = log["events"].as_array().unwrap().iter();
    let received: Vec<&Value> = events
        .filter(|event| event["type"] == "presentation.received")
        .map(|event| &event["data"])
        .collect();
    assert_eq!(received.len(), 2);
    for data in received {
        assert_eq!(
            (&data["outcome"], &data["status"]),
            (&json!("presented"), &Value::Null)
        );
    }
}

#[tokio::test]
async fn the_browser_comes_back_after_a_refusal() {
    let env = TestEnv::start().await;
    let created = asked(&env, json!({ "redirectUri": PAGE, "encrypted": false })).await;
    let request = fetched(&env, &created).await;
    let refusal = AuthorizationResponse::refusal(ErrorCode::AccessDenied, Some(&request));
    let answer = post(&env, &request, encoded(&request, refusal)).await;
    answer.assert_ok();
    let (_, seen) = status(&env, &created, Some(&code(&answer.body))).await;
    assert_eq!(seen["state"], "refused");
}

#[tokio::test]
async fn a_redirect_must_be_a_page_that_can_take_the_code() {
    let env = TestEnv::start().await;
    let token = env.token(PartnerToken::verify);
    for refused in [
        "http://shop.example/",
        "javascript:alert(1)",
        "https://shop.example/#top",
        "/here",
    ] {
        let request =
            json!({ "programId": env.ids["verificationPrograms"]["adult"], "redirectUri": refused });
        let (answered, refusal) = env.call(Method::POST, PATH, Some(&token), Some(&request)).await;
        assert_eq!(answered, StatusCode::BAD_REQUEST, "{refused}: {refusal}");
    }
}
