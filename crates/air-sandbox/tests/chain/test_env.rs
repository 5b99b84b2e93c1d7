//! A platform with a chain.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use air_ledger::evm::{Address, transaction::SigningKey};
use air_sandbox::UnixTime;
use air_sandbox::{
    Clock, Config, Data, Error, Platform,
    chain::{ChainSettings, ChainSigner, Finality},
};
use reqwest::Method;
use serde_json::Value;

use super::fake::FakeNode;
use crate::support::{self, NOW, TestEnv};

/// The first account of development chains.
pub(crate) const KEY: &str = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

pub(crate) fn key() -> SigningKey {
    SigningKey::from_bytes(&hex::decode(KEY).unwrap().try_into().unwrap()).unwrap()
}

pub(crate) fn account() -> Address {
    key().address()
}

pub(crate) fn settings(rpc: &str) -> ChainSettings {
    ChainSettings {
        rpc: rpc.into(),
        signer: ChainSigner::Key(key()),
        contract: None,
        every: Duration::ZERO,
        finality: Finality::Depth(1),
        max_fee: None,
    }
}

/// A clock that the test moves.
#[derive(Clone)]
pub(crate) struct Time {
    /// `None` if it does not run by itself.
    start: Option<Instant>,
    /// In seconds.
    ahead: Arc<AtomicU64>,
}

impl Time {
    /// A clock that runs.
    pub(crate) fn new() -> Self {
        Self {
            start: Some(Instant::now()),
            ahead: Arc::default(),
        }
    }

    /// A clock that stands still until the test moves it.
    pub(crate) fn stopped() -> Self {
        Self {
            start: None,
            ahead: Arc::default(),
        }
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.ahead.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Takes back what the test advanced.
    pub(crate) fn reset(&self) {
        self.ahead.store(0, Ordering::SeqCst);
    }

    fn clock(&self) -> Clock {
        let time = self.clone();
        Clock::new(move || {
            let elapsed = time.start.map_or(0, |start| start.elapsed().as_secs());
            UnixTime::from_secs(NOW + elapsed + time.ahead.load(Ordering::SeqCst))
        })
    }
}

pub(crate) async fn try_start(data: Data, time: &Time, settings: ChainSettings) -> Result<Platform, Error> {
    Platform::start(config(data, time).await.chain(settings)).await
}

/// A platform without a chain.
pub(crate) async fn start_without(data: Data, time: &Time) -> Platform {
    Platform::start(config(data, time).await).await.unwrap()
}

async fn config(data: Data, time: &Time) -> Config {
    let mut config = Config::default();
    config.data = support::data(data).await;
    config.block_time = Duration::from_millis(10);
    config.clock = time.clock();
    config
}

/// A platform in memory, with its node.
pub(crate) async fn test_env(settings: impl FnOnce(&mut ChainSettings)) -> (TestEnv, FakeNode, Time) {
    let node = FakeNode::serve(account()).await;
    let time = Time::new();
    let mut chosen = self::settings(&node.url);
    settings(&mut chosen);
    let platform = try_start(Data::Memory, &time, chosen).await.unwrap();
    (TestEnv::start_on(platform).await, node, time)
}

/// A platform on a folder, with its node. The data of an earlier platform on the folder may still
/// be in use for a moment.
pub(crate) async fn test_env_in(folder: &Path, node: &FakeNode, time: &Time) -> TestEnv {
    let start = async {
        loop {
            match try_start(Data::Folder(folder.into()), time, settings(&node.url)).await {
                Ok(platform) => return TestEnv::start_on(platform).await,
                Err(Error::Store(_)) => tokio::task::yield_now().await,
                Err(error) => panic!("{error}"),
            }
        }
    };
    let started = tokio::time::timeout(Duration::from_mins(1), start).await;
    started.expect("the data of the earlier platform are free within a minute")
}

/// Issues this number of credentials, and returns their hashes.
pub(crate) async fn issue(env: &TestEnv, count: usize) -> Vec<String> {
    let mut hashes = Vec::new();
    for _ in 0..count {
        let email = format!("user{:08x}@example.com", rand::random::<u32>());
        hashes.push(env.issue_on_behalf(&email, &env.order()).await);
    }
    hashes
}

/// The root of the ledger's newest block.
pub(crate) async fn head(env: &TestEnv) -> Value {
    env.call(Method::GET, "/sandbox/v1/ledger/head", None, None)
        .await
        .1
}
