//! `air sandbox backup` and `air sandbox restore`: a folder while its platform runs, and a new folder.

mod postgres;

use serde_json::{Value, json};

use crate::support::{
    TestEnv,
    server::{Server, seeded},
};

fn keys(env: &TestEnv) {
    env.air(&["keys", "generate", "--out", "backup.pem"]).succeeded();
    let convert = ["cak", "convert", "--private-key-file", "backup.pem", "--public"];
    env.air(&[&convert[..], &["--to", "pem", "--out", "backup.pub"]].concat())
        .succeeded();
}

fn seed() -> Value {
    json!({
        "partner": { "name": "Bar", "issueOnBehalf": true },
        "schemas": [{ "key": "adult", "title": "Adult",
            "attributes": [{ "name": "isOver18", "type": "boolean", "required": true }] }],
        "programs": [{ "key": "adult", "schema": "adult", "cak": false, "publish": true }],
    })
}

/// Writes a profile for the platform, and a subject.
fn prepare(env: &TestEnv, platform: &Server) {
    let init = [
        "init",
        "--from-sandbox",
        "--url",
        platform.url(),
        "--key",
        "key.pem",
    ];
    env.air(&init).succeeded();
    env.write("subject.json", r#"{ "isOver18": true }"#);
}

/// Issues a credential, and returns its core claim hash.
fn issue(env: &TestEnv, email: &str) -> String {
    let issue = ["issue", "--program", "adult", "--on-behalf", email];
    let issued = env.air(&[&issue[..], &["subject.json", "--json"]].concat());
    let hash = issued.succeeded().json()["coreClaimHash"].clone();
    hash.as_str().unwrap().to_owned()
}

#[test]
fn credentials_from_before_the_backup_are_restored_and_their_folder_is_new() {
    let env = TestEnv::new();
    let (platform, _jwks) = seeded(&env, seed());
    let partner = platform.ready["seeded"]["partnerId"].as_str().unwrap().to_owned();
    prepare(&env, &platform);
    let before: Vec<String> = ["ada@example.com", "bob@example.com", "eve@example.com"]
        .iter()
        .map(|email| issue(&env, email))
        .collect();

    keys(&env);
    let backup = ["sandbox", "backup", "--data", "data", "--to", "platform.backup"];
    let report = env
        .air(&[&backup[..], &["--recipient", "backup.pub", "--json"]].concat())
        .succeeded()
        .json();
    assert_eq!(
        (&report["credentials"], &report["sealed"]),
        (&json!(3), &json!(true))
    );
    let hidden = std::fs::read_dir(env.path("data")).unwrap();
    let mut hidden = hidden.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(!hidden.any(|name| name.starts_with(".air-")));
    let after = issue(&env, "joe@example.com");
    platform.terminate();

    let restore = ["sandbox", "restore", "--data", "restored", "--key", "backup.pem"];
    let restore = |more: &[&str]| env.air(&[&restore[..], more].concat());
    restore(&["--dry-run", "platform.backup"]).succeeded();
    assert!(!env.path("restored").exists());
    let restored = restore(&["platform.backup"]).succeeded();
    assert!(restored.text().contains("Restored 3 credentials"), "{restored:?}");
    restore(&["platform.backup"]).failed_with(1, "replaces nothing");

    let up = ["sandbox", "up", "--listen", "127.0.0.1:0", "--data", "restored"];
    let platform = Server::start(&env.path(""), &up);
    let caller = [
        "--url",
        platform.url(),
        "--key",
        "key.pem",
        "--partner-id",
        &partner,
    ];
    let status = |hash: &str| env.air(&[&["status", hash][..], &caller].concat());
    for hash in &before {
        status(hash).succeeded();
    }
    assert_ne!(status(&after).code, 0);
    platform.terminate();
}

#[test]
fn a_damaged_backup_leaves_nothing_and_a_folder_without_a_platform_has_none() {
    let env = TestEnv::new();
    let to = ["sandbox", "backup", "--data", "data", "--no-encrypt"];
    let backup = || env.air(&[&to[..], &["--to", "platform.backup"]].concat());
    backup().failed_with(1, "has no platform.sqlite");
    let up = ["sandbox", "up", "--listen", "127.0.0.1:0", "--data", "data"];
    Server::start(&env.path(""), &up).terminate();
    let plain = backup().succeeded();
    assert!(plain.stderr.contains("is not encrypted"), "{plain:?}");
    let mut bytes = env.read("platform.backup");
    bytes.pop();
    env.write("cut.backup", bytes);
    let names = env.names();
    let restore = ["sandbox", "restore", "--data", "restored", "cut.backup"];
    env.air(&restore).failed_with(3, "the backup is damaged");
    assert_eq!(env.names(), names, "nothing was left");
}
