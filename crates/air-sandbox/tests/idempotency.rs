//! Calls that count once, however often they are sent.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use air_sandbox::{Clock, Config, Data, Platform, UnixTime};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{self, NOW, TestEnv};

const ISSUE: &str = "/v1/credentials/issue-on-behalf";

/// Status, body, and whether it was said to be replayed.
async fn issue(env: &TestEnv, key: &str, email: &str, order: &Value) -> (StatusCode, Value, bool) {
    post(env, ISSUE, key, &env.on_behalf_token(email), order).await
}

async fn post(env: &TestEnv, path: &str, key: &str, token: &str, body: &Value) -> (StatusCode, Value, bool) {
    let response = env
        .http
        .post(format!("{}{path}", env.platform.url()))
        .header("x-partner-auth", token)
        .header("Idempotency-Key", key)
        .json(body)
        .send()
        .await
        .unwrap();
    let replayed = response.headers().get("idempotent-replayed").is_some();
    (response.status(), response.json().await.unwrap(), replayed)
}

/// The platform's own default revokes a good credential when a lost answer is asked for again.
#[tokio::test]
async fn the_same_call_under_the_same_key_gets_the_same_answer_and_revokes_nothing() {
    let env = TestEnv::start().await;
    let order = env.order();
    let (status, first, replayed) = issue(&env, "k1", "ada@example.com", &order).await;
    assert_eq!((status, replayed), (StatusCode::OK, false), "{first}");
    for _ in 0..3 {
        let again = issue(&env, "\"k1\"", "ada@example.com", &order).await;
        assert_eq!(again, (StatusCode::OK, first.clone(), true));
    }
    // It still holds: it is what a caller who doesn't want another gets.
    let mut ignore = order.clone();
    ignore["onDuplicate"] = json!("ignore");
    let held = issue(&env, "k2", "ada@example.com", &ignore).await;
    assert_eq!(held.1["coreClaimHash"], first["coreClaimHash"]);
    let (_, another, replayed) = issue(&env, "k3", "ada@example.com", &order).await;
    assert_ne!(another["coreClaimHash"], first["coreClaimHash"]);
    assert!(!replayed);
}

#[tokio::test]
async fn a_key_is_for_one_call() {
    let env = TestEnv::start().await;
    let order = env.order();
    issue(&env, "k", "ada@example.com", &order).await;
    let mut other = order.clone();
    other["credentialSubject"]["age"] = json!(22);
    let reused = issue(&env, "k", "ada@example.com", &other).await;
    assert_eq!(reused.0, StatusCode::UNPROCESSABLE_ENTITY, "another body");
    assert_eq!(reused.1["error"], 422);
    // The recipient is in the token.
    let reused = issue(&env, "k", "bob@example.com", &order).await;
    assert_eq!(reused.0, StatusCode::UNPROCESSABLE_ENTITY, "another recipient");
    for bad in ["", "two words", &"k".repeat(256)] {
        let refused = issue(&env, bad, "ada@example.com", &order).await;
        assert_eq!(refused.0, StatusCode::BAD_REQUEST, "{bad}");
    }
}

#[tokio::test]
async fn twins_that_come_at_once_are_one() {
    let folder = tempfile::tempdir().unwrap();
    let env = Arc::new(TestEnv::start_with(Data::Folder(folder.path().into())).await);
    let order = Arc::new(env.order());
    let twins: Vec<_> = (0..40)
        .map(|number| {
            let (env, order) = (env.clone(), order.clone());
            tokio::spawn(async move {
                let key = format!("k{}", number % 2);
                let email = format!("user{}@example.com", number % 2);
                issue(&env, &key, &email, &order).await
            })
        })
        .collect();
    let mut answers = Vec::new();
    for twin in twins {
        answers.push(twin.await.unwrap());
    }
    for (number, answer) in answers.iter().enumerate() {
        assert_eq!(answer.0, StatusCode::OK);
        assert_eq!(answer.1, answers[number % 2].1);
    }
    assert_ne!(answers[0].1, answers[1].1);
    let first = answers.iter().filter(|(_, _, replayed)| !replayed);
    assert_eq!(first.count(), 2);
}

#[tokio::test]
async fn a_refusal_changes_nothing_and_leaves_the_key_free() {
    let env = TestEnv::start().await;
    let mut wrong = env.order();
    wrong["credentialSubject"]["age"] = json!("old");
    let refused = issue(&env, "k", "ada@example.com", &wrong).await;
    assert_eq!(refused.0, StatusCode::BAD_REQUEST);
    let (status, _, replayed) = issue(&env, "k", "ada@example.com", &env.order()).await;
    assert_eq!((status, replayed), (StatusCode::OK, false));
}

#[tokio::test]
async fn partners_do_not_share_idempotency_keys() {
    let env = TestEnv::start().await;
    let first = issue(&env, "k", "ada@example.com", &env.order()).await;
    let ids = env.seed(&TestEnv::seed_file(&env.jwks.url)).await;
    let mut order = env.order();
    order["issuerDid"] = ids["issuerDid"].clone();
    order["credentialId"] = ids["programs"]["adult"].clone();
    let partner: air_jwt::PartnerId = ids["partnerId"].as_str().unwrap().parse().unwrap();
    let token = air_jwt::PartnerToken::issue_on_behalf(partner, "ada@example.com".parse().unwrap());
    let token = support::sign(token, &env.key);
    let (status, second, replayed) = post(&env, ISSUE, "k", &token, &order).await;
    assert_eq!((status, replayed), (StatusCode::OK, false), "{second}");
    assert_ne!(second["coreClaimHash"], first.1["coreClaimHash"]);
}

#[tokio::test]
async fn set_up_counts_once_too() {
    let env = TestEnv::start().await;
    let mut seed = TestEnv::seed_file(&env.jwks.url);
    seed["partner"]["name"] = json!("Another");
    let (_, first, _) = post(&env, "/sandbox/v1/seed", "k", "", &seed).await;
    let (_, again, replayed) = post(&env, "/sandbox/v1/seed", "k", "", &seed).await;
    assert!(replayed);
    assert_eq!(first, again);
    let form = json!({ "title": "Other", "attributes": [{ "name": "a", "type": "string" }] });
    let schema = json!({ "partnerId": first["partnerId"], "schema": form });
    let other = post(&env, "/sandbox/v1/schemas", "k", "", &schema).await;
    assert_eq!(other.0, StatusCode::UNPROCESSABLE_ENTITY, "a key is for one path");
}

#[tokio::test]
async fn an_answer_is_kept_for_a_day_over_restarts_and_no_longer() {
    let folder = tempfile::tempdir().unwrap();
    let time = Arc::new(AtomicU64::new(NOW));
    let start = async || {
        let time = time.clone();
        let mut config = Config::default();
        config.data = support::data(Data::Folder(folder.path().into())).await;
        config.clock = Clock::new(move || UnixTime::from_secs(time.load(Ordering::SeqCst)));
        Platform::start(config).await.unwrap()
    };
    let mut env = TestEnv::start_with(Data::Memory).await;
    env.platform = start().await;
    env.ids = env.seed(&TestEnv::seed_file(&env.jwks.url)).await;
    let order = env.order();
    let ask = async |env: &TestEnv| {
        let token =
            air_jwt::PartnerToken::issue_on_behalf(env.partner_id(), "ada@example.com".parse().unwrap());
        let now = UnixTime::from_secs(time.load(Ordering::SeqCst));
        let token = token.sign(&env.key, now).unwrap();
        post(env, ISSUE, "k", token.expose_secret(), &order).await
    };
    let first = ask(&env).await;
    assert_eq!(first.0, StatusCode::OK, "{}", first.1);

    time.store(NOW + 86_399, Ordering::SeqCst);
    let stopped = std::mem::replace(
        &mut env.platform,
        Platform::start(Config::default()).await.unwrap(),
    );
    stopped.stop().await.unwrap();
    env.platform = start().await;
    let again = ask(&env).await;
    assert_eq!((again.1, again.2), (first.1.clone(), true));

    time.store(NOW + 86_400, Ordering::SeqCst);
    let later = ask(&env).await;
    assert!(!later.2);
    assert_ne!(later.1["coreClaimHash"], first.1["coreClaimHash"]);
}

/// Each call once more under its key: the same answer, marked as such.
#[tokio::test]
async fn each_kind_of_call_is_answered_again() {
    let env = TestEnv::start().await;
    let (ids, issue_token) = (&env.ids, env.token(air_jwt::PartnerToken::issue));
    let verify_token = env.token(air_jwt::PartnerToken::verify);
    let login = json!({ "email": "ada@example.com" });
    let (_, session) = env
        .call(
            Method::POST,
            "/sandbox/v1/sessions",
            Some(&issue_token),
            Some(&login),
        )
        .await;
    let session = session["sessionToken"].as_str().unwrap();
    let twice = async |path: &str, token: &str, body: Vec<u8>| {
        let mut answers = Vec::new();
        for _ in 0..2 {
            let response = env
                .http
                .post(format!("{}{path}", env.platform.url()))
                .header("x-partner-auth", token)
                .header("idempotency-key", "k-".to_owned() + &path.replace('/', "."))
                .header("content-type", "application/json")
                .bearer_auth(session)
                .body(body.clone())
                .send()
                .await
                .unwrap();
            let replayed = response.headers().contains_key("idempotent-replayed");
            let status = response.status();
            let answer: Value = response.json().await.unwrap();
            assert_eq!(status, StatusCode::OK, "{path}: {answer}");
            answers.push((answer, replayed));
        }
        let (again, first) = (answers.pop().unwrap(), answers.pop().unwrap());
        assert_eq!((&first.0, first.1, again.1), (&again.0, false, true), "{path}");
        first.0
    };
    let of = |value: Value| value.to_string().into_bytes();
    let partner = json!({ "name": "N", "jwksUrl": env.jwks.url });
    twice("/sandbox/v1/partners", "", of(partner)).await;
    let form = json!({ "title": "T", "attributes": [{ "name": "a", "type": "string" }] });
    let schema = json!({ "partnerId": ids["partnerId"], "schema": form });
    twice("/sandbox/v1/schemas", "", of(schema)).await;
    let program = json!({ "partnerId": ids["partnerId"], "schemaId": ids["schemas"]["adult"],
        "cak": false, "expiration": "90d", "publish": true });
    twice("/sandbox/v1/programs", "", of(program)).await;
    let program = json!({ "partnerId": ids["partnerId"], "schemaId": ids["schemas"]["adult"],
        "conditions": [], "requireCak": false });
    twice("/sandbox/v1/verification-programs", "", of(program)).await;

    let mut order = env.order();
    order["cakPublicKey"] = json!(support::CAK);
    let issued = twice("/sandbox/v1/credentials/issue", &issue_token, of(order)).await;
    let hash = issued["coreClaimHash"].as_str().unwrap();
    let object = format!("/sandbox/v1/dstorage/objects?coreClaimHash={hash}&name=n");
    twice(&object, &issue_token, support::sealed()).await;
    env.wait_until_anchored(hash).await;
    let start = json!({ "programId": ids["verificationPrograms"]["adult"] });
    let started = twice("/sandbox/v1/verifications", &verify_token, of(start)).await;
    let consent = format!(
        "/sandbox/v1/verifications/{}/consent",
        started["verificationId"].as_str().unwrap()
    );
    let result = twice(&consent, &verify_token, of(json!({ "decision": "agree" }))).await;
    assert_eq!(result["status"], "Compliant");
    let revoke = json!({ "coreClaimHash": hash });
    twice("/sandbox/v1/credentials/revoke", &issue_token, of(revoke)).await;
    let callback = json!({ "callbackUrl": "https://issuer.example/hook" });
    twice("/v1/issuer/modify", &issue_token, of(callback)).await;
    let initialize = json!({ "issuerDid": ids["issuerDid"] });
    twice("/v1/verifier/verify/initialize", &verify_token, of(initialize)).await;
}

#[tokio::test]
async fn every_call_that_changes_something_takes_a_key() {
    let env = TestEnv::start().await;
    let changing = [
        (Method::POST, "/v1/credentials/issue-on-behalf"),
        (Method::POST, "/v1/issuer/modify"),
        (Method::POST, "/v1/verifier/verify/initialize"),
        (Method::POST, "/sandbox/v1/seed"),
        (Method::POST, "/sandbox/v1/partners"),
        (Method::POST, "/sandbox/v1/schemas"),
        (Method::POST, "/sandbox/v1/programs"),
        (Method::POST, "/sandbox/v1/verification-programs"),
        (Method::POST, "/sandbox/v1/credentials/issue"),
        (Method::POST, "/sandbox/v1/credentials/revoke"),
        (Method::POST, "/sandbox/v1/verifications"),
        (Method::POST, "/sandbox/v1/verifications/v/consent"),
        (
            Method::POST,
            "/sandbox/v1/dstorage/objects?name=n&coreClaimHash=0000000000000000000000000000000000000000000000000000000000000000",
        ),
    ];
    let session = env.login("ada@example.com").await;
    let both = json!({ "partnerId": env.partner_id().as_str(), "scope": "issue verify", "iat": NOW, "exp": NOW + 300 });
    let token = air_jwt::jws::sign(&env.key, "JWT", &both);
    for (method, path) in changing {
        let url = format!("{}{path}", env.platform.url());
        let request = env
            .http
            .request(method, url)
            .header("x-partner-auth", &token)
            .bearer_auth(&session)
            .header("idempotency-key", "not a key");
        let answer: Value = request.body("{}").send().await.unwrap().json().await.unwrap();
        let message = answer["message"].as_str().unwrap();
        assert!(message.starts_with("Idempotency-Key:"), "{path}: {message}");
    }
}
