//! The recipient of a document: a group file, a fingerprint, and a key that opens the result.

use serde_json::Value;

use crate::support::{Run, TestEnv};

const CONTEXT: [&str; 6] = ["--user", "u", "--issuer", "did:x:i", "--schema", "s"];
const MANAGED: [&str; 4] = ["--managed", "vault", "--issuer", "did:x:i"];
const WARNING: &str = "if the key id or the issuer is mistyped";

/// A group in `group/`, and the document `scan.jpg`. Returns the public key and the key fingerprint.
fn dealt(env: &TestEnv, curve: &str) -> (String, String) {
    let deal = ["custody", "deal", "--threshold", "2", "--shares", "3"];
    let name = ["--issuer", "did:x:i", "--key-id", "vault", "--curve", curve];
    let dealt = env
        .air(&[&deal[..], &name, &["--out", "group", "--json"]].concat())
        .succeeded()
        .json();
    env.write("scan.jpg", "the scan");
    let text = |member: &str| dealt[member].as_str().unwrap().to_owned();
    (text("publicKey"), text("keyFingerprint"))
}

/// Opens a container with the first two custodians.
fn open(env: &TestEnv, sealed: &str) -> Run {
    let mut open = vec!["custody", "open", "--group", "group/group.json", "--partial"];
    let names = ["partial-1.json", "partial-2.json"];
    for (number, name) in (1..).zip(names) {
        let share = format!("group/share-{number}.json");
        let partial = [
            "custody",
            "partial",
            "--share",
            &share,
            "--group",
            "group/group.json",
            sealed,
        ];
        env.write(name, env.air(&partial).succeeded().stdout);
    }
    open.extend(names);
    open.extend([sealed, "-"]);
    env.air(&open)
}

#[test]
fn a_group_file_names_key_id_issuer_and_curve() {
    for curve in ["secp256r1", "secp256k1"] {
        let env = TestEnv::new();
        let (_, fingerprint) = dealt(&env, curve);
        let seal = ["cak", "seal", "--group", "group/group.json"];
        let sealed = env.air(&[&seal[..], &["scan.jpg"]].concat()).succeeded();
        assert_eq!(sealed.stderr, "Wrote scan.jpg.sealed\n");
        assert_eq!(open(&env, "scan.jpg.sealed").succeeded().stdout, b"the scan");
        env.air(&[&seal[..], &["--fingerprint", &fingerprint, "scan.jpg", "again"]].concat())
            .succeeded();
        let wrong = "00".repeat(32);
        env.air(&[&seal[..], &["--fingerprint", &wrong, "scan.jpg", "third"]].concat())
            .failed_with(3, "does not match --fingerprint");
        for typed in [
            &["--managed", "vault"][..],
            &["--curve", curve],
            &["--issuer", "i"],
        ] {
            env.air(&[&seal[..], typed, &["scan.jpg", "third"]].concat())
                .failed_with(2, "cannot be used with");
        }
        assert!(!env.path("third").exists());
    }
}

#[test]
fn a_fingerprint_binds_a_typed_key_to_its_name_and_without_it_there_is_one_warning() {
    let env = TestEnv::new();
    let (key, fingerprint) = dealt(&env, "secp256r1");
    let seal = |name: &[&str], more: &[&str]| {
        let seal = ["cak", "seal", "--public-key", &key, "--force"];
        env.air(&[&seal[..], name, more, &["scan.jpg", "out"]].concat())
    };
    let bound = seal(&MANAGED, &["--fingerprint", &fingerprint]).succeeded();
    assert_eq!(bound.stderr, "");
    assert_eq!(open(&env, "out").succeeded().stdout, b"the scan");
    // As people read it aloud: in capitals, with spaces.
    let spaced = fingerprint
        .to_uppercase()
        .as_bytes()
        .chunks(4)
        .map(|part| std::str::from_utf8(part).unwrap())
        .collect::<Vec<_>>()
        .join(" ");
    seal(&MANAGED, &["--fingerprint", &spaced]).succeeded();
    let unbound = seal(&MANAGED, &[]).succeeded();
    assert_eq!(unbound.stderr.matches(WARNING).count(), 1, "{}", unbound.stderr);
    // A CAK has no key id.
    assert_eq!(seal(&CONTEXT, &[]).succeeded().stderr, "");

    std::fs::remove_file(env.path("out")).unwrap();
    let mistyped: [[&str; 4]; 2] = [
        ["--managed", "valt", "--issuer", "did:x:i"],
        ["--managed", "vault", "--issuer", "did:x:j"],
    ];
    for name in mistyped {
        seal(&name, &["--fingerprint", &fingerprint]).failed_with(3, "is not that of --fingerprint");
    }
    env.write("other", "11".repeat(32));
    let convert = [
        "cak",
        "convert",
        "--private-key-file",
        "other",
        "--public",
        "--to",
        "hex",
    ];
    let other = env.air(&convert).succeeded();
    let seal_to_other = ["cak", "seal", "--public-key", other.text(), "scan.jpg", "out"];
    env.air(&[&seal_to_other[..], &MANAGED, &["--fingerprint", &fingerprint]].concat())
        .failed_with(3, "is not that of --fingerprint");
    assert!(!env.path("out").exists());
}

/// A document sealed to a CAK in `sealed`; the key in `key`, and another in `new`.
fn sealed_to_a_cak(env: &TestEnv) -> [String; 2] {
    env.write("scan.jpg", "the scan");
    let keys = [("key", "11"), ("new", "22")].map(|(name, byte)| {
        env.write(name, byte.repeat(32));
        let convert = ["cak", "convert", "--public", "--to", "hex", "--private-key-file"];
        env.air(&[&convert[..], &[name]].concat())
            .succeeded()
            .text()
            .to_owned()
    });
    let seal = ["cak", "seal", "--public-key", &keys[0]];
    env.air(&[&seal[..], &CONTEXT, &["scan.jpg", "sealed"]].concat())
        .succeeded();
    keys
}

fn rewrap(env: &TestEnv, more: &[&str]) -> Run {
    let rewrap = ["cak", "rewrap", "--private-key-file", "key"];
    env.air(&[&rewrap[..], &CONTEXT, more].concat())
}

#[test]
fn rewrapping_for_a_group_keeps_the_original() {
    for curve in ["secp256r1", "secp256k1"] {
        let env = TestEnv::new();
        let (key, fingerprint) = dealt(&env, curve);
        sealed_to_a_cak(&env);
        let original = env.read("sealed");
        let group = ["--group", "group/group.json"];
        rewrap(&env, &[&group[..], &["sealed", "out"]].concat()).succeeded();
        assert_eq!(open(&env, "out").succeeded().stdout, b"the scan");
        assert_eq!(env.read("sealed"), original);
        let told = env.air(&["cak", "inspect", "out", "--json"]).succeeded().json();
        assert_eq!(told["curve"], Value::from(curve));

        let typed = [
            "--to-public-key",
            &key,
            "--to-managed",
            "vault",
            "--to-curve",
            curve,
        ];
        let unbound = rewrap(&env, &[&typed[..], &["sealed", "second"]].concat()).succeeded();
        assert_eq!(unbound.stderr.matches(WARNING).count(), 1, "{}", unbound.stderr);
        let bound = ["--fingerprint", &fingerprint, "sealed", "third"];
        let bound = rewrap(&env, &[&typed[..], &bound].concat()).succeeded();
        assert!(!bound.stderr.contains(WARNING), "{}", bound.stderr);
    }
}

#[test]
fn a_container_is_replaced_only_with_a_key_that_opens_the_result() {
    let env = TestEnv::new();
    let [_, new] = sealed_to_a_cak(&env);
    let original = env.read("sealed");
    let names = env.names();
    let to_new = ["--to-public-key", &new, "--force"];
    let in_place = |more: &[&str]| rewrap(&env, &[&to_new[..], more, &["sealed", "./sealed"]].concat());
    in_place(&[]).failed_with(2, "only with a key that opens the result");
    in_place(&["--to-private-key-file", "key"]).failed_with(3, "does not belong to the new public key");
    assert_eq!(env.read("sealed"), original);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("sealed", env.path("link")).unwrap();
        rewrap(&env, &[&to_new[..], &["link", "sealed"]].concat())
            .failed_with(2, "only with a key that opens the result");
        assert_eq!(env.read("sealed"), original);
        std::fs::remove_file(env.path("link")).unwrap();
    }
    in_place(&["--to-private-key-file", "new"]).succeeded();
    assert_ne!(env.read("sealed"), original);
    assert_eq!(env.names(), names);
    let open = ["cak", "open", "--private-key-file", "new"];
    let opened = env.air(&[&open[..], &CONTEXT, &["sealed", "-"]].concat());
    assert_eq!(opened.succeeded().stdout, b"the scan");
}

#[test]
fn the_original_is_deleted_only_when_that_is_confirmed() {
    let env = TestEnv::new();
    let [_, new] = sealed_to_a_cak(&env);
    let original = env.read("sealed");
    let delete = ["--to-public-key", &new, "--delete-original"];
    let run = |more: &[&str]| rewrap(&env, &[&delete[..], more].concat());
    run(&["sealed", "out"]).failed_with(2, "missing confirmation of --delete-original");
    run(&[
        "--yes",
        "--force",
        "--to-private-key-file",
        "new",
        "sealed",
        "sealed",
    ])
    .failed_with(2, "IN and OUT are the same file");
    run(&["--yes", "sealed", "-"]).failed_with(2, "needs two files");
    run(&["--yes", "-", "out"]).failed_with(2, "needs two files");
    // A source that does not authenticate to its end stays, and nothing is written.
    env.write("cut", &original[..original.len() - 1]);
    run(&["--yes", "cut", "out"]).failed_with(3, "does not authenticate");
    assert!(env.path("cut").exists() && !env.path("out").exists());
    assert_eq!(env.read("sealed"), original);

    let deleted = run(&["--yes", "sealed", "out"]).succeeded();
    for told in [
        "sealed will be deleted",
        "opens only with the private key of",
        &new,
        "Nothing here has checked that anyone has that key",
        "Deleted sealed",
    ] {
        assert!(deleted.stderr.contains(told), "{told}: {}", deleted.stderr);
    }
    assert!(!env.path("sealed").exists());
    let open = ["cak", "open", "--private-key-file", "new"];
    let opened = env.air(&[&open[..], &CONTEXT, &["out", "-"]].concat());
    assert_eq!(opened.succeeded().stdout, b"the scan");
}
