//! A wallet of npm `@openid4vc`, jose and `@sd-jwt` against a running platform. The packages are those of crates/air-oid4vc/tests/node;
//! `cargo xtask oid4vc` installs them.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use air_api::sandbox::{CreateOffer, CreatePresentationRequest};
use air_sandbox::TestPlatform;
use reqwest::header::HeaderName;
use serde_json::{Value, json};

const AUTH: HeaderName = HeaderName::from_static("x-partner-auth");

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

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
#[ignore = "needs Node and the packages of crates/air-oid4vc/tests/node; `cargo xtask oid4vc` runs it"]
async fn node_wallet_receives_and_presents() {
    let platform = TestPlatform::start().await.unwrap();
    let http = reqwest::Client::new();
    let call = async |path: &str, token: &str, body: Value| -> Value {
        let request = http.post(format!("{}{path}", platform.url())).header(AUTH, token);
        let response = request.json(&body).send().await.unwrap();
        let status = response.status();
        let answer = response.json().await.unwrap();
        assert!(status.is_success(), "{status}: {answer}");
        answer
    };
    let offer = CreateOffer {
        issuer_did: platform.issuer_did().clone(),
        program: platform.program("adult").unwrap().clone(),
        credential_subject: json!({ "isOver18": true }).as_object().unwrap().clone(),
        on_duplicate: air_api::OnDuplicate::default(),
        tx_code: true,
        sign_in: false,
        expires_in: None,
    };
    for encrypted in [true, false] {
        let issue = platform.issue_token().unwrap();
        let offer = call("/sandbox/v1/offers", issue.expose_secret(), json!(offer)).await;
        let verify = platform.verify_token().unwrap();
        let ids = serde_json::to_value(platform.ids()).unwrap();
        let request = CreatePresentationRequest {
            program_id: ids["verificationPrograms"]["adult"]
                .as_str()
                .unwrap()
                .parse()
                .unwrap(),
            encrypted,
            expires_in: None,
        };
        let path = "/sandbox/v1/presentation-requests";
        let request = call(path, verify.expose_secret(), json!(request)).await;
        let question = json!({
            "offer": offer["url"], "txCode": offer["txCode"], "count": 3, "request": request["url"],
        });
        let answer = ask("platform.mjs", question).await;
        assert_eq!(answer["tokenType"], "DPoP");
        assert_eq!(answer["credentials"].as_array().unwrap().len(), 3);
        assert_eq!(answer["verified"]["isOver18"], true);
        assert_eq!(answer["canBeSatisfied"], true);
        assert_eq!(answer["version"], 100, "OpenID4VP 1.0");
        assert_eq!(answer["clientIdPrefix"], "x509_hash");
        let mode = if encrypted {
            "direct_post.jwt"
        } else {
            "direct_post"
        };
        assert_eq!(answer["responseMode"], mode);
        assert_eq!(answer["status"], 200, "{answer}");

        let id = request["requestId"].as_str().unwrap();
        let status = http
            .get(format!("{}{path}/{id}", platform.url()))
            .header(AUTH, verify.expose_secret());
        let status: Value = status.send().await.unwrap().json().await.unwrap();
        assert_eq!(status["state"], "presented", "{status}");
        // A block may not have been made yet.
        let result = status["result"]["status"].as_str().unwrap();
        assert!(["Compliant", "Pending"].contains(&result), "{status}");
        let id = offer["offerId"].as_str().unwrap();
        let status = http
            .get(format!("{}/sandbox/v1/offers/{id}", platform.url()))
            .header(AUTH, issue.expose_secret());
        let status: Value = status.send().await.unwrap().json().await.unwrap();
        assert_eq!(status["notification"], "credential_accepted", "{status}");
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
        assert_eq!(answer["flow"], "Oauth2Redirect", "{answer}");
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
