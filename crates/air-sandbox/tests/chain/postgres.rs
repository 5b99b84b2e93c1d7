//! Two platforms on one PostgreSQL database submit to one chain. They need a server:
//! `cargo xtask postgres` starts one.

use std::path::Path;

use air_sandbox::Data;
use sqlx::{ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};

use super::{
    fake::{Answer, FakeNode},
    status::until,
    test_env::{Time, account, issue, settings, try_start},
};
use crate::support::{self, TestEnv};

/// The processes of the server that hold the lock of the submitter, whose number is "airchain" in ASCII.
const HOLDERS: &str = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND ((classid::bigint << 32) | objid::bigint) = 7019267265512171886";

/// A database and a node for several platforms.
struct Shared {
    folder: tempfile::TempDir,
    node: FakeNode,
    time: Time,
}

impl Shared {
    async fn new() -> Self {
        let shared = Self {
            folder: tempfile::tempdir().unwrap(),
            node: FakeNode::serve(account()).await,
            time: Time::new(),
        };
        // Two platforms that start at the same time find the database.
        support::data(shared.data()).await;
        shared
    }

    fn data(&self) -> Data {
        Data::Folder(self.folder.path().into())
    }

    async fn start(&self) -> TestEnv {
        let platform = try_start(self.data(), &self.time, settings(&self.node.url)).await;
        TestEnv::start_on(platform.unwrap()).await
    }

    /// The number of different transactions that create a contract.
    fn creations(&self) -> usize {
        let state = self.node.state();
        let nonces = state
            .sent
            .iter()
            .map(|raw| raw.nonce)
            .max()
            .map_or(0, |last| last + 1);
        let all = (0..nonces).flat_map(|nonce| state.of_nonce(nonce));
        all.filter(|raw| raw.to.is_empty()).count()
    }

    /// Each nonce has one transaction.
    fn expect_no_doubles(&self, checkpoints: u64) {
        let state = self.node.state();
        for nonce in 0..=checkpoints {
            assert_eq!(state.of_nonce(nonce).len(), 1, "nonce {nonce}");
        }
        assert!(state.sent.iter().all(|raw| raw.nonce <= checkpoints));
    }
}

async fn connect(folder: &Path) -> PgConnection {
    let server: PgConnectOptions = std::env::var("AIR_TEST_DATABASE").unwrap().parse().unwrap();
    let database = server.database(&support::database_name(folder));
    database.connect().await.unwrap()
}

/// Ends the connection that holds the lock, as when the network or the server cuts it. Waits until
/// there is one.
async fn cut_the_lock(folder: &Path) {
    let mut admin = connect(folder).await;
    let cut = async {
        loop {
            let holders: Vec<i32> = sqlx::query_scalar(HOLDERS).fetch_all(&mut admin).await.unwrap();
            assert!(holders.len() <= 1, "one process holds the lock: {holders:?}");
            if let [holder] = holders[..] {
                return holder;
            }
        }
    };
    let holder = tokio::time::timeout(std::time::Duration::from_secs(30), cut).await;
    let is_ended: bool = sqlx::query_scalar("SELECT pg_terminate_backend($1)")
        .bind(holder.expect("a process holds the lock"))
        .fetch_one(&mut admin)
        .await
        .unwrap();
    assert!(is_ended);
    admin.close().await.unwrap();
}

/// One of two platforms submits to the chain. When it ends, the other one continues.
#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn one_of_two_platforms_submits_to_the_chain() {
    let shared = Shared::new().await;
    let first = shared.start().await;
    let second = shared.start().await;
    for size in 1..=4 {
        issue(if size % 2 == 0 { &first } else { &second }, 1).await;
        shared.node.until(|state| state.size() == size).await;
    }
    shared.expect_no_doubles(4);
    first.platform.stop().await.unwrap();
    issue(&second, 1).await;
    shared.node.until(|state| state.size() == 5).await;
    shared.expect_no_doubles(5);
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_lost_connection_of_the_lock_changes_the_submitter_at_most() {
    let shared = Shared::new().await;
    let first = shared.start().await;
    let second = shared.start().await;
    for size in 1..=6 {
        cut_the_lock(shared.folder.path()).await;
        issue(if size % 2 == 0 { &first } else { &second }, 1).await;
        shared.node.until(|state| state.size() == size).await;
    }
    shared.expect_no_doubles(6);
    // The lock is cut while a transaction waits for a block.
    shared.node.state().is_automatic = false;
    let hash = issue(&first, 1).await.remove(0);
    shared.node.until(|state| !state.of_nonce(7).is_empty()).await;
    cut_the_lock(shared.folder.path()).await;
    {
        let mut state = shared.node.state();
        state.mine();
        state.is_automatic = true;
    }
    until(&first, &hash, |status| status["vcStatus"] == "ONCHAIN").await;
    shared.expect_no_doubles(7);
}

/// The submitter's process ends after it stored a transaction, before or after the node takes it.
#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn the_other_platform_sends_what_a_killed_one_stored() {
    for answer in [Answer::KillBefore, Answer::KillAfter] {
        let shared = Shared::new().await;
        let node = &shared.node;
        let first = shared.start().await;
        issue(&first, 1).await;
        node.until(|state| state.size() == 1 && state.is_settled()).await;
        let second = shared.start().await;
        {
            let mut state = node.state();
            state.is_automatic = false;
            state.answers.insert("eth_sendRawTransaction", answer);
        }
        let before = node.state().calls.len();
        let hash = issue(&second, 1).await.remove(0);
        node.until(|state| state.calls[before..].contains(&"eth_sendRawTransaction".to_owned()))
            .await;
        drop(first);
        let sent = node.state().sent.len();
        node.state().answers.clear();
        // The transaction waits for a block. If it reached the node, it is sent again with the same bytes.
        node.until(|state| state.sent.len() > sent).await;
        {
            let mut state = node.state();
            state.mine();
            state.is_automatic = true;
        }
        until(&second, &hash, |status| status["vcStatus"] == "ONCHAIN").await;
        shared.expect_no_doubles(2);
        issue(&second, 1).await;
        node.until(|state| state.size() == 3).await;
        shared.expect_no_doubles(3);
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn two_platforms_that_start_together_deploy_one_contract() {
    for _ in 0..3 {
        let shared = Shared::new().await;
        let (first, second) = tokio::join!(
            try_start(shared.data(), &shared.time, settings(&shared.node.url)),
            try_start(shared.data(), &shared.time, settings(&shared.node.url)),
        );
        let first = TestEnv::start_on(first.unwrap()).await;
        let second = TestEnv::start_on(second.unwrap()).await;
        for (size, env) in [(1, &first), (2, &second)] {
            let hash = issue(env, 1).await.remove(0);
            until(env, &hash, |status| status["vcStatus"] == "ONCHAIN").await;
            assert_eq!(shared.node.state().size(), size);
        }
        assert_eq!(shared.creations(), 1);
        shared.expect_no_doubles(2);
    }
}

/// The submitter changes while the creation of the contract waits for a block.
#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_submitter_that_changes_in_the_deployment_deploys_one_contract() {
    let shared = Shared::new().await;
    shared.node.state().is_automatic = false;
    let first = shared.start().await;
    let second = shared.start().await;
    shared.node.until(|state| !state.sent.is_empty()).await;
    for _ in 0..3 {
        cut_the_lock(shared.folder.path()).await;
    }
    drop(first);
    {
        let mut state = shared.node.state();
        state.mine();
        state.is_automatic = true;
    }
    let hash = issue(&second, 1).await.remove(0);
    until(&second, &hash, |status| status["vcStatus"] == "ONCHAIN").await;
    assert_eq!(shared.creations(), 1);
    shared.expect_no_doubles(1);
}
