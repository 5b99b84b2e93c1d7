//! Containers that a group's custodians can open, and the difference of those that they can't.

use serde_json::json;

use super::dealt;
use crate::support::{Run, TestEnv};

/// Partials of custodians 1 and 2 for a container, in `partial-1.json` and `partial-2.json`.
fn write_partials(desk: &TestEnv, sealed: &str) {
    for number in ["1", "2"] {
        let share = format!("share-{number}.json");
        let partial = ["custody", "partial", "--share", &share, "--group", "group.json"];
        let made = desk.air(&[&partial[..], &[sealed]].concat()).succeeded();
        desk.write(&format!("partial-{number}.json"), made.stdout);
    }
}

fn seal_as(desk: &TestEnv, name: &[&str], sealed: &str) {
    let group: serde_json::Value = serde_json::from_slice(&desk.read("group.json")).unwrap();
    let key = group["publicKey"].as_str().unwrap();
    let seal = ["cak", "seal", "--public-key", key, "document", sealed];
    desk.air(&[&seal[..], name].concat()).succeeded();
}

const PARTIALS: [&str; 3] = ["--partial", "partial-1.json", "partial-2.json"];

fn verify(desk: &TestEnv, sealed: &str, more: &[&str]) -> Run {
    let verify = ["custody", "verify", sealed, "--group", "group.json"];
    desk.air(&[&verify[..], more].concat())
}

fn open(desk: &TestEnv, sealed: &str, more: &[&str]) -> Run {
    let open = ["custody", "open", "--group", "group.json"];
    desk.air(&[&open[..], more, &PARTIALS, &[sealed, "-"]].concat())
}

#[test]
fn a_quorum_that_can_open_a_container_is_told_so() {
    let desk = dealt();
    let told = verify(&desk, "sealed", &[]).succeeded();
    assert!(told.text().contains("pass 2 more partials"), "{}", told.text());
    write_partials(&desk, "sealed");
    let told = verify(&desk, "sealed", &PARTIALS).succeeded();
    assert!(
        told.text().contains("these custodians can open it"),
        "{}",
        told.text()
    );
    let json = verify(&desk, "sealed", &[&PARTIALS[..], &["--json"]].concat())
        .succeeded()
        .json();
    assert_eq!(json["container"], json!({"opens": true}));
    assert_eq!(json["keyFingerprint"].as_str().unwrap().len(), 64);
    let json = verify(&desk, "sealed", &["--partial", "partial-1.json", "--json"]).json();
    assert_eq!(json["container"], json!({"opens": null, "missingPartials": 1}));

    // A container that is damaged behind its header does not open, whatever its header says.
    let mut damaged = desk.read("sealed");
    *damaged.last_mut().unwrap() ^= 1;
    desk.write("damaged", damaged);
    verify(&desk, "damaged", &PARTIALS).failed_with(3, "does not authenticate");
    let verify = ["custody", "verify", "--group", "group.json"];
    desk.air(&[&verify[..], &PARTIALS].concat())
        .failed_with(2, "missing container");
}

#[test]
fn a_mistyped_key_id_is_found_and_the_container_opens_under_it() {
    let desk = dealt();
    for (sealed, name) in [
        ("valt", &["--managed", "valt", "--issuer", "did:x:i"][..]),
        ("cak", &["--user", "u", "--issuer", "did:x:j", "--schema", "s"]),
    ] {
        seal_as(&desk, name, sealed);
        write_partials(&desk, sealed);
        open(&desk, sealed, &[]).failed_with(3, "does not open the container");
        verify(&desk, sealed, &PARTIALS).failed_with(3, "the key or the context or the label differs");
        let json = verify(&desk, sealed, &[&PARTIALS[..], &["--json"]].concat());
        json.failed_with(3, "can't open");
        let json = json.json();
        assert_eq!(json["valid"], false);
        assert_eq!(
            json["container"],
            json!({"opens": false, "mayDiffer": ["key", "context", "label"]})
        );

        let told = verify(&desk, sealed, &[&PARTIALS[..], name].concat()).succeeded();
        assert!(
            told.text().contains("under another context than the group's"),
            "{}",
            told.text()
        );
        assert_eq!(open(&desk, sealed, name).succeeded().stdout, b"the scan");
    }
    // The other way round: the container is the group's, and the context that was passed is not.
    write_partials(&desk, "sealed");
    let passed = [&PARTIALS[..], &["--managed", "valt"]].concat();
    let run = verify(&desk, "sealed", &passed);
    run.failed_with(3, "the context differs");
    run.failed_with(3, "under the group's own context");
    let json = verify(&desk, "sealed", &[&passed[..], &["--json"]].concat()).json();
    assert_eq!(json["container"], json!({"opens": false, "differs": ["context"]}));
}

#[test]
fn another_label_and_another_key_are_named() {
    let desk = dealt();
    let own = ["--managed", "vault", "--issuer", "did:x:i"];
    seal_as(
        &desk,
        &[&own[..], &["--label", "scan.jpg"]].concat(),
        "scan.jpg.sealed",
    );
    write_partials(&desk, "scan.jpg.sealed");
    let run = verify(&desk, "scan.jpg.sealed", &PARTIALS);
    run.failed_with(3, "the label differs");
    run.failed_with(3, "the file's name without its last extension");
    verify(
        &desk,
        "scan.jpg.sealed",
        &[&PARTIALS[..], &["--label", "scan.jpg"]].concat(),
    )
    .succeeded();
    write_partials(&desk, "sealed");
    verify(
        &desk,
        "sealed",
        &[&PARTIALS[..], &["--label", "other", "--managed", "valt"]].concat(),
    )
    .failed_with(3, "the context and the label differs");

    let deal = ["custody", "deal", "--threshold", "2", "--shares", "2"];
    let name = ["--issuer", "did:x:i", "--key-id", "vault", "--curve", "secp256k1"];
    desk.air(&[&deal[..], &name, &["--out", "other"]].concat())
        .succeeded();
    let seal = [
        "cak",
        "seal",
        "--group",
        "other/group.json",
        "document",
        "foreign",
    ];
    desk.air(&seal).succeeded();
    let run = verify(&desk, "foreign", &PARTIALS);
    run.failed_with(3, "the key differs");
    run.failed_with(3, "on secp256k1");
    desk.write("key", "11".repeat(32));
    let convert = [
        "cak",
        "convert",
        "--private-key-file",
        "key",
        "--public",
        "--to",
        "hex",
    ];
    let other = desk.air(&convert).succeeded();
    verify(&desk, "sealed", &["--public-key", other.text()]).failed_with(3, "is not the group's public key");
}
