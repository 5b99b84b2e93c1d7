//! Predicate proofs through the program `air-zk`: without it, with a stand-in, and with the real one.

use std::{ffi::OsString, os::unix::fs::symlink};

use serde_json::{Value, json};

use crate::support::{Run, TestEnv};

const CHALLENGE: &str = "0909090909090909090909090909090909090909090909090909090909090909";
const DAY: u64 = 24 * 60 * 60;

const SCHEMA: &str = r#"{
    "title": "Account",
    "attributes": [
        { "name": "country", "type": "string", "required": true },
        { "name": "birthDate", "type": "date", "required": true },
        { "name": "balance", "type": "number" }
    ]
}"#;
const SUBJECT: &str = r#"{ "country": "PT", "birthDate": "1990-05-01", "balance": 1250.75 }"#;

pub(crate) const KEYS: [&str; 14] = [
    "proof",
    "keys",
    "--issuer",
    "did:web:issuer.example",
    "--schema",
    "account.json",
    "--schema-id",
    "account-1",
    "--scale",
    "balance=2",
    "--key-out",
    "issuer.hex",
    "--scheme-out",
    "scheme.json",
];
pub(crate) const COMMIT: [&str; 10] = [
    "proof",
    "commit",
    "--scheme",
    "scheme.json",
    "--challenge",
    CHALLENGE,
    "--secret-out",
    "secret.hex",
    "--out",
    "commitment.hex",
];
pub(crate) const ISSUE: [&str; 17] = [
    "proof",
    "issue",
    "--scheme",
    "scheme.json",
    "--key",
    "issuer.hex",
    "--id",
    "c-1",
    "--challenge",
    CHALLENGE,
    "--commitment",
    "commitment.hex",
    "--record-out",
    "record.json",
    "--out",
    "credential.json",
    "subject.json",
];
pub(crate) const TOKEN: [&str; 9] = [
    "proof",
    "token",
    "--scheme",
    "scheme.json",
    "--key",
    "issuer.hex",
    "--out",
    "token.hex",
    "record.json",
];
pub(crate) const REQUEST: [&str; 12] = [
    "proof",
    "request",
    "--scheme",
    "scheme.json",
    "--verifier",
    "did:web:shop.example",
    "--program",
    "adults",
    "--condition",
    "birthDate less 2006-11-30",
    "--disclose",
    "country",
];
pub(crate) const PRESENT: [&str; 13] = [
    "proof",
    "present",
    "--scheme",
    "scheme.json",
    "--credential",
    "credential.json",
    "--token",
    "token.hex",
    "--secret",
    "secret.hex",
    "--out",
    "proof.hex",
    "request.json",
];
pub(crate) const VERIFY: [&str; 6] = [
    "verify-proof",
    "--scheme",
    "scheme.json",
    "--request",
    "request.json",
    "proof.hex",
];

/// A folder with a schema and a subject.
pub(crate) fn test_env() -> TestEnv {
    let env = TestEnv::new();
    env.write("account.json", SCHEMA);
    env.write("subject.json", SUBJECT);
    env
}

/// Runs a command with the real program.
pub(crate) fn air(env: &TestEnv, arguments: &[&str]) -> Run {
    let program = std::env::var_os("AIR_ZK").expect("`cargo xtask zk` sets AIR_ZK");
    env.air_in(("AIR_ZK", program), arguments, "")
}

fn out<'a>(command: &[&'a str], path: &'a str) -> Vec<&'a str> {
    [command, &["--out", path]].concat()
}

/// A folder in which an issuer, a holder and a verifier have done everything up to the proof.
fn proved() -> TestEnv {
    let env = test_env();
    for command in [&KEYS[..], &COMMIT, &ISSUE, &TOKEN] {
        air(&env, command).succeeded();
    }
    air(&env, &out(&REQUEST, "request.json")).succeeded();
    air(&env, &PRESENT).succeeded();
    env
}

/// Files that are read before the program is looked for.
fn stand_in_env() -> TestEnv {
    let env = test_env();
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    env.write("scheme.json", json!({ "schema": schema }).to_string());
    env.write("request.json", r#"{"conditions":[]}"#);
    for name in ["credential.json", "record.json"] {
        env.write(name, "{}");
    }
    for name in [
        "issuer.hex",
        "commitment.hex",
        "token.hex",
        "secret.hex",
        "proof.hex",
    ] {
        env.write(name, "00");
    }
    env
}

/// Runs a command with a stand-in for the program.
fn with_stand_in(env: &TestEnv, behaviour: &str, arguments: &[&str]) -> Run {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/programs/helper.sh");
    let link = env.path("air-zk");
    if !link.exists() {
        symlink(script, &link).unwrap();
    }
    env.write("behaviour", behaviour);
    env.air_in(("AIR_ZK", link), arguments, "")
}

/// With `--force`, too: a key or a secret would be lost.
#[test]
fn an_output_does_not_replace_another_file_of_its_command() {
    let env = stand_in_env();
    for (command, output, other) in [
        (&KEYS[..], "scheme.json", "./issuer.hex"),
        (&COMMIT[..], "commitment.hex", "secret.hex"),
        (&ISSUE[..], "credential.json", "record.json"),
        (&TOKEN[..], "token.hex", "issuer.hex"),
        (&PRESENT[..], "proof.hex", "secret.hex"),
    ] {
        let mut arguments: Vec<&str> = command
            .iter()
            .map(|argument| if *argument == output { other } else { *argument })
            .collect();
        arguments.push("--force");
        env.air(&arguments)
            .failed_with(2, "would replace another file of this command");
    }
    for name in ["issuer.hex", "secret.hex"] {
        assert_eq!(env.read(name), b"00", "{name}");
    }
}

const OTHER: [&str; 2] = ["--out", "other"];

#[test]
fn without_the_program_every_command_says_how_to_install_it() {
    let env = stand_in_env();
    let keys = [&KEYS[..10], &["--key-out", "new.hex", "--scheme-out", "new.json"]].concat();
    let commit = [&COMMIT[..6], &["--secret-out", "new.hex"]].concat();
    let issue = [
        &ISSUE[..12],
        &["--record-out", "new.json", "subject.json"],
        &OTHER,
    ]
    .concat();
    let token = [&TOKEN[..6], &["record.json"]].concat();
    let present = [&PRESENT[..10], &["request.json"]].concat();
    for command in [&keys[..], &commit, &issue, &token, &REQUEST, &present, &VERIFY] {
        let run = env.air_in(("PATH", ""), command, "");
        run.failed_with(1, "the program air-zk is not installed; predicate proofs need it");
        run.failed_with(1, "cargo install --path crates/air-zk --locked");
        run.failed_with(1, "nothing of it was audited");
        assert!(run.stdout.is_empty(), "{command:?}");
    }
    assert!(!env.path("new.hex").exists() && !env.path("new.json").exists());
    let run = env.air_in(("AIR_ZK", "nowhere"), &VERIFY, "");
    run.failed_with(1, "AIR_ZK names no file: nowhere");
}

#[test]
fn the_program_is_found_on_the_path() {
    let env = stand_in_env();
    let answer = r#"cat > /dev/null; echo '{"protocol":1,"valid":true,"disclosed":{},"epoch":7}'"#;
    // Puts the link in place.
    with_stand_in(&env, answer, &VERIFY).succeeded();
    let mut path = OsString::from(env.path(""));
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    let run = env.air_in(("PATH", path), &VERIFY, "").succeeded();
    assert_eq!(
        run.json(),
        json!({ "valid": true, "conditions": [], "disclosed": {}, "epoch": 7 })
    );
}

#[test]
fn only_an_answer_that_agrees_with_its_exit_code_is_one() {
    let env = stand_in_env();
    let valid = r#"{"protocol":1,"valid":true,"disclosed":{},"epoch":7}"#;
    let invalid = r#"{"protocol":1,"valid":false,"failed":"proof","reason":"it is wrong"}"#;
    for behaviour in [
        format!("echo '{valid}'; exit 4"),
        format!("echo '{invalid}'"),
        r#"echo '{"protocol":1}'"#.to_owned(),
        r#"echo '{"protocol":1,"valid":true,"disclosed":[],"epoch":7}'"#.to_owned(),
    ] {
        let run = with_stand_in(&env, &behaviour, &VERIFY);
        run.failed_with(1, "gave an unexpected answer");
        assert!(run.stdout.is_empty(), "{behaviour}");
    }
    with_stand_in(&env, "echo '{\"protocol\":2}'", &VERIFY).failed_with(1, "is another version");
    let refused = with_stand_in(&env, &format!("echo '{invalid}'; exit 4"), &VERIFY);
    refused.failed_with(4, "proof refused: it is wrong");
    assert_eq!(
        refused.json(),
        json!({ "valid": false, "failed": "proof", "reason": "it is wrong" })
    );
}

#[test]
fn a_subject_that_breaks_the_schema_is_refused_before_it_is_signed() {
    let env = stand_in_env();
    env.write("subject.json", r#"{ "country": "PT", "birthDate": "soon" }"#);
    let issue = [
        &ISSUE[..12],
        &["--record-out", "new.json", "subject.json"],
        &OTHER,
    ]
    .concat();
    with_stand_in(&env, "exit 7", &issue).failed_with(3, "does not conform to schema");
}

#[test]
fn one_input_alone_is_stdin_and_secrets_never_go_to_stdout() {
    let env = stand_in_env();
    let verify = [&VERIFY[..3], &["--request", "-", "-"]].concat();
    env.air(&verify)
        .failed_with(2, "only one input can be read from stdin");
    let commit = [&COMMIT[..6], &["--secret-out", "-"]].concat();
    env.air(&commit)
        .failed_with(2, "the secret can't be written to stdout");
    let keys = [&KEYS[..10], &["--key-out", "-", "--scheme-out", "s.json"]].concat();
    env.air(&keys)
        .failed_with(2, "the key and the scheme can't be written to stdout");
}

#[test]
fn a_condition_or_a_scale_that_is_not_one_is_wrong_usage() {
    let env = stand_in_env();
    let request = [&REQUEST[..8], &["--condition", "birthDate before 2006"]].concat();
    env.air(&request)
        .failed_with(2, "must be ATTRIBUTE OPERATOR VALUE");
    let keys = [&KEYS[..8], &["--scale", "balance"], &KEYS[10..]].concat();
    env.air(&keys).failed_with(2, "must be ATTRIBUTE=PLACES");
}

#[test]
#[ignore = "needs air-zk: cargo xtask zk builds it and sets AIR_ZK"]
fn a_condition_is_proved_and_verified() {
    let env = proved();
    let verified = air(&env, &VERIFY).succeeded().json();
    assert_eq!(verified["valid"], true);
    assert_eq!(verified["disclosed"], json!({ "country": "PT" }));
    assert_eq!(
        verified["conditions"],
        json!([{ "attribute": "birthDate", "operator": "less", "value": "2006-11-30" }])
    );
    let proof = String::from_utf8(env.read("proof.hex")).unwrap();
    // The program has no request of its own on stdin: it is the one of the file.
    let program = std::env::var_os("AIR_ZK").unwrap();
    let stdin = [&VERIFY[..5], &["-"]].concat();
    env.air_in(("AIR_ZK", program), &stdin, proof).succeeded();
}

#[test]
#[ignore = "needs air-zk: cargo xtask zk builds it and sets AIR_ZK"]
fn a_proof_is_refused_for_another_request_and_after_its_time() {
    let env = proved();
    air(&env, &out(&REQUEST, "other.json")).succeeded();
    let other = [&VERIFY[..3], &["--request", "other.json", "proof.hex"]].concat();
    let refused = air(&env, &other);
    refused.failed_with(4, "proof refused");
    assert_eq!(refused.json()["failed"], "proof");

    let request: Value = serde_json::from_slice(&env.read("request.json")).unwrap();
    let late = (request["expiresAt"].as_u64().unwrap() + 1).to_string();
    let refused = air(&env, &[&VERIFY[..], &["--at", &late]].concat());
    refused.failed_with(4, "the request expired");
    assert_eq!(refused.json()["failed"], "expiry");

    let mut lasting = request;
    // The largest number that every JSON reader reads exactly.
    lasting["expiresAt"] = json!((1_u64 << 53) - 1);
    env.write("request.json", lasting.to_string());
    let in_a_week = (late.parse::<u64>().unwrap() + 7 * DAY).to_string();
    let refused = air(&env, &[&VERIFY[..], &["--at", &in_a_week]].concat());
    refused.failed_with(4, "the epoch token is not valid");
    assert_eq!(refused.json()["failed"], "epoch");
}

#[test]
#[ignore = "needs air-zk: cargo xtask zk builds it and sets AIR_ZK"]
fn a_false_condition_has_no_proof() {
    let env = proved();
    let false_condition = [&REQUEST[..8], &["--condition", "balance greater 2000"]].concat();
    air(&env, &out(&false_condition, "false.json")).succeeded();
    let run = air(&env, &[&PRESENT[..10], &["false.json"]].concat());
    run.failed_with(3, "does not satisfy the condition on `balance`");
    assert!(!run.stderr.contains("1250.75"));
    let unprovable = [&REQUEST[..8], &["--condition", "country less PT"]].concat();
    air(&env, &unprovable).failed_with(3, "texts and booleans have no order");
}

#[test]
#[ignore = "needs air-zk: cargo xtask zk builds it and sets AIR_ZK"]
fn the_secret_and_the_token_of_another_credential_are_refused() {
    let env = proved();
    let commit = [
        &COMMIT[..6],
        &["--secret-out", "secret2.hex", "--out", "commitment2.hex"],
    ]
    .concat();
    air(&env, &commit).succeeded();
    let issue = [
        &ISSUE[..10],
        &["--commitment", "commitment2.hex", "--record-out", "record2.json"],
        &["--out", "credential2.json", "subject.json"],
    ]
    .concat();
    air(&env, &issue).succeeded();
    let token = [&TOKEN[..6], &["--out", "token2.hex", "record2.json"]].concat();
    air(&env, &token).succeeded();
    let present = |token: &str, secret: &str| {
        let arguments = ["--token", token, "--secret", secret, "request.json"];
        air(&env, &[&PRESENT[..6], &arguments].concat())
    };
    present("token2.hex", "secret.hex").failed_with(3, "the epoch token does not verify");
    present("token.hex", "secret2.hex").failed_with(3, "the issuer's signature does not verify");
    present("token.hex", "secret.hex").succeeded();
}

#[test]
#[ignore = "needs air-zk: cargo xtask zk builds it and sets AIR_ZK"]
fn files_are_replaced_only_with_force_and_keys_never() {
    let env = proved();
    for (command, kept) in [
        (&KEYS[..], "issuer.hex"),
        (&COMMIT, "secret.hex"),
        (&ISSUE, "record.json"),
    ] {
        let before = env.read(kept);
        let run = air(&env, &[command, &["--force"]].concat());
        run.failed_with(1, "already exists");
        run.failed_with(1, "is never overwritten");
        assert_eq!(env.read(kept), before, "{kept}");
    }
    let request = out(&REQUEST, "request.json");
    for (command, kept) in [
        (&TOKEN[..], "token.hex"),
        (&request, "request.json"),
        (&PRESENT, "proof.hex"),
    ] {
        let before = env.read(kept);
        let run = air(&env, command);
        run.failed_with(1, "already exists");
        run.failed_with(1, "--force replaces it");
        assert_eq!(env.read(kept), before, "{kept}");
        air(&env, &[command, &["--force"]].concat()).succeeded();
        assert_ne!(env.read(kept), before, "{kept}");
    }
}

#[test]
#[ignore = "needs air-zk: cargo xtask zk builds it and sets AIR_ZK"]
fn keys_secrets_and_records_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let env = proved();
    for name in [
        "issuer.hex",
        "secret.hex",
        "record.json",
        "credential.json",
        "token.hex",
    ] {
        let mode = std::fs::metadata(env.path(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}
