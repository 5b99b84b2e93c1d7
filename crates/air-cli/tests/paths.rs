//! Paths whose names are not UTF-8, on every command that takes one: it works with the path printed
//! lossily, or fails before anything is written. It never panics.

use std::{
    ffi::{OsStr, OsString},
    fs,
    os::unix::ffi::OsStrExt,
    path::Path,
    process::{Command, Stdio},
};

use crate::support::{Run, TestEnv, binary};

/// A word of a command that begins with this begins with the path.
const PATH: &str = "PATH";
/// These words stand for the options that many commands share.
const CONTEXT: &str = "--user u --issuer did:x:i --schema s";
const PARTNER: &str = "--key key.pem --partner-id p";
const PROGRAM: &str = "--issuer did:x:i --program p";

/// Commands that write to the path.
const WRITING: &[&str] = &[
    "keys generate --out PATH",
    "keys generate --dir PATH",
    "schema new --title Age --attribute isOver18:boolean:required:description=Age --out PATH",
    "status list new --uri https://a.example/1 --out PATH",
    "status list publish --list list.json --key key.pem --kid k --out PATH",
    "custody deal --threshold 2 --shares 2 --issuer i --key-id k --out PATH",
    "custody join --out PATH",
    "custody dkg --threshold 2 --issuer i --key-id k --out PATH --custodian CUSTODIANS",
    "custody refresh --group group/group.json --out PATH --custodian CUSTODIANS",
    "cak derive --seed-file seed CONTEXT --private-key-out PATH",
    "cak convert --private-key-file seed --to pem --out PATH",
    "cak seal --public-key KEY CONTEXT document PATH",
    "quickstart --out PATH",
    "issue PROGRAM PARTNER --email a@b.cd --out PATH subject.json",
];

/// Commands that read from the path, and fail since nothing good is there.
const READING: &[&str] = &[
    "bulk PROGRAM PARTNER --dry-run PATH.csv",
    "bulk PROGRAM PARTNER PATH",
    "bulk PROGRAM --key PATH --partner-id p --schema PATH --journal PATH x.csv",
    "cak derive CONTEXT --seed-file PATH",
    "cak derive CONTEXT --wallet-key-file PATH --chain-id 1",
    "cak open --private-key-file PATH CONTEXT PATH.sealed",
    "cak open --private-key-file seed CONTEXT PATH.sealed PATH",
    "cak inspect PATH",
    "cak convert --private-key-file PATH --passphrase-file PATH --to pem",
    "cak show --key PATH --partner-id p CONTEXT",
    "cak rewrap --private-key-file seed CONTEXT --to-public-key 0x04 PATH PATH",
    "credential issue --key PATH --kid k --issuer https://i.example --vct v PATH",
    "credential present --disclose * --holder-key PATH PATH",
    "credential verify --issuer https://i.example --issuer-jwks PATH PATH",
    "credential show PATH",
    "custody partial --share PATH --group PATH PATH",
    "custody verify --group PATH --share PATH",
    "custody open --group PATH --partial PATH PATH PATH",
    "custody contribute --ceremony PATH --group PATH --share PATH",
    "custody contribute --ceremony PATH --key PATH --passphrase-file PATH",
    "custody finish --ceremony PATH --key PATH --dealing PATH --out PATH",
    "did document --key PATH",
    "doctor --key PATH",
    "events replay --secret-file PATH http://127.0.0.1:1",
    "jwks export --key PATH",
    "jwks serve --key PATH",
    "keys list --dir PATH",
    "keys rotate --dir PATH",
    "listen --secret-file PATH --state PATH http://127.0.0.1:1",
    "partner rotate-callback-secret --key PATH --partner-id p",
    "proof keys --issuer did:x:i --schema PATH --schema-id s --key-out PATH --scheme-out PATH",
    "proof present --scheme PATH --credential PATH --token PATH --secret PATH PATH",
    "proof token --scheme PATH --key PATH --out PATH PATH",
    "quickstart --out out --document PATH",
    "quickstart --out out --subject PATH",
    "sandbox up --seed PATH",
    "sandbox up --data PATH --seed absent.json",
    "sandbox up --tls-cert PATH --tls-key PATH",
    "sandbox seed PATH",
    "sandbox faults PATH",
    "schema validate --schema PATH PATH",
    "schema lint --schema PATH",
    "schema lint PATH",
    "schema compare PATH PATH",
    "schema from-json PATH",
    "schema publish PATH",
    "schema show PATH",
    "status list allocate --list PATH",
    "status list set --list PATH 0 revoked",
    "status list publish --list PATH --key PATH --kid k",
    "token sign --key PATH --kid k --partner-id p --scope issue",
    "token verify --jwks PATH -",
    "verify-proof --scheme PATH --request PATH PATH",
    "verify --key PATH --partner-id p --program p --email a@b.cd --wallet-key-file PATH --agree --out PATH",
];

fn name() -> &'static OsStr {
    OsStr::from_bytes(b"caf\xe9")
}

/// The words of a command, with the name in the place of `PATH`.
fn words(command: &str) -> Vec<OsString> {
    command
        .split_whitespace()
        .flat_map(|word| match word {
            "CONTEXT" => CONTEXT.split_whitespace().collect(),
            "PARTNER" => PARTNER.split_whitespace().collect(),
            "PROGRAM" => PROGRAM.split_whitespace().collect(),
            other => vec![other],
        })
        .map(|word| match word.strip_prefix(PATH) {
            Some(rest) => {
                let mut path = name().to_owned();
                path.push(rest);
                path
            }
            None => word.into(),
        })
        .collect()
}

/// Runs the command, in either form of output.
fn run(env: &TestEnv, command: &str, json: bool) -> Run {
    let output = Command::new(binary())
        .args(words(command))
        .args(json.then_some("--json"))
        .current_dir(env.path(""))
        .env_remove("AIR_URL")
        .env("TMPDIR", env.path(""))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    output.into()
}

/// Every name below the folder.
fn tree(folder: &Path) -> Vec<OsString> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            names.extend(tree(&path));
        }
        names.push(path.into_os_string());
    }
    names.sort();
    names
}

/// Files that the commands read, so that each gets as far as it can.
fn test_env() -> TestEnv {
    let env = TestEnv::new();
    for command in [
        "keys generate --out key.pem",
        "keys generate --form jwk --out holder.jwk",
        "custody join --out own.pem",
        "custody join --out second.pem",
        "custody deal --threshold 2 --shares 2 --issuer i --key-id k --out group",
        "status list new --uri https://a.example/1 --size 1000 --out list.json",
    ] {
        run(&env, command, false).succeeded();
    }
    env.write("seed", "22".repeat(32));
    env.write("subject.json", "{}");
    env.write("document", "text");
    env
}

fn public_key(env: &TestEnv, file: &str) -> String {
    let convert = format!("cak convert --private-key-file {file} --public --to did-key");
    run(env, &convert, false).succeeded().text().to_owned()
}

#[test]
fn a_name_that_is_not_utf8_never_panics_where_files_are_written() {
    for command in WRITING {
        for json in [false, true] {
            let env = test_env();
            let keys = ["own.pem", "second.pem"].map(|file| public_key(&env, file));
            let command = command
                .replace("CUSTODIANS", &keys.join(" "))
                .replace(" KEY ", &format!(" {} ", keys[0]));
            let before = tree(&env.path(""));
            let ran = run(&env, &command, json);
            assert!((0..=5).contains(&ran.code), "{command}: {ran:?}");
            assert!(!ran.stderr.contains("panicked"), "{command}: {}", ran.stderr);
            let was_written = env.path("").join(name()).exists();
            assert_eq!(ran.code == 0, was_written, "{command}: {ran:?}");
            if ran.code != 0 {
                assert_eq!(tree(&env.path("")), before, "{command}");
            }
            if ran.code == 0 && json && !ran.stdout.is_empty() {
                ran.json();
            }
        }
    }
}

#[test]
fn a_name_that_is_not_utf8_never_panics_where_files_are_read() {
    let env = test_env();
    let before = tree(&env.path(""));
    for command in READING {
        let ran = run(&env, command, false);
        assert!((1..=5).contains(&ran.code), "{command}: {ran:?}");
        assert!(!ran.stderr.contains("panicked"), "{command}: {}", ran.stderr);
        assert_eq!(tree(&env.path("")), before, "{command}");
    }
}

#[test]
fn a_file_of_rows_may_have_any_name() {
    let env = test_env();
    let rows = "email,credentialSubject.age\nada@example.com,21\n";
    fs::write(env.path("").join(OsStr::from_bytes(b"caf\xe9.CSV")), rows).unwrap();
    let issuer = "did:air:id:test:5P44fsVUhPctDTWH2Nz26pZJFsg6CqyiAELTGeVQDB";
    let command = format!("bulk --issuer {issuer} --program p PARTNER --dry-run PATH.CSV");
    let ran = run(&env, &command, false);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.text().contains("1 of 1 row can be sent"), "{ran:?}");
}
