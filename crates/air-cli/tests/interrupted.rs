//! Commands that are interrupted: a plaintext that is not whole leaves nothing behind.

use std::{
    fs,
    io::Write,
    process::{Command, Stdio},
};

use crate::support::{TestEnv, binary, server::interrupt};

const CONTEXT: [&str; 6] = ["--user", "u", "--issuer", "did:x:i", "--schema", "s"];
/// Much more than a pipe and all buffers on the way hold.
const SIZE: usize = 8 << 20;

/// A sealed document, and the key that opens it in `key`.
fn sealed(env: &TestEnv) -> Vec<u8> {
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
    let key = env.air(&convert).succeeded().text().to_owned();
    let seal = [&["cak", "seal", "--public-key", &key][..], &CONTEXT, &["-", "-"]].concat();
    env.air_with(&seal, vec![7; SIZE]).succeeded().stdout
}

#[test]
fn an_interrupted_open_leaves_no_plaintext() {
    let env = TestEnv::new();
    let container = sealed(&env);
    for (destination, signal) in [("document", "INT"), ("-", "INT"), ("document", "KILL")] {
        let temporary = tempfile_folder(&env);
        let before = env.names();
        let open = [
            &["cak", "open", "--private-key-file", "key"][..],
            &CONTEXT,
            &["-", destination],
        ]
        .concat();
        let mut child = Command::new(binary())
            .args(open)
            .current_dir(env.path(""))
            .env("TMPDIR", &temporary)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // All but the end: it has written most of the plaintext, and waits for the rest.
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(&container[..container.len() - 100]).unwrap();
        assert_eq!(env.names(), before, "no name while it is written");
        assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0);
        if signal == "INT" {
            interrupt(child.id());
        } else {
            child.kill().unwrap();
        }
        assert!(!child.wait().unwrap().success());
        assert_eq!(env.names(), before, "{destination}, {signal}");
        assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0);
        drop(stdin);
    }
    // The same container, whole.
    let open = [
        &["cak", "open", "--private-key-file", "key"][..],
        &CONTEXT,
        &["-", "document"],
    ]
    .concat();
    env.air_with(&open, container).succeeded();
    assert_eq!(env.read("document").len(), SIZE);
}

fn tempfile_folder(env: &TestEnv) -> std::path::PathBuf {
    let folder = env.path("tmp");
    fs::create_dir_all(&folder).unwrap();
    folder
}
