//! The request log: kept for a while, without secrets, and shown to the partners that it concerns.

use std::time::Duration;

use air_jwt::PartnerToken;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{TestEnv, sign};

const LOGS: &str = "/sandbox/v1/logs";

async fn requests(env: &TestEnv, query: &str, token: Option<&str>) -> Vec<Value> {
    let (status, log) = env
        .call(Method::GET, &format!("{LOGS}{query}"), token, None)
        .await;
    assert_eq!(status, StatusCode::OK, "{log}");
    log["requests"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_request_is_kept_with_its_template_its_caller_and_what_to_do() {
    let env = TestEnv::start().await;
    env.issue_on_behalf("ada@example.com", &env.order()).await;
    let mut wrong = env.order();
    wrong["credentialSubject"]["favouriteColour"] = json!("teal");
    let token = env.on_behalf_token("bob@example.com");
    let path = "/v1/credentials/issue-on-behalf";
    let (_, refused) = env.call(Method::POST, path, Some(&token), Some(&wrong)).await;
    let program = env.ids["programs"]["adult"].as_str().unwrap();
    let shown = format!("/sandbox/v1/programs/{program}");
    env.call(Method::GET, &shown, None, None).await;
    env.call(Method::GET, "/ada@example.com", None, None).await;

    let all = requests(&env, "", None).await;
    let told: Vec<(&Value, &Value, &Value)> = all
        .iter()
        .map(|request| (&request["path"], &request["status"], &request["partnerId"]))
        .collect();
    let (mine, nobody, none) = (&env.ids["partnerId"], &Value::Null, &Value::Null);
    assert_eq!(
        told,
        [
            (&json!("/sandbox/v1/seed"), &json!(200), nobody),
            (&json!(path), &json!(200), mine),
            (&json!(path), &json!(400), mine),
            (&json!("/sandbox/v1/programs/{program}"), &json!(200), nobody),
            (none, &json!(404), nobody),
        ]
    );
    assert_eq!(all[2]["message"], refused["message"]);
    assert_eq!(all[1]["method"], "POST");
    assert!(all[1]["message"].is_null());
    assert_eq!(all[1]["requestId"].as_str().unwrap().len(), 36);
    let failed = requests(&env, "?failed=true", None).await;
    assert_eq!(failed, [all[2].clone(), all[4].clone()]);
    assert_eq!(requests(&env, "?after=3", None).await, all[3..]);
    let text = serde_json::to_string(&all).unwrap();
    for secret in ["example.com", "teal", &token, program] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}

#[tokio::test]
async fn a_partner_sees_its_own_requests() {
    let env = TestEnv::start().await;
    let other = env.seed(&TestEnv::seed_file(&env.jwks.url)).await;
    let other = other["partnerId"].as_str().unwrap().parse().unwrap();
    let token = sign(PartnerToken::issue(other), &env.key);
    env.issue_on_behalf("ada@example.com", &env.order()).await;
    assert!(requests(&env, "", Some(&token)).await.is_empty());
    // One that claims to be the other's, with a key that is not: that is nobody's.
    let forged = sign(
        PartnerToken::issue(env.partner_id()),
        &air_jwt::SigningKey::generate(&mut rand::rng()),
    );
    env.call(Method::GET, "/sandbox/v1/callbacks", Some(&forged), None)
        .await;
    let own = requests(&env, "", Some(&env.token(PartnerToken::issue))).await;
    assert_eq!(own.len(), 1, "{own:?}");
    assert_eq!(own[0]["path"], "/v1/credentials/issue-on-behalf");
    for path in [LOGS, "/sandbox/v1/logs/follow"] {
        let url = format!("{}{path}", env.platform.url());
        let strange = env.http.get(url).header("host", "rebound.example");
        assert_eq!(strange.send().await.unwrap().status(), StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn requests_are_followed_as_they_are_answered() {
    let env = TestEnv::start().await;
    let url = format!("{}/sandbox/v1/logs/follow?failed=true", env.platform.url());
    let mut stream = env.http.get(url).send().await.unwrap();
    env.call(Method::GET, "/readyz", None, None).await;
    env.call(Method::GET, "/sandbox/v1/callbacks", None, None).await;
    let mut text = String::new();
    let read = async {
        while !text.contains("\n\n") {
            let chunk = stream.chunk().await.unwrap().unwrap();
            text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    };
    tokio::time::timeout(Duration::from_mins(1), read).await.unwrap();
    let request: Value = serde_json::from_str(text.trim().strip_prefix("data: ").unwrap()).unwrap();
    assert_eq!(request["path"], "/sandbox/v1/callbacks");
    assert_eq!(request["status"], 401);
    assert!(
        request["message"]
            .as_str()
            .unwrap()
            .contains("send a Partner JWT"),
        "{request}"
    );
}

#[tokio::test]
async fn only_probes_from_this_machine_are_left_out() {
    let env = TestEnv::start().await;
    let url = format!("{}/sandbox/v1/programs/unknown", env.platform.url());
    let before = requests(&env, "", None).await.len();
    for forwarded in [None, Some("203.0.113.7")] {
        let mut probe = env.http.get(&url).header("x-air-probe", "doctor");
        if let Some(address) = forwarded {
            probe = probe.header("x-forwarded-for", address);
        }
        probe.send().await.unwrap();
        let added = requests(&env, "", None).await.len() - before;
        assert_eq!(added, usize::from(forwarded.is_some()), "{forwarded:?}");
    }
}
