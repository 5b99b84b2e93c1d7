//! Checkpoints on a real node: anvil. `cargo xtask chain` installs it, and runs these tests.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::Duration,
};

use air_fetch::{
    Fetcher, NetworkPolicy,
    evm::{BlockId, Node},
};
use air_ledger::evm::contract::{self, Call};
use air_sandbox::{
    Data, Error,
    chain::{ChainError, Finality},
};
use serde_json::{Value, json};

use super::{
    status::{reason, until},
    world::{Time, account, head, issue, settings, try_start},
};
use crate::support::TestEnv;

/// A chain of its own on a free port. It ends with the test.
struct Anvil {
    process: Child,
    url: String,
}

impl Drop for Anvil {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Anvil {
    fn start(arguments: &[&str]) -> Self {
        let binary = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../contracts/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil"
        );
        let mut process = Command::new(binary)
            .args(["--port", "0", "--chain-id", "5151", "--slots-in-an-epoch", "1"])
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .expect("`cargo xtask chain` installs anvil");
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let url = lines
            .find_map(|line| Some(format!("http://{}", line.ok()?.strip_prefix("Listening on ")?)))
            .expect("anvil names its address");
        // Its further output has a reader, so that it never waits for one.
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, url }
    }

    fn node(&self) -> Node {
        Node::new(Fetcher::new(NetworkPolicy::Any).unwrap(), &self.url).unwrap()
    }

    async fn rpc(&self, method: &str, params: Value) -> Value {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let answer = reqwest::Client::new()
            .post(&self.url)
            .json(&request)
            .send()
            .await
            .unwrap();
        let answer: Value = answer.json().await.unwrap();
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].clone()
    }

    /// Waits until the contract, which is the account's first transaction, has a checkpoint of this size. Returns its root.
    async fn until_anchored(&self, size: u64) -> [u8; 32] {
        let contract = "0x5fbdb2315678afecb367f032d93f642f64180aa3".parse().unwrap();
        let call = Call::Roots { size }.encode();
        let node = self.node();
        self.until(async || {
            let answer = node.call(contract, &call, BlockId::Latest).await.ok()?;
            contract::root(&answer).ok()?
        })
        .await
    }

    /// Asks until there is an answer. Each question is a round trip.
    async fn until<T>(&self, ask: impl AsyncFn() -> Option<T>) -> T {
        let wait = async {
            loop {
                if let Some(found) = ask().await {
                    return found;
                }
            }
        };
        let found = tokio::time::timeout(Duration::from_mins(1), wait).await;
        found.expect("the chain has it within a minute")
    }
}

async fn world(anvil: &Anvil, data: Data, time: &Time, finality: Finality) -> TestEnv {
    let mut settings = settings(&anvil.url);
    settings.finality = finality;
    TestEnv::start_on(try_start(data, time, settings).await.unwrap()).await
}

#[tokio::test]
#[ignore = "needs anvil: cargo xtask chain"]
async fn anvil_gets_the_contract_and_the_checkpoints() {
    let anvil = Anvil::start(&[]);
    let world = world(&anvil, Data::Memory, &Time::new(), Finality::Depth(1)).await;
    for size in [3, 5, 130] {
        let missing = size - head(&world).await["treeSize"].as_u64().unwrap_or(0);
        issue(&world, usize::try_from(missing).unwrap()).await;
        let root = anvil.until_anchored(size).await;
        assert_eq!(head(&world).await["root"], hex::encode(root));
    }
}

/// anvil does not put the transaction of a replaced block back into its pool.
#[tokio::test]
#[ignore = "needs anvil: cargo xtask chain"]
async fn anvil_reorganises_and_gets_the_same_transactions_again() {
    let anvil = Anvil::start(&[]);
    let world = world(&anvil, Data::Memory, &Time::new(), Finality::Depth(8)).await;
    for (size, depth) in [(1, 1), (2, 2), (3, 3)] {
        issue(&world, 1).await;
        let root = anvil.until_anchored(size).await;
        anvil.rpc("anvil_reorg", json!([depth, []])).await;
        assert_eq!(anvil.until_anchored(size).await, root);
    }
}

#[tokio::test]
#[ignore = "needs anvil: cargo xtask chain"]
async fn anvil_replaces_a_stuck_transaction() {
    let anvil = Anvil::start(&[]);
    let time = Time::new();
    let world = world(&anvil, Data::Memory, &time, Finality::Depth(1)).await;
    issue(&world, 1).await;
    anvil.until_anchored(1).await;
    anvil.rpc("evm_setAutomine", json!([false])).await;
    issue(&world, 1).await;
    let pooled = async || {
        let content = anvil.rpc("txpool_content", json!([])).await;
        let of_account = content["pending"].as_object()?.values().next()?.as_object()?;
        Some(of_account.values().next()?["hash"].clone())
    };
    let first = anvil.until(&pooled).await;
    issue(&world, 1).await;
    time.advance(31);
    anvil
        .until(async || pooled().await.filter(|hash| *hash != first))
        .await;
    anvil.rpc("anvil_mine", json!(["0x1"])).await;
    anvil.until_anchored(3).await;
}

#[tokio::test]
#[ignore = "needs anvil: cargo xtask chain"]
async fn anvil_has_no_funds_for_a_while() {
    let anvil = Anvil::start(&[]);
    let world = world(&anvil, Data::Memory, &Time::new(), Finality::Depth(1)).await;
    issue(&world, 1).await;
    anvil.until_anchored(1).await;
    let account = account().to_string();
    anvil.rpc("anvil_setBalance", json!([account, "0x1"])).await;
    issue(&world, 1).await;
    let balance = async || {
        let size = contract_size(&anvil).await;
        assert_eq!(size, 1);
        (anvil.rpc("eth_blockNumber", json!([])).await != Value::Null).then_some(())
    };
    anvil.until(balance).await;
    anvil
        .rpc("anvil_setBalance", json!([account, "0xde0b6b3a7640000"]))
        .await;
    anvil.until_anchored(2).await;
}

/// `evm_revert` takes the chain back to a state without a checkpoint that was final.
#[tokio::test]
#[ignore = "needs anvil: cargo xtask chain"]
async fn anvil_is_reverted_under_the_ledger() {
    let folder = tempfile::tempdir().unwrap();
    let data = || Data::Folder(folder.path().into());
    let anvil = Anvil::start(&[]);
    let time = Time::new();
    let world = world(&anvil, data(), &time, Finality::Depth(1)).await;
    issue(&world, 1).await;
    anvil.until_anchored(1).await;
    let before = anvil.rpc("evm_snapshot", json!([])).await;
    let lost = issue(&world, 1).await.remove(0);
    let root = anvil.until_anchored(2).await;
    until(&world, &lost, |status| status["vcStatus"] == "ONCHAIN").await;
    anvil.rpc("evm_revert", json!([before])).await;
    assert_eq!(contract_size(&anvil).await, 1);
    let hash = issue(&world, 1).await.remove(0);
    until(&world, &hash, |status| *reason(status) == "contractRefused").await;
    // A person decides to go on with this chain.
    world.platform.stop().await.unwrap();
    let platform = try_start(data(), &time, settings(&anvil.url)).await.unwrap();
    assert_eq!(anvil.until_anchored(2).await, root);
    anvil.until_anchored(3).await;
    platform.stop().await.unwrap();
}

async fn contract_size(anvil: &Anvil) -> u64 {
    let contract = "0x5fbdb2315678afecb367f032d93f642f64180aa3".parse().unwrap();
    let answer = anvil
        .node()
        .call(contract, &Call::Size.encode(), BlockId::Latest)
        .await;
    contract::size(&answer.unwrap()).unwrap()
}

#[tokio::test]
#[ignore = "needs anvil: cargo xtask chain"]
async fn anvil_is_started_afresh_under_the_ledger() {
    let folder = tempfile::tempdir().unwrap();
    let data = || Data::Folder(folder.path().into());
    let anvil = Anvil::start(&[]);
    let world = world(&anvil, data(), &Time::new(), Finality::Depth(1)).await;
    issue(&world, 1).await;
    anvil.until_anchored(1).await;
    world.platform.stop().await.unwrap();
    drop(anvil);
    let anvil = Anvil::start(&[]);
    let started = try_start(data(), &Time::new(), settings(&anvil.url)).await;
    assert!(matches!(
        started,
        Err(Error::Chain(ChainError::NoContract { .. }))
    ));
}
