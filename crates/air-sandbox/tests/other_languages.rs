//! The programs of `examples/issue-on-behalf`, in Node and Python, against a platform.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use std::process::{Command, Stdio};

use air_sandbox::TestPlatform;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
#[ignore = "needs Node and the package of examples/issue-on-behalf/node; `cargo xtask peers` runs it"]
async fn node() {
    issues_and_waits("node", "issue.mjs").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
#[ignore = "needs Python and the packages of examples/issue-on-behalf/python; `cargo xtask peers` runs it"]
async fn python() {
    issues_and_waits("python3", "issue.py").await;
}

async fn issues_and_waits(language: &str, script: &str) {
    // The first answers are a refusal to hurry and a failure, as a platform's may be.
    let faults = json!({ "rules": [
        { "path": "/v1/credentials/issue-on-behalf", "kind": "status", "status": 429, "times": 1 },
        { "path": "/v1/credentials/status", "kind": "status", "status": 503, "times": 1 },
    ] });
    let faults = serde_json::from_value(faults).unwrap();
    let platform = TestPlatform::builder().faults(faults).start().await.unwrap();
    let key = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(key.path(), platform.key().expose_pkcs8_pem().as_bytes()).unwrap();
    let folder = language.trim_end_matches('3');
    let folder = format!(
        "{}/../../examples/issue-on-behalf/{folder}",
        env!("CARGO_MANIFEST_DIR")
    );
    // `air sandbox env` prints `AIR_ISSUER`; the programs also read the name that they had before.
    let run = async |subject: &str, issuer: &str| {
        let mut command = Command::new(language);
        command
            .args([script, "ada@example.com", subject])
            .current_dir(&folder)
            .env("AIR_API", format!("{}/v1", platform.url()))
            .env("AIR_PARTNER_ID", platform.partner_id().as_str())
            .env_remove("AIR_ISSUER")
            .env_remove("AIR_ISSUER_DID")
            .env(issuer, platform.issuer_did().as_str())
            .env("AIR_PROGRAM", platform.program("adult").unwrap().as_str())
            .env("AIR_KEY", key.path())
            .env("AIR_KID", platform.key().kid().as_str())
            .stdin(Stdio::null());
        let ended = tokio::task::spawn_blocking(move || command.output());
        ended.await.unwrap().unwrap()
    };
    let issued = run(r#"{"isOver18": true}"#, "AIR_ISSUER").await;
    assert!(
        issued.status.success(),
        "{}",
        String::from_utf8_lossy(&issued.stderr)
    );
    let status: Value = serde_json::from_slice(&issued.stdout).unwrap();
    assert_eq!(status["vcStatus"], "ONCHAIN");
    assert_eq!(status["issuerDid"], json!(platform.issuer_did()));

    let refused = run(r#"{"isOver18": "yes"}"#, "AIR_ISSUER_DID").await;
    assert!(!refused.status.success());
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("400: credentialSubject"), "{said}");
}
