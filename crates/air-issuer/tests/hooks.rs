//! Claims from an HTTP hook.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use air_issuer::{CheckLevel, Clock, check};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use tokio::net::TcpListener;

use crate::support::{Issuer, TestEnv, open, verify};

const SECRET: &str = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz";

#[derive(Clone)]
struct FakeHook {
    url: String,
    response: Arc<Mutex<(u16, String)>>,
    questions: Arc<Mutex<Vec<Value>>>,
}

impl FakeHook {
    fn set_response(&self, status: u16, body: &Value) {
        *self.response.lock().unwrap() = (status, body.to_string());
    }
}

async fn respond(State(hook): State<FakeHook>, headers: HeaderMap, body: Bytes) -> Response {
    Webhook::new(SECRET)
        .unwrap()
        .verify(&body, &headers)
        .expect("the question is signed");
    hook.questions
        .lock()
        .unwrap()
        .push(serde_json::from_slice(&body).unwrap());
    let (status, body) = hook.response.lock().unwrap().clone();
    (StatusCode::from_u16(status).unwrap(), body).into_response()
}

async fn with_hook(claims: impl FnOnce(&str) -> String) -> (TestEnv, Issuer, FakeHook) {
    let env = TestEnv::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let hook = FakeHook {
        url: format!("http://{}/claims", listener.local_addr().unwrap()),
        response: Arc::new(Mutex::new((204, String::new()))),
        questions: Arc::default(),
    };
    let router = Router::new()
        .route("/claims", post(respond))
        .with_state(hook.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    std::fs::write(env.path().join("secret"), SECRET).unwrap();
    let issuer = env.try_start(env.config(&[], &claims(&hook.url))).await.unwrap();
    (env, issuer, hook)
}

fn one_schema(url: &str) -> String {
    format!(
        "schemas = [{{ id = \"member\", valid-for = \"90d\", document = \"member.json\", \
         claims = {{ hook = {{ url = \"{url}\", secret-file = \"secret\", timeout = \"10s\" }} }} }}]"
    )
}

#[tokio::test]
async fn the_hook_is_asked_for_a_purpose_and_decides_the_validity() {
    let (env, issuer, hook) = with_hook(one_schema).await;
    hook.set_response(
        200,
        &json!({"credentialSubject": {"givenName": "Ada", "level": 1}, "validFor": 7200}),
    );
    assert_eq!(issuer.post("/available-vc", &env.request()).await.status, 201);
    assert_eq!(issuer.issue(&env.request()).await, 201);
    let question = |purpose: &str| {
        json!({
            "userId": "12", "holderDID": "did:air:id:test:holder", "schemaId": "member", "purpose": purpose,
        })
    };
    assert_eq!(
        *hook.questions.lock().unwrap(),
        [question("preview"), question("issue")]
    );
    let credential = open(&env, &env.platform.stored()[0]);
    let verified = verify(&env, &issuer, &credential).await;
    assert_eq!(
        verified.expires_at(),
        Some(env.now().saturating_add(Duration::from_hours(2)))
    );
    assert_eq!(verified.claims()["vct"], "member", "the schema's id");

    hook.set_response(
        200,
        &json!({"credentialSubject": {"givenName": "Ada", "level": 2}, "expiresAt": "2020-01-01T00:00:00Z"}),
    );
    assert_eq!(
        issuer.issue(&env.request()).await,
        404,
        "what has ended is not issued"
    );
}

#[tokio::test]
async fn a_user_who_is_not_eligible_is_a_404_and_an_unavailable_hook_a_503() {
    let (env, issuer, hook) = with_hook(one_schema).await;
    hook.set_response(204, &Value::Null);
    assert_eq!(issuer.issue(&env.request()).await, 404);
    assert_eq!(
        issuer.post("/available-vc", &env.request()).await.json(),
        json!({"data": []})
    );
    for status in [429, 500, 503] {
        hook.set_response(status, &Value::Null);
        for path in ["/issue-vc", "/available-vc"] {
            let response = issuer.post(path, &env.request()).await;
            assert_eq!(
                (response.status, &response.json()["code"]),
                (503, &json!("claims_unavailable")),
                "{status}"
            );
            assert_eq!(response.header("retry-after"), "10");
        }
    }
}

#[tokio::test]
async fn an_answer_in_another_form_is_never_signed() {
    let (env, issuer, hook) = with_hook(one_schema).await;
    for (status, body) in [
        (200, json!({})),
        (200, json!({"credentialSubject": {"givenName": "Ada"}})),
        (
            200,
            json!({"credentialSubject": {"givenName": "Ada", "level": 1, "sub": "x"}}),
        ),
        (
            200,
            json!({"credentialSubject": {"givenName": "Ada", "level": 1}, "expiresAt": "tomorrow"}),
        ),
        (400, json!({})),
        (302, json!({})),
    ] {
        hook.set_response(status, &body);
        for path in ["/issue-vc", "/available-vc"] {
            let response = issuer.post(path, &env.request()).await;
            assert_eq!(
                (response.status, &response.json()["code"]),
                (500, &json!("claims_unusable")),
                "{path}: {body}"
            );
        }
    }
    assert!(env.platform.tries().is_empty());
}

#[tokio::test]
async fn a_source_that_fails_leaves_the_other_previews() {
    let (env, issuer, hook) = with_hook(|url| {
        let table = "[[schemas]]\nid = \"badge\"\nvalid-for = \"1h\"\ndocument = \"member.json\"\n\
                     claims = { table = \"members.csv\" }\n";
        let hook = format!(
            "[[schemas]]\nid = \"member\"\nvalid-for = \"1h\"\ndocument = \"member.json\"\n\
             claims = {{ hook = {{ url = \"{url}\", secret-file = \"secret\" }} }}\n"
        );
        format!("{hook}{table}")
    })
    .await;
    let mut request = env.request();
    request.as_object_mut().unwrap().remove("schemaId");
    for (status, response) in [(500, Value::Null), (200, json!({"credentialSubject": {}}))] {
        hook.set_response(status, &response);
        let response = issuer.post("/available-vc", &request).await;
        assert_eq!(response.status, 201);
        let body = response.json();
        assert_eq!(body["data"].as_array().unwrap().len(), 1);
        assert_eq!(body["data"][0]["schemaId"], "badge");
    }
}

#[tokio::test]
async fn the_check_names_no_user_and_finds_a_hook_that_is_away() {
    let (env, _issuer, hook) = with_hook(one_schema).await;
    for (url, level, code) in [
        (hook.url.clone(), CheckLevel::Good, None),
        (
            "http://127.0.0.1:1/claims".to_owned(),
            CheckLevel::Failed,
            Some("claims-unavailable"),
        ),
    ] {
        // The check of the DID document fails at once.
        let config = env.config(&[("ISSUER_ORIGIN", "http://localhost:1")], &one_schema(&url));
        let checks = check(&config, &Clock::system()).await.unwrap();
        let found = checks.iter().find(|check| check.name == "claims").unwrap();
        assert_eq!((found.level, found.code), (level, code), "{found:?}");
    }
    assert!(hook.questions.lock().unwrap().is_empty());
}
