//! The binary: one command as JSON, one answer as JSON.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use air_ssi::{
    IssuerKey,
    command::{self, PROTOCOL},
};
use serde_json::{Value, json};

use crate::support::{ISS, METHOD, NOW, schema, subject, uris};

const SECRET: &str = "0707070707070707070707070707070707070707070707070707070707070707";

fn run(input: &Value) -> (Value, u8) {
    let answer = command::run(input.to_string().as_bytes(), NOW);
    (answer.document, answer.exit_code)
}

fn contexts() -> Value {
    json!({ uris().json_ld_context(): schema().to_json_ld_context(&uris()) })
}

fn issue(suite: &str) -> Value {
    json!({
        "command": "issue",
        "suite": suite,
        "issuer": ISS,
        "verificationMethod": METHOD,
        "key": SECRET,
        "subject": subject(),
        "types": ["KycIdentity"],
        "validFrom": NOW.as_secs(),
        "context": [uris().json_ld_context()],
        "contexts": contexts(),
    })
}

fn verify(credential: &Value, key: &str) -> Value {
    json!({
        "command": "verify",
        "credential": credential,
        "issuer": ISS,
        "keys": { METHOD: key },
        "types": ["KycIdentity"],
        "contexts": contexts(),
    })
}

#[test]
fn a_credential_is_issued_presented_and_verified() {
    let key = IssuerKey::bbs_from_material(&[7; 32])
        .unwrap()
        .public()
        .as_multibase()
        .to_owned();
    let (issued, code) = run(&issue("bbs-2023"));
    assert_eq!(code, 0, "{issued}");
    let (presented, code) = run(&json!({
        "command": "present",
        "credential": issued["credential"],
        "key": key,
        "claims": ["isOver18"],
        "challenge": "nonce-1",
        "contexts": contexts(),
    }));
    assert_eq!(code, 0, "{presented}");
    assert_eq!(presented["links"], json!([]));
    let mut command = verify(&presented["presentation"], &key);
    command["challenge"] = json!("nonce-2");
    assert_eq!(run(&command).1, 4);
    command["challenge"] = json!("nonce-1");
    let (verified, code) = run(&command);
    assert_eq!(code, 0, "{verified}");
    assert_eq!(verified["valid"], true);
    assert_eq!(
        verified["claims"]["credentialSubject"],
        json!({ "isOver18": true })
    );
    assert_eq!(
        verified["checks"][2],
        json!({ "check": "signature", "outcome": "passed" })
    );
}

/// A holder and a verifier get the issuer's keys from its DID document, or from its `did:key`.
#[test]
fn keys_come_from_the_document_of_the_issuer() {
    let (issued, code) = run(&issue("bbs-2023"));
    assert_eq!(code, 0, "{issued}");
    let document = json!({
        "id": ISS,
        "verificationMethod": [{
            "id": METHOD,
            "type": "Multikey",
            "controller": ISS,
            "publicKeyMultibase": issued["publicKeyMultibase"],
        }],
        "assertionMethod": [METHOD],
    });
    let mut present = json!({
        "command": "present",
        "credential": issued["credential"],
        "issuerDocument": document,
        "claims": ["isOver18"],
        "contexts": contexts(),
    });
    let (presented, code) = run(&present);
    assert_eq!(code, 0, "{presented}");
    let mut command = verify(&presented["presentation"], "");
    command["keys"] = json!({});
    command["issuerDocument"] = document;
    assert_eq!(run(&command).1, 0);
    command["issuerDocument"]["assertionMethod"] = json!([]);
    assert_eq!(run(&command).1, 4);
    present["issuerDocument"]["assertionMethod"] = json!([]);
    let (refused, code) = run(&present);
    assert_eq!(code, 3, "{refused}");

    let public = IssuerKey::ed25519(&[7; 32]).public().clone();
    let did = public.to_did_key();
    let method = format!("{did}#{}", public.as_multibase());
    let mut command = issue("eddsa-rdfc-2022");
    command["issuer"] = json!(did);
    command["verificationMethod"] = json!(method);
    let (issued, code) = run(&command);
    assert_eq!(code, 0, "{issued}");
    let mut command = verify(&issued["credential"], "");
    command["issuer"] = json!(did);
    command["keys"] = json!({});
    let (verified, code) = run(&command);
    assert_eq!(code, 0, "{verified}");
}

#[test]
fn answers_name_the_protocol_and_commands_of_others_are_refused() {
    let mut command = issue("eddsa-rdfc-2022");
    command["protocol"] = json!(PROTOCOL);
    let (issued, code) = run(&command);
    assert_eq!(code, 0, "{issued}");
    assert_eq!(issued["protocol"], PROTOCOL);
    for other in [json!(PROTOCOL + 1), json!("1"), json!(null)] {
        command["protocol"] = other;
        let (refused, code) = run(&command);
        assert_eq!(code, 2, "{refused}");
        assert_eq!(refused["protocol"], PROTOCOL);
    }
}

#[test]
fn a_credential_that_is_refused_has_exit_code_4_and_its_report() {
    let key = IssuerKey::ed25519(&[7; 32]).public().as_multibase().to_owned();
    let (issued, code) = run(&issue("eddsa-rdfc-2022"));
    assert_eq!(code, 0, "{issued}");
    let mut changed = issued["credential"].clone();
    changed["credentialSubject"]["givenName"] = json!("Eve");
    let (refused, code) = run(&verify(&changed, &key));
    assert_eq!(code, 4);
    assert_eq!(refused["valid"], false);
    assert_eq!(refused["checks"][2]["outcome"], "failed");
    assert!(!refused.to_string().contains("Eve"));
}

/// More than half of all 32 bytes are no scalar below the order of the group.
#[test]
fn any_32_bytes_are_a_key_for_bbs() {
    for digits in ["ff", "00"] {
        let mut command = issue("bbs-2023");
        command["key"] = json!(digits.repeat(32));
        let (issued, code) = run(&command);
        assert_eq!(code, 0, "{issued}");
        let key = issued["publicKeyMultibase"].as_str().unwrap();
        assert!(key.starts_with("zUC7"), "{key}");
    }
}

#[test]
fn commands_that_are_wrong_say_what_is_wrong_and_show_no_value() {
    let without = |name: &str| {
        let mut command = issue("bbs-2023");
        command.as_object_mut().unwrap().remove(name);
        command
    };
    let with = |name: &str, value: Value| {
        let mut command = issue("bbs-2023");
        command[name] = value;
        command
    };
    for (command, code, message) in [
        (json!({}), 2, "`command` must be issue, present or verify"),
        (without("key"), 2, "missing or unknown member `key`"),
        (
            with("secret", json!(SECRET)),
            2,
            "missing or unknown member `secret`",
        ),
        (with("key", json!("07")), 2, "`key` must be 64 hex digits"),
        (
            with("types", json!("secret")),
            2,
            "a member of the command has the wrong type",
        ),
        (with("suite", json!("rsa")), 3, "unsupported cryptosuite"),
        (with("context", json!(["urn:x"])), 3, "not pinned"),
    ] {
        let (answer, exit_code) = run(&command);
        let text = answer["error"]["message"].as_str().unwrap();
        assert!(text.contains(message), "{text}");
        assert_eq!(exit_code, code, "{text}");
        assert!(!answer.to_string().contains(SECRET), "{text}");
    }
    assert_eq!(command::run(b"{", NOW).exit_code, 2);
    assert_eq!(command::run(&vec![b' '; 8 * 1024 * 1024 + 1], NOW).exit_code, 2);
}

#[test]
fn the_binary_reads_stdin_and_writes_one_document() {
    let mut process = Command::new(env!("CARGO_BIN_EXE_air-ssi"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = process.stdin.take().unwrap();
    stdin.write_all(issue("bbs-2023").to_string().as_bytes()).unwrap();
    drop(stdin);
    let output = process.wait_with_output().unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{answer}");
    assert_eq!(answer["credential"]["proof"]["cryptosuite"], "bbs-2023");
}

#[test]
fn the_binary_has_no_argument_but_its_version() {
    let binary = || Command::new(env!("CARGO_BIN_EXE_air-ssi"));
    let output = binary().arg("--help").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("Usage: air-ssi"));
    let output = binary().arg("--version").output().unwrap();
    assert!(output.status.success());
    let version = format!("air-ssi {} (protocol {PROTOCOL})\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(String::from_utf8_lossy(&output.stdout), version);
}
