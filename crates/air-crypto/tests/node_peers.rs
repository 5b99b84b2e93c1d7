//! Node: `@hpke/core`, `@noble/curves` and `node:crypto` open what we seal, seal what we open, and
//! derive the same keys.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use air_crypto::{
    CakContext, CakPrivateKey, ChunkSize, Curve, RootSecret,
    holder::{HolderEnvelope, HolderPrivateKey},
};
use serde_json::{Value, json};

const CURVES: [Curve; 2] = [Curve::Secp256r1, Curve::Secp256k1];
const LOG2: u8 = 12;
const CHUNK: usize = 1 << LOG2;

/// `tests/node/peer.mjs`, asked line by line.
struct Node {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Node {
    fn start() -> Self {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/node");
        let mut child = Command::new("node")
            .arg("peer.mjs")
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self {
            child,
            stdin,
            stdout: BufReader::new(stdout),
        }
    }

    fn ask(&mut self, question: &Value) -> Value {
        writeln!(self.stdin, "{question}").unwrap();
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "Node ended at {question}");
        serde_json::from_str::<Value>(&line).unwrap()["result"].take()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn context(curve: Curve, user: &str) -> CakContext {
    CakContext::new(
        user.parse().unwrap(),
        "did:x:i".parse().unwrap(),
        "s".parse().unwrap(),
        curve,
    )
}

fn prefix(curve: Curve) -> Vec<u8> {
    let kem = if curve == Curve::Secp256r1 { 0x10 } else { 0x16 };
    [&b"AIR-SEAL"[..], &[1, 0x00, kem, 0x00, 0x01, 0x00, 0x02, LOG2]].concat()
}

fn info(context: &CakContext, label: &[u8]) -> Vec<u8> {
    let lp = |bytes: &[u8]| [&u16::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat();
    let prefix = prefix(context.curve());
    [b"seal".to_vec(), lp(&prefix), lp(&context.to_bytes()), lp(label)].concat()
}

#[test]
#[ignore = "needs Node and its packages: `cargo xtask test` installs them and runs it"]
fn containers_in_both_directions() {
    let mut node = Node::start();
    let mut rng = rand::rng();
    for curve in CURVES {
        for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK] {
            let key = CakPrivateKey::generate(curve, &mut rng);
            let context = context(curve, "ユーザー");
            let document: Vec<u8> = (0..=250).cycle().take(length).collect();
            let container = key
                .public_key()
                .seal_in_chunks(
                    &context,
                    b"scan",
                    ChunkSize::from_log2(LOG2).unwrap(),
                    &document,
                    &mut rng,
                )
                .unwrap();
            let info = hex::encode(info(&context, b"scan"));
            let opened = node.ask(&json!({
                "op": "open", "curve": curve.name(), "privateKey": key.expose_hex().as_str(), "info": info,
                "container": hex::encode(&container), "chunk": CHUNK,
            }));
            assert_eq!(opened, hex::encode(&document), "{curve}, {length} bytes");

            let sealed = node.ask(&json!({
                "op": "seal", "curve": curve.name(), "prefix": hex::encode(prefix(curve)), "info": info,
                "publicKey": hex::encode(key.public_key().as_uncompressed()),
                "document": hex::encode(&document), "chunk": CHUNK,
            }));
            let sealed = hex::decode(sealed.as_str().unwrap()).unwrap();
            let opened = key.open(&context, b"scan", &sealed).unwrap();
            assert_eq!(opened.as_slice(), document, "{curve}, {length} bytes");
        }
    }
}

#[test]
#[ignore = "needs Node and its packages: `cargo xtask test` installs them and runs it"]
fn derived_keys() {
    let mut node = Node::start();
    for curve in CURVES {
        for i in 0..16_u8 {
            let seed = [i; 48];
            let context = context(curve, &format!("user-{i}"));
            let key = RootSecret::from_seed(&seed).unwrap().derive(&context).unwrap();
            let derived = node.ask(&json!({
                "op": "derive", "curve": curve.name(), "ikm": hex::encode(seed),
                "context": hex::encode(context.to_bytes()),
            }));
            assert_eq!(derived["privateKey"], key.expose_hex().as_str());
            assert_eq!(
                derived["publicKey"],
                hex::encode(key.public_key().as_uncompressed())
            );
        }
    }
}

#[test]
#[ignore = "needs Node and its packages: `cargo xtask test` installs them and runs it"]
fn holder_envelopes_in_both_directions() {
    let mut node = Node::start();
    let mut rng = rand::rng();
    for length in [0, 1, 1000, 70_000] {
        let key = HolderPrivateKey::generate(&mut rng);
        let document: Vec<u8> = (0..=250).cycle().take(length).collect();
        let envelope = key.public_key().seal(&document, &mut rng).unwrap();
        let opened = node.ask(&json!({
            "op": "holder-open", "privateKey": hex::encode(key.expose_pkcs8_der().as_slice()),
            "data": hex::encode(envelope.data()), "iv": hex::encode(envelope.iv()),
            "authTag": hex::encode(envelope.auth_tag()),
            "key": hex::encode(envelope.ephemeral_key().to_spki_der()),
        }));
        assert_eq!(opened, hex::encode(&document));

        let sealed = node.ask(&json!({
            "op": "holder-seal", "publicKey": hex::encode(key.public_key().to_spki_der()),
            "document": hex::encode(&document),
        }));
        let part = |name: &str| hex::decode(sealed[name].as_str().unwrap()).unwrap();
        let envelope =
            HolderEnvelope::from_parts(&part("data"), &part("iv"), &part("authTag"), &part("key")).unwrap();
        assert_eq!(key.open(&envelope).unwrap().as_slice(), document);
    }
}
