//! `--json`: exactly one document on stdout, whatever happens.

use serde_json::json;

use crate::support::{HELP, TestEnv, document, example, server::Server, stems};

/// The commands without commands below them, by their snapshots of `--help`.
fn leaves() -> Vec<Vec<String>> {
    let helps = stems(HELP)
        .into_iter()
        .map(|name| std::fs::read_to_string(format!("{HELP}/{name}.txt")).unwrap());
    helps
        .filter(|help| !help.contains("<COMMAND>") && !help.contains("\nCommands:"))
        .map(|help| {
            let usage = help
                .lines()
                .find_map(|line| line.strip_prefix("Usage: air "))
                .unwrap();
            let words = usage
                .split(' ')
                .take_while(|word| word.starts_with(|first: char| first.is_ascii_lowercase()));
            words.map(str::to_owned).collect()
        })
        .collect()
}

#[test]
fn every_command_reports_wrong_usage_as_a_document() {
    let leaves = leaves();
    assert!(leaves.len() > 50, "{leaves:?}");
    let env = TestEnv::new();
    for leaf in leaves {
        let mut arguments: Vec<&str> = leaf.iter().map(String::as_str).collect();
        arguments.extend(["--json", "--no-such-option"]);
        let case = arguments.join(" ");
        let run = env.air(&arguments);
        assert_eq!(run.code, 2, "{case}: {run:?}");
        let error = &document(&run.stdout, &case)["error"];
        assert_eq!(error["code"], "wrongUsage", "{case}");
        let message = error["message"].as_str().unwrap();
        assert!(
            message.contains("--no-such-option") && !message.starts_with("error"),
            "{case}: {message}"
        );
    }
}

#[test]
fn a_failure_without_an_answer_is_a_document() {
    let env = TestEnv::new();
    env.write("partner-key.pem", "");
    for (arguments, exit, code, reason) in [
        (&["keys", "generate", "--json"][..], 1, "failed", "already exists"),
        (&["sandbox", "reset", "--json"], 2, "wrongUsage", "--yes"),
        (
            &["cak", "inspect", "--json", "partner-key.pem"],
            3,
            "inputRejected",
            "partner-key.pem",
        ),
        (
            &["schema", "search", "--json", "--url", "http://127.0.0.1:1", "age"],
            5,
            "unreachable",
            "127.0.0.1:1",
        ),
    ] {
        let case = arguments.join(" ");
        let run = env.air(arguments);
        run.failed_with(exit, reason);
        let error = &document(&run.stdout, &case)["error"];
        assert_eq!(error["code"], code, "{case}");
        assert!(
            run.stderr.contains(error["message"].as_str().unwrap()),
            "{case}: {error}"
        );
    }
    let without = env.air(&["cak", "inspect", "partner-key.pem"]);
    assert!(
        without.stdout.is_empty(),
        "stdout has text only with --json: {without:?}"
    );
}

#[test]
fn a_negative_answer_is_the_commands_own_document() {
    let env = TestEnv::new();
    let (schema, wrong) = (example("schema.json"), example("subject-wrong.json"));
    let run = env.air(&["schema", "validate", "--json", "--schema", &schema, &wrong]);
    assert_eq!(run.code, 3, "{run:?}");
    let answer = document(&run.stdout, "schema validate");
    assert!(answer.get("error").is_none() && answer.is_object(), "{answer}");
}

#[test]
fn a_rejected_token_has_its_code() {
    let env = TestEnv::new();
    let platform = Server::start(
        &env.path(""),
        &["sandbox", "up", "--listen", "127.0.0.1:0", "--require-token"],
    );
    env.write("token", "wrong");
    let clock = [
        "sandbox",
        "clock",
        "--json",
        "--url",
        platform.url(),
        "--admin-token-file",
        "token",
    ];
    let run = env.air(&clock);
    assert_eq!(run.code, 4, "{run:?}");
    let document = document(&run.stdout, "sandbox clock");
    assert_eq!(document["error"]["code"], json!("notAuthorised"));
}

#[test]
fn a_command_whose_result_is_a_file_names_it() {
    let env = TestEnv::new();
    env.write("scan.jpg", "a scan");
    env.write("key.hex", "11".repeat(32));
    let key = [
        "--private-key-file",
        "key.hex",
        "--issuer",
        "did:x:i",
        "--managed",
        "vault",
    ];
    let public = env.air(&[
        "cak",
        "convert",
        "--json",
        "--public",
        "--to",
        "hex",
        "--private-key-file",
        "key.hex",
    ]);
    let public = public.succeeded().json()["key"].as_str().unwrap().to_owned();
    let seal = [
        "cak",
        "seal",
        "--json",
        "--public-key",
        &public,
        "--issuer",
        "did:x:i",
        "--managed",
        "vault",
    ];
    let open = |more: &[&str]| env.air(&[&["cak", "open", "--json"], &key[..], more].concat());
    let named = |run: &crate::support::Run, name: &str| {
        assert_eq!(run.code, 0, "{run:?}");
        assert_eq!(document(&run.stdout, name), json!({ "out": name }));
    };
    named(&env.air(&[&seal[..], &["scan.jpg"]].concat()), "scan.jpg.sealed");
    named(&open(&["scan.jpg.sealed", "opened.jpg"]), "opened.jpg");
    let sealed = env.read("scan.jpg.sealed");
    open(&["--force", "scan.jpg.sealed", "scan.jpg.sealed"])
        .failed_with(2, "the document would replace its container");
    assert_eq!(env.read("scan.jpg.sealed"), sealed);
    // Bytes on stdout are the result themselves.
    assert_eq!(open(&["scan.jpg.sealed", "-"]).stdout, b"a scan");
}
