//! Ceremonies: a key is made without a dealer, its shares are renewed, and it moves to other custodians.

use serde_json::Value;

use super::{called, join, strs};
use crate::support::{self, TestEnv};

/// Each custodian's end of a ceremony, in a folder of their own; all their fingerprints are one.
fn finish(env: &TestEnv, curve: &str, name: &str, count: usize, dealings: &[&str]) {
    let mut fingerprints = Vec::new();
    for i in 1..=count {
        let (key, out) = (format!("{curve}-custodian-{i}.pem"), format!("{name}-{i}"));
        let ceremony = format!("{name}.json");
        let start = [
            "custody",
            "finish",
            "--ceremony",
            &ceremony,
            "--key",
            &key,
            "--out",
            &out,
        ];
        let run = env
            .air(&[&start[..], &["--json", "--dealing"], dealings].concat())
            .succeeded()
            .json();
        assert_eq!(run["index"], i);
        fingerprints.push(run["fingerprint"].as_str().unwrap().to_owned());
    }
    fingerprints.dedup();
    assert_eq!(fingerprints.len(), 1);
}

/// Opens `sealed` with the shares of some custodians of a ceremony.
fn open_with(env: &TestEnv, name: &str, custodians: &[usize]) -> support::Run {
    let group = format!("{name}-1/group.json");
    let mut open = vec![
        "custody".to_owned(),
        "open".into(),
        "--group".into(),
        group.clone(),
    ];
    for i in custodians {
        let share = format!("{name}-{i}/share-{i}.json");
        let partial = [
            "custody", "partial", "--share", &share, "--group", &group, "sealed",
        ];
        let file = format!("{name}-partial-{i}.json");
        env.write(&file, env.air(&partial).succeeded().stdout);
        open.extend(["--partial".into(), file]);
    }
    open.extend(["sealed".into(), "-".into()]);
    env.air(&strs(&open))
}

/// Calls for a ceremony, has some dealers contribute, and everyone finish.
fn hold(
    env: &TestEnv,
    curve: &str,
    name: &str,
    call: &[&str],
    custodians: &[&str],
    dealers: &[(&str, String)],
) {
    let ceremony = format!("{name}.json");
    let fingerprint = called(env, call, &ceremony, custodians);
    let mut dealings = Vec::new();
    for (place, (kind, file)) in dealers.iter().enumerate() {
        let out = format!("{name}-dealing-{place}.json");
        let mut arguments = vec!["custody", "contribute", "--ceremony", &ceremony, kind, file];
        let own_group = file
            .rsplit_once('/')
            .map(|(folder, _)| format!("{folder}/group.json"));
        if let Some(group) = own_group.as_ref().filter(|_| *kind == "--share") {
            arguments.extend(["--group", group]);
        }
        arguments.extend(["--ceremony-id", &fingerprint, "--out", &out]);
        env.air(&arguments).succeeded();
        dealings.push(out);
    }
    finish(env, curve, name, custodians.len(), &strs(&dealings));
}

#[test]
fn a_key_is_made_without_a_dealer_renewed_and_moved() {
    for curve in ["secp256r1", "secp256k1"] {
        let env = TestEnv::new();
        let custodians = join(&env, curve, 4);
        let (three, four) = (strs(&custodians[..3]), strs(&custodians));
        let call = [
            "dkg",
            "--threshold",
            "2",
            "--issuer",
            "did:x:i",
            "--key-id",
            "vault",
            "--curve",
            curve,
        ];
        let own = [1, 2, 3].map(|i| ("--key", format!("{curve}-custodian-{i}.pem")));
        hold(&env, curve, "made", &call, &three, &own);

        let group: Value = serde_json::from_slice(&env.read("made-1/group.json")).unwrap();
        let key = group["publicKey"].as_str().unwrap().to_owned();
        let seal = ["cak", "seal", "--curve", curve, "--public-key", &key];
        let context = ["--managed", "vault", "--issuer", "did:x:i", "-", "sealed"];
        env.air_with(&[&seal[..], &context].concat(), "the scan")
            .succeeded();
        assert_eq!(open_with(&env, "made", &[1, 3]).succeeded().stdout, b"the scan");

        // Custodian 2 lost their share: the other two renew everyone's.
        let call = ["refresh", "--group", "made-1/group.json"];
        let two = [3, 1].map(|i| ("--share", format!("made-{i}/share-{i}.json")));
        hold(&env, curve, "renewed", &call, &three, &two);
        assert_eq!(
            open_with(&env, "renewed", &[2, 3]).succeeded().stdout,
            b"the scan"
        );
        let partial = ["custody", "partial", "--share", "made-1/share-1.json", "--group"];
        env.air(&[&partial[..], &["renewed-1/group.json", "sealed"]].concat())
            .failed_with(3, "does not belong to this group");

        // To four custodians, any three of whom open.
        let call = ["reshare", "--group", "renewed-2/group.json", "--threshold", "3"];
        let two = [2, 3].map(|i| ("--share", format!("renewed-{i}/share-{i}.json")));
        hold(&env, curve, "moved", &call, &four, &two);
        assert_eq!(
            open_with(&env, "moved", &[4, 1, 2]).succeeded().stdout,
            b"the scan"
        );
        open_with(&env, "moved", &[4, 1]).failed_with(3, "too few partials: 2 of 3");
    }
}

#[test]
fn a_ceremony_names_who_cheats_and_what_is_missing() {
    let env = TestEnv::new();
    let custodians = join(&env, "secp256r1", 2);
    let start = ["custody", "dkg", "--issuer", "did:x:i", "--key-id", "vault"];
    let call = [&start[1..], &["--threshold", "2"]].concat();
    let fingerprint = called(&env, &call, "made.json", &strs(&custodians));
    for i in ["1", "2"] {
        let (key, out) = (
            format!("secp256r1-custodian-{i}.pem"),
            format!("dealing-{i}.json"),
        );
        env.air(&[
            "custody",
            "contribute",
            "--ceremony",
            "made.json",
            "--key",
            &key,
            "--ceremony-id",
            &fingerprint,
            "--out",
            &out,
        ])
        .succeeded();
    }
    let finish = |key: &str, dealings: &[&str]| {
        let start = [
            "custody",
            "finish",
            "--ceremony",
            "made.json",
            "--out",
            "out",
            "--key",
            key,
            "--dealing",
        ];
        env.air(&[&start[..], dealings].concat())
    };
    let key = "secp256r1-custodian-1.pem";
    finish(key, &["dealing-1.json"]).failed_with(3, "too few dealings: 1 of 2");
    finish(key, &["dealing-1.json", "dealing-1.json"]).failed_with(3, "two dealings of custodian 1");
    let mut spoiled: Value = serde_json::from_slice(&env.read("dealing-2.json")).unwrap();
    spoiled["sealed"][0] = spoiled["sealed"][1].clone();
    env.write("spoiled.json", spoiled.to_string());
    finish(key, &["dealing-1.json", "spoiled.json"])
        .failed_with(3, "custodian 2 sent an inconsistent dealing");
    finish(key, &["dealing-1.json", "made.json"]).failed_with(3, "made.json: this is not a dealing");
    join(&env, "secp256k1", 1);
    finish("secp256k1-custodian-1.pem", &["dealing-1.json", "dealing-2.json"])
        .failed_with(3, "use the same curve");
    env.air(&["custody", "join", "--out", "stranger.pem"]).succeeded();
    finish("stranger.pem", &["dealing-1.json", "dealing-2.json"])
        .failed_with(3, "belongs to no custodian of the ceremony");
    assert!(!env.names().contains(&"out".to_owned()));
    finish(key, &["dealing-1.json", "dealing-2.json"]).succeeded();
    finish(key, &["dealing-1.json", "dealing-2.json"]).failed_with(1, "exists");

    env.air(&["custody", "join", "--out", key])
        .failed_with(1, "never overwritten");
    let share = [
        "custody",
        "contribute",
        "--ceremony",
        "made.json",
        "--share",
        "out/share-1.json",
        "--group",
        "out/group.json",
    ];
    env.air(&share).failed_with(2, "there is no share yet");
    let five = [&["--threshold", "5", "--custodian"][..], &strs(&custodians)].concat();
    env.air(&[&start[..], &five].concat())
        .failed_with(2, "invalid threshold 5 for 2 custodians");
    let bad = [
        "--threshold",
        "2",
        "--custodian",
        &custodians[0],
        "did:key:zDnaNone",
    ];
    env.air(&[&start[..], &bad].concat())
        .failed_with(3, "custodian 2: public key");
}
