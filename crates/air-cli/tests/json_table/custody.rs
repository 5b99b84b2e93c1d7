//! Custodians: a key that was dealt, an opening, and the ceremonies.

use super::walk::Walk;
use crate::support::{TestEnv, node::text};

const KEY: [&str; 4] = ["--issuer", "did:x:i", "--key-id", "vault"];

pub(super) fn walk(walk: &mut Walk) {
    let env = TestEnv::new();
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
    walk.run(&env, &[&deal[..], &KEY].concat());
    env.write("document", "the scan");
    walk.run(
        &env,
        &["cak", "seal", "--group", "group.json", "document", "sealed"],
    );
    opening(walk, &env);
    let passphrase = [
        "custody",
        "passphrase",
        "--group",
        "group.json",
        "--new-passphrase-file",
        "pass",
        "share-3.json",
    ];
    env.write("pass", "correct horse");
    walk.run(&env, &passphrase);
    ceremonies(walk, &env);
}

fn opening(walk: &mut Walk, env: &TestEnv) {
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
        let partial = walk.run(env, &partial);
        env.write(&format!("partial-{number}.json"), partial.to_string());
    }
    let partials = ["--partial", "partial-1.json", "partial-2.json"];
    let verify = ["custody", "verify", "sealed", "--group", "group.json"];
    walk.run(env, &verify);
    walk.ends_with(3, env, &[&verify[..], &["--managed", "valt"], &partials].concat());

    let open = ["custody", "open", "--group", "group.json", "--force"];
    let files = ["sealed", "opened"];
    walk.run(env, &[&open[..], &partials, &files].concat());
    for _ in 0..2 {
        walk.run(env, &[&open[..], &["--log", "log"], &partials, &files].concat());
    }
    let verify = ["custody", "log", "verify", "log"];
    walk.run(env, &verify);
    let log = String::from_utf8(env.read("log")).unwrap();
    env.write("log", log.replacen("\"openedAt\":1", "\"openedAt\":2", 1));
    walk.ends_with(3, env, &verify);
}

fn ceremonies(walk: &mut Walk, env: &TestEnv) {
    let custodians: Vec<String> = ["1", "2", "3"]
        .iter()
        .map(|number| {
            let out = format!("custodian-{number}.pem");
            let joined = walk.run(env, &["custody", "join", "--out", &out]);
            text(&joined, "/didKey").to_owned()
        })
        .collect();
    let custodians: Vec<&str> = custodians.iter().map(String::as_str).collect();
    let two = [&["--custodian"], &custodians[..2]].concat();
    let three = [&["--custodian"], &custodians[..]].concat();
    let dkg = ["custody", "dkg", "--threshold", "2", "--out", "dkg.json"];
    let called = walk.run(env, &[&dkg[..], &KEY, &two].concat());
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
        walk.run(env, &contribute);
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
    walk.run(env, &finish);
    let group = ["--group", "group.json"];
    let refresh = ["custody", "refresh", "--out", "refresh.json"];
    walk.run(env, &[&refresh[..], &group, &three].concat());
    let reshare = ["custody", "reshare", "--threshold", "2", "--out", "reshare.json"];
    walk.run(env, &[&reshare[..], &group, &two].concat());
}
