//! Semi-decrypted packages: by signed URLs, for verifiers to whom the user agreed, with each use recorded.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use air_jwt::{PartnerToken, SigningKey};
use air_sandbox::{Clock, Data, UnixTime};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{CAK, NOW, TestEnv, sealed, start_platform_at, token_of};

/// An issuer with an anchored credential of ada's, and a verifier with a program of its own.
struct PackageEnv {
    base: TestEnv,
    time: Arc<AtomicU64>,
    verifier: (SigningKey, Value),
    /// The platform's; gone with the env.
    _folder: tempfile::TempDir,
}

impl PackageEnv {
    async fn start() -> Self {
        let time = Arc::new(AtomicU64::new(NOW));
        let now = time.clone();
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::new(move || UnixTime::from_secs(now.load(Ordering::SeqCst)));
        let base =
            TestEnv::start_on(start_platform_at(Data::Folder(folder.path().to_owned()), clock).await).await;
        let verifier = base.another_partner().await;
        let env = Self {
            base,
            time,
            verifier,
            _folder: folder,
        };
        env.issue("ada@example.com", 21).await;
        env
    }

    async fn issue(&self, email: &str, age: u64) {
        let base = &self.base;
        let mut order = base.order();
        order["credentialSubject"]["age"] = json!(age);
        order["cakPublicKey"] = json!(CAK);
        let session = base.login(email).await;
        let token = base.token(PartnerToken::issue);
        let path = "/sandbox/v1/credentials/issue";
        let (status, issued) = base
            .call_as_user(Method::POST, path, &session, Some(&token), Some(&order))
            .await;
        assert_eq!(status, StatusCode::OK, "{issued}");
        base.wait_until_anchored(issued["coreClaimHash"].as_str().unwrap())
            .await;
    }

    /// A verification program of the verifier's on the issuer's schema.
    async fn program(&self, require_cak: bool) -> Value {
        let program = json!({ "partnerId": self.verifier.1["partnerId"], "schemaId": self.base.ids["schemas"]["adult"],
            "requireCak": require_cak, "conditions": [{ "attribute": "age", "operator": "greater", "value": 17 }] });
        let path = "/sandbox/v1/verification-programs";
        let (status, created) = self.base.call(Method::POST, path, None, Some(&program)).await;
        assert_eq!(status, StatusCode::OK, "{created}");
        created["programId"].clone()
    }

    /// A run of the verifier's; the user decides, where a decision is given.
    async fn verification(&self, email: &str, program: &Value, decision: Option<&str>) -> String {
        let token = token_of(&self.verifier, PartnerToken::verify);
        let session = self.base.login_with(&token, email).await;
        let (path, body) = ("/sandbox/v1/verifications", json!({ "programId": program }));
        let (status, run) = self
            .base
            .call_as_user(Method::POST, path, &session, Some(&token), Some(&body))
            .await;
        assert_eq!(status, StatusCode::OK, "{run}");
        let id = run["verificationId"].as_str().unwrap().to_owned();
        if let Some(decision) = decision {
            let (path, body) = (format!("{path}/{id}/consent"), json!({ "decision": decision }));
            self.base
                .call_as_user(Method::POST, &path, &session, None, Some(&body))
                .await;
        }
        id
    }

    async fn deposit(&self, token: &str, query: &[(&str, &str)], bytes: Vec<u8>) -> (StatusCode, Value) {
        let mut url =
            reqwest::Url::parse(&format!("{}/sandbox/v1/packages", self.base.platform.url())).unwrap();
        url.query_pairs_mut().extend_pairs(query);
        let request = self
            .base
            .http
            .post(url)
            .header("x-partner-auth", token)
            .body(bytes);
        let response = request.send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }

    async fn get(&self, url: &str) -> (StatusCode, Vec<u8>) {
        let response = self.base.http.get(url).send().await.unwrap();
        (response.status(), response.bytes().await.unwrap().to_vec())
    }

    /// The log, once it has so many entries.
    async fn log_of(&self, package: &Value, token: &str, entries: usize) -> Value {
        let asking = async {
            loop {
                let (status, log) = self.log(package, token).await;
                assert_eq!(status, StatusCode::OK, "{log}");
                if log["accesses"].as_array().unwrap().len() == entries {
                    return log;
                }
            }
        };
        tokio::time::timeout(Duration::from_mins(1), asking)
            .await
            .unwrap()
    }

    async fn log(&self, package: &Value, token: &str) -> (StatusCode, Value) {
        let path = format!(
            "/sandbox/v1/packages/{}/accesses",
            package["packageId"].as_str().unwrap()
        );
        self.base.call(Method::GET, &path, Some(token), None).await
    }
}

#[tokio::test]
async fn a_package_is_given_until_its_time_is_over_and_each_use_is_recorded() {
    let env = PackageEnv::start().await;
    let program = env.program(true).await;
    let run = env.verification("ada@example.com", &program, Some("agree")).await;
    let issuer = env.base.token(PartnerToken::issue);
    let verifier = token_of(&env.verifier, PartnerToken::verify);
    let package = sealed();
    let query = [
        ("verificationId", run.as_str()),
        ("name", "n"),
        ("lifetime", "60"),
    ];
    let (status, deposited) = env.deposit(&issuer, &query, package.clone()).await;
    assert_eq!(status, StatusCode::OK, "{deposited}");
    assert_eq!(deposited["expiresAt"], "2027-01-15 08:01:00");
    assert_eq!(deposited["size"], package.len());
    let url = deposited["url"].as_str().unwrap();

    assert_eq!(env.get(url).await, (StatusCode::OK, package));
    let (bare, _) = url.split_once('?').unwrap();
    let later = url.replace(&(NOW + 60).to_string(), &(NOW + 61).to_string());
    assert_ne!(later, url);
    let other = env.deposit(&issuer, &query, sealed()).await.1;
    let of_other = url.replace(
        deposited["packageId"].as_str().unwrap(),
        other["packageId"].as_str().unwrap(),
    );
    let forged = [
        bare,
        &later,
        &format!("{url}00"),
        &format!("{bare}?expires=x&signature="),
    ];
    for url in forged.into_iter().chain([of_other.as_str()]) {
        assert_eq!(env.get(url).await.0, StatusCode::FORBIDDEN, "{url}");
    }
    env.time.store(NOW + 59, Ordering::SeqCst);
    assert_eq!(env.get(url).await.0, StatusCode::OK);
    env.time.store(NOW + 60, Ordering::SeqCst);
    assert_eq!(env.get(url).await.0, StatusCode::GONE);
    assert_eq!(
        env.get(&later).await.0,
        StatusCode::FORBIDDEN,
        "no time of the caller's counts"
    );

    let bad = "badSignature";
    let log = env.log_of(&deposited, &issuer, 8).await;
    let of_signed_url = |log: &Value| -> Vec<Value> {
        let accesses = log["accesses"].as_array().unwrap();
        accesses
            .iter()
            .filter(|access| access["outcome"] != bad)
            .cloned()
            .collect()
    };
    let at = |time: &str, outcome: &str| json!({ "at": time, "outcome": outcome });
    assert_eq!(
        of_signed_url(&log),
        [
            at("2027-01-15 08:00:00", "granted"),
            at("2027-01-15 08:00:59", "granted"),
            at("2027-01-15 08:01:00", "expired"),
        ]
    );
    assert_eq!(log["verificationId"], run.as_str());
    assert_eq!(log["issuerDid"], env.base.ids["issuerDid"]);
    assert_eq!(log["verifierDid"], env.verifier.1["verifierDid"]);
    assert_eq!(env.log(&deposited, &verifier).await, (StatusCode::OK, log));
    let stranger = token_of(&env.base.another_partner().await, PartnerToken::verify);
    assert_eq!(env.log(&deposited, &stranger).await.0, StatusCode::NOT_FOUND);
    let log = env.log_of(&other, &issuer, 1).await;
    assert_eq!(log["accesses"][0]["outcome"], bad);
}

#[tokio::test]
async fn a_package_of_a_clock_that_was_reset_ends_with_its_lifetime() {
    let env = PackageEnv::start().await;
    let program = env.program(true).await;
    let run = env.verification("ada@example.com", &program, Some("agree")).await;
    let issuer = env.base.token(PartnerToken::issue);
    let clock = async |request: Value| {
        let path = "/sandbox/v1/clock";
        let (status, moved) = env.base.call(Method::PUT, path, None, Some(&request)).await;
        assert_eq!(status, StatusCode::OK, "{moved}");
    };
    clock(json!({ "advanceSeconds": 30 * 86_400 })).await;
    let query = [
        ("verificationId", run.as_str()),
        ("name", "n"),
        ("lifetime", "60"),
    ];
    let (status, deposited) = env.deposit(&issuer, &query, sealed()).await;
    assert_eq!(status, StatusCode::OK, "{deposited}");
    clock(json!({ "reset": {} })).await;
    let dated_back =
        async { while env.log(&deposited, &issuer).await.1["expiresAt"] != "2027-01-15 08:01:00" {} };
    tokio::time::timeout(Duration::from_mins(1), dated_back)
        .await
        .unwrap();
    let url = deposited["url"].as_str().unwrap();
    assert_eq!(env.get(url).await.0, StatusCode::OK);
    env.time.store(NOW + 60, Ordering::SeqCst);
    assert_eq!(env.get(url).await.0, StatusCode::GONE);
}

#[tokio::test]
async fn a_url_is_used_a_hundred_times_at_most() {
    let env = PackageEnv::start().await;
    let program = env.program(true).await;
    let run = env.verification("ada@example.com", &program, Some("agree")).await;
    let issuer = env.base.token(PartnerToken::issue);
    let query = [("verificationId", run.as_str()), ("name", "n")];
    let (_, deposited) = env.deposit(&issuer, &query, sealed()).await;
    let url = deposited["url"].as_str().unwrap();
    for _ in 0..100 {
        assert_eq!(env.get(url).await.0, StatusCode::OK);
    }
    assert_eq!(env.get(url).await.0, StatusCode::FORBIDDEN);
    let (_, log) = env.log(&deposited, &issuer).await;
    assert_eq!(log["accesses"].as_array().unwrap().len(), 100);
}

/// The platform has no key for URLs yet, and a stranger's request must not create one.
#[tokio::test]
async fn before_the_first_package_every_url_is_refused() {
    let env = PackageEnv::start().await;
    let path = format!(
        "/sandbox/v1/packages/{}?expires={}&signature={}",
        "c21s70g0i54sn0023172Cv",
        NOW + 60,
        "00".repeat(32)
    );
    for _ in 0..2 {
        let (status, body) = env.base.call(Method::GET, &path, None, None).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{body}");
    }
}

#[tokio::test]
async fn what_is_over_is_forgotten() {
    let env = PackageEnv::start().await;
    let program = env.program(true).await;
    let run = env.verification("ada@example.com", &program, Some("agree")).await;
    let issuer = env.base.token(PartnerToken::issue);
    let (_, deposited) = env
        .deposit(&issuer, &[("verificationId", &run), ("name", "n")], sealed())
        .await;
    assert_eq!(
        deposited["expiresAt"], "2027-01-15 08:15:00",
        "15 minutes is the default"
    );
    let url = deposited["url"].as_str().unwrap();
    // Once its time was over it does not come back with the clock.
    let forgotten = async {
        loop {
            env.time.store(NOW, Ordering::SeqCst);
            if env.get(url).await.0 == StatusCode::GONE {
                return;
            }
            env.time.store(NOW + 900, Ordering::SeqCst);
            assert_eq!(env.get(url).await.0, StatusCode::GONE);
        }
    };
    tokio::time::timeout(Duration::from_mins(1), forgotten)
        .await
        .unwrap();
    let (status, _) = env.log(&deposited, &issuer).await;
    assert_eq!(status, StatusCode::OK, "what was recorded stays");
}

#[tokio::test]
async fn without_the_users_consent_to_the_key_there_is_no_package() {
    let env = PackageEnv::start().await;
    let (program, without_key) = (env.program(true).await, env.program(false).await);
    env.issue("bo@example.com", 17).await;
    let issuer = env.base.token(PartnerToken::issue);
    for (email, program, decision, expected) in [
        ("ada@example.com", &program, None, StatusCode::NOT_FOUND),
        ("ada@example.com", &program, Some("deny"), StatusCode::NOT_FOUND),
        ("cy@example.com", &program, Some("agree"), StatusCode::NOT_FOUND),
        ("bo@example.com", &program, Some("agree"), StatusCode::CONFLICT),
        (
            "ada@example.com",
            &without_key,
            Some("agree"),
            StatusCode::CONFLICT,
        ),
        ("ada@example.com", &program, Some("agree"), StatusCode::OK),
    ] {
        let run = env.verification(email, program, decision).await;
        let (status, answer) = env
            .deposit(&issuer, &[("verificationId", &run), ("name", "n")], sealed())
            .await;
        assert_eq!(status, expected, "{email} {decision:?}: {answer}");
    }
    let run = env.verification("ada@example.com", &program, Some("agree")).await;
    // Neither the verifier itself nor any other partner.
    let (verifier, stranger) = (&env.verifier, env.base.another_partner().await);
    for (token, expected) in [
        (token_of(verifier, PartnerToken::issue), StatusCode::NOT_FOUND),
        (token_of(&stranger, PartnerToken::issue), StatusCode::NOT_FOUND),
        (env.base.token(PartnerToken::verify), StatusCode::UNAUTHORIZED),
    ] {
        let query = [("verificationId", run.as_str()), ("name", "n")];
        let (status, answer) = env.deposit(&token, &query, sealed()).await;
        assert_eq!(status, expected, "{answer}");
    }
    let run = run.as_str();
    for (query, bytes) in [
        (vec![("verificationId", run), ("name", "n")], b"a scan".to_vec()),
        (vec![("verificationId", run), ("name", "")], sealed()),
        (vec![("verificationId", run)], sealed()),
        (
            vec![("verificationId", run), ("name", "n"), ("lifetime", "0")],
            sealed(),
        ),
        (
            vec![("verificationId", run), ("name", "n"), ("lifetime", "86401")],
            sealed(),
        ),
        (
            vec![("verificationId", run), ("name", "n"), ("lifetime", "long")],
            sealed(),
        ),
    ] {
        let (status, answer) = env.deposit(&issuer, &query, bytes).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query:?}: {answer}");
    }
    let longest = [("verificationId", run), ("name", "n"), ("lifetime", "86400")];
    assert_eq!(env.deposit(&issuer, &longest, sealed()).await.0, StatusCode::OK);
}
