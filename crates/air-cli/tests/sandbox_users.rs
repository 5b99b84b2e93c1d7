//! `air sandbox export-user` and `air sandbox erase-user`: everything of one user, in each file of a data folder.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use crate::support::{
    Run, TestEnv,
    port::ReservedPort,
    server::{Server, seeded_at},
};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";
/// A claim that no other text contains.
const NAME: &str = "Augusta Ada King-Noel";
const OTHER_NAME: &str = "Robert Underhill";

/// A stopped platform in the folder `data`, with two users, an offer to each, and a snapshot; the keys of its partner;
/// and the platform's port, which the profile has.
fn stopped() -> (TestEnv, Server, ReservedPort) {
    let env = TestEnv::new();
    let seed = json!({
        "partner": { "name": "Bar", "issueOnBehalf": true },
        "schemas": [{ "key": "member", "title": "Member",
            "attributes": [{ "name": "fullName", "type": "string", "required": true }] }],
        "programs": [{ "key": "member", "schema": "member", "cak": false, "publish": true }],
    });
    let port = ReservedPort::new();
    let (platform, jwks) = seeded_at(&env, seed, &port.address(), &["--data", "data"]);
    let init = [
        "init",
        "--from-sandbox",
        "--url",
        platform.url(),
        "--key",
        "key.pem",
    ];
    env.air(&init).succeeded();
    for (email, name) in [(ADA, NAME), (BOB, OTHER_NAME)] {
        env.write("subject.json", json!({ "fullName": name }).to_string());
        let program = ["--program", "member", "--json", "subject.json"];
        env.air(&[&["issue", "--on-behalf", email], &program[..]].concat())
            .succeeded();
        env.air(&[&["offer", "--email", email], &program[..]].concat())
            .succeeded();
    }
    env.air(&["sandbox", "snapshot", "save", "both"]).succeeded();
    platform.terminate();
    (env, jwks, port)
}

fn on_data(env: &TestEnv, command: &str, more: &[&str]) -> Run {
    env.air(&[&["sandbox", command, "--data", "data"], more].concat())
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            files.push(path);
        }
    }
    files
}

/// The encodings in which a file could have a text: UTF-8, hex, and base64 at each position of a longer text. The
/// alphabets of base64 differ in two characters, so both are tried.
fn encodings(text: &str) -> Vec<Vec<u8>> {
    use base64::{
        Engine,
        engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
    };
    let hex = hex::encode(text);
    let mut encodings = vec![text.to_owned(), hex.to_uppercase(), hex];
    for before in 0..3 {
        let longer = [&vec![0; before][..], text.as_bytes()].concat();
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            let encoded = engine.encode(&longer);
            // The characters at both ends also depend on the neighbours of the text.
            let begin = (before * 8).div_ceil(6);
            let end = longer.len() * 8 / 6;
            encodings.push(encoded[begin..end].to_owned());
        }
    }
    encodings.into_iter().map(String::into_bytes).collect()
}

/// The names of the files that have a value in any encoding.
fn files_with(env: &TestEnv, value: &str) -> Vec<String> {
    let encodings = encodings(value);
    let mut found: Vec<String> = files(&env.path("data"))
        .into_iter()
        .filter(|path| {
            let bytes = fs::read(path).unwrap();
            let has = |text: &Vec<u8>| bytes.windows(text.len()).any(|window| window == text.as_slice());
            encodings.iter().any(has)
        })
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    found.sort();
    found
}

fn rows<'v>(export: &'v Value, table: &str) -> &'v Vec<Value> {
    export["tables"][table].as_array().unwrap()
}

#[test]
fn an_export_has_the_users_rows_and_nobody_elses() {
    let (env, _jwks, _) = stopped();
    let out = ["--email", ADA, "--out", "ada.json"];
    let written = on_data(&env, "export-user", &out).succeeded();
    on_data(&env, "export-user", &out).failed_with(1, "already exists");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(env.path("ada.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let export: Value = serde_json::from_slice(&env.read("ada.json")).unwrap();
    let tables = export["tables"].as_object().unwrap();
    let counts = tables.values().map(|rows| rows.as_array().unwrap().len());
    let expected = format!(
        "Wrote ada.json (0600): {} rows of {} tables.",
        counts.sum::<usize>(),
        tables.len()
    );
    assert_eq!(written.text().trim_end(), expected);
    let user = &rows(&export, "users")[0];
    assert_eq!(user["email"], ADA);
    assert_eq!(rows(&export, "credentials").len(), 1);
    assert!(
        rows(&export, "credential_offers")[0]["subject"]
            .as_str()
            .unwrap()
            .contains(NAME)
    );
    let text = export.to_string();
    assert!(!text.contains(BOB) && !text.contains(OTHER_NAME));

    let id = user["user_uuid"].as_str().unwrap();
    let by_id = on_data(&env, "export-user", &["--user", id]).succeeded().json();
    assert_eq!(by_id["tables"], export["tables"]);
    on_data(&env, "export-user", &["--email", "eve@example.com"]).failed_with(1, "has nothing of this user");
}

#[test]
fn an_erasure_leaves_no_byte_of_the_user_in_the_folder() {
    let (env, _jwks, _) = stopped();
    let export = |email: &str| on_data(&env, "export-user", &["--email", email]);
    let ada = export(ADA).succeeded().json();
    let bob = export(BOB).succeeded().json();
    let user = &rows(&ada, "users")[0];
    let credential = &rows(&ada, "credentials")[0];
    let value = |name: &str| credential[name].as_str().unwrap().to_owned();
    let mut values = vec![ADA.to_owned(), NAME.to_owned(), value("vc_id")];
    for name in ["user_uuid", "holder_did"] {
        values.push(user[name].as_str().unwrap().to_owned());
    }
    values.push(value("core_claim_hash"));
    // The control: the search finds each value before the erasure.
    for value in &values {
        let found = files_with(&env, value);
        assert_eq!(found, ["both.sqlite", "platform.sqlite"], "{value}");
    }

    on_data(&env, "erase-user", &["--email", ADA]).failed_with(2, "confirm with --yes");
    assert_eq!(export(ADA).succeeded().json()["tables"], ada["tables"]);
    let erased = on_data(&env, "erase-user", &["--email", ADA, "--yes", "--json"])
        .succeeded()
        .json();
    assert_eq!(erased["revoked"], 1);
    assert_eq!(erased["rows"]["credentials"], 1);
    let deleted = erased["deletedFiles"].as_array().unwrap();
    assert!(matches!(&deleted[..], [file] if file.as_str().unwrap().ends_with("both.sqlite")));
    assert_eq!(erased["remainingFiles"], json!([]));
    for value in &values {
        assert_eq!(files_with(&env, value), [""; 0], "{value}");
    }
    assert_eq!(files_with(&env, OTHER_NAME), ["platform.sqlite"]);
    export(ADA).failed_with(1, "has nothing of this user");
    assert_eq!(export(BOB).succeeded().json()["tables"], bob["tables"]);
}

#[test]
fn the_log_of_a_killed_platform_is_erased_too() {
    let (env, _jwks, port) = stopped();
    let address = port.address();
    let up = ["sandbox", "up", "--listen", &address, "--data", "data"];
    let mut platform = Server::start(&env.path(""), &up);
    let later = "Augusta Ada Byron";
    env.write("subject.json", json!({ "fullName": later }).to_string());
    let offer = ["offer", "--email", ADA, "--program", "member"];
    env.air(&[&offer[..], &["subject.json"]].concat()).succeeded();
    platform.kill();
    // The control: SQLite empties its log when the last connection is closed, and nobody closed it.
    let found = files_with(&env, later);
    assert!(
        found.iter().any(|name| name.starts_with("platform.sqlite")),
        "{found:?}"
    );
    assert!(env.path("data/platform.sqlite-wal").exists());
    on_data(&env, "erase-user", &["--email", ADA, "--yes"]).succeeded();
    for value in [later, NAME, ADA] {
        assert_eq!(files_with(&env, value), [""; 0], "{value}");
    }
}

#[test]
fn after_an_erasure_the_platform_runs_and_the_user_can_return() {
    let (env, _jwks, port) = stopped();
    let credential = |email: &str| {
        let export = on_data(&env, "export-user", &["--email", email])
            .succeeded()
            .json();
        rows(&export, "credentials")[0].clone()
    };
    let (ada, bob) = (credential(ADA), credential(BOB));
    let address = port.address();
    let up = ["sandbox", "up", "--listen", &address, "--data", "data"];
    let platform = Server::start(&env.path(""), &up);
    on_data(&env, "erase-user", &["--email", ADA, "--yes"]).failed_with(1, "in use by another platform");
    platform.terminate();
    let text = on_data(&env, "erase-user", &["--email", ADA, "--yes"]).succeeded();
    assert!(text.text().contains("Not erased:"), "{text:?}");

    let platform = Server::start(&env.path(""), &up);
    let status = |credential: &Value| {
        let hash = credential["core_claim_hash"].as_str().unwrap();
        env.air(&["status", hash, "--json"])
    };
    assert_ne!(status(&ada).code, 0);
    status(&bob).succeeded();
    env.write("subject.json", json!({ "fullName": NAME }).to_string());
    let issue = ["issue", "--program", "member", "--on-behalf", ADA];
    env.air(&[&issue[..], &["subject.json"]].concat()).succeeded();
    platform.terminate();
}

#[cfg(target_os = "linux")]
#[test]
fn at_a_terminal_an_erasure_asks_first() {
    let (env, _jwks, _) = stopped();
    let erase = ["sandbox", "erase-user", "--data", "data", "--email", ADA];
    let shown = env.at_a_terminal(&erase, "n");
    assert!(shown.contains("was not confirmed"), "{shown}");
    on_data(&env, "export-user", &["--email", ADA]).succeeded();
    let shown = env.at_a_terminal(&erase, "y");
    assert!(shown.contains("Erased"), "{shown}");
    on_data(&env, "export-user", &["--email", ADA]).failed_with(1, "has nothing of this user");
}
