//! `air issue`, `air status --wait` and `air verify --wait`, against a real platform.

use std::{
    io::{BufRead, BufReader, Lines},
    ops::Deref,
    process::{Child, ChildStderr, Command, Stdio},
};

use serde_json::{Value, json};

use crate::support::{Run, TestEnv, binary, seeded_env::SeededEnv};

struct IssueEnv(SeededEnv);

impl Deref for IssueEnv {
    type Target = SeededEnv;

    fn deref(&self) -> &SeededEnv {
        &self.0
    }
}

impl IssueEnv {
    fn start() -> Self {
        let seed = json!({
            "partner": { "name": "Waiting Ltd", "issueOnBehalf": true },
            "schemas": [{ "key": "adult", "title": "Adult", "attributes": [
                { "name": "isOver18", "type": "boolean", "required": true }] }],
            "programs": [{ "key": "adult", "schema": "adult", "cak": true, "publish": true }],
            "verificationPrograms": [{ "key": "adult", "schema": "adult", "requireCak": true,
                "conditions": [{ "attribute": "isOver18", "operator": "equals", "value": true }] }],
        });
        let env = Self(SeededEnv::start(seed));
        env.cli.write("subject.json", r#"{"isOver18":true}"#);
        env.cli.write("wallet", "11".repeat(32));
        env
    }

    fn issue(&self, more: &[&str]) -> Run {
        let program = [
            "--issuer",
            self.id("/issuerDid"),
            "--program",
            self.id("/programs/adult"),
            "subject.json",
        ];
        self.air(&["issue"], &[&program, more].concat()).succeeded()
    }

    fn set_faults(&self, faults: &str) {
        let set = ["sandbox", "faults", "--url", self.platform.url(), "-"];
        self.cli.air_with(&set, faults).succeeded();
    }

    fn waits(&self, command: &str, more: &[&str]) -> Waiting {
        Waiting::start(&self.cli, &self.arguments(&[command], more))
    }
}

/// A command that waits, and says why on stderr.
struct Waiting {
    child: Child,
    notes: Lines<BufReader<ChildStderr>>,
}

impl Waiting {
    fn start(cli: &TestEnv, arguments: &[&str]) -> Self {
        let mut child = Command::new(binary())
            .args(arguments)
            .current_dir(cli.path(""))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let notes = BufReader::new(child.stderr.take().unwrap()).lines();
        Self { child, notes }
    }

    /// The next note about the wait.
    fn note(&mut self) -> String {
        let mut notes = self.notes.by_ref().map(Result::unwrap);
        notes
            .find(|note| note.starts_with("waiting"))
            .expect("it has ended")
    }

    /// The document on stdout at the end, which is a success.
    fn end(self) -> Value {
        // The pipe is read to its end, so that the command is never blocked by it.
        self.notes.for_each(drop);
        let ended = self.child.wait_with_output().unwrap();
        assert!(ended.status.success(), "{ended:?}");
        serde_json::from_slice(&ended.stdout).unwrap()
    }
}

#[test]
fn a_duplicate_is_returned_by_default_and_revoked_on_request() {
    let env = IssueEnv::start();
    for recipient in [
        &["--on-behalf", "bob@example.com"][..],
        &["--email", "ada@example.com", "--wallet-key-file", "wallet"],
    ] {
        let issue = |more: &[&str]| env.issue(&[recipient, more].concat());
        let member = |answer: &Value| {
            let nested = answer.pointer("/sandbox/duplicate").cloned();
            nested.unwrap_or_else(|| answer["duplicate"].clone())
        };
        let first = issue(&["--json"]).json();
        assert_eq!(member(&first), Value::Null);
        let hash = first["coreClaimHash"].as_str().unwrap();

        let returned = issue(&["--json"]).json();
        assert_eq!(returned["coreClaimHash"], hash);
        assert_eq!(
            member(&returned),
            json!({ "outcome": "returned", "coreClaimHashes": [hash] })
        );
        let text = issue(&["--ignore-duplicate"]);
        assert!(
            text.text().starts_with("Not issued") && text.text().contains(hash),
            "{text:?}"
        );
        assert!(
            text.text().contains(&format!("\n  air status {hash}")),
            "{text:?}"
        );

        let text = issue(&["--on-duplicate", "revoke"]);
        let told = format!("Issued, and revoked the earlier credential:\n{hash}\n");
        assert!(text.text().starts_with(&told), "{text:?}");
        let revoked = issue(&["--on-duplicate", "revoke", "--json"]).json();
        assert_eq!(member(&revoked)["outcome"], "revoked");
        assert_ne!(member(&revoked)["coreClaimHashes"], json!([hash]));
    }
}

#[test]
fn a_wait_says_why_and_ends_when_the_chain_moves() {
    let env = IssueEnv::start();
    env.set_faults(r#"{"stuckChain":true}"#);
    let holder = ["--email", "ada@example.com", "--wallet-key-file", "wallet"];
    let issued = env.issue(&[&holder[..], &["--json"]].concat()).json();
    let hash = issued["coreClaimHash"].as_str().unwrap();
    let program = [
        "--program",
        env.id("/verificationPrograms/adult"),
        "--agree",
        "--json",
    ];
    let pending = env
        .cli
        .air(&env.arguments(&["verify"], &[&holder[..], &program].concat()));
    pending.failed_with(1, "--wait");
    assert_eq!(pending.json()["pending"]["reason"], "chainStuck");

    let mut status = env.waits("status", &[hash, "--wait", "--json"]);
    let mut verify = env.waits("verify", &[&holder[..], &program, &["--wait"]].concat());
    for waiting in [&mut status, &mut verify] {
        let note = "waiting: not on-chain yet (the chain is stuck); next check in 1 s";
        assert_eq!(waiting.note(), note);
    }
    env.set_faults("{}");
    assert_eq!(status.end()["vcStatus"], "ONCHAIN");
    let verified = verify.end();
    assert_eq!(verified["status"], "Compliant");
    assert_eq!(verified["pending"], Value::Null);
}

#[test]
fn a_repeated_call_is_reported_with_its_reason() {
    let env = IssueEnv::start();
    env.set_faults(r#"{"rules":[{"path":"/v1/credentials","kind":"status","status":503,"times":1}]}"#);
    let run = env.issue(&["--on-behalf", "eve@example.com", "--json"]);
    assert!(run.json()["coreClaimHash"].is_string());
    assert_eq!(run.stderr, "the platform failed (HTTP status 503); attempt 2\n");
}
