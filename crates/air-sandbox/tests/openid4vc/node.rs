//! Wallets of npm `@openid4vc`, jose, `@sd-jwt` and `@owf/mdoc` against a running platform. The packages are those of
//! crates/air-oid4vc/tests/node; `cargo xtask oid4vc` installs them.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use air_api::sandbox::{CreateOffer, CreatePresentationRequest, CredentialFormat};
use air_sandbox::TestPlatform;
use reqwest::header::HeaderName;
use serde_json::{Value, json};

const AUTH: HeaderName = HeaderName::from_static("x-partner-auth");
const OFFERS: &str = "/sandbox/v1/offers";
const REQUESTS: &str = "/sandbox/v1/presentation-requests";

/// Runs a wallet.
async fn ask(script: &'static str, question: Value) -> Value {
    let folder = format!("{}/../air-oid4vc/tests/node", env!("CARGO_MANIFEST_DIR"));
    let ended = tokio::task::spawn_blocking(move || {
        let mut child = Command::new("node")
            .arg(script)
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(question.to_string().as_bytes()).unwrap();
        drop(stdin);
        child.wait_with_output().unwrap()
    });
    let ended = ended.await.unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{said}");
    serde_json::from_slice(&ended.stdout).unwrap()
}

/// A platform, and an offer and a request that a wallet answers.
struct WalletEnv {
    platform: TestPlatform,
    http: reqwest::Client,
    offer: Value,
    request: Value,
}

impl WalletEnv {
    async fn start() -> Self {
        Self {
            platform: TestPlatform::start().await.unwrap(),
            http: reqwest::Client::new(),
            offer: Value::Null,
            request: Value::Null,
        }
    }

    async fn call(&self, path: &str, token: &str, body: Value) -> Value {
        let url = format!("{}{path}", self.platform.url());
        let request = self.http.post(url).header(AUTH, token);
        let response = request.json(&body).send().await.unwrap();
        let status = response.status();
        let answer = response.json().await.unwrap();
        assert!(status.is_success(), "{status}: {answer}");
        answer
    }

    /// Makes a new offer and a new request.
    async fn prepare(&mut self, format: CredentialFormat, encrypted: bool) {
        let offer = CreateOffer {
            issuer_did: self.platform.issuer_did().clone(),
            program: self.platform.program("adult").unwrap().clone(),
            format,
            credential_subject: json!({ "isOver18": true }).as_object().unwrap().clone(),
            on_duplicate: air_api::OnDuplicate::default(),
            tx_code: true,
            sign_in: false,
            expires_in: None,
        };
        let ids = serde_json::to_value(self.platform.ids()).unwrap();
        let program_id = ids["verificationPrograms"]["adult"].as_str().unwrap();
        let request = CreatePresentationRequest {
            program_id: program_id.parse().unwrap(),
            formats: vec![format],
            encrypted,
            expires_in: None,
            redirect_uri: None,
        };
        let issue = self.platform.issue_token().unwrap();
        self.offer = self.call(OFFERS, issue.expose_secret(), json!(offer)).await;
        let verify = self.platform.verify_token().unwrap();
        self.request = self.call(REQUESTS, verify.expose_secret(), json!(request)).await;
    }

    fn question(&self) -> Value {
        json!({
            "offer": self.offer["url"], "txCode": self.offer["txCode"], "count": 3, "request": self.request["url"],
        })
    }

    async fn get(&self, path: &str, token: &str) -> Value {
        let request = self.http.get(format!("{}{path}", self.platform.url()));
        let response = request.header(AUTH, token).send().await.unwrap();
        response.json().await.unwrap()
    }

    /// Checks that the platform has issued and verified.
    async fn assert_done(&self) {
        let verify = self.platform.verify_token().unwrap();
        let id = self.request["requestId"].as_str().unwrap();
        let status = self
            .get(&format!("{REQUESTS}/{id}"), verify.expose_secret())
            .await;
        assert_eq!(status["state"], "presented", "{status}");
        // A block may not have been made yet.
        let result = status["result"]["status"].as_str().unwrap();
        assert!(["Compliant", "Pending"].contains(&result), "{status}");
        let issue = self.platform.issue_token().unwrap();
        let id = self.offer["offerId"].as_str().unwrap();
        let status = self.get(&format!("{OFFERS}/{id}"), issue.expose_secret()).await;
        assert_eq!(status["notification"], "credential_accepted", "{status}");
    }
}

fn mode(encrypted: bool) -> &'static str {
    if encrypted {
        "direct_post.jwt"
    } else {
        "direct_post"
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
#[ignore = "needs Node and the packages of crates/air-oid4vc/tests/node; `cargo xtask oid4vc` runs it"]
async fn node_wallet_receives_and_presents() {
    let mut env = WalletEnv::start().await;
    for encrypted in [true, false] {
        env.prepare(CredentialFormat::SdJwtVc, encrypted).await;
        let answer = ask("platform.mjs", env.question()).await;
        assert_eq!(answer["tokenType"], "DPoP");
        assert_eq!(answer["credentials"].as_array().unwrap().len(), 3);
        assert_eq!(answer["verified"]["isOver18"], true);
        assert_eq!(answer["canBeSatisfied"], true);
        assert_eq!(answer["version"], 100, "OpenID4VP 1.0");
        assert_eq!(answer["clientIdPrefix"], "x509_hash");
        assert_eq!(answer["responseMode"], mode(encrypted));
        assert_eq!(answer["status"], 200, "{answer}");
        env.assert_done().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
#[ignore = "needs Node and the packages of crates/air-oid4vc/tests/node; `cargo xtask oid4vc` runs it"]
async fn node_wallet_receives_and_presents_mdocs() {
    let mut env = WalletEnv::start().await;
    let authority = format!("{}/sandbox/v1/wallet-authority.pem", env.platform.url());
    let authority = env.http.get(authority).send().await.unwrap();
    let authority = authority.text().await.unwrap();
    for encrypted in [true, false] {
        env.prepare(CredentialFormat::Mdoc, encrypted).await;
        let mut question = env.question();
        question["authority"] = authority.as_str().into();
        let answer = ask("platform_mdoc.mjs", question).await;
        assert_eq!(answer["tokenType"], "DPoP");
        assert_eq!(answer["credentials"].as_array().unwrap().len(), 3);
        assert_eq!(answer["claims"], json!({ "isOver18": true }));
        assert_eq!(answer["canBeSatisfied"], true);
        assert_eq!(answer["responseMode"], mode(encrypted));
        assert_eq!(answer["status"], 200, "{answer}");
        env.assert_done().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
#[ignore = "needs Node and the packages of crates/air-oid4vc/tests/node; `cargo xtask oid4vc` runs it"]
async fn node_wallet_receives_with_the_users_consent() {
    let platform = TestPlatform::start().await.unwrap();
    let http = reqwest::Client::new();
    let offer = CreateOffer {
        issuer_did: platform.issuer_did().clone(),
        program: platform.program("adult").unwrap().clone(),
        format: CredentialFormat::SdJwtVc,
        credential_subject: json!({ "isOver18": true }).as_object().unwrap().clone(),
        on_duplicate: air_api::OnDuplicate::default(),
        tx_code: false,
        sign_in: true,
        expires_in: None,
    };
    for decision in ["agree", "refuse"] {
        let token = platform.issue_token().unwrap();
        let request = http.post(format!("{}/sandbox/v1/offers", platform.url()));
        let request = request.header(AUTH, token.expose_secret()).json(&offer);
        let created: Value = request.send().await.unwrap().json().await.unwrap();
        let question = json!({
            "offer": created["url"], "clientId": "https://wallet.example", "email": "ada@example.com",
            "decision": decision,
        });
        let answer = ask("code_flow.mjs", question).await;
        assert_eq!(answer["pushed"], true, "{answer}");
        assert_eq!(answer["sameState"], true, "{answer}");
        if decision == "agree" {
            assert_eq!(answer["tokenType"], "DPoP", "{answer}");
            assert_eq!(answer["credentials"].as_array().unwrap().len(), 1, "{answer}");
        } else {
            assert_eq!(answer["error"], "access_denied", "{answer}");
        }
    }
}
