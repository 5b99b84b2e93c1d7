//! The most common errors, pinned by snapshots: message, details, hint and exit code.

use crate::support::{Run, TestEnv, assert_snapshot, example};

fn assert_error(name: &str, run: &Run) {
    assert!(run.stdout.is_empty(), "{run:?}");
    let text = format!("{}exit code {}\n", run.stderr, run.code);
    assert_snapshot(&format!("errors/{name}.txt"), &text);
}

#[test]
fn usage_errors_match_their_snapshots() {
    let env = TestEnv::new();
    for (name, arguments) in [
        ("unknown-command", &["isue"][..]),
        ("missing-arguments", &["cak", "seal", "scan.jpg"]),
        ("unconfirmed-reset", &["sandbox", "reset"]),
    ] {
        assert_error(name, &env.air(arguments));
    }
}

#[test]
fn file_errors_match_their_snapshots() {
    let env = TestEnv::new();
    env.write("partner-key.pem", "");
    for (name, arguments) in [
        ("file-exists", &["keys", "generate"][..]),
        ("missing-file", &["cak", "inspect", "scan.jpg.sealed"]),
        ("not-a-container", &["cak", "inspect", "partner-key.pem"]),
    ] {
        assert_error(name, &env.air(arguments));
    }
}

#[test]
fn an_unreachable_platform_matches_its_snapshot() {
    let search = ["schema", "search", "--url", "http://127.0.0.1:1", "age"];
    assert_error("unreachable-platform", &TestEnv::new().air(&search));
}

#[test]
fn a_subject_that_does_not_conform_matches_its_snapshot() {
    let env = TestEnv::new();
    for (file, source) in [
        ("schema.json", "schema.json"),
        ("subject.json", "subject-wrong.json"),
    ] {
        std::fs::copy(example(source), env.path(file)).unwrap();
    }
    let validate = ["schema", "validate", "--schema", "schema.json", "subject.json"];
    assert_error("invalid-subject", &env.air(&validate));
}

#[test]
fn a_token_with_another_scope_matches_its_snapshot() {
    let env = TestEnv::new();
    env.air(&["keys", "generate", "--kid", "k1"]).succeeded();
    let set = env
        .air(&["jwks", "export", "--key", "partner-key.pem", "--kid", "k1"])
        .succeeded();
    env.write("jwks.json", set.stdout);
    let sign = [
        "token",
        "sign",
        "--key",
        "partner-key.pem",
        "--kid",
        "k1",
        "--partner-id",
        "p",
        "--scope",
        "issue",
    ];
    let token = env.air(&sign).succeeded();
    let verify = [
        "token",
        "verify",
        "--jwks",
        "jwks.json",
        "--scope",
        "verify",
        token.text(),
    ];
    assert_error("wrong-scope", &env.air(&verify));
}

#[test]
fn a_key_for_another_label_matches_its_snapshot() {
    let env = TestEnv::new();
    env.write("seed", "11".repeat(32));
    env.write("scan.jpg", "the scan");
    let context = ["--user", "u", "--issuer", "did:x:i", "--schema", "s"];
    let derive = [
        "cak",
        "derive",
        "--seed-file",
        "seed",
        "--private-key-out",
        "key",
        "--json",
    ];
    let derived = env.air(&[&derive[..], &context].concat()).succeeded().json();
    let key = derived["publicKey"].as_str().unwrap();
    let seal = ["cak", "seal", "--public-key", key, "scan.jpg"];
    env.air(&[&seal[..], &context].concat()).succeeded();
    let open = [
        "cak",
        "open",
        "--private-key-file",
        "key",
        "--label",
        "other",
        "scan.jpg.sealed",
        "opened.jpg",
    ];
    assert_error("wrong-label", &env.air(&[&open[..], &context].concat()));
}

#[test]
fn a_threshold_out_of_range_matches_its_snapshot() {
    let deal = [
        "custody",
        "deal",
        "--threshold",
        "4",
        "--shares",
        "3",
        "--issuer",
        "did:x:i",
        "--key-id",
        "vault",
        "--out",
        "custody",
    ];
    assert_error("invalid-threshold", &TestEnv::new().air(&deal));
}
