//! `air wallet` against issuers and verifiers made of npm `@openid4vc`, its alpha, `@owf/mdoc` and
//! `@digitalbazaar/oid4-client`, which `cargo xtask oid4vc` installs.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};

use crate::support::TestEnv;

/// The peers. They end when their stdin closes.
struct Peers {
    child: Child,
    ready: Value,
}

impl Peers {
    fn start() -> Self {
        Self::of("wallet_peers.mjs")
    }

    fn of(script: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../air-oid4vc/tests/node");
        let mut child = Command::new("node")
            .arg(script)
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let ready = serde_json::from_str(&line).unwrap_or_else(|_| panic!("the peers did not start: {line}"));
        Self { child, ready }
    }

    fn text(&self, name: &str) -> &str {
        self.ready[name].as_str().unwrap()
    }

    /// The requests that the peers have seen.
    fn seen(&self) -> Value {
        let address = self.text("origin").strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        write!(
            stream,
            "GET /seen HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        let json = &body[body.find('{').unwrap()..=body.rfind('}').unwrap()];
        serde_json::from_str(json).unwrap()
    }
}

impl Drop for Peers {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
#[ignore = "needs Node and its packages; `cargo xtask oid4vc` runs it"]
fn node_peers_issue_to_the_wallet_and_verify_its_presentation() {
    let (env, peers) = (TestEnv::new(), Peers::start());
    let code = peers.text("txCode");
    let run = env.air(&[
        "wallet",
        "receive",
        "--tx-code",
        code,
        "--copies",
        "3",
        "--json",
        peers.text("offer"),
    ]);
    let receipt = run.succeeded().json();
    assert_eq!(receipt["credentials"].as_array().unwrap().len(), 3);
    assert_eq!(peers.seen()["notified"], "credential_accepted");

    let run = env.air(&["wallet", "present", "--yes", "--json", peers.text("request")]);
    assert_eq!(
        run.succeeded().json()["presented"][0]["disclosed"],
        json!([["name"]])
    );
    let expected = json!({
        "credential": true, "binding": true, "audience": true, "nonce": true, "hash": true, "state": true,
        "disclosed": [["name", "Ada"]],
    });
    assert_eq!(peers.seen()["presented"], expected);
    let wrong = env.air(&["wallet", "receive", "--tx-code", "000000", peers.text("offer")]);
    wrong.failed_with(4, "invalid_grant");
}

#[test]
#[ignore = "needs Node and its packages; `cargo xtask oid4vc` runs it"]
fn node_peers_issue_an_mdoc_to_the_wallet_and_verify_its_presentation() {
    let (env, peers) = (TestEnv::new(), Peers::start());
    let run = env.air(&[
        "wallet",
        "receive",
        "--tx-code",
        peers.text("txCode"),
        "--json",
        peers.text("mdocOffer"),
    ]);
    let receipt = run.succeeded().json();
    assert_eq!(receipt["credentials"][0]["format"], "mso_mdoc");
    assert_eq!(receipt["credentials"][0]["type"], "org.iso.18013.5.1.mDL");
    let run = env.air(&["wallet", "present", "--yes", "--json", peers.text("mdocRequest")]);
    assert_eq!(
        run.succeeded().json()["presented"][0]["disclosed"],
        json!([["org.iso.18013.5.1", "age_over_18"]])
    );
    assert_eq!(peers.seen()["mdoc"], json!({ "age_over_18": true }));
}

#[test]
#[ignore = "needs Node and its packages; `cargo xtask oid4vc` runs it"]
fn node_peers_of_digital_bazaar_decrypt_the_wallets_presentation() {
    let (env, peers) = (TestEnv::new(), Peers::start());
    let code = peers.text("txCode");
    env.air(&["wallet", "receive", "--tx-code", code, peers.text("offer")])
        .succeeded();
    env.air(&["wallet", "present", "--yes", peers.text("encryptedRequest")])
        .succeeded();
    let expected = json!({
        "responseMode": "direct_post.jwt", "alg": "ECDH-ES", "state": true, "audience": true, "nonce": true,
    });
    assert_eq!(peers.seen()["decrypted"], expected);
}

/// The alpha encrypts credential responses; jose decrypts the requests.
#[test]
#[ignore = "needs Node and its packages; `cargo xtask oid4vc` runs it"]
fn node_peers_of_the_alpha_exchange_encrypted_messages_with_the_wallet() {
    let (env, peers) = (TestEnv::new(), Peers::of("alpha/issuer.mjs"));
    let run = env.air(&["wallet", "receive", "--json", peers.text("offer")]);
    assert_eq!(run.succeeded().json()["credentials"][0]["isBound"], true);
    let expected = json!({ "encryptedRequests": 1, "hasTopLevelAlg": false });
    assert_eq!(peers.seen(), expected);
}
