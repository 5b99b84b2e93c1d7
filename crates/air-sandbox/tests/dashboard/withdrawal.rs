//! A consent that was taken back releases nothing from then on.

use air_jwt::PartnerToken;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Browser, text, world};
use crate::support::{CAK, TestEnv, sealed};

/// A run to which the user agreed, by a call with a key.
struct Run {
    session: String,
    id: String,
    /// The hash of the credential.
    credential: String,
}

impl Run {
    async fn agreed(world: &TestEnv) -> Self {
        let session = world.login("ada@example.com").await;
        let mut order = world.order();
        order["cakPublicKey"] = json!(CAK);
        let token = world.token(PartnerToken::issue);
        let path = "/sandbox/v1/credentials/issue";
        let (status, issued) = world
            .call_as_user(Method::POST, path, &session, Some(&token), Some(&order))
            .await;
        assert_eq!(status, StatusCode::OK, "{issued}");
        let credential = issued["coreClaimHash"].as_str().unwrap().to_owned();
        world.wait_until_anchored(&credential).await;
        let token = world.token(PartnerToken::verify);
        let program = json!({ "programId": world.ids["verificationPrograms"]["adult"] });
        let path = "/sandbox/v1/verifications";
        let (status, started) = world
            .call_as_user(Method::POST, path, &session, Some(&token), Some(&program))
            .await;
        assert_eq!(status, StatusCode::OK, "{started}");
        let run = Self {
            session,
            id: started["verificationId"].as_str().unwrap().to_owned(),
            credential,
        };
        let (status, result) = run.agree(world).await;
        assert_eq!(status, StatusCode::OK, "{result}");
        assert_eq!(result["disclosedData"]["credentialSubject"]["age"], 21);
        run
    }

    async fn agree(&self, world: &TestEnv) -> (StatusCode, Value) {
        let path = format!("/sandbox/v1/verifications/{}/consent", self.id);
        let request = world
            .http
            .post(format!("{}{path}", world.platform.url()))
            .bearer_auth(&self.session)
            .header("idempotency-key", "consent-1")
            .json(&json!({ "decision": "agree" }));
        let response = request.send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }

    async fn deposit(&self, world: &TestEnv) -> (StatusCode, Value) {
        let path = format!("/sandbox/v1/packages?verificationId={}&name=n", self.id);
        let request = world
            .http
            .post(format!("{}{path}", world.platform.url()))
            .header("x-partner-auth", world.token(PartnerToken::issue))
            .body(sealed());
        let response = request.send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }

    async fn withdraw(&self, browser: &Browser) {
        let path = format!("/dashboard/verification/records/{}", self.id);
        browser.make(&path, &[("action", "withdraw")]).await;
    }
}

#[tokio::test]
async fn a_withdrawn_consent_ends_package_urls_at_once() {
    let (world, browser) = world().await;
    let run = Run::agreed(&world).await;
    let (status, package) = run.deposit(&world).await;
    assert_eq!(status, StatusCode::OK, "{package}");
    let url = text(&package, "/url");
    let get = async || world.http.get(url).send().await.unwrap().status();
    assert_eq!(get().await, StatusCode::OK);
    run.withdraw(&browser).await;
    assert_eq!(get().await, StatusCode::GONE);
    assert_eq!(run.deposit(&world).await.0, StatusCode::NOT_FOUND);

    let path = format!("/sandbox/v1/packages/{}/accesses", text(&package, "/packageId"));
    let token = world.token(PartnerToken::verify);
    let (_, log) = world.call(Method::GET, &path, Some(&token), None).await;
    assert_eq!(log["accesses"][0]["outcome"], "granted", "{log}");
    assert_eq!(log["accesses"][1]["outcome"], "withdrawn", "{log}");
}

#[tokio::test]
async fn a_withdrawn_consent_deletes_the_kept_answer_with_the_disclosed_data() {
    let (world, browser) = world().await;
    let run = Run::agreed(&world).await;
    let (status, again) = run.agree(&world).await;
    assert_eq!(
        status,
        StatusCode::OK,
        "a repeated call has the same answer: {again}"
    );
    run.withdraw(&browser).await;
    let (status, answer) = run.agree(&world).await;
    assert_eq!(status, StatusCode::CONFLICT, "{answer}");
    assert!(answer.get("disclosedData").is_none(), "{answer}");
}

#[tokio::test]
async fn after_a_withdrawal_the_verifier_learns_no_new_status() {
    let (world, browser) = world().await;
    let run = Run::agreed(&world).await;
    let token = world.token(PartnerToken::verify);
    let path = format!("/sandbox/v1/verifications/{}", run.id);
    let (_, before) = world.call(Method::GET, &path, Some(&token), None).await;
    assert_eq!(before["credentialStatus"], "valid", "{before}");
    run.withdraw(&browser).await;
    let (_, after) = world.call(Method::GET, &path, Some(&token), None).await;
    assert_eq!(after["consent"], "withdrawn", "{after}");
    assert!(after.get("credentialStatus").is_none(), "{after}");

    let revoke = format!("/dashboard/credentials/{}/revoke", run.credential);
    browser.make(&revoke, &[]).await;
    let path = "/sandbox/v1/events/log?type=credential.status_changed";
    let (_, log) = world.call(Method::GET, path, Some(&token), None).await;
    assert_eq!(log["events"], json!([]), "{log}");
}
