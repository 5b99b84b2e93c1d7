//! The commands of the program and of the module for browsers: one command as JSON, one answer as JSON.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use air_ids::UnixTime;
use air_zk::command::{self, PROTOCOL};
use serde_json::{Value, json};

use crate::support::{NOW, VERIFIER};

const CHALLENGE: &str = "0909090909090909090909090909090909090909090909090909090909090909";
const DAY: u64 = 24 * 60 * 60;

fn run_at(input: &Value, now: UnixTime) -> (Value, u8) {
    let answer = command::run(input.to_string().as_bytes(), now, &mut rand::rng());
    (serde_json::from_str(&answer.text).unwrap(), answer.exit_code)
}

fn run(input: &Value) -> (Value, u8) {
    run_at(input, NOW)
}

#[track_caller]
fn done(input: &Value) -> Value {
    let (answer, code) = run(input);
    assert_eq!(code, 0, "{}", answer["error"]);
    assert_eq!(answer["protocol"], PROTOCOL);
    answer
}

fn keys_command() -> Value {
    json!({
        "command": "keys",
        "protocol": PROTOCOL,
        "terms": {
            "issuer": "did:web:issuer.example",
            "schemaId": "account-1",
            "epochSeconds": DAY,
            "scales": { "balance": 2 },
            "schema": {
                "title": "Account",
                "attributes": [
                    { "name": "country", "type": "string", "required": true },
                    { "name": "birthDate", "type": "date" },
                    { "name": "balance", "type": "number" },
                ],
            },
        },
    })
}

/// An issuer, and a holder with a credential.
struct Parties {
    scheme: Value,
    key: Value,
    secret: Value,
    credential: Value,
    record: Value,
    token: Value,
}

impl Parties {
    fn new() -> Self {
        let keys = done(&keys_command());
        let (scheme, key) = (keys["scheme"].clone(), keys["key"].clone());
        let commit = json!({ "command": "commit", "scheme": scheme, "challenge": CHALLENGE });
        let committed = done(&commit);
        let issued = done(&json!({
            "command": "issue",
            "scheme": scheme,
            "key": key,
            "commitment": committed["commitment"],
            "challenge": CHALLENGE,
            "id": "c-1",
            "subject": { "country": "PT", "birthDate": "1990-05-01", "balance": 1250.75 },
        }));
        let token = json!({ "command": "token", "scheme": scheme, "key": key, "record": issued["record"] });
        let token = done(&token);
        assert_eq!(token["epoch"], NOW.as_secs() / DAY);
        assert_eq!(token["validUntil"], (NOW.as_secs() / DAY + 1) * DAY);
        Self {
            scheme,
            key,
            secret: committed["secret"].clone(),
            credential: issued["credential"].clone(),
            record: issued["record"].clone(),
            token: token["token"].clone(),
        }
    }

    fn request(&self, conditions: &Value) -> Value {
        let request = json!({
            "command": "request",
            "scheme": self.scheme,
            "verifier": VERIFIER,
            "program": "adults",
            "expiresIn": 300,
            "conditions": conditions,
            "disclose": ["country"],
        });
        done(&request)["request"].clone()
    }

    fn present(&self, request: &Value) -> Value {
        json!({
            "command": "present",
            "scheme": self.scheme,
            "credential": self.credential,
            "token": self.token,
            "secret": self.secret,
            "request": request,
        })
    }

    fn verify(&self, request: &Value, presentation: &Value) -> Value {
        json!({
            "command": "verify",
            "scheme": self.scheme,
            "request": request,
            "presentation": presentation,
        })
    }
}

/// Wallets derive the secret of a credential, so that it exists wherever the wallet is opened.
#[test]
fn a_given_secret_is_committed_to_instead_of_a_new_one() {
    let parties = Parties::new();
    let commit = |secret: &Value| {
        json!({
            "command": "commit", "scheme": parties.scheme, "challenge": CHALLENGE, "secret": secret,
        })
    };
    let committed = done(&commit(&parties.secret));
    assert_eq!(committed["secret"], parties.secret);
    // The point is the same, and its proof of knowledge is another each time.
    let again = done(&commit(&parties.secret));
    let point = |committed: &Value| committed["commitment"].as_str().unwrap()[..96].to_owned();
    assert_eq!(point(&committed), point(&again));
    assert_ne!(committed["commitment"], again["commitment"]);
    for wrong in ["00".repeat(32), "ff".repeat(32), "0a".to_owned()] {
        assert_ne!(run(&commit(&Value::from(wrong))).1, 0);
    }
}

fn conditions() -> Value {
    json!([
        { "attribute": "birthDate", "operator": "less", "value": "2006-11-30" },
        { "attribute": "balance", "operator": "between", "value": [1000, 2000] },
    ])
}

#[test]
fn a_condition_is_proved_with_every_command() {
    let parties = Parties::new();
    assert_eq!(parties.record["id"], "c-1");
    let request = parties.request(&conditions());
    assert_eq!(request["expiresAt"], NOW.as_secs() + 300);
    let presented = done(&parties.present(&request));
    let (verified, code) = run(&parties.verify(&request, &presented["presentation"]));
    assert_eq!(code, 0, "{verified}");
    let expected = json!({
        "protocol": PROTOCOL,
        "valid": true,
        "disclosed": { "country": "PT" },
        "epoch": NOW.as_secs() / DAY,
    });
    assert_eq!(verified, expected);
}

#[test]
fn a_presentation_that_is_refused_names_the_check() {
    let parties = Parties::new();
    let request = parties.request(&conditions());
    let other = parties.request(&conditions());
    let presented = done(&parties.present(&request));
    let proof = &presented["presentation"];
    let text = proof.as_str().unwrap();
    let late = json!(NOW.as_secs() + 301);
    let with = |name: &str, value: Value| {
        let mut command = parties.verify(&request, proof);
        command[name] = value;
        command
    };
    let mut of_other_verifier = request.clone();
    of_other_verifier["verifier"] = json!("did:web:other.example");
    let mut later = request.clone();
    later["expiresAt"] = json!(NOW.as_secs() + 3 * DAY);
    let mut in_two_days = parties.verify(&later, proof);
    in_two_days["at"] = json!(NOW.as_secs() + 2 * DAY);
    for (command, failed) in [
        (parties.verify(&other, proof), "proof"),
        (with("request", of_other_verifier), "proof"),
        (with("at", late), "expiry"),
        (in_two_days, "epoch"),
        (with("presentation", json!(text[..text.len() - 2])), "format"),
        (with("presentation", json!("not hex")), "format"),
    ] {
        let (refused, code) = run(&command);
        assert_eq!(code, 4, "{refused}");
        assert_eq!(refused["valid"], false);
        assert_eq!(refused["failed"], failed, "{refused}");
        assert!(!refused["reason"].as_str().unwrap().is_empty());
    }
}

#[test]
fn a_holder_answers_with_a_true_statement_and_a_current_token() {
    let parties = Parties::new();
    let false_condition = json!([{ "attribute": "birthDate", "operator": "greater", "value": "2006-11-30" }]);
    let untrue = parties.request(&false_condition);
    let (refused, code) = run(&parties.present(&untrue));
    assert_eq!(code, 3);
    let message = refused["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("does not satisfy the condition on `birthDate`"),
        "{message}"
    );

    let request = parties.request(&conditions());
    let late = UnixTime::from_secs(NOW.as_secs() + 301);
    let (refused, code) = run_at(&parties.present(&request), late);
    assert_eq!(code, 3, "{refused}");
    let mut lasting = request;
    lasting["expiresAt"] = json!(NOW.as_secs() + 3 * DAY);
    let late = UnixTime::from_secs(NOW.as_secs() + 2 * DAY);
    let (refused, code) = run_at(&parties.present(&lasting), late);
    assert_eq!(code, 3, "{refused}");
    let message = refused["error"]["message"].as_str().unwrap();
    assert!(message.contains("epoch token is not valid"), "{message}");
}

#[test]
fn commands_that_are_wrong_say_what_is_wrong_and_show_no_value() {
    let parties = Parties::new();
    let request = parties.request(&conditions());
    let secret = "00112233445566778899aabbccddeeff";
    let with = |name: &str, value: Value| {
        let mut command = parties.present(&request);
        command[name] = value;
        command
    };
    let without = |name: &str| {
        let mut command = parties.present(&request);
        command.as_object_mut().unwrap().remove(name);
        command
    };
    let unprovable = json!({
        "command": "request",
        "scheme": parties.scheme,
        "verifier": VERIFIER,
        "program": "adults",
        "expiresIn": 300,
        "conditions": [{ "attribute": "country", "operator": "less", "value": "PT" }],
    });
    for (command, code, message) in [
        (json!({}), 2, "`command` must be keys, commit"),
        (json!({ "command": "prove" }), 2, "`command` must be keys, commit"),
        (without("secret"), 2, "missing or unknown member `secret`"),
        (with("key", json!(secret)), 2, "missing or unknown member `key`"),
        (with("protocol", json!(2)), 2, "speaks version 1"),
        (
            with("token", json!([secret])),
            2,
            "a member of the command has the wrong type",
        ),
        (with("secret", json!(secret)), 3, "`secret` must be 64 hex digits"),
        (with("token", json!(secret)), 3, "the epoch token does not verify"),
        (unprovable, 3, "texts and booleans have no order"),
    ] {
        let (answer, exit_code) = run(&command);
        let text = answer["error"]["message"].as_str().unwrap();
        assert!(text.contains(message), "{text}");
        assert_eq!(exit_code, code, "{text}");
        assert!(!text.contains(secret) && !text.contains(parties.key.as_str().unwrap()));
    }
    let long = vec![b' '; 8 * 1024 * 1024 + 1];
    assert_eq!(command::run(&long, NOW, &mut rand::rng()).exit_code, 2);
}

#[test]
fn a_key_is_not_shown() {
    let answer = command::run(keys_command().to_string().as_bytes(), NOW, &mut rand::rng());
    assert_eq!(format!("{answer:?}"), "Answer { exit_code: 0, .. }");
}

#[test]
fn the_binary_reads_stdin_and_writes_one_document() {
    let mut process = Command::new(env!("CARGO_BIN_EXE_air-zk"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = process.stdin.take().unwrap();
    stdin.write_all(keys_command().to_string().as_bytes()).unwrap();
    drop(stdin);
    let output = process.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(
        answer["scheme"]["publicKey"]
            .as_str()
            .unwrap()
            .starts_with("zUC7")
    );
}

#[test]
fn the_binary_has_no_argument_but_its_version() {
    let binary = || Command::new(env!("CARGO_BIN_EXE_air-zk"));
    let output = binary().arg("--help").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let usage = String::from_utf8_lossy(&output.stderr);
    assert!(
        usage.starts_with("Usage: air-zk") && usage.contains("nothing of it was audited"),
        "{usage}"
    );
    let output = binary().arg("--version").output().unwrap();
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        format!("air-zk {version} (protocol {PROTOCOL}, not audited)\n")
    );
}
