//! Issuers' backends that the operator registers.

use air_sandbox::{Config, Platform};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::TestEnv;

const SECRET: &str = "the-API_KEY-of-the-backend";

fn backend() -> Value {
    json!({
        "did": "did:web:localhost%3A3000",
        "availableVcApiUrl": "http://localhost:3000/available-vc",
        "issueVcApiUrl": "http://localhost:3000/issue-vc",
        "revocationStatusApiUrl": "http://localhost:3000/revocation-status",
        "apiKey": SECRET,
    })
}

fn path(env: &TestEnv) -> String {
    format!("/sandbox/v1/partners/{}/issuer-backend", env.partner_id())
}

#[tokio::test]
async fn a_backend_is_registered_replaced_and_removed_without_showing_its_key() {
    let env = TestEnv::start().await;
    let path = path(&env);
    let (status, answer) = env.call(Method::GET, &path, None, None).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{answer}");
    assert!(
        answer["message"]
            .as_str()
            .unwrap()
            .contains("register one with PUT")
    );

    let mut expected = backend();
    expected.as_object_mut().unwrap().remove("apiKey");
    expected["partnerId"] = env.ids["partnerId"].clone();
    let (status, registered) = env.call(Method::PUT, &path, None, Some(&backend())).await;
    assert_eq!((status, &registered), (StatusCode::OK, &expected));
    let (_, shown) = env.call(Method::GET, &path, None, None).await;
    assert_eq!(shown, expected);

    let mut other = backend();
    other["did"] = json!("did:web:issuer.example");
    other.as_object_mut().unwrap().remove("revocationStatusApiUrl");
    let (_, replaced) = env.call(Method::PUT, &path, None, Some(&other)).await;
    assert_eq!(replaced["did"], "did:web:issuer.example");
    assert!(replaced.get("revocationStatusApiUrl").is_none(), "{replaced}");
    let (_, removed) = env.call(Method::DELETE, &path, None, None).await;
    assert_eq!(removed, replaced);
    let (status, _) = env.call(Method::DELETE, &path, None, None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);

    for path in [
        "/sandbox/v1/events/log",
        "/sandbox/v1/logs",
        "/sandbox/v1/partners",
    ] {
        let (_, answer) = env.call(Method::GET, path, None, None).await;
        assert!(!answer.to_string().contains(SECRET), "{path}: {answer}");
    }
}

#[tokio::test]
async fn mismatch_14_a_did_with_an_address_and_other_invalid_members_are_refused() {
    let env = TestEnv::start().await;
    for (member, value) in [
        ("did", json!("did:web:127.0.0.1%3A3000")),
        ("did", json!("did:key:zDn")),
        ("did", json!("https://issuer.example")),
        ("availableVcApiUrl", json!("http://issuer.example/available-vc")),
        ("availableVcApiUrl", json!("https://10.0.0.1/available-vc")),
        ("issueVcApiUrl", json!("https://169.254.169.254/issue-vc")),
        ("issueVcApiUrl", json!("file:///etc/passwd")),
        ("revocationStatusApiUrl", json!(env.platform.url())),
        ("apiKey", json!("")),
        ("apiKey", json!("two words")),
        ("apiKey", json!("k".repeat(257))),
    ] {
        let mut bad = backend();
        bad[member] = value.clone();
        let (status, answer) = env.call(Method::PUT, &path(&env), None, Some(&bad)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{member} {value}: {answer}");
        assert!(answer["message"].as_str().unwrap().contains(member), "{answer}");
        assert!(!answer.to_string().contains(SECRET), "{answer}");
    }
    let unknown = "/sandbox/v1/partners/7f01c42c-02cf-4325-96ed-ba034700f724/issuer-backend";
    let (status, answer) = env.call(Method::PUT, unknown, None, Some(&backend())).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{answer}");
}

#[tokio::test]
async fn a_platform_that_others_reach_calls_no_backend_on_its_own_machine() {
    let env = TestEnv::start().await;
    let mut config = Config::default();
    config.listen = ([0, 0, 0, 0], 0).into();
    let platform = Platform::start(config).await.unwrap();
    let url = format!("http://127.0.0.1:{}{}", platform.address().port(), path(&env));
    let mut public = backend();
    for member in ["availableVcApiUrl", "issueVcApiUrl", "revocationStatusApiUrl"] {
        public[member] = json!(format!("https://issuer.example/{member}"));
    }
    let by_did = public.clone();
    public["did"] = json!("did:web:issuer.example");
    for (body, expected) in [
        (backend(), StatusCode::BAD_REQUEST),
        (by_did, StatusCode::BAD_REQUEST),
        // The partner is another platform's.
        (public, StatusCode::NOT_FOUND),
    ] {
        let request = env.http.put(&url).json(&body);
        let request = request.bearer_auth(platform.admin_token().unwrap());
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), expected, "{body}");
    }
}

#[tokio::test]
async fn a_seed_registers_a_backend_once() {
    let env = TestEnv::start().await;
    let mut seed = json!({
        "partner": { "name": "Issuer", "jwksUrl": env.jwks.url },
        "issuerBackend": backend(),
    });
    let seeded = env.seed_again(&seed).await;
    assert_eq!(env.seed_again(&seed).await, seeded);
    let partner = seeded["partnerId"].as_str().unwrap();
    let path = format!("/sandbox/v1/partners/{partner}/issuer-backend");
    let (_, shown) = env.call(Method::GET, &path, None, None).await;
    assert_eq!(shown["did"], backend()["did"]);

    seed["issuerBackend"]["apiKey"] = json!("another-key");
    let (status, answer) = env
        .call(Method::POST, "/sandbox/v1/seed", None, Some(&seed))
        .await;
    assert_eq!(status, StatusCode::CONFLICT, "{answer}");
    let message = answer["message"].as_str().unwrap();
    assert!(message.contains("`apiKey`"), "{message}");
    assert!(
        !message.contains("another-key") && !message.contains(SECRET),
        "{message}"
    );
    seed["issuerBackend"]["did"] = json!("did:key:z");
    let (status, answer) = env
        .call(Method::POST, "/sandbox/v1/seed", None, Some(&seed))
        .await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
}
