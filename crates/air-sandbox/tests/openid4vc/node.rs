//! Wallets of npm `@openid4vc`, jose, `@sd-jwt`, `@owf/mdoc` and `@digitalbazaar/oid4-client` against a running platform, over https.
//! The packages are those of crates/air-oid4vc/tests/node; `cargo xtask oid4vc` installs them.

use std::{
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
    time::Duration,
};

use air_api::sandbox::{CreateOffer, CreatePresentationRequest, CredentialFormat};
use air_sandbox::{Config, TestPlatform, Tls};
use rcgen::CertifiedKey;
use reqwest::{Certificate, header::HeaderName};
use serde_json::{Map, Value, json};
use tempfile::NamedTempFile;

const AUTH: HeaderName = HeaderName::from_static("x-partner-auth");
const OFFERS: &str = "/sandbox/v1/offers";
const REQUESTS: &str = "/sandbox/v1/presentation-requests";

/// A platform over https, its certificate in a file for Node, and a client that trusts it. No wallet has to allow http.
struct Secure {
    platform: TestPlatform,
    http: reqwest::Client,
    certificate: NamedTempFile,
}

impl Secure {
    async fn start() -> Self {
        let CertifiedKey { cert, signing_key } =
            rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let pem = cert.pem();
        let tls = Tls::from_pem(pem.as_bytes(), signing_key.serialize_pem().as_bytes()).unwrap();
        let mut config = Config::default();
        config.tls = Some(tls);
        config.block_time = Duration::from_millis(10);
        let trusted = Certificate::from_pem(pem.as_bytes()).unwrap();
        let mut certificate = NamedTempFile::new().unwrap();
        certificate.write_all(pem.as_bytes()).unwrap();
        let platform = TestPlatform::builder().config(config).start().await.unwrap();
        assert!(platform.url().starts_with("https://"), "{}", platform.url());
        Self {
            platform,
            http: reqwest::Client::builder()
                .tls_certs_only([trusted])
                .build()
                .unwrap(),
            certificate,
        }
    }

    /// Runs a wallet that trusts the platform's certificate.
    async fn ask(&self, script: &'static str, question: Value) -> Value {
        ask(script, question, self.certificate.path().to_owned()).await
    }
}

async fn ask(script: &'static str, question: Value, certificate: PathBuf) -> Value {
    let folder = format!("{}/../air-oid4vc/tests/node", env!("CARGO_MANIFEST_DIR"));
    let ended = tokio::task::spawn_blocking(move || {
        let mut child = Command::new("node")
            .arg(script)
            .current_dir(folder)
            .env("NODE_EXTRA_CA_CERTS", certificate)
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
    secure: Secure,
    offer: Value,
    request: Value,
    /// The transactions of the next requests.
    transactions: Vec<Map<String, Value>>,
}

impl WalletEnv {
    async fn start() -> Self {
        Self {
            secure: Secure::start().await,
            offer: Value::Null,
            request: Value::Null,
            transactions: Vec::new(),
        }
    }

    fn verification_program(&self) -> String {
        let ids = serde_json::to_value(self.secure.platform.ids()).unwrap();
        ids["verificationPrograms"]["adult"].as_str().unwrap().to_owned()
    }

    /// Lets the program accept the issuers of the platform's authority only.
    async fn trust_authority(&self) {
        let party = json!({
            "name": "Platform", "x509": { "anchors": [self.authority().await] }, "types": "*",
        });
        let program = self.verification_program();
        let path = format!("/sandbox/v1/verification-programs/{program}/trust-list");
        let url = format!("{}{path}", self.secure.platform.url());
        let list = json!({ "trustList": { "issuers": [party] } });
        let answer = self.secure.http.put(url).json(&list).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.status());
    }

    async fn call(&self, path: &str, token: &str, body: Value) -> Value {
        let url = format!("{}{path}", self.secure.platform.url());
        let request = self.secure.http.post(url).header(AUTH, token);
        let response = request.json(&body).send().await.unwrap();
        let status = response.status();
        let answer = response.json().await.unwrap();
        assert!(status.is_success(), "{status}: {answer}");
        answer
    }

    /// Makes a new offer and a new request.
    async fn prepare(&mut self, format: CredentialFormat, encrypted: bool) {
        let offer = CreateOffer {
            issuer_did: self.secure.platform.issuer_did().clone(),
            program: self.secure.platform.program("adult").unwrap().clone(),
            format,
            credential_subject: json!({ "isOver18": true }).as_object().unwrap().clone(),
            on_duplicate: air_api::OnDuplicate::default(),
            tx_code: true,
            sign_in: false,
            defers_for: None,
            expires_in: None,
        };
        let request = CreatePresentationRequest {
            program_id: self.verification_program().parse().unwrap(),
            formats: vec![format],
            encrypted,
            expires_in: None,
            redirect_uri: None,
            transaction_data: self.transactions.clone(),
        };
        let issue = self.secure.platform.issue_token().unwrap();
        self.offer = self.call(OFFERS, issue.expose_secret(), json!(offer)).await;
        let verify = self.secure.platform.verify_token().unwrap();
        self.request = self.call(REQUESTS, verify.expose_secret(), json!(request)).await;
    }

    fn question(&self) -> Value {
        json!({
            "offer": self.offer["url"], "txCode": self.offer["txCode"], "count": 3, "request": self.request["url"],
        })
    }

    async fn get(&self, path: &str, token: &str) -> Value {
        let request = self
            .secure
            .http
            .get(format!("{}{path}", self.secure.platform.url()));
        let response = request.header(AUTH, token).send().await.unwrap();
        response.json().await.unwrap()
    }

    /// The platform's authority for certificates of issuers and verifiers.
    async fn authority(&self) -> String {
        let url = format!("{}/sandbox/v1/wallet-authority.pem", self.secure.platform.url());
        let authority = self.secure.http.get(url).send().await.unwrap();
        authority.text().await.unwrap()
    }

    /// Checks that the platform has issued and verified.
    async fn assert_done(&self) {
        let verify = self.secure.platform.verify_token().unwrap();
        let id = self.request["requestId"].as_str().unwrap();
        let status = self
            .get(&format!("{REQUESTS}/{id}"), verify.expose_secret())
            .await;
        assert_eq!(status["state"], "presented", "{status}");
        // A block may not have been made yet.
        let result = status["result"]["status"].as_str().unwrap();
        assert!(["Compliant", "Pending"].contains(&result), "{status}");
        let issue = self.secure.platform.issue_token().unwrap();
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
        let answer = env.secure.ask("platform.mjs", env.question()).await;
        assert_eq!(answer["tokenType"], "DPoP");
        assert_eq!(answer["credentials"].as_array().unwrap().len(), 3);
        assert_eq!(answer["verified"]["isOver18"], true);
        assert_eq!(answer["canBeSatisfied"], true);
        assert_eq!(answer["version"], 100, "OpenID4VP 1.0");
        assert_eq!(answer["clientIdPrefix"], "x509_hash");
        assert_eq!(answer["responseMode"], mode(encrypted));
        assert_eq!(answer["status"], 200, "{answer}");
        // Without a trust list, the query demands no authority.
        assert_eq!(
            (&answer["authorities"], &answer["takesOthers"]),
            (&json!([]), &json!(true))
        );
        env.assert_done().await;
    }
}

/// The query of a program with a trust list demands the authority (`aki`), and the wallet signs the hashes of the transactions.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
#[ignore = "needs Node and the packages of crates/air-oid4vc/tests/node; `cargo xtask oid4vc` runs it"]
async fn node_wallet_presents_under_a_trust_list_and_authorises_transactions() {
    let mut env = WalletEnv::start().await;
    env.trust_authority().await;
    env.transactions = ["payment", "consent"]
        .map(|kind| Map::from_iter([("type".to_owned(), json!(kind))]))
        .to_vec();
    env.prepare(CredentialFormat::SdJwtVc, true).await;
    let answer = env.secure.ask("platform.mjs", env.question()).await;
    assert_eq!(answer["authorities"], json!(["aki"]), "{answer}");
    assert_eq!(
        (&answer["canBeSatisfied"], &answer["takesOthers"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(answer["transactions"], json!(["payment", "consent"]));
    assert_eq!(answer["status"], 200, "{answer}");
    env.assert_done().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
#[ignore = "needs Node and the packages of crates/air-oid4vc/tests/node; `cargo xtask oid4vc` runs it"]
async fn node_wallet_receives_and_presents_mdocs() {
    let mut env = WalletEnv::start().await;
    let authority = env.authority().await;
    for encrypted in [true, false] {
        env.prepare(CredentialFormat::Mdoc, encrypted).await;
        let mut question = env.question();
        question["authority"] = authority.as_str().into();
        let answer = env.secure.ask("platform_mdoc.mjs", question).await;
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
    let secure = Secure::start().await;
    let (platform, http) = (&secure.platform, &secure.http);
    let offer = CreateOffer {
        issuer_did: platform.issuer_did().clone(),
        program: platform.program("adult").unwrap().clone(),
        format: CredentialFormat::SdJwtVc,
        credential_subject: json!({ "isOver18": true }).as_object().unwrap().clone(),
        on_duplicate: air_api::OnDuplicate::default(),
        tx_code: false,
        sign_in: true,
        defers_for: None,
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
        let answer = secure.ask("code_flow.mjs", question).await;
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

/// `digitalbazaar.mjs` states which parts of the final specifications the library does not have yet. When it learns one, this fails.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
#[ignore = "needs Node and the packages of crates/air-oid4vc/tests/node; `cargo xtask oid4vc` runs it"]
async fn node_wallet_of_digital_bazaar_presents() {
    let mut env = WalletEnv::start().await;
    for encrypted in [true, false] {
        env.prepare(CredentialFormat::SdJwtVc, encrypted).await;
        let mut question = env.question();
        question["authority"] = env.authority().await.into();
        let answer = env.secure.ask("digitalbazaar.mjs", question).await;
        let says = |name: &str, text: &str| answer[name].as_str().is_some_and(|said| said.contains(text));
        assert!(says("discovery", "\"issuer\" is not an HTTPS URL"), "{answer}");
        assert!(says("request", "toBER is not a function"), "{answer}");
        assert_eq!(answer["proof"], json!({ "typ": null, "iat": null }));
        assert_eq!(answer["clientIdScheme"], "x509_hash");
        assert_eq!(answer["requestsSdJwt"], true);
        assert_eq!(answer["responseMode"], mode(encrypted));
        // The encrypted response was decrypted, since the reason is in its plaintext.
        let refused = &answer["withoutState"];
        assert_eq!(
            (&refused["status"], &refused["body"]["error"]),
            (&json!(400), &json!("invalid_request"))
        );
        let reason = refused["body"]["error_description"].as_str().unwrap();
        assert!(reason.contains("/state"), "{reason}");
        if !encrypted {
            assert_eq!(answer["withState"]["status"], 200, "{answer}");
            env.assert_done().await;
        }
    }
}
