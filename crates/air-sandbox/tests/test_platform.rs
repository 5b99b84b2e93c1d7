//! The platform for others' tests: each has its own, and nothing of it stays.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use std::{collections::HashSet, time::Duration};

use air_sandbox::{Clock, Error, TestPartner, TestPlatform, UnixTime};
use futures_util::future::join_all;
use reqwest::StatusCode;
use serde_json::{Value, json};

async fn issue(platform: &TestPlatform, by: &TestPartner, program: &str) -> (StatusCode, Value) {
    let order = by.order(program, json!({ "isOver18": true })).unwrap();
    let token = by.on_behalf_token("ada@example.com").unwrap();
    let sent = reqwest::Client::new()
        .post(format!("{}/v1/credentials/issue-on-behalf", platform.url()))
        .header("x-partner-auth", token.expose_secret())
        .json(&order)
        .send()
        .await
        .unwrap();
    (sent.status(), sent.json().await.unwrap())
}

#[tokio::test]
async fn many_run_beside_each_other() {
    let started = join_all((0..16).map(|_| TestPlatform::start())).await;
    let platforms: Vec<TestPlatform> = started.into_iter().map(Result::unwrap).collect();
    let urls: HashSet<String> = platforms.iter().map(TestPlatform::url).collect();
    assert_eq!(urls.len(), platforms.len());
    for issued in join_all(platforms.iter().map(|one| issue(one, one, "adult"))).await {
        assert_eq!(issued.0, StatusCode::OK, "{}", issued.1);
    }
}

#[tokio::test]
async fn what_is_dropped_is_gone() {
    let platform = TestPlatform::start().await.unwrap();
    let servers = [platform.url(), platform.jwks_url().to_owned()];
    drop(platform);
    for server in servers {
        let gone = async {
            while reqwest::get(&server).await.is_ok() {
                tokio::task::yield_now().await;
            }
        };
        assert!(
            tokio::time::timeout(Duration::from_secs(20), gone).await.is_ok(),
            "{server}"
        );
    }
}

#[tokio::test]
async fn tokens_have_the_time_of_the_platform() {
    let long_ago = TestPlatform::builder()
        .clock(Clock::new(|| UnixTime::from_secs(1_000_000_000)))
        .start();
    let platform = long_ago.await.unwrap();
    let (status, issued) = issue(&platform, &platform, "adult").await;
    assert_eq!(status, StatusCode::OK, "{issued}");
}

#[tokio::test]
async fn partners_are_strangers_to_each_other() {
    let platform = TestPlatform::start().await.unwrap();
    let other = platform.another_partner("Boreal").await.unwrap();
    assert_ne!(platform.partner_id(), other.partner_id());
    assert_eq!(issue(&platform, &other, "adult").await.0, StatusCode::OK);
    let mut order = platform.order("adult", json!({ "isOver18": true })).unwrap();
    order.issuer_did = other.issuer_did().clone();
    let token = other.on_behalf_token("ada@example.com").unwrap();
    let refused = reqwest::Client::new()
        .post(format!("{}/v1/credentials/issue-on-behalf", platform.url()))
        .header("x-partner-auth", token.expose_secret())
        .json(&order)
        .send();
    assert_eq!(refused.await.unwrap().status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn faults_begin_when_it_is_set_up() {
    let faults = json!({ "rules": [{ "path": "/", "kind": "status", "status": 503, "times": 1 }] });
    let faults = serde_json::from_value(faults).unwrap();
    let platform = TestPlatform::builder().faults(faults).start().await.unwrap();
    assert_eq!(
        issue(&platform, &platform, "adult").await.0,
        StatusCode::SERVICE_UNAVAILABLE
    );
    assert_eq!(issue(&platform, &platform, "adult").await.0, StatusCode::OK);
}

#[tokio::test]
async fn what_breaks_a_rule_is_said_by_name() {
    let said = |error: Result<TestPlatform, Error>| error.unwrap_err().to_string();
    let no_object = TestPlatform::builder().schema("x", json!([])).start().await;
    assert!(said(no_object).contains("`x`: a schema's form"));
    let no_schema = json!({ "title": "X", "attributes": [{ "name": "not a name", "type": "string" }] });
    let no_schema = TestPlatform::builder().schema("x", no_schema).start().await;
    assert!(said(no_schema).contains("`x`: "));
    let platform = TestPlatform::start().await.unwrap();
    let unknown = platform.order("nothing", json!({})).unwrap_err();
    assert!(matches!(unknown, Error::SetUp { .. }), "{unknown}");
    assert!(matches!(
        platform.on_behalf_token("no address"),
        Err(Error::Token(_))
    ));
}
