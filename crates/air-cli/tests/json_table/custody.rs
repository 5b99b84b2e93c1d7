//! Custodians: a key that was dealt, an opening, and the ceremonies.

use super::walk::Walk;
use crate::support::{TestEnv, node::text};

const KEY: [&str; 4] = ["--issuer", "did:x:i", "--key-id", "vault"];

pub(super) fn walk(walk: &mut Walk) {
    let desk = TestEnv::new();
    let deal = [
        "custody",
        "deal",
        "--threshold",
        "2",
        "--shares",
        "3",
        "--out",
        ".",
    ];
    walk.run(&desk, &[&deal[..], &KEY].concat());
    desk.write("document", "the scan");
    walk.run(
        &desk,
        &["cak", "seal", "--group", "group.json", "document", "sealed"],
    );
    opening(walk, &desk);
    let passphrase = [
        "custody",
        "passphrase",
        "--group",
        "group.json",
        "--new-passphrase-file",
        "pass",
        "share-3.json",
    ];
    desk.write("pass", "correct horse");
    walk.run(&desk, &passphrase);
    ceremonies(walk, &desk);
}

fn opening(walk: &mut Walk, desk: &TestEnv) {
    for number in ["1", "2"] {
        let share = format!("share-{number}.json");
        let partial = [
            "custody",
            "partial",
            "--share",
            &share,
            "--group",
            "group.json",
            "sealed",
        ];
        let partial = walk.run(desk, &partial);
        desk.write(&format!("partial-{number}.json"), partial.to_string());
    }
    let partials = ["--partial", "partial-1.json", "partial-2.json"];
    let verify = ["custody", "verify", "sealed", "--group", "group.json"];
    walk.run(desk, &verify);
    walk.ends_with(
        3,
        desk,
        &[&verify[..], &["--managed", "valt"], &partials].concat(),
    );

    let open = ["custody", "open", "--group", "group.json", "--force"];
    let files = ["sealed", "opened"];
    walk.run(desk, &[&open[..], &partials, &files].concat());
    for _ in 0..2 {
        walk.run(desk, &[&open[..], &["--log", "log"], &partials, &files].concat());
    }
    let verify = ["custody", "log", "verify", "log"];
    walk.run(desk, &verify);
    let log = String::from_utf8(desk.read("log")).unwrap();
    desk.write("log", log.replacen("\"openedAt\":1", "\"openedAt\":2", 1));
    walk.ends_with(3, desk, &verify);
}

fn ceremonies(walk: &mut Walk, desk: &TestEnv) {
    let custodians: Vec<String> = ["1", "2", "3"]
        .iter()
        .map(|number| {
            let out = format!("custodian-{number}.pem");
            let joined = walk.run(desk, &["custody", "join", "--out", &out]);
            text(&joined, "/didKey").to_owned()
        })
        .collect();
    let custodians: Vec<&str> = custodians.iter().map(String::as_str).collect();
    let two = [&["--custodian"], &custodians[..2]].concat();
    let three = [&["--custodian"], &custodians[..]].concat();
    let dkg = ["custody", "dkg", "--threshold", "2", "--out", "dkg.json"];
    let called = walk.run(desk, &[&dkg[..], &KEY, &two].concat());
    for number in ["1", "2"] {
        let (key, out) = (
            format!("custodian-{number}.pem"),
            format!("dealing-{number}.json"),
        );
        let contribute = [
            "custody",
            "contribute",
            "--ceremony",
            "dkg.json",
            "--key",
            &key,
            "--ceremony-id",
            text(&called, "/fingerprint"),
            "--out",
            &out,
        ];
        walk.run(desk, &contribute);
    }
    let finish = [
        "custody",
        "finish",
        "--ceremony",
        "dkg.json",
        "--key",
        "custodian-1.pem",
        "--out",
        "made",
        "--dealing",
        "dealing-1.json",
        "dealing-2.json",
    ];
    walk.run(desk, &finish);
    let group = ["--group", "group.json"];
    let refresh = ["custody", "refresh", "--out", "refresh.json"];
    walk.run(desk, &[&refresh[..], &group, &three].concat());
    let reshare = ["custody", "reshare", "--threshold", "2", "--out", "reshare.json"];
    walk.run(desk, &[&reshare[..], &group, &two].concat());
}
