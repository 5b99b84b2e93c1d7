//! `air cak inspect`, `rewrap` and `convert`, names that nobody chose, and keys in other forms.

use crate::support::{self, TestEnv};

const CONTEXT: [&str; 6] = ["--user", "u", "--issuer", "did:x:i", "--schema", "s"];
const KEY: &str = "b81503f92f77059864b03e2f6a06a0570932497652635e8840a59dc93c75cae0";

fn public(env: &TestEnv, curve: &str) -> String {
    let run = env.air(&[
        "cak",
        "convert",
        "--private-key-file",
        "key",
        "--curve",
        curve,
        "--public",
        "--to",
        "hex",
    ]);
    run.succeeded().text().trim().to_owned()
}

fn test_env() -> TestEnv {
    let env = TestEnv::new();
    env.write("key", KEY);
    env
}

fn seal(env: &TestEnv, curve: &str, more: &[&str]) -> support::Run {
    let key = public(env, curve);
    let start = ["cak", "seal", "--curve", curve, "--public-key", &key];
    env.air(&[&start[..], &CONTEXT, more].concat())
}

fn open(env: &TestEnv, more: &[&str]) -> support::Run {
    let start = ["cak", "open", "--private-key-file", "key"];
    env.air(&[&start[..], &CONTEXT, more].concat())
}

#[test]
fn a_sealed_file_is_named_after_its_document_and_back() {
    let env = test_env();
    env.write("scan.jpg", "the scan");
    let sealed = seal(&env, "secp256r1", &["scan.jpg"]).succeeded();
    assert_eq!(sealed.stderr, "Wrote scan.jpg.sealed\n");
    seal(&env, "secp256r1", &["scan.jpg"]).failed_with(1, "scan.jpg.sealed already exists");
    open(&env, &["scan.jpg.sealed"]).failed_with(1, "scan.jpg already exists");
    std::fs::remove_file(env.path("scan.jpg")).unwrap();
    open(&env, &["scan.jpg.sealed"]).succeeded();
    assert_eq!(env.read("scan.jpg"), b"the scan");
    open(&env, &["scan.jpg"]).failed_with(2, "missing OUT");
    seal(&env, "secp256r1", &["-"]).failed_with(2, "missing OUT");
}

#[test]
fn inspect_says_what_a_container_is_without_a_key() {
    let env = test_env();
    for (curve, kem) in [
        ("secp256r1", "DHKEM(P-256, HKDF-SHA256)"),
        ("secp256k1", "DHKEM(secp256k1, HKDF-SHA256)"),
    ] {
        for (length, chunks) in [(0, 1), (1, 1), (4096, 1), (4097, 2), (8192, 2), (10_000, 3)] {
            env.write("document", vec![7; length]);
            seal(
                &env,
                curve,
                &["--chunk-log2", "12", "--force", "document", "sealed"],
            )
            .succeeded();
            let told = env
                .air(&["cak", "inspect", "sealed", "--json"])
                .succeeded()
                .json();
            assert_eq!(told["documentBytes"], length, "{curve} {length}");
            assert_eq!(told["chunks"], chunks, "{curve} {length}");
            assert_eq!(told["containerBytes"], env.read("sealed").len());
            assert_eq!((&told["curve"], &told["kem"]), (&curve.into(), &kem.into()));
            let piped = env.air_with(&["cak", "inspect", "-", "--json"], env.read("sealed"));
            assert_eq!(piped.succeeded().json(), told);
        }
    }
    let told = env.air(&["cak", "inspect", "sealed"]).succeeded();
    assert!(told.text().contains("10000 bytes in 3 chunks"), "{}", told.text());
    let whole = env.read("sealed");
    // At a chunk's end only a key tells that the rest is missing.
    for cut in [10, 115 + 15, 115 + 4112 + 16] {
        env.write("cut", &whole[..cut]);
        env.air(&["cak", "inspect", "cut"]).failed_with(3, "cut");
    }
    env.air(&["cak", "inspect", "key"]).failed_with(3, "AIR-SEAL");
    env.air(&["cak", "inspect", "absent"]).failed_with(1, "absent");
}

#[test]
fn rewrap_reseals_and_keeps_the_old_file_until_the_new_one_is_complete() {
    let env = test_env();
    let document = vec![9; 200_000];
    env.write("document", &document);
    seal(&env, "secp256r1", &["--label", "scan", "document", "sealed"]).succeeded();
    let key = public(&env, "secp256k1");
    let rewrap = |old_label: &str, input: &str, output: &str| {
        let start = ["cak", "rewrap", "--private-key-file", "key", "--label", old_label];
        let to = [
            "--to-public-key",
            &key,
            "--to-curve",
            "secp256k1",
            "--to-schema",
            "t",
            "--to-label",
            "moved",
            "--chunk-log2",
            "12",
            "--force",
            input,
            output,
        ];
        env.air(&[&start[..], &CONTEXT, &to].concat())
    };
    let before = env.read("sealed");
    rewrap("other", "sealed", "sealed").failed_with(3, "does not open");
    env.write("cut", &before[..150_000]);
    rewrap("scan", "cut", "cut").failed_with(3, "does not authenticate");
    assert_eq!(env.read("cut"), before[..150_000]);
    assert_eq!(env.read("sealed"), before);

    // In place.
    rewrap("scan", "sealed", "sealed").succeeded();
    assert_eq!(
        env.air(&["cak", "inspect", "sealed", "--json"])
            .succeeded()
            .json()["chunkLog2"],
        12
    );
    let new = [
        "--user", "u", "--issuer", "did:x:i", "--schema", "t", "--label", "moved",
    ];
    let start = ["cak", "open", "--private-key-file", "key"];
    let run = env.air(&[&start[..], &new, &["sealed", "-"]].concat());
    assert_eq!(run.succeeded().stdout, document);

    // To a managed key and back to a CAK.
    let to_managed = [
        "cak",
        "rewrap",
        "--private-key-file",
        "key",
        "--to-public-key",
        &key,
        "--to-managed",
        "vault",
        "sealed",
        "managed",
    ];
    env.air(&[&to_managed[..], &new].concat()).succeeded();
    let back = [
        "cak",
        "rewrap",
        "--private-key-file",
        "key",
        "--managed",
        "vault",
        "--issuer",
        "did:x:i",
        "--label",
        "moved",
        "--to-public-key",
        &key,
        "--to-user",
        "v",
        "--to-schema",
        "t",
        "managed",
        "-",
    ];
    let run = env.air(&back).succeeded();
    env.write("back", run.stdout);
    let opened = [
        "--user", "v", "--issuer", "did:x:i", "--schema", "t", "--label", "moved", "back", "-",
    ];
    assert_eq!(
        env.air(&[&start[..], &opened].concat()).succeeded().stdout,
        document
    );
}

#[test]
fn a_key_opens_in_every_form() {
    let env = test_env();
    env.write("pass", "correct-horse\n");
    env.write("document", "the scan");
    seal(&env, "secp256k1", &["document", "sealed"]).succeeded();
    let convert = [
        "cak",
        "convert",
        "--private-key-file",
        "key",
        "--curve",
        "secp256k1",
    ];
    for form in ["hex", "base64url", "jwk", "pem", "encrypted-pem"] {
        let mut arguments = [&convert[..], &["--to", form, "--force", "--out", "key.out"]].concat();
        if form == "encrypted-pem" {
            arguments.extend(["--new-passphrase-file", "pass"]);
        }
        env.air(&arguments).succeeded();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(env.path("key.out"))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        let start = ["cak", "open", "--private-key-file", "key.out"];
        let mut arguments = [&start[..], &CONTEXT, &["sealed", "-"]].concat();
        if form == "encrypted-pem" {
            env.air(&arguments).failed_with(3, "--passphrase-file");
            arguments.extend(["--passphrase-file", "document"]);
            env.air(&arguments)
                .failed_with(4, "the passphrase does not decrypt");
            arguments.pop();
            arguments.push("pass");
        }
        assert_eq!(env.air(&arguments).succeeded().stdout, b"the scan", "{form}");
    }
    env.air(&[&convert[..], &["--to", "hex"]].concat())
        .failed_with(2, "not printed by default");
    // A passphrase that would encrypt nothing.
    for form in ["hex", "base64url", "jwk", "pem"] {
        let passphrase = ["--new-passphrase-file", "pass", "--out", "plain"];
        env.air(&[&convert[..], &["--to", form], &passphrase].concat())
            .failed_with(2, "only for --to encrypted-pem");
        assert!(!env.path("plain").exists());
    }
    env.air(&[&convert[..], &["--to", "did-key", "--out", "x"]].concat())
        .failed_with(2, "for public keys only");

    let public = public(&env, "secp256k1");
    for form in ["hex", "compressed-hex", "base64url", "jwk", "pem", "did-key"] {
        let to = [
            "cak",
            "convert",
            "--curve",
            "secp256k1",
            "--public-key",
            &public,
            "--to",
            form,
        ];
        let text = env.air(&to).succeeded().text().to_owned();
        let back = [
            "cak",
            "convert",
            "--curve",
            "secp256k1",
            "--public-key",
            &text,
            "--to",
            "hex",
        ];
        assert_eq!(env.air(&back).succeeded().text().trim(), public, "{form}");
    }
}
