//! The published vectors through the command line, and containers that were tampered with.

use serde_json::Value;

use crate::support::TestEnv;

fn vectors(section: &str) -> Vec<Value> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../air-crypto/tests/vectors/cak-v1.json"
    );
    let vectors: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    vectors[section].as_array().unwrap().clone()
}

fn text<'v>(vector: &'v Value, member: &str) -> &'v str {
    vector[member].as_str().unwrap_or_else(|| panic!("no {member}"))
}

fn bytes(vector: &Value, member: &str) -> Vec<u8> {
    hex::decode(text(vector, member)).unwrap()
}

/// The arguments that name a vector's context.
fn context(vector: &Value) -> Vec<&str> {
    let mut arguments = Vec::new();
    for name in ["user", "issuer", "schema", "curve"] {
        arguments.extend([
            ["--user", "--issuer", "--schema", "--curve"][arguments.len() / 2],
            text(vector, name),
        ]);
    }
    arguments
}

#[test]
fn derives_every_published_key() {
    let vectors = vectors("derive");
    assert_eq!(vectors.len(), 16);
    for (index, vector) in vectors.iter().enumerate() {
        let env = TestEnv::new();
        let chain_id = vector["chainId"].to_string();
        let (root, secret) = if text(vector, "root") == "seed" {
            (vec!["--seed-file", "-"], text(vector, "seed"))
        } else {
            (
                vec!["--wallet-key-file", "-", "--chain-id", &chain_id],
                text(vector, "walletKey"),
            )
        };
        for secret in [secret.to_owned(), format!("0x{secret}\n")] {
            let arguments = [
                vec!["cak", "derive"],
                context(vector),
                root.clone(),
                vec!["--reveal-private-key", "--json"],
            ];
            let derived = env.air_with(&arguments.concat(), secret).succeeded().json();
            for member in ["curve", "publicKey", "publicKeyCompressed", "privateKey"] {
                assert_eq!(derived[member], vector[member], "vector {index}, {member}");
            }
            let crv = if text(vector, "curve") == "secp256r1" {
                "P-256"
            } else {
                "secp256k1"
            };
            assert_eq!(derived["jwk"]["crv"], crv, "vector {index}");
        }
    }
}

#[test]
fn shows_no_private_key_unless_asked() {
    let vector = &vectors("derive")[0];
    let arguments = [
        vec!["cak", "derive"],
        context(vector),
        vec!["--seed-file", "seed"],
    ]
    .concat();
    let env = TestEnv::new();
    env.write("seed", text(vector, "seed"));
    for json in [&[][..], &["--json"]] {
        let run = env.air(&[&arguments, json].concat()).succeeded();
        assert!(!run.text().contains(text(vector, "privateKey")));
    }
    env.air(&[&arguments[..], &["--private-key-out", "key"]].concat())
        .succeeded();
    assert_eq!(env.read("key"), text(vector, "privateKey").as_bytes());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(env.path("key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn opens_every_published_container() {
    let vectors = vectors("seal");
    assert_eq!(vectors.len(), 8);
    for (index, vector) in vectors.iter().enumerate() {
        let env = TestEnv::new();
        env.write("key", text(vector, "privateKey"));
        env.write("sealed", bytes(vector, "sealed"));
        let label = String::from_utf8(bytes(vector, "aad")).unwrap();
        let end = ["--label", &label, "sealed", "opened"];
        let arguments = [
            &["cak", "open", "--private-key-file", "key"],
            &context(vector)[..],
            &end,
        ]
        .concat();
        env.air(&arguments).succeeded();
        assert_eq!(env.read("opened"), bytes(vector, "plaintext"), "vector {index}");

        // To stdout, from stdin, and without --curve: the container knows it.
        let without_curve = &context(vector)[..6];
        let end = ["--label", &label, "-", "-"];
        let arguments = [&["cak", "open", "--private-key-file", "key"], without_curve, &end].concat();
        let run = env.air_with(&arguments, bytes(vector, "sealed")).succeeded();
        assert_eq!(run.stdout, bytes(vector, "plaintext"), "vector {index}");
    }
}

#[test]
fn opens_the_managed_containers() {
    for (index, vector) in vectors("threshold").iter().enumerate() {
        let env = TestEnv::new();
        env.write("key", text(vector, "privateKey"));
        env.write("sealed", bytes(vector, "sealed"));
        let arguments = [
            "cak",
            "open",
            "--private-key-file",
            "key",
            "--managed",
            text(vector, "keyId"),
            "--issuer",
            text(vector, "issuer"),
            "sealed",
            "opened",
        ];
        env.air(&arguments).succeeded();
        assert_eq!(env.read("opened"), bytes(vector, "plaintext"), "vector {index}");
    }
}

#[test]
fn seals_what_it_opens() {
    for (index, vector) in vectors("seal").iter().enumerate() {
        let env = TestEnv::new();
        let document: Vec<u8> = (0..70_000_u32).map(|byte| (byte % 251) as u8).collect();
        env.write("key", text(vector, "privateKey"));
        env.write("document", &document);
        for log2 in ["12", "16", "24"] {
            let seal = [
                "--chunk-log2",
                log2,
                "--label",
                "passport.jpg",
                "--force",
                "document",
                "sealed",
            ];
            let key = ["cak", "seal", "--public-key", text(vector, "publicKey")];
            env.air(&[&key, &context(vector)[..], &seal].concat()).succeeded();
            let open = ["--label", "passport.jpg", "--force", "sealed", "opened"];
            let key = ["cak", "open", "--private-key-file", "key"];
            env.air(&[&key, &context(vector)[..], &open].concat()).succeeded();
            assert_eq!(env.read("opened"), document, "vector {index}, chunks of 2^{log2}");
        }
    }
}

#[test]
fn a_tampered_container_writes_nothing() {
    // Chunks of 2^12 and 16 bytes of tag, after 115 bytes of header.
    const CHUNK: usize = (1 << 12) + 16;
    let vector = &vectors("seal")[0];
    let env = TestEnv::new();
    env.write("key", text(vector, "privateKey"));
    env.write("document", vec![7; 3 << 12]);
    let seal = ["--chunk-log2", "12", "document", "sealed"];
    let key = ["cak", "seal", "--public-key", text(vector, "publicKey")];
    env.air(&[&key, &context(vector)[..], &seal].concat()).succeeded();
    let whole = env.read("sealed");
    assert_eq!(whole.len(), 115 + 3 * CHUNK);

    let flipped = |place: usize| {
        let mut bytes = whole.clone();
        bytes[place] ^= 1;
        bytes
    };
    let reordered = {
        let (header, chunks) = whole.split_at(115);
        [
            header,
            &chunks[CHUNK..2 * CHUNK],
            &chunks[..CHUNK],
            &chunks[2 * CHUNK..],
        ]
        .concat()
    };
    let cases = [
        ("magic", flipped(0), "not a sealed container"),
        ("version", flipped(8), "not a sealed container"),
        ("chunk size", flipped(15), "does not open the container"),
        ("point", flipped(40), "not a sealed container"),
        ("commitment", flipped(90), "does not open the container"),
        ("first chunk", flipped(200), "chunk 0 does not authenticate"),
        (
            "last chunk",
            flipped(whole.len() - 1),
            "chunk 2 does not authenticate",
        ),
        (
            "cut at a chunk",
            whole[..115 + 2 * CHUNK].to_vec(),
            "chunk 1 does not authenticate",
        ),
        (
            "cut in a chunk",
            whole[..whole.len() - 100].to_vec(),
            "chunk 2 does not authenticate",
        ),
        (
            "cut in the header",
            whole[..60].to_vec(),
            "not a sealed container",
        ),
        ("nothing", Vec::new(), "not a sealed container"),
        (
            "more bytes",
            [&whole[..], b"x"].concat(),
            "chunk 2 does not authenticate",
        ),
        ("reordered", reordered, "chunk 0 does not authenticate"),
    ];
    for (name, bytes, reason) in cases {
        env.write("tampered", bytes);
        for destination in ["opened", "-"] {
            let open = ["cak", "open", "--private-key-file", "key"];
            let run = env.air(&[&open, &context(vector)[..], &["tampered", destination]].concat());
            run.failed_with(3, reason);
            assert!(run.stdout.is_empty(), "{name}");
        }
        assert_eq!(env.names(), ["document", "key", "sealed", "tampered"], "{name}");
    }
}

#[test]
fn a_failed_opening_leaves_an_earlier_file_alone() {
    let vector = &vectors("seal")[4];
    let env = TestEnv::new();
    env.write("key", text(vector, "privateKey"));
    env.write("sealed", bytes(vector, "sealed"));
    env.write("opened", "an earlier document");
    let open = ["cak", "open", "--private-key-file", "key", "--label", "another"];
    env.air(&[&open, &context(vector)[..], &["--force", "sealed", "opened"]].concat())
        .failed_with(3, "does not open the container");
    assert_eq!(env.read("opened"), b"an earlier document");
}

#[test]
fn each_wrong_input_is_named() {
    let vector = &vectors("seal")[0];
    let env = TestEnv::new();
    env.write("document", "x");
    env.write("short", "00");
    env.write("zero", "00".repeat(32));
    let context = context(vector);
    let seal = |key: &str| {
        env.air(
            &[
                &["cak", "seal", "--public-key", key],
                &context[..],
                &["document", "s"],
            ]
            .concat(),
        )
    };
    seal("zz").failed_with(3, "public key is not hexadecimal");
    seal(&format!("04{}", "00".repeat(64))).failed_with(3, "public key is not a point of secp256r1");
    let derive = |more: &[&str]| env.air(&[&["cak", "derive"], &context[..], more].concat());
    derive(&["--seed-file", "short"]).failed_with(3, "at least 32");
    derive(&["--seed-file", "absent"]).failed_with(1, "failed to read absent");
    derive(&["--wallet-key-file", "zero", "--chain-id", "1"]).failed_with(3, "wallet key is not a scalar");
    derive(&["--wallet-key-file", "zero"]).failed_with(2, "--chain-id");
    derive(&[]).failed_with(2, "--seed-file");
    env.air(&[
        "cak",
        "derive",
        "--user",
        "",
        "--issuer",
        "i",
        "--schema",
        "s",
        "--seed-file",
        "zero",
    ])
    .failed_with(2, "user is empty");
    let open = ["cak", "open", "--private-key-file", "zero"];
    env.air(&[&open, &context[..], &["document", "o"]].concat())
        .failed_with(3, "not a sealed container");
    seal(text(&vectors("seal")[1], "publicKey")).failed_with(3, "add --curve secp256k1");
    assert_eq!(env.names(), ["document", "short", "zero"]);
}

#[test]
fn an_unwritable_place_is_named_and_left_alone() {
    let vector = &vectors("seal")[0];
    let env = TestEnv::new();
    env.write("document", "x");
    std::fs::create_dir(env.path("folder")).unwrap();
    let seal = ["cak", "seal", "--public-key", text(vector, "publicKey")];
    for (destination, reason) in [
        ("folder", "folder is a folder"),
        ("absent/sealed", "failed to write absent/sealed"),
        ("document/sealed", "failed to write document/sealed"),
        ("/proc/sealed", "failed to write /proc/sealed"),
    ] {
        env.air(&[&seal, &context(vector)[..], &["document", destination]].concat())
            .failed_with(1, reason);
    }
    assert_eq!(env.names(), ["document", "folder"]);
}
