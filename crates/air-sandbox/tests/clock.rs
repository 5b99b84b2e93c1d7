//! The platform's clock goes forward on demand; what is agreed on with others' clocks does not go by it.

use std::collections::HashSet;

use air_jwt::PartnerToken;
use air_sandbox::{Data, UnixTime};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{self, CAK, NOW, TestEnv};

const CLOCK: &str = "/sandbox/v1/clock";
const DAY: u64 = 86_400;

async fn set(env: &TestEnv, request: Value) -> (StatusCode, Value) {
    env.call(Method::PUT, CLOCK, None, Some(&request)).await
}

/// A present user, as whom calls are made.
struct User<'w> {
    env: &'w TestEnv,
    session: String,
}

impl<'w> User<'w> {
    async fn login(env: &'w TestEnv) -> Self {
        let token = env.token(PartnerToken::issue);
        let login = json!({ "email": "ada@example.com" });
        let (status, session) = env
            .call(Method::POST, "/sandbox/v1/sessions", Some(&token), Some(&login))
            .await;
        assert_eq!(status, StatusCode::OK, "{session}");
        let session = session["sessionToken"].as_str().unwrap().to_owned();
        Self { env, session }
    }

    async fn post(&self, path: &str, token: &str, body: &Value) -> Value {
        let url = format!("{}/sandbox/v1/{path}", self.env.platform.url());
        let request = self.env.http.post(url).bearer_auth(&self.session);
        let response = request.header("x-partner-auth", token).json(body).send().await;
        let response = response.unwrap();
        let (status, answer) = (response.status(), response.json().await.unwrap());
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer
    }

    async fn issue(&self) -> String {
        let mut order = self.env.order();
        order["cakPublicKey"] = json!(CAK);
        let token = self.env.token(PartnerToken::issue);
        let issued = self.post("credentials/issue", &token, &order).await;
        issued["coreClaimHash"].as_str().unwrap().to_owned()
    }

    /// The result of a verification with the user's consent.
    async fn verify(&self) -> Value {
        let token = self.env.token(PartnerToken::verify);
        let program = json!({ "programId": self.env.ids["verificationPrograms"]["adult"] });
        let started = self.post("verifications", &token, &program).await;
        let id = started["verificationId"].as_str().unwrap();
        let agreed = json!({ "decision": "agree" });
        let result = self
            .post(&format!("verifications/{id}/consent"), &token, &agreed)
            .await;
        result["status"].clone()
    }
}

/// Waits for this many expiry events.
async fn expired(env: &TestEnv, count: usize) -> Vec<Value> {
    let found = async {
        loop {
            let path = "/sandbox/v1/events/log?type=credential.expired&limit=500";
            let (_, page) = env.call(Method::GET, path, None, None).await;
            let events = page["events"].as_array().unwrap();
            if events.len() >= count {
                return events.clone();
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_mins(1), found)
        .await
        .unwrap_or_else(|_| panic!("fewer than {count} credentials expired"))
}

#[tokio::test]
async fn an_expiry_is_told_once_and_of_what_was_revoked_never() {
    let env = TestEnv::start().await;
    let token = env.token(PartnerToken::issue);
    let mut hashes = Vec::new();
    // More than one change takes; the last two are revoked, one of them by its successor.
    for number in 0..132 {
        let email = format!("user{}@example.com", number.min(130));
        hashes.push(env.issue_on_behalf(&email, &env.order()).await);
    }
    let revoked = json!({ "coreClaimHash": hashes[131] });
    let (status, answer) = env
        .call(
            Method::POST,
            "/sandbox/v1/credentials/revoke",
            Some(&token),
            Some(&revoked),
        )
        .await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    set(&env, json!({ "advanceSeconds": 89 * DAY })).await;
    let later = env.issue_on_behalf("later@example.com", &env.order()).await;
    // The block that anchors this credential comes after the check for expired ones.
    env.wait_until_anchored(&later).await;
    env.wait_until_anchored(&env.issue_on_behalf("last@example.com", &env.order()).await)
        .await;
    assert!(expired(&env, 0).await.is_empty());
    set(&env, json!({ "advanceSeconds": DAY })).await;
    expired(&env, 130).await;
    // And never again, even if the clock is reset and set forward again.
    set(&env, json!({ "reset": {} })).await;
    set(&env, json!({ "advanceSeconds": 90 * DAY })).await;
    set(&env, json!({ "advanceSeconds": 89 * DAY })).await;
    expired(&env, 132).await;
    env.wait_until_anchored(&env.issue_on_behalf("next@example.com", &env.order()).await)
        .await;
    let told = expired(&env, 132).await;
    let told: Vec<_> = told
        .iter()
        .map(|event| event["data"]["coreClaimHash"].as_str().unwrap())
        .collect();
    let once: HashSet<_> = told.iter().collect();
    assert_eq!((told.len(), once.len()), (132, 132));
    assert!(told[130..].contains(&later.as_str()));
    assert!(hashes[..130].iter().all(|hash| told.contains(&hash.as_str())));
}

#[tokio::test]
async fn a_credential_expires_when_the_clock_is_advanced_and_tokens_do_not() {
    let env = TestEnv::start().await;
    let user = User::login(&env).await;
    let hash = user.issue().await;
    let first = env.wait_until_anchored(&hash).await;
    assert_eq!(user.verify().await, "Compliant");
    for (days, expected) in [(89, "Compliant"), (2, "Expired")] {
        let (status, clock) = set(&env, json!({ "advanceSeconds": days * DAY })).await;
        assert_eq!(status, StatusCode::OK, "{clock}");
        // The session and the Partner JWT are of the machine's time, and hold.
        assert_eq!(user.verify().await, expected);
    }
    let again = user.issue().await;
    let status = env.wait_until_anchored(&again).await;
    assert_eq!(status["issuanceDate"], "2027-04-16 08:00:00");
    assert_eq!(user.verify().await, "Compliant");
    // Of the first it was told once that it expired; the second is not due.
    let expired = expired(&env, 1).await;
    assert_eq!(expired[0]["partnerId"], env.ids["partnerId"]);
    assert_eq!(expired[0]["createdAt"], "2027-04-16 08:00:00");
    assert_eq!(expired[0]["data"]["coreClaimHash"], hash.as_str());
    assert_eq!(expired[0]["data"]["vcId"], first["vcId"]);
    assert_eq!(expired[0]["data"]["expirationDate"], "2027-04-15 08:00:00");
    let (_, page) = env
        .call(Method::GET, "/sandbox/v1/events/log?type=clock.", None, None)
        .await;
    assert_eq!(page["events"][1]["data"]["offsetSeconds"], 91 * DAY);
    assert_eq!(page["events"][1]["createdAt"], "2027-04-16 08:00:00");
}

#[tokio::test]
async fn the_clock_goes_forward_within_limits_or_is_reset() {
    let env = TestEnv::start().await;
    let (_, clock) = env.call(Method::GET, CLOCK, None, None).await;
    assert_eq!(clock, json!({ "now": "2027-01-15 08:00:00", "offsetSeconds": 0 }));
    let (status, _) = set(&env, json!({ "now": "2027-01-15 07:59:59" })).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "over on the machine, too");
    let (_, clock) = set(&env, json!({ "now": "2027-01-16 08:00:00" })).await;
    assert_eq!(clock["offsetSeconds"], DAY);
    for bad in [
        json!({ "now": "2027-01-16 07:59:59" }),
        json!({ "now": "2026-01-01 00:00:00" }),
        json!({ "advanceSeconds": 100 * 365 * DAY }),
        json!({ "advanceSeconds": u64::MAX }),
        json!({ "advanceSeconds": -1 }),
        json!({}),
    ] {
        let (status, _) = set(&env, bad.clone()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{bad}");
    }
    assert_eq!(
        env.call(Method::GET, CLOCK, None, None).await.1["offsetSeconds"],
        DAY
    );
    let (_, clock) = set(&env, json!({ "reset": {} })).await;
    assert_eq!(clock["offsetSeconds"], 0);
    let (status, _) = set(&env, json!({ "advanceSeconds": 100 * 365 * DAY })).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn the_clock_is_as_far_ahead_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let env = TestEnv::start_with(Data::Folder(folder.path().into())).await;
    set(&env, json!({ "advanceSeconds": DAY })).await;
    env.platform.stop().await.unwrap();
    let platform = support::start_platform(Data::Folder(folder.path().into())).await;
    let url = format!("{}{CLOCK}", platform.url());
    let clock: Value = env.http.get(&url).send().await.unwrap().json().await.unwrap();
    assert_eq!(
        clock,
        json!({ "now": "2027-01-16 08:00:00", "offsetSeconds": DAY })
    );
    let strange = env.http.get(&url).header("host", "rebound.example");
    assert_eq!(strange.send().await.unwrap().status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_kept_answer_is_forgotten_after_a_day_of_the_platforms() {
    let env = TestEnv::start().await;
    let issue = async || {
        let url = format!("{}/v1/credentials/issue-on-behalf", env.platform.url());
        let request = env.http.post(url).header("idempotency-key", "k");
        let token = env.on_behalf_token("ada@example.com");
        let response = request.header("x-partner-auth", token).json(&env.order());
        let response = response.send().await.unwrap();
        response.headers().contains_key("idempotent-replayed")
    };
    assert!(!issue().await);
    assert!(issue().await);
    set(&env, json!({ "advanceSeconds": DAY })).await;
    assert!(!issue().await);
}

#[tokio::test]
async fn status_lists_are_signed_by_the_machines_time() {
    let env = TestEnv::start().await;
    env.issue_on_behalf("ada@example.com", &env.order()).await;
    set(&env, json!({ "advanceSeconds": 30 * DAY })).await;
    let issuer = env.ids["issuerDid"].as_str().unwrap();
    let url = format!("{}/sandbox/v1/issuers/{issuer}/statuslist/1", env.platform.url());
    let token = env.http.get(url).send().await.unwrap().text().await.unwrap();
    let keys = format!("/sandbox/v1/issuers/{issuer}/jwks.json");
    let (_, keys) = env.call(Method::GET, &keys, None, None).await;
    let keys = air_jwt::JwkSet::from_slice(keys.to_string().as_bytes()).unwrap();
    let uri = format!("{}/sandbox/v1/issuers/{issuer}/statuslist/1", env.platform.url());
    air_vc::status::StatusListVerifier::new(issuer, &keys, uri)
        .verify(&token, UnixTime::from_secs(NOW))
        .unwrap();
}
