//! A consent that was taken back releases nothing from then on.

use air_jwt::PartnerToken;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Browser, test_env, text};
use crate::support::{CAK, TestEnv, sealed};

/// A run to which the user agreed, by a call with a key.
struct Run {
    session: String,
    id: String,
    /// The hash of the credential.
    credential: String,
}

impl Run {
    async fn agreed(env: &TestEnv) -> Self {
        let session = env.login("ada@example.com").await;
        let mut order = env.order();
        order["cakPublicKey"] = json!(CAK);
        let token = env.token(PartnerToken::issue);
        let path = "/sandbox/v1/credentials/issue";
        let (status, issued) = env
            .call_as_user(Method::POST, path, &session, Some(&token), Some(&order))
            .await;
        assert_eq!(status, StatusCode::OK, "{issued}");
        let credential = issued["coreClaimHash"].as_str().unwrap().to_owned();
        env.wait_until_anchored(&credential).await;
        let token = env.token(PartnerToken::verify);
        let program = json!({ "programId": env.ids["verificationPrograms"]["adult"] });
        let path = "/sandbox/v1/verifications";
        let (status, started) = env
            .call_as_user(Method::POST, path, &session, Some(&token), Some(&program))
            .await;
        assert_eq!(status, StatusCode::OK, "{started}");
        let run = Self {
            session,
            id: started["verificationId"].as_str().unwrap().to_owned(),
            credential,
        };
        let (status, result) = run.agree(env).await;
        assert_eq!(status, StatusCode::OK, "{result}");
        assert_eq!(result["disclosedData"]["credentialSubject"]["age"], 21);
        run
    }

    async fn agree(&self, env: &TestEnv) -> (StatusCode, Value) {
        let path = format!("/sandbox/v1/verifications/{}/consent", self.id);
        let request = env
            .http
            .post(format!("{}{path}", env.platform.url()))
            .bearer_auth(&self.session)
            .header("idempotency-key", "consent-1")
            .json(&json!({ "decision": "agree" }));
        let response = request.send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }

    async fn deposit(&self, env: &TestEnv) -> (StatusCode, Value) {
        let path = format!("/sandbox/v1/packages?verificationId={}&name=n", self.id);
        let request = env
            .http
            .post(format!("{}{path}", env.platform.url()))
            .header("x-partner-auth", env.token(PartnerToken::issue))
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
    let (env, browser) = test_env().await;
    let run = Run::agreed(&env).await;
    let (status, package) = run.deposit(&env).await;
    assert_eq!(status, StatusCode::OK, "{package}");
    let url = text(&package, "/url");
    let get = async || env.http.get(url).send().await.unwrap().status();
    assert_eq!(get().await, StatusCode::OK);
    run.withdraw(&browser).await;
    assert_eq!(get().await, StatusCode::GONE);
    assert_eq!(run.deposit(&env).await.0, StatusCode::NOT_FOUND);

    let path = format!("/sandbox/v1/packages/{}/accesses", text(&package, "/packageId"));
    let token = env.token(PartnerToken::verify);
    let (_, log) = env.call(Method::GET, &path, Some(&token), None).await;
    assert_eq!(log["accesses"][0]["outcome"], "granted", "{log}");
    assert_eq!(log["accesses"][1]["outcome"], "withdrawn", "{log}");
}

#[tokio::test]
async fn a_withdrawn_consent_deletes_the_kept_answer_with_the_disclosed_data() {
    let (env, browser) = test_env().await;
    let run = Run::agreed(&env).await;
    let (status, again) = run.agree(&env).await;
    assert_eq!(
        status,
        StatusCode::OK,
        "a repeated call has the same answer: {again}"
    );
    run.withdraw(&browser).await;
    let (status, answer) = run.agree(&env).await;
    assert_eq!(status, StatusCode::CONFLICT, "{answer}");
    assert!(answer.get("disclosedData").is_none(), "{answer}");
}

#[tokio::test]
async fn after_a_withdrawal_the_verifier_learns_no_new_status() {
    let (env, browser) = test_env().await;
    let run = Run::agreed(&env).await;
    let token = env.token(PartnerToken::verify);
    let path = format!("/sandbox/v1/verifications/{}", run.id);
    let (_, before) = env.call(Method::GET, &path, Some(&token), None).await;
    assert_eq!(before["credentialStatus"], "valid", "{before}");
    run.withdraw(&browser).await;
    let (_, after) = env.call(Method::GET, &path, Some(&token), None).await;
    assert_eq!(after["consent"], "withdrawn", "{after}");
    assert!(after.get("credentialStatus").is_none(), "{after}");

    let revoke = format!("/dashboard/credentials/{}/revoke", run.credential);
    browser.make(&revoke, &[]).await;
    let path = "/sandbox/v1/events/log?type=credential.status_changed";
    let (_, log) = env.call(Method::GET, path, Some(&token), None).await;
    assert_eq!(log["events"], json!([]), "{log}");
}
