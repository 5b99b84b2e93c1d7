//! The rights of web pages, and the headers of answers to browsers.

use reqwest::{Method, Response, StatusCode, header};
use serde_json::json;

use crate::support::TestEnv;

const ISSUE: &str = "/v1/credentials/issue-on-behalf";
const CATALOGUE: &str = "/v1/catalog/schemas";

async fn start() -> TestEnv {
    let env = TestEnv::start().await;
    let mut seed = TestEnv::seed_file(&env.jwks.url);
    seed["partner"]["allowedOrigins"] = json!(["https://app.example", "https://under_score.example:8443"]);
    env.seed(&seed).await;
    env
}

async fn preflight(env: &TestEnv, origin: &str, path: &str) -> Response {
    let asking = env
        .http
        .request(Method::OPTIONS, format!("{}{path}", env.platform.url()))
        .header(header::ORIGIN, origin)
        .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
        .header(
            header::ACCESS_CONTROL_REQUEST_HEADERS,
            "content-type,idempotency-key,x-partner-auth",
        );
    asking.send().await.unwrap()
}

fn value(response: &Response, name: header::HeaderName) -> Option<&str> {
    response.headers().get(name).map(|value| value.to_str().unwrap())
}

#[tokio::test]
async fn a_registered_page_and_a_local_one_may_call_and_no_other() {
    let env = start().await;
    for (origin, may_call) in [
        ("https://app.example", true),
        ("https://under_score.example:8443", true),
        ("http://localhost:3000", true),
        ("http://127.0.0.1", true),
        ("https://underXscore.example:8443", false),
        ("https://app.example:8443", false),
        ("http://app.example", false),
        ("https://evil.example", false),
        ("https://app.example.evil.example", false),
        ("%", false),
        ("null", false),
    ] {
        let allowed = may_call.then_some(origin);
        let answer = preflight(&env, origin, ISSUE).await;
        assert_eq!(answer.status(), StatusCode::OK, "{origin}");
        assert_eq!(
            value(&answer, header::ACCESS_CONTROL_ALLOW_ORIGIN),
            allowed,
            "{origin}"
        );
        assert_eq!(
            value(&answer, header::ACCESS_CONTROL_ALLOW_CREDENTIALS),
            None,
            "{origin}"
        );
        assert!(
            value(&answer, header::VARY).unwrap().contains("origin"),
            "{origin}"
        );
        if may_call {
            let headers = value(&answer, header::ACCESS_CONTROL_ALLOW_HEADERS).unwrap();
            for needed in [
                "content-type",
                "idempotency-key",
                "x-partner-auth",
                "authorization",
            ] {
                assert!(headers.contains(needed), "{headers}");
            }
        }
        let call = env
            .http
            .post(format!("{}{ISSUE}", env.platform.url()))
            .header(header::ORIGIN, origin)
            .json(&env.order());
        let refused = call.send().await.unwrap();
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED, "{origin}");
        assert_eq!(
            value(&refused, header::ACCESS_CONTROL_ALLOW_ORIGIN),
            allowed,
            "{origin}"
        );
        if may_call {
            let exposed = value(&refused, header::ACCESS_CONTROL_EXPOSE_HEADERS).unwrap();
            for needed in ["x-request-id", "idempotent-replayed", "retry-after"] {
                assert!(exposed.contains(needed), "{exposed}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_public_may_be_read_from_everywhere_and_set_up_is_not() {
    let env = start().await;
    let issuer = env.ids["issuerDid"].as_str().unwrap();
    for path in [CATALOGUE, &format!("/sandbox/v1/issuers/{issuer}/jwks.json")] {
        let call = env
            .http
            .get(format!("{}{path}", env.platform.url()))
            .header(header::ORIGIN, "https://anywhere.example");
        let answer = call.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        let allowed = value(&answer, header::ACCESS_CONTROL_ALLOW_ORIGIN);
        assert_eq!(allowed, Some("https://anywhere.example"), "{path}");
        assert_eq!(value(&answer, header::ACCESS_CONTROL_ALLOW_CREDENTIALS), None);
    }
    let set_up = env
        .http
        .get(format!("{}/sandbox/v1/faults", env.platform.url()))
        .header(header::ORIGIN, "https://app.example");
    assert_eq!(set_up.send().await.unwrap().status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_is_no_origin_is_not_registered() {
    let env = TestEnv::start().await;
    for bad in ["https://app.example/", "*", "null", "https://a\"b"] {
        let mut seed = TestEnv::seed_file(&env.jwks.url);
        seed["partner"]["allowedOrigins"] = json!([bad]);
        let (status, answer) = env
            .call(Method::POST, "/sandbox/v1/seed", None, Some(&seed))
            .await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{bad}");
        assert!(
            answer["message"].as_str().unwrap().contains("allowedOrigins"),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn every_answer_is_data_and_what_is_personal_is_kept_by_nobody() {
    let env = TestEnv::start().await;
    for (path, fault, kept) in [
        (ISSUE, None, false),
        ("/healthz", None, false),
        ("/nowhere", None, false),
        ("/healthz", Some("status=503"), false),
        (CATALOGUE, None, true),
    ] {
        let mut call = env.http.get(format!("{}{path}", env.platform.url()));
        if let Some(fault) = fault {
            call = call.header("x-air-fault", fault);
        }
        let answer = call.send().await.unwrap();
        assert_eq!(
            value(&answer, header::X_CONTENT_TYPE_OPTIONS),
            Some("nosniff"),
            "{path}"
        );
        assert_eq!(value(&answer, header::X_FRAME_OPTIONS), Some("DENY"), "{path}");
        assert_eq!(
            value(&answer, header::REFERRER_POLICY),
            Some("no-referrer"),
            "{path}"
        );
        let policy = value(&answer, header::CONTENT_SECURITY_POLICY).unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{path}");
        let cache = (!kept).then_some("no-store");
        assert_eq!(value(&answer, header::CACHE_CONTROL), cache, "{path}");
    }
}
