//! The agreement of a custodian before contributing to a ceremony.

use serde_json::Value;

use super::{called, dealt, join, strs};
use crate::support::TestEnv;

/// A coordinator who has the public group file writes a reshare to keys of its own.
#[test]
fn a_hostile_coordinator_gets_no_share_for_keys_that_were_not_agreed_on() {
    let env = dealt();
    let agreed_keys = join(&env, "secp256r1", 3);
    let hostile_keys = [1, 2].map(|i| {
        let out = format!("hostile-{i}.pem");
        let run = env.air(&["custody", "join", "--out", &out, "--json"]).succeeded();
        run.json()["didKey"].as_str().unwrap().to_owned()
    });
    let call = ["reshare", "--group", "group.json", "--threshold", "2"];
    let agreed = called(&env, &call, "agreed.json", &strs(&agreed_keys));
    let hostile = called(&env, &call, "hostile.json", &strs(&hostile_keys));
    assert_ne!(agreed, hostile);

    let contribute = |ceremony: &str, more: &[&str]| {
        let start = [
            "custody",
            "contribute",
            "--ceremony",
            ceremony,
            "--share",
            "share-1.json",
            "--out",
            "dealing.json",
        ];
        env.air(&[&start[..], more].concat())
    };
    // The command of old names no group of the custodian's own.
    contribute("hostile.json", &[]).failed_with(2, "--group");
    let own = ["--group", "group.json"];
    let unconfirmed = contribute("hostile.json", &own);
    unconfirmed.failed_with(2, "--ceremony-id FINGERPRINT");
    let group: Value = serde_json::from_slice(&env.read("group.json")).unwrap();
    for shown in [
        group["publicKey"].as_str().unwrap(),
        "2 of 2 custodians",
        &hostile_keys[0],
        &hostile_keys[1],
        &hostile,
    ] {
        assert!(
            unconfirmed.stderr.contains(shown),
            "{shown}: {}",
            unconfirmed.stderr
        );
    }
    contribute("hostile.json", &[&own[..], &["--ceremony-id", &agreed]].concat())
        .failed_with(3, "its fingerprint differs");
    contribute(
        "hostile.json",
        &[&own[..], &["--ceremony-id", &hostile[..16]]].concat(),
    )
    .failed_with(2, "64 hexadecimal digits");
    // Nobody answers for a custodian: stdin is no terminal.
    let start = [
        "custody",
        "contribute",
        "--ceremony",
        "hostile.json",
        "--share",
        "share-1.json",
    ];
    env.air_with(&[&start[..], &own].concat(), "y\n")
        .failed_with(2, "on a terminal");

    // A ceremony around a group that the coordinator made, under the same name.
    env.air(&[
        "custody",
        "deal",
        "--threshold",
        "2",
        "--shares",
        "3",
        "--issuer",
        "did:x:i",
        "--key-id",
        "vault",
        "--out",
        "other",
    ])
    .succeeded();
    let call = ["reshare", "--group", "other/group.json", "--threshold", "2"];
    let foreign = called(&env, &call, "foreign.json", &strs(&hostile_keys));
    contribute("foreign.json", &[&own[..], &["--ceremony-id", &foreign]].concat())
        .failed_with(3, "the key of another group");
    assert!(!env.names().contains(&"dealing.json".to_owned()));

    let spaced: Vec<String> = agreed
        .to_uppercase()
        .as_bytes()
        .chunks(4)
        .map(|four| String::from_utf8(four.to_vec()).unwrap())
        .collect();
    contribute(
        "agreed.json",
        &[&own[..], &["--ceremony-id", &spaced.join(" ")]].concat(),
    )
    .succeeded();
    env.read("dealing.json");
}

#[test]
fn a_part_of_a_new_key_needs_the_custodians_agreement_too() {
    let env = TestEnv::new();
    let custodians = join(&env, "secp256r1", 2);
    let call = [
        "dkg",
        "--issuer",
        "did:x:i",
        "--key-id",
        "vault",
        "--threshold",
        "2",
    ];
    let fingerprint = called(&env, &call, "made.json", &strs(&custodians));
    let contribute = [
        "custody",
        "contribute",
        "--ceremony",
        "made.json",
        "--key",
        "secp256r1-custodian-1.pem",
    ];
    let run = env.air(&contribute);
    run.failed_with(2, "missing agreement");
    assert!(run.stdout.is_empty());
    assert!(
        run.stderr.contains(&fingerprint) && run.stderr.contains(&custodians[1]),
        "{}",
        run.stderr
    );
    let other = "0".repeat(64);
    env.air(&[&contribute[..], &["--ceremony-id", &other]].concat())
        .failed_with(3, "its fingerprint differs");
    env.air(&[&contribute[..], &["--ceremony-id", &fingerprint]].concat())
        .succeeded();
}

#[cfg(unix)]
#[test]
fn at_a_terminal_a_custodian_is_asked() {
    use rexpect::{process::WaitStatus, spawn_with_options};

    let env = TestEnv::new();
    let custodians = join(&env, "secp256r1", 2);
    let call = [
        "dkg",
        "--issuer",
        "did:x:i",
        "--key-id",
        "vault",
        "--threshold",
        "2",
    ];
    let fingerprint = called(&env, &call, "made.json", &strs(&custodians));
    for (answer, code) in [("", 1), ("n", 1), ("y", 0)] {
        let mut command = std::process::Command::new(crate::support::binary());
        command
            .args(["custody", "contribute", "--ceremony", "made.json"])
            .args(["--key", "secp256r1-custodian-1.pem", "--out", "dealing.json"])
            .current_dir(env.path(""));
        let options = rexpect::reader::Options::new().timeout_ms(Some(60_000));
        let mut session = spawn_with_options(command, options).unwrap();
        session.exp_string(&fingerprint).unwrap();
        session.exp_string("[y/N]").unwrap();
        session.send_line(answer).unwrap();
        session.exp_eof().unwrap();
        let status = session.process().wait().unwrap();
        assert!(
            matches!(status, WaitStatus::Exited(_, ended) if ended == code),
            "{answer}: {status:?}"
        );
        assert_eq!(env.names().contains(&"dealing.json".to_owned()), code == 0);
    }
}
