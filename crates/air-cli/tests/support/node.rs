//! Nodes of chains: one with fixed answers, and anvil.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    process::{Child, Command, Stdio},
};

use axum::{Router, body::Bytes, extract::State};
use serde_json::{Value, json};

/// A file of the recorded ledger.
pub(crate) fn recorded(name: &str) -> Value {
    let path = format!(
        "{}/../air-ledger/tests/vectors/anvil/{name}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

pub(crate) fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap()
}

/// A node of a chain, on a thread of its own.
pub(crate) struct FakeNode {
    pub(crate) url: String,
    _runtime: tokio::runtime::Runtime,
}

impl FakeNode {
    /// A node with fixed answers by method; `None` is the error "method not found".
    pub(crate) fn start(answers: BTreeMap<&'static str, Value>) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        // A path can be a key of the node's provider.
        let router = Router::new().fallback(answer).with_state(answers);
        let listener = runtime
            .block_on(tokio::net::TcpListener::bind(SocketAddr::from((
                [127, 0, 0, 1],
                0,
            ))))
            .unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self {
            url,
            _runtime: runtime,
        }
    }

    /// A node with the recorded ledger, and with other answers for some methods.
    pub(crate) fn with(changes: &[(&'static str, Value)]) -> Self {
        let (proof, trusted) = (recorded("proof"), recorded("trusted"));
        let block = json!({
            "number": format!("{:#x}", proof["evidence"]["block"].as_u64().unwrap()),
            "hash": trusted["blockHash"],
            "parentHash": trusted["blockHash"],
            "timestamp": "0x1",
        });
        let mut answers = BTreeMap::from([
            ("eth_chainId", json!("0x141f")),
            ("eth_getBlockByNumber", block),
            ("eth_getCode", trusted["code"].clone()),
            (
                "eth_call",
                json!(format!("0x{}", text(&proof, "/inclusion/root"))),
            ),
        ]);
        answers.extend(changes.iter().cloned());
        Self::start(answers)
    }
}

async fn answer(State(answers): State<BTreeMap<&'static str, Value>>, body: Bytes) -> String {
    let request: Value = serde_json::from_slice(&body).unwrap();
    let result = answers.get(request["method"].as_str().unwrap()).unwrap();
    json!({ "jsonrpc": "2.0", "id": request["id"], "result": result }).to_string()
}

/// anvil, with a chain of its own. A block is final when the next one is mined.
pub(crate) struct Anvil {
    pub(crate) url: String,
    child: Child,
}

impl Anvil {
    /// The private keys of anvil's first accounts, which have coins.
    pub(crate) const KEYS: [&str; 2] = [
        "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
        "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
    ];
    /// Their addresses.
    pub(crate) const ACCOUNTS: [&str; 2] = [
        "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266",
        "0x70997970c51812dc3a010c7d01b50e0d17dc79c8",
    ];

    pub(crate) fn start(options: &[&str]) -> Self {
        let mut child = Command::new(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../contracts/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil"
        ))
        .args(["--port", "0", "--slots-in-an-epoch", "1"])
        .args(if options.contains(&"--chain-id") {
            &[][..]
        } else {
            &["--chain-id", "5151"]
        })
        .args(options)
        .stdout(Stdio::piped())
        .spawn()
        .expect("`cargo xtask chain` installs anvil");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines
            .find_map(|line| line.unwrap().strip_prefix("Listening on ").map(str::to_owned))
            .unwrap();
        // anvil must not write to a closed pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Self {
            url: format!("http://{address}"),
            child,
        }
    }

    /// Calls a method of the node, and returns its result.
    pub(crate) fn rpc(&self, method: &str, params: &Value) -> Value {
        let address = self.url.strip_prefix("http://").unwrap();
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
        let mut stream = TcpStream::connect(address).unwrap();
        write!(
            stream,
            "POST / HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\nconnection: close\r\n\
             content-length: {}\r\n\r\n{request}",
            request.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        let answer: Value = serde_json::from_str(body).unwrap();
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].clone()
    }
}

impl Drop for Anvil {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
