//! Paths whose names are not UTF-8, on every command that takes one: it works with the path printed lossily, or fails before anything
//! is written. It never panics.

use std::{
    ffi::{OsStr, OsString},
    fs,
    os::unix::ffi::OsStrExt,
    path::Path,
    process::{Command, Stdio},
};

use crate::support::{Desk, Run, binary};

/// Stands for the path in the table.
const PATH: &str = "PATH";
const CONTEXT: [&str; 6] = ["--user", "u", "--issuer", "did:x:i", "--schema", "s"];

fn name() -> &'static OsStr {
    OsStr::from_bytes(b"caf\xe9")
}

/// Runs the command with the name in the place of `PATH`, in both forms of output.
fn run(desk: &Desk, arguments: &[&str], json: bool) -> Run {
    let arguments = arguments.iter().map(|argument| -> OsString {
        match argument.strip_prefix(PATH) {
            Some(rest) => [name(), OsStr::new(rest)].concat_os(),
            None => argument.into(),
        }
    });
    let output = Command::new(binary())
        .args(arguments)
        .args(json.then_some("--json"))
        .current_dir(desk.path(""))
        .env_remove("AIR_URL")
        .env("TMPDIR", desk.path(""))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    output.into()
}

trait ConcatOs {
    fn concat_os(&self) -> OsString;
}

impl ConcatOs for [&OsStr; 2] {
    fn concat_os(&self) -> OsString {
        let mut whole = self[0].to_owned();
        whole.push(self[1]);
        whole
    }
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

/// Files that the commands below read, so that each gets as far as it can.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.air(&["keys", "generate", "--out", "key.pem"]).succeeded();
    desk.air(&["keys", "generate", "--form", "jwk", "--out", "holder.jwk"])
        .succeeded();
    desk.air(&["custody", "join", "--out", "own.pem"]).succeeded();
    let own = desk
        .air(&["custody", "join", "--out", "second.pem", "--json"])
        .succeeded();
    let key = own.json()["publicKey"].as_str().unwrap().to_owned();
    desk.write("public.txt", &key);
    let deal = [
        "custody",
        "deal",
        "--threshold",
        "2",
        "--shares",
        "2",
        "--issuer",
        "i",
        "--key-id",
        "k",
        "--out",
        "group",
    ];
    desk.air(&deal).succeeded();
    let list = [
        "status",
        "list",
        "new",
        "--uri",
        "https://a.example/1",
        "--size",
        "1000",
        "--out",
        "list.json",
    ];
    desk.air(&list).succeeded();
    desk.write("seed", "22".repeat(32));
    desk.write("subject.json", "{}");
    desk.write("document", "text");
    desk
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of every command")]
fn a_name_that_is_not_utf8_never_panics_where_files_are_written() {
    let age = "isOver18:boolean:required:description=Whether of age.";
    let deal = [
        "custody",
        "deal",
        "--threshold",
        "2",
        "--shares",
        "2",
        "--issuer",
        "i",
        "--key-id",
        "k",
    ];
    let publish = [
        "status",
        "list",
        "publish",
        "--list",
        "list.json",
        "--key",
        "key.pem",
        "--kid",
        "k",
    ];
    let dkg = [
        "custody",
        "dkg",
        "--threshold",
        "2",
        "--issuer",
        "i",
        "--key-id",
        "k",
    ];
    let derive = ["cak", "derive", "--seed-file", "seed"];
    let convert = ["cak", "convert", "--private-key-file", "seed", "--to", "pem"];
    let table: Vec<Vec<&str>> = vec![
        vec!["keys", "generate", "--out", PATH],
        vec!["keys", "generate", "--dir", PATH],
        vec![
            "schema",
            "new",
            "--title",
            "Age",
            "--attribute",
            age,
            "--out",
            PATH,
        ],
        vec![
            "status",
            "list",
            "new",
            "--uri",
            "https://a.example/1",
            "--out",
            PATH,
        ],
        [&publish[..], &["--out", PATH]].concat(),
        [&deal[..], &["--out", PATH]].concat(),
        vec!["custody", "join", "--out", PATH],
        [&dkg[..], &["--out", PATH, "--custodian", "CUSTODIANS"]].concat(),
        vec![
            "custody",
            "refresh",
            "--group",
            "group/group.json",
            "--out",
            PATH,
            "--custodian",
            "CUSTODIANS",
        ],
        [&derive[..], &CONTEXT, &["--private-key-out", PATH]].concat(),
        [&convert[..], &["--out", PATH]].concat(),
        [
            &["cak", "seal", "--public-key", "KEY"][..],
            &CONTEXT,
            &["document", PATH],
        ]
        .concat(),
        vec!["quickstart", "--out", PATH],
        vec![
            "issue",
            "--issuer",
            "did:x:i",
            "--program",
            "p",
            "--key",
            "key.pem",
            "--partner-id",
            "p",
            "--email",
            "a@b.cd",
            "--out",
            PATH,
            "subject.json",
        ],
    ];
    for arguments in table {
        for json in [false, true] {
            let desk = desk();
            let keys = ["own.pem", "second.pem"].map(|file| public_key(&desk, file));
            let arguments: Vec<&str> = arguments
                .iter()
                .flat_map(|argument| match *argument {
                    "CUSTODIANS" => vec![keys[0].as_str(), keys[1].as_str()],
                    "KEY" => vec![keys[0].as_str()],
                    other => vec![other],
                })
                .collect();
            let before = tree(&desk.path(""));
            let ran = run(&desk, &arguments, json);
            assert!((0..=5).contains(&ran.code), "{arguments:?}: {ran:?}");
            assert!(!ran.stderr.contains("panicked"), "{arguments:?}: {}", ran.stderr);
            let was_written = desk.path("").join(name()).exists();
            assert_eq!(ran.code == 0, was_written, "{arguments:?}: {ran:?}");
            if ran.code != 0 {
                assert_eq!(tree(&desk.path("")), before, "{arguments:?}");
            }
            if ran.code == 0 && json && !ran.stdout.is_empty() {
                ran.json();
            }
        }
    }
}

fn public_key(desk: &Desk, file: &str) -> String {
    let convert = [
        "cak",
        "convert",
        "--private-key-file",
        file,
        "--public",
        "--to",
        "did-key",
    ];
    desk.air(&convert).succeeded().text().to_owned()
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of every command")]
fn a_name_that_is_not_utf8_never_panics_where_files_are_read() {
    let table: &[&[&str]] = &[
        &[
            "bulk",
            "--issuer",
            "did:x:i",
            "--program",
            "p",
            "--key",
            "key.pem",
            "--partner-id",
            "p",
            "--dry-run",
            "PATH.csv",
        ],
        &[
            "bulk",
            "--issuer",
            "did:x:i",
            "--program",
            "p",
            "--key",
            "key.pem",
            "--partner-id",
            "p",
            "PATH",
        ],
        &[
            "bulk",
            "--issuer",
            "did:x:i",
            "--program",
            "p",
            "--key",
            PATH,
            "--partner-id",
            "p",
            "--schema",
            PATH,
            "--journal",
            PATH,
            "x.csv",
        ],
        &[
            "cak",
            "derive",
            "--user",
            "u",
            "--issuer",
            "i",
            "--schema",
            "s",
            "--seed-file",
            PATH,
        ],
        &[
            "cak",
            "derive",
            "--user",
            "u",
            "--issuer",
            "i",
            "--schema",
            "s",
            "--wallet-key-file",
            PATH,
            "--chain-id",
            "1",
        ],
        &[
            "cak",
            "open",
            "--private-key-file",
            PATH,
            "--user",
            "u",
            "--issuer",
            "i",
            "--schema",
            "s",
            "PATH.sealed",
        ],
        &[
            "cak",
            "open",
            "--private-key-file",
            "seed",
            "--user",
            "u",
            "--issuer",
            "i",
            "--schema",
            "s",
            "PATH.sealed",
            PATH,
        ],
        &["cak", "inspect", PATH],
        &[
            "cak",
            "convert",
            "--private-key-file",
            PATH,
            "--passphrase-file",
            PATH,
            "--to",
            "pem",
        ],
        &[
            "cak",
            "rewrap",
            "--private-key-file",
            "seed",
            "--user",
            "u",
            "--issuer",
            "i",
            "--schema",
            "s",
            "--to-public-key",
            "0x04",
            PATH,
            PATH,
        ],
        &[
            "credential",
            "issue",
            "--key",
            PATH,
            "--kid",
            "k",
            "--issuer",
            "https://i.example",
            "--vct",
            "v",
            PATH,
        ],
        &[
            "credential",
            "present",
            "--disclose",
            "*",
            "--holder-key",
            PATH,
            PATH,
        ],
        &[
            "credential",
            "verify",
            "--issuer",
            "https://i.example",
            "--issuer-jwks",
            PATH,
            PATH,
        ],
        &["credential", "show", PATH],
        &["custody", "partial", "--share", PATH, "--group", PATH, PATH],
        &["custody", "verify", "--group", PATH, "--share", PATH],
        &["custody", "open", "--group", PATH, "--partial", PATH, PATH, PATH],
        &[
            "custody",
            "contribute",
            "--ceremony",
            PATH,
            "--group",
            PATH,
            "--share",
            PATH,
        ],
        &[
            "custody",
            "contribute",
            "--ceremony",
            PATH,
            "--key",
            PATH,
            "--passphrase-file",
            PATH,
        ],
        &[
            "custody",
            "finish",
            "--ceremony",
            PATH,
            "--key",
            PATH,
            "--dealing",
            PATH,
            "--out",
            PATH,
        ],
        &["did", "document", "--key", PATH],
        &["doctor", "--key", PATH],
        &["events", "replay", "--secret-file", PATH, "http://127.0.0.1:1"],
        &["jwks", "export", "--key", PATH],
        &["jwks", "serve", "--key", PATH],
        &["keys", "list", "--dir", PATH],
        &["keys", "rotate", "--dir", PATH],
        &[
            "listen",
            "--secret-file",
            PATH,
            "--state",
            PATH,
            "http://127.0.0.1:1",
        ],
        &["quickstart", "--out", "out", "--document", PATH],
        &["quickstart", "--out", "out", "--subject", PATH],
        &["sandbox", "up", "--seed", PATH],
        &["sandbox", "up", "--data", PATH, "--seed", "absent.json"],
        &["sandbox", "up", "--tls-cert", PATH, "--tls-key", PATH],
        &["sandbox", "seed", PATH],
        &["sandbox", "faults", PATH],
        &["schema", "validate", "--schema", PATH, PATH],
        &["schema", "lint", "--schema", PATH],
        &["schema", "lint", PATH],
        &["schema", "compare", PATH, PATH],
        &["schema", "from-json", PATH],
        &["schema", "publish", PATH],
        &["schema", "show", PATH],
        &["status", "list", "allocate", "--list", PATH],
        &["status", "list", "set", "--list", PATH, "0", "revoked"],
        &[
            "status", "list", "publish", "--list", PATH, "--key", PATH, "--kid", "k",
        ],
        &[
            "token",
            "sign",
            "--key",
            PATH,
            "--kid",
            "k",
            "--partner-id",
            "p",
            "--scope",
            "issue",
        ],
        &["token", "verify", "--jwks", PATH, "-"],
        &[
            "verify",
            "--key",
            PATH,
            "--partner-id",
            "p",
            "--program",
            "p",
            "--email",
            "a@b.cd",
            "--wallet-key-file",
            PATH,
            "--agree",
            "--out",
            PATH,
        ],
    ];
    let desk = desk();
    let before = tree(&desk.path(""));
    for arguments in table {
        let ran = run(&desk, arguments, false);
        assert!((1..=5).contains(&ran.code), "{arguments:?}: {ran:?}");
        assert!(!ran.stderr.contains("panicked"), "{arguments:?}: {}", ran.stderr);
        assert_eq!(tree(&desk.path("")), before, "{arguments:?}");
    }
}

#[test]
fn a_file_of_rows_may_have_any_name() {
    let desk = desk();
    let rows = "email,credentialSubject.age\nada@example.com,21\n";
    fs::write(desk.path("").join(OsStr::from_bytes(b"caf\xe9.CSV")), rows).unwrap();
    let arguments = [
        "bulk",
        "--issuer",
        "did:air:id:test:5P44fsVUhPctDTWH2Nz26pZJFsg6CqyiAELTGeVQDB",
        "--program",
        "p",
        "--key",
        "key.pem",
        "--partner-id",
        "p",
        "--dry-run",
        "PATH.CSV",
    ];
    let ran = run(&desk, &arguments, false);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.text().contains("1 of 1 rows can be sent"), "{ran:?}");
}
