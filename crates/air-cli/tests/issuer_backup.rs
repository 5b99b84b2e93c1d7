//! `air issuer backup` and `air issuer restore`: sealed files, their keys, and a service on the restored database.

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{
    issuer_service::configure,
    support::{Run, TestEnv, server::Server},
};

const CLOSED: &str = "http://127.0.0.1:1";

/// An issuer whose service ran once, a second configuration whose database is empty, and a key for backups.
fn test_env() -> TestEnv {
    let env = TestEnv::new();
    configure(&env, CLOSED, 0);
    let toml = String::from_utf8(env.read("issuer.toml")).unwrap();
    env.write("restored.toml", toml.replace("\"data\"", "\"restored\""));
    Server::start(&env.path(""), &["issuer", "serve", "--config", "issuer.toml"]).terminate();
    key(&env, "backup");
    env
}

/// Writes NAME.pem and NAME.pub.
fn key(env: &TestEnv, name: &str) {
    let [private, public] = ["pem", "pub"].map(|suffix| format!("{name}.{suffix}"));
    env.air(&["keys", "generate", "--out", &private]).succeeded();
    let convert = ["cak", "convert", "--private-key-file", &private, "--public"];
    env.air(&[&convert[..], &["--to", "pem", "--out", &public]].concat())
        .succeeded();
}

fn backup(env: &TestEnv, more: &[&str]) -> Run {
    let to = [
        "issuer",
        "backup",
        "--config",
        "issuer.toml",
        "--to",
        "issuer.backup",
    ];
    env.air(&[&to[..], more].concat())
}

fn restore(env: &TestEnv, more: &[&str]) -> Run {
    let from = ["issuer", "restore", "--config", "restored.toml"];
    env.air(&[&from[..], more].concat())
}

#[test]
fn a_sealed_backup_opens_with_its_key_and_is_restored_once() {
    let env = test_env();
    let document = backup(&env, &["--recipient", "backup.pub", "--json"])
        .succeeded()
        .json();
    let bytes = env.read("issuer.backup");
    assert_eq!(document["sealed"], true);
    assert_eq!(document["size"], bytes.len());
    assert_eq!(document["sha256"], hex::encode(Sha256::digest(&bytes)));
    assert!(
        !bytes.windows(8).any(|window| window == b"settings"),
        "it is not sealed"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = env.path("issuer.backup").metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    backup(&env, &["--recipient", "backup.pub"]).failed_with(1, "already exists");
    assert_eq!(env.read("issuer.backup"), bytes);

    restore(&env, &["issuer.backup"]).failed_with(2, "--key FILE");
    key(&env, "other");
    restore(&env, &["--key", "other.pem", "issuer.backup"]).failed_with(3, "check the key");
    let mut damaged = bytes.clone();
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    env.write("damaged.backup", damaged);
    let dry_run = ["--key", "backup.pem", "--dry-run"];
    restore(&env, &[&dry_run[..], &["damaged.backup"]].concat()).failed_with(3, "damaged.backup");
    restore(&env, &[&dry_run[..], &["issuer.backup"]].concat()).succeeded();
    assert!(!env.path("restored").exists(), "nothing was written");

    let restored = restore(&env, &["--key", "backup.pem", "issuer.backup"]).succeeded();
    assert!(restored.text().contains("Restored 0 credentials"), "{restored:?}");
    assert!(restored.stderr.contains("are lost"), "{restored:?}");
    restore(&env, &["--key", "backup.pem", "issuer.backup"]).failed_with(1, "replaces nothing");
    let serve = ["issuer", "serve", "--config", "restored.toml"];
    Server::start(&env.path(""), &serve).terminate();
}

#[test]
fn a_plain_backup_is_explicit_and_is_of_one_issuer() {
    let env = test_env();
    backup(&env, &[]).failed_with(2, "--recipient");
    backup(&env, &["--recipient", "backup.pem"]).failed_with(3, "backup.pem");
    let both = ["--no-encrypt", "--recipient", "backup.pub"];
    backup(&env, &both).failed_with(2, "cannot be used with");
    assert!(!env.path("issuer.backup").exists());
    let plain = backup(&env, &["--no-encrypt"]).succeeded();
    assert!(plain.stderr.contains("is not encrypted"), "{plain:?}");
    restore(&env, &["--key", "backup.pem", "issuer.backup"]).failed_with(3, "is not sealed");

    let toml = String::from_utf8(env.read("restored.toml")).unwrap();
    let other = toml.replace("http://localhost:1", "http://localhost:2");
    env.write("restored.toml", other);
    restore(&env, &["issuer.backup"]).failed_with(3, "the backup is of the issuer at");
    env.write("restored.toml", toml);
    restore(&env, &["issuer.toml"]).failed_with(2, "is sealed, or is not a backup");
    restore(&env, &["issuer.backup"]).succeeded();
}

#[test]
fn an_issuer_without_a_database_has_nothing_to_back_up() {
    let env = TestEnv::new();
    configure(&env, CLOSED, 0);
    backup(&env, &["--no-encrypt"]).failed_with(1, "no tables of the issuer's service");
    assert!(!env.path("issuer.backup").exists());
    assert!(!env.path("data").exists());
}

#[test]
fn custodians_open_a_backup_together() {
    let env = test_env();
    let deal = ["custody", "deal", "--threshold", "2", "--shares", "3"];
    let names = ["--issuer", "did:web:issuer.example", "--key-id", "vault"];
    env.air(&[&deal[..], &names, &["--out", "custody"]].concat())
        .succeeded();
    backup(&env, &["--recipient", "custody/group.json"]).succeeded();
    for number in [1, 3] {
        let share = format!("custody/share-{number}.json");
        let partial = [
            "custody",
            "partial",
            "--share",
            &share,
            "--group",
            "custody/group.json",
        ];
        let partial: Value = env
            .air(&[&partial[..], &["issuer.backup"]].concat())
            .succeeded()
            .json();
        env.write(&format!("partial-{number}.json"), partial.to_string());
    }
    let open = ["custody", "open", "--group", "custody/group.json", "--partial"];
    let files = ["partial-1.json", "partial-3.json", "issuer.backup", "opened"];
    env.air(&[&open[..], &files].concat()).succeeded();
    restore(&env, &["opened"]).succeeded();
}
