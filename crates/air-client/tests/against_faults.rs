//! The client against a platform that fails on demand: what is issued is issued once.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use air_api::sandbox::Faults;
use air_client::{AirClient, Error};
use air_sandbox::TestPlatform;
use serde_json::{Value, json};

struct TestEnv {
    platform: TestPlatform,
    client: AirClient,
}

impl TestEnv {
    async fn start() -> Self {
        let platform = TestPlatform::start().await.unwrap();
        let client = AirClient::at(&platform.url()).unwrap();
        Self { platform, client }
    }

    /// With the platform's default for duplicates, which a second issuance would show by.
    async fn issue(&self) -> Result<String, Error> {
        let token = self.platform.on_behalf_token("ada@example.com").unwrap();
        let order = self.platform.order("adult", json!({ "isOver18": true })).unwrap();
        let issued = self.client.issue_on_behalf(token.expose_secret(), &order).await?;
        Ok(issued.core_claim_hash.to_string())
    }

    async fn set(&self, rules: &Value) {
        let faults: Faults = serde_json::from_value(json!({ "rules": rules })).unwrap();
        self.platform.set_faults(faults).await.unwrap();
    }

    /// How many credentials the platform has issued.
    async fn issued(&self) -> u64 {
        let program = self.platform.program("adult").unwrap();
        let details = self.client.catalogue().credential(program).await.unwrap();
        details.credential.traction.issuance_count
    }
}

#[tokio::test]
async fn whatever_goes_wrong_for_a_while_one_credential_is_issued() {
    let env = TestEnv::start().await;
    for (count, fault) in (1..).zip([
        json!({ "kind": "loseAnswer" }),
        json!({ "kind": "drop" }),
        json!({ "kind": "status", "status": 500 }),
        json!({ "kind": "status", "status": 429 }),
        json!({ "kind": "status", "status": 503, "retryAfter": 0 }),
        json!({ "kind": "delay", "milliseconds": 5 }),
        json!({ "kind": "slowBody", "milliseconds": 5 }),
    ]) {
        let mut rule = fault.clone();
        rule["path"] = json!("/v1/credentials/issue-on-behalf");
        rule["times"] = json!(2);
        env.set(&json!([rule])).await;
        let hash = env.issue().await;
        assert!(hash.is_ok(), "{fault}: {hash:?}");
        assert_eq!(env.issued().await, count, "{fault}");
        env.set(&json!([])).await;
    }
}

#[tokio::test]
async fn what_does_not_end_is_an_error_that_says_whether_to_ask_again() {
    let env = TestEnv::start().await;
    env.set(&json!([{ "path": "/v1", "kind": "status", "status": 500 }]))
        .await;
    let error = env.issue().await.unwrap_err();
    // Its key went with the call: another would have another.
    assert!(!error.is_safe_to_repeat(), "{error}");
    assert!(error.request_id().is_some());
    assert!(error.is_retryable());
}

#[tokio::test]
async fn keys_that_the_platform_cant_fetch_are_the_callers_to_publish_and_nothing_is_sent_twice() {
    let env = TestEnv::start().await;
    for fault in [
        json!({ "kind": "jwksOutage" }),
        json!({ "kind": "clockSkew", "seconds": 3600 }),
        json!({ "kind": "clockSkew", "seconds": -3600 }),
    ] {
        let mut rule = fault.clone();
        rule["path"] = json!("/v1/credentials/issue-on-behalf");
        rule["times"] = json!(1);
        env.set(&json!([rule])).await;
        let error = env.issue().await.unwrap_err();
        assert!(matches!(error, Error::NotAuthorised { .. }), "{fault}: {error}");
        assert!(error.is_safe_to_repeat(), "{fault}: a refusal changes nothing");
        assert!(error.request_id().is_some(), "{fault}");
        assert_eq!(env.issued().await, 0, "{fault}");
    }
    env.issue().await.unwrap();
    assert_eq!(env.issued().await, 1);
}
