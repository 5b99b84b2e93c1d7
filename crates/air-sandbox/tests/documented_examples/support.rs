//! A platform, called as a program in any language calls it.

use air_sandbox::{TestPartner, TestPlatform};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::forms::{has_exactly, is_error, text};

pub(super) const ISSUE: &str = "/v1/credentials/issue-on-behalf";

pub(super) struct TestEnv {
    pub(super) platform: TestPlatform,
    pub(super) http: reqwest::Client,
}

impl TestEnv {
    pub(super) async fn start() -> Self {
        Self::of(TestPlatform::start().await.unwrap())
    }

    pub(super) fn of(platform: TestPlatform) -> Self {
        let http = reqwest::Client::new();
        Self { platform, http }
    }

    /// As a program in any language sends it: a URL, a header, a text.
    pub(super) async fn call(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<String>,
    ) -> (StatusCode, Value) {
        let url = format!("{}{path}", self.platform.url());
        let mut request = self.http.request(method, url);
        if let Some(token) = token {
            request = request.header("x-partner-auth", token);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "application/json", "{path}");
        (response.status(), response.json().await.unwrap())
    }

    pub(super) async fn issue(&self, body: String) -> (StatusCode, Value) {
        let token = Self::on_behalf(&self.platform, "ada@example.com");
        self.call(Method::POST, ISSUE, Some(&token), Some(body)).await
    }

    pub(super) async fn issued(&self, body: String) -> Value {
        let (status, answer) = self.issue(body).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer
    }

    pub(super) async fn status(&self, hash: &Value) -> Value {
        let path = format!("/v1/credentials/status?coreClaimHash={}", text(hash));
        let token = self.platform.issue_token().unwrap();
        let (status, answer) = self
            .call(Method::GET, &path, Some(token.expose_secret()), None)
            .await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer
    }

    /// `GET /catalog/…`: public, no token.
    pub(super) async fn catalogue(&self, path: &str) -> Value {
        let (status, answer) = self
            .call(Method::GET, &format!("/v1/catalog/{path}"), None, None)
            .await;
        assert_eq!(status, StatusCode::OK, "{path}: {answer}");
        has_exactly(&answer, &["code", "msg", "data", "timestamp"]);
        assert_eq!(
            (&answer["code"], &answer["msg"]),
            (&json!(80_000_000), &json!("success"))
        );
        // Milliseconds, and not seconds: after 2001 in the one, after 33658 in the other.
        assert!((1_000_000_000_000..1_000_000_000_000_000).contains(&answer["timestamp"].as_u64().unwrap()));
        answer["data"].clone()
    }

    pub(super) async fn refused(
        &self,
        code: u16,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<String>,
    ) -> String {
        let (status, answer) = self.call(method, path, token, body).await;
        is_error(code, status, &answer)
    }

    pub(super) fn on_behalf(by: &TestPartner, email: &str) -> String {
        by.on_behalf_token(email).unwrap().expose_secret().to_owned()
    }

    /// The documented body, with a subject and what comes after it.
    pub(super) fn body(&self, subject: &str, rest: &str) -> String {
        let (issuer, program) = (
            self.platform.issuer_did(),
            self.platform.program("sealed").unwrap(),
        );
        format!(
            r#"{{"issuerDid":"{issuer}","credentialId":"{program}","credentialSubject":{subject}{rest}}}"#
        )
    }
}
