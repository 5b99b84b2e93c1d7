//! Containers that a group's custodians can open, and the difference of those that they can't.

use serde_json::json;

use super::dealt;
use crate::support::{Run, TestEnv};

/// Partials of custodians 1 and 2 for a container, in `partial-1.json` and `partial-2.json`.
fn write_partials(env: &TestEnv, sealed: &str) {
    for number in ["1", "2"] {
        let share = format!("share-{number}.json");
        let partial = ["custody", "partial", "--share", &share, "--group", "group.json"];
        let made = env.air(&[&partial[..], &[sealed]].concat()).succeeded();
        env.write(&format!("partial-{number}.json"), made.stdout);
    }
}

fn seal_as(env: &TestEnv, name: &[&str], sealed: &str) {
    let group: serde_json::Value = serde_json::from_slice(&env.read("group.json")).unwrap();
    let key = group["publicKey"].as_str().unwrap();
    let seal = ["cak", "seal", "--public-key", key, "document", sealed];
    env.air(&[&seal[..], name].concat()).succeeded();
}

const PARTIALS: [&str; 3] = ["--partial", "partial-1.json", "partial-2.json"];

fn verify(env: &TestEnv, sealed: &str, more: &[&str]) -> Run {
    let verify = ["custody", "verify", sealed, "--group", "group.json"];
    env.air(&[&verify[..], more].concat())
}

fn open(env: &TestEnv, sealed: &str, more: &[&str]) -> Run {
    let open = ["custody", "open", "--group", "group.json"];
    env.air(&[&open[..], more, &PARTIALS, &[sealed, "-"]].concat())
}

#[test]
fn a_quorum_that_can_open_a_container_is_told_so() {
    let env = dealt();
    let told = verify(&env, "sealed", &[]).succeeded();
    assert!(told.text().contains("pass 2 more partials"), "{}", told.text());
    write_partials(&env, "sealed");
    let told = verify(&env, "sealed", &PARTIALS).succeeded();
    assert!(
        told.text().contains("these custodians can open it"),
        "{}",
        told.text()
    );
    let json = verify(&env, "sealed", &[&PARTIALS[..], &["--json"]].concat())
        .succeeded()
        .json();
    assert_eq!(json["container"], json!({"opens": true}));
    assert_eq!(json["keyFingerprint"].as_str().unwrap().len(), 64);
    let json = verify(&env, "sealed", &["--partial", "partial-1.json", "--json"]).json();
    assert_eq!(json["container"], json!({"opens": null, "missingPartials": 1}));

    // A container that is damaged behind its header does not open, whatever its header says.
    let mut damaged = env.read("sealed");
    *damaged.last_mut().unwrap() ^= 1;
    env.write("damaged", damaged);
    verify(&env, "damaged", &PARTIALS).failed_with(3, "does not authenticate");
    let verify = ["custody", "verify", "--group", "group.json"];
    env.air(&[&verify[..], &PARTIALS].concat())
        .failed_with(2, "missing container");
}

#[test]
fn a_mistyped_key_id_is_found_and_the_container_opens_under_it() {
    let env = dealt();
    for (sealed, name) in [
        ("valt", &["--managed", "valt", "--issuer", "did:x:i"][..]),
        ("cak", &["--user", "u", "--issuer", "did:x:j", "--schema", "s"]),
    ] {
        seal_as(&env, name, sealed);
        write_partials(&env, sealed);
        open(&env, sealed, &[]).failed_with(3, "does not open the container");
        verify(&env, sealed, &PARTIALS).failed_with(3, "the key or the context or the label differs");
        let json = verify(&env, sealed, &[&PARTIALS[..], &["--json"]].concat());
        json.failed_with(3, "can't open");
        let json = json.json();
        assert_eq!(json["valid"], false);
        assert_eq!(
            json["container"],
            json!({"opens": false, "mayDiffer": ["key", "context", "label"]})
        );

        let told = verify(&env, sealed, &[&PARTIALS[..], name].concat()).succeeded();
        assert!(
            told.text().contains("under another context than the group's"),
            "{}",
            told.text()
        );
        assert_eq!(open(&env, sealed, name).succeeded().stdout, b"the scan");
    }
    // The other way round: the container is the group's, and the context that was passed is not.
    write_partials(&env, "sealed");
    let passed = [&PARTIALS[..], &["--managed", "valt"]].concat();
    let run = verify(&env, "sealed", &passed);
    run.failed_with(3, "the context differs");
    run.failed_with(3, "under the group's own context");
    let json = verify(&env, "sealed", &[&passed[..], &["--json"]].concat()).json();
    assert_eq!(json["container"], json!({"opens": false, "differs": ["context"]}));
}

#[test]
fn another_label_and_another_key_are_named() {
    let env = dealt();
    let own = ["--managed", "vault", "--issuer", "did:x:i"];
    seal_as(
        &env,
        &[&own[..], &["--label", "scan.jpg"]].concat(),
        "scan.jpg.sealed",
    );
    write_partials(&env, "scan.jpg.sealed");
    let run = verify(&env, "scan.jpg.sealed", &PARTIALS);
    run.failed_with(3, "the label differs");
    run.failed_with(3, "the file's name without its last extension");
    verify(
        &env,
        "scan.jpg.sealed",
        &[&PARTIALS[..], &["--label", "scan.jpg"]].concat(),
    )
    .succeeded();
    write_partials(&env, "sealed");
    verify(
        &env,
        "sealed",
        &[&PARTIALS[..], &["--label", "other", "--managed", "valt"]].concat(),
    )
    .failed_with(3, "the context and the label differs");

    let deal = ["custody", "deal", "--threshold", "2", "--shares", "2"];
    let name = ["--issuer", "did:x:i", "--key-id", "vault", "--curve", "secp256k1"];
    env.air(&[&deal[..], &name, &["--out", "other"]].concat())
        .succeeded();
    let seal = [
        "cak",
        "seal",
        "--group",
        "other/group.json",
        "document",
        "foreign",
    ];
    env.air(&seal).succeeded();
    let run = verify(&env, "foreign", &PARTIALS);
    run.failed_with(3, "the key differs");
    run.failed_with(3, "on secp256k1");
    env.write("key", "11".repeat(32));
    let convert = [
        "cak",
        "convert",
        "--private-key-file",
        "key",
        "--public",
        "--to",
        "hex",
    ];
    let other = env.air(&convert).succeeded();
    verify(&env, "sealed", &["--public-key", other.text()]).failed_with(3, "is not the group's public key");
}
