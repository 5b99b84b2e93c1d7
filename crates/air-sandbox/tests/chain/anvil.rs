//! Checkpoints on a real node: anvil. `cargo xtask chain` installs it, and runs these tests.

mod cuts;
mod keys;
mod nodes;
mod reorganisations;
mod replacements;

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
    chain::{ChainError, ChainSettings, Finality},
};
use serde_json::{Value, json};

use super::{
    fake::CONTRACT,
    status::{reason, until},
    test_env::{Time, head, issue, settings, try_start},
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
    /// On a free port.
    fn start(arguments: &[&str]) -> Self {
        Self::start_at(0, arguments)
    }

    fn start_at(port: u16, arguments: &[&str]) -> Self {
        let binary = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../contracts/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil"
        );
        let mut process = Command::new(binary)
            .args(["--port", &port.to_string()])
            .args(["--chain-id", "5151", "--slots-in-an-epoch", "1"])
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

    fn port(&self) -> u16 {
        let (_, port) = self.url.rsplit_once(':').unwrap();
        port.parse().unwrap()
    }

    /// Ends the chain as a user would, so that it writes its state.
    fn terminate(mut self) {
        let end = format!("kill {}", self.process.id());
        assert!(Command::new("sh").args(["-c", &end]).status().unwrap().success());
        self.process.wait().unwrap();
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

    /// Whether each transaction is in a block at once.
    async fn set_automine(&self, is_automatic: bool) {
        self.rpc("evm_setAutomine", json!([is_automatic])).await;
    }

    async fn mine(&self, blocks: u64) {
        self.rpc("anvil_mine", json!([format!("{blocks:#x}")])).await;
    }

    /// The hash of the transaction that waits for a block.
    async fn pooled(&self) -> Option<String> {
        let content = self.rpc("txpool_content", json!([])).await;
        let of_account = content["pending"].as_object()?.values().next()?.as_object()?;
        Some(of_account.values().next()?["hash"].as_str()?.to_owned())
    }

    /// Waits until a transaction waits for a block, and is not this one.
    async fn until_pooled(&self, but: Option<&str>) -> String {
        self.until(async || self.pooled().await.filter(|hash| Some(&**hash) != but))
            .await
    }

    /// Waits until the contract, which is the account's first transaction, has a checkpoint of this
    /// size. Returns its root.
    async fn until_anchored(&self, size: u64) -> [u8; 32] {
        let contract = CONTRACT.parse().unwrap();
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

async fn test_env(anvil: &Anvil, data: Data, time: &Time, finality: Finality) -> TestEnv {
    test_env_with(anvil, data, time, |settings| settings.finality = finality).await
}

async fn test_env_with(
    anvil: &Anvil,
    data: Data,
    time: &Time,
    change: impl FnOnce(&mut ChainSettings),
) -> TestEnv {
    let mut settings = settings(&anvil.url);
    change(&mut settings);
    TestEnv::start_on(try_start(data, time, settings).await.unwrap()).await
}

#[tokio::test]
#[ignore = "needs anvil: cargo xtask chain"]
async fn anvil_gets_the_contract_and_the_checkpoints() {
    let anvil = Anvil::start(&[]);
    let env = test_env(&anvil, Data::Memory, &Time::new(), Finality::Depth(1)).await;
    for size in [3, 5, 130] {
        let missing = size - head(&env).await["treeSize"].as_u64().unwrap_or(0);
        issue(&env, usize::try_from(missing).unwrap()).await;
        let root = anvil.until_anchored(size).await;
        assert_eq!(head(&env).await["root"], hex::encode(root));
    }
}

/// `evm_revert` takes the chain back to a state without a checkpoint that was final.
#[tokio::test]
#[ignore = "needs anvil: cargo xtask chain"]
async fn anvil_is_reverted_under_the_ledger() {
    let folder = tempfile::tempdir().unwrap();
    let data = || Data::Folder(folder.path().into());
    let anvil = Anvil::start(&[]);
    let time = Time::new();
    let env = test_env(&anvil, data(), &time, Finality::Depth(1)).await;
    issue(&env, 1).await;
    anvil.until_anchored(1).await;
    let before = anvil.rpc("evm_snapshot", json!([])).await;
    let lost = issue(&env, 1).await.remove(0);
    let root = anvil.until_anchored(2).await;
    until(&env, &lost, |status| status["vcStatus"] == "ONCHAIN").await;
    anvil.rpc("evm_revert", json!([before])).await;
    assert_eq!(contract_size(&anvil).await, 1);
    let hash = issue(&env, 1).await.remove(0);
    until(&env, &hash, |status| *reason(status) == "contractRefused").await;
    // A person decides to go on with this chain.
    env.platform.stop().await.unwrap();
    let platform = try_start(data(), &time, settings(&anvil.url)).await.unwrap();
    assert_eq!(anvil.until_anchored(2).await, root);
    anvil.until_anchored(3).await;
    platform.stop().await.unwrap();
}

async fn contract_size(anvil: &Anvil) -> u64 {
    let contract = CONTRACT.parse().unwrap();
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
    let env = test_env(&anvil, data(), &Time::new(), Finality::Depth(1)).await;
    issue(&env, 1).await;
    anvil.until_anchored(1).await;
    env.platform.stop().await.unwrap();
    drop(anvil);
    let anvil = Anvil::start(&[]);
    let started = try_start(data(), &Time::new(), settings(&anvil.url)).await;
    assert!(matches!(
        started,
        Err(Error::Chain(ChainError::NoContract { .. }))
    ));
}
