//! A chain that is not the ledger's is refused at the start.

use std::path::Path;

use air_ledger::evm::{
    contract::code::{self, Immutables},
    keccak256,
    transaction::SigningKey,
};
use air_sandbox::{
    Data, Error, Platform,
    chain::{ChainError, ChainSettings, ChainSigner},
};
use sqlx::{ConnectOptions, Connection, postgres::PgConnectOptions, sqlite::SqliteConnectOptions};

use super::{
    fake::{CONTRACT, FakeNode},
    test_env::{Time, account, issue, settings, test_env_in, try_start},
};
use crate::support;

/// A folder whose ledger has a checkpoint of two entries on the node.
async fn anchored() -> (tempfile::TempDir, FakeNode) {
    let folder = tempfile::tempdir().unwrap();
    let node = FakeNode::serve(account()).await;
    let env = test_env_in(folder.path(), &node, &Time::new()).await;
    issue(&env, 2).await;
    node.until(|state| state.size() == 2).await;
    issue(&env, 1).await;
    node.until(|state| state.size() == 3 && state.is_settled()).await;
    env.platform.stop().await.unwrap();
    (folder, node)
}

async fn start(
    folder: &tempfile::TempDir,
    node: &FakeNode,
    change: impl FnOnce(&mut ChainSettings),
) -> Result<Platform, Error> {
    let mut settings = settings(&node.url);
    change(&mut settings);
    try_start(Data::Folder(folder.path().into()), &Time::new(), settings).await
}

fn chain_error(started: Result<Platform, Error>) -> ChainError {
    match started {
        Err(Error::Chain(error)) => error,
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("it started"),
    }
}

#[tokio::test]
async fn another_chain_is_refused() {
    let (folder, node) = anchored().await;
    node.state().chain_id = 1;
    let error = chain_error(start(&folder, &node, |_| {}).await);
    assert!(
        matches!(
            error,
            ChainError::WrongChain {
                expected: 5151,
                found: 1
            }
        ),
        "{error}"
    );
}

#[tokio::test]
async fn another_contract_is_refused() {
    let (folder, node) = anchored().await;
    let other = "0x00000000000000000000000000000000000000aa".parse().unwrap();
    let error = chain_error(start(&folder, &node, |settings| settings.contract = Some(other)).await);
    assert!(matches!(error, ChainError::OtherContract { .. }), "{error}");
    let same = CONTRACT.parse().unwrap();
    let platform = start(&folder, &node, |settings| settings.contract = Some(same)).await;
    platform.unwrap().stop().await.unwrap();
}

#[tokio::test]
async fn a_missing_contract_is_refused() {
    let (folder, node) = anchored().await;
    node.state().reset();
    let error = chain_error(start(&folder, &node, |_| {}).await);
    assert!(matches!(error, ChainError::NoContract { .. }), "{error}");
    let node = FakeNode::serve(account()).await;
    let empty = tempfile::tempdir().unwrap();
    let given = CONTRACT.parse().unwrap();
    let error = chain_error(start(&empty, &node, |settings| settings.contract = Some(given)).await);
    assert!(matches!(error, ChainError::NoContract { .. }), "{error}");
}

#[tokio::test]
async fn other_code_is_refused() {
    let (folder, node) = anchored().await;
    node.state().ledger_mut().code.push(0);
    let error = chain_error(start(&folder, &node, |_| {}).await);
    assert!(matches!(error, ChainError::UnknownCode { .. }), "{error}");
}

/// The contract of another ledger is an `AirLedger`, too.
#[tokio::test]
async fn the_code_of_another_ledger_is_refused() {
    let (folder, node) = anchored().await;
    let before = keccak256(&node.state().ledger().unwrap().code);
    let other = code::deployed(&Immutables {
        ledger_id: [9; 32],
        owner: account(),
    });
    node.state().ledger_mut().code.clone_from(&other);
    let error = chain_error(start(&folder, &node, |_| {}).await);
    assert!(
        matches!(error, ChainError::OtherCode { expected, found, .. }
            if expected == before && found == keccak256(&other)),
        "{error}"
    );
}

/// Replaces the hash of the first two entries in the store of a stopped platform.
async fn rewrite(folder: &Path) {
    let rewritten =
        "UPDATE ledger_nodes SET hash = (SELECT leaf_hash FROM ledger_entries WHERE leaf_index = 0)
        WHERE level = 1 AND position = 0";
    let changed = if support::is_postgres() {
        let server: PgConnectOptions = std::env::var("AIR_TEST_DATABASE").unwrap().parse().unwrap();
        let database = server.database(&support::database_name(folder));
        let mut connection = database.connect().await.unwrap();
        sqlx::query(rewritten)
            .execute(&mut connection)
            .await
            .unwrap()
            .rows_affected()
    } else {
        let file = SqliteConnectOptions::new().filename(folder.join("platform.sqlite"));
        let mut connection = file.connect().await.unwrap();
        let done = sqlx::query(rewritten).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        done.rows_affected()
    };
    assert_eq!(changed, 1);
}

#[tokio::test]
async fn a_rewritten_ledger_is_refused_with_both_roots() {
    let (folder, node) = anchored().await;
    rewrite(folder.path()).await;
    let error = chain_error(start(&folder, &node, |_| {}).await);
    let shown = error.to_string();
    let ChainError::OtherRoot { size, chain, ledger } = error else {
        panic!("{shown}");
    };
    let anchored = node.state().ledger().unwrap().roots[&3];
    assert_eq!((size, chain), (3, Some(anchored)));
    assert_ne!(ledger, anchored);
    assert!(
        shown.contains(&hex::encode(anchored)) && shown.contains(&hex::encode(ledger)),
        "{shown}"
    );
}

#[tokio::test]
async fn a_lying_node_is_refused_with_both_roots() {
    let (folder, node) = anchored().await;
    node.state().lie = Some([7; 32]);
    let error = chain_error(start(&folder, &node, |_| {}).await).to_string();
    let ours = hex::encode(node.state().ledger().unwrap().roots[&3]);
    assert!(
        error.contains(&ours) && error.contains(&hex::encode([7; 32])),
        "{error}"
    );
}

#[tokio::test]
async fn a_chain_that_is_ahead_is_refused_with_both_roots() {
    let (folder, node) = anchored().await;
    {
        let mut state = node.state();
        let ledger = state.ledger_mut();
        ledger.size = 9;
        ledger.roots.insert(9, [7; 32]);
    }
    let error = chain_error(start(&folder, &node, |_| {}).await);
    assert!(
        matches!(
            error,
            ChainError::Ahead {
                size: 9,
                ledger_size: 3,
                ..
            }
        ),
        "{error}"
    );
    let ours = hex::encode(node.state().ledger().unwrap().roots[&3]);
    let error = error.to_string();
    assert!(
        error.contains(&ours) && error.contains(&hex::encode([7; 32])),
        "{error}"
    );
}

#[tokio::test]
async fn a_chain_that_lost_checkpoints_gets_them_again() {
    let (folder, node) = anchored().await;
    let bytes = node.state().sent.last().unwrap().bytes.clone();
    node.state().reorganise(1);
    assert_eq!(node.state().size(), 2);
    let platform = start(&folder, &node, |_| {}).await.unwrap();
    node.until(|state| state.size() == 3).await;
    assert_eq!(node.state().sent.last().unwrap().bytes, bytes);
    platform.stop().await.unwrap();
}

#[tokio::test]
async fn the_key_of_another_account_waits_for_the_owner() {
    let (folder, node) = anchored().await;
    let other = SigningKey::from_bytes(&[0x46; 32]).unwrap();
    let address = other.address();
    let signer = ChainSigner::Key(other);
    let platform = start(&folder, &node, |settings| settings.signer = signer)
        .await
        .unwrap();
    let before = node.state().calls.len();
    node.until(|state| state.calls.len() > before + 10).await;
    let sent = node.state().sent.len();
    node.state().ledger_mut().submitter = address;
    node.state().sender = address;
    let env = support::TestEnv::start_on(platform).await;
    issue(&env, 1).await;
    node.until(|state| state.size() == 4).await;
    assert_eq!(node.state().sent.len(), sent + 1);
}

/// The key is rotated while a transaction of the old account waits for a block.
#[tokio::test]
async fn what_the_old_account_signed_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let node = FakeNode::serve(account()).await;
    let env = test_env_in(folder.path(), &node, &Time::new()).await;
    issue(&env, 1).await;
    node.until(|state| state.size() == 1 && state.is_settled()).await;
    node.state().is_automatic = false;
    let before = node.state().sent.len();
    issue(&env, 1).await;
    node.until(|state| state.sent.len() > before).await;
    let old = node.state().sent.last().unwrap().bytes.clone();
    env.platform.stop().await.unwrap();

    let other = SigningKey::from_bytes(&[0x46; 32]).unwrap();
    {
        let mut state = node.state();
        state.ledger_mut().submitter = other.address();
        state.sender = other.address();
        state.drop_pool();
        state.is_automatic = true;
    }
    let signer = ChainSigner::Key(other);
    let platform = start(&folder, &node, |settings| settings.signer = signer)
        .await
        .unwrap();
    node.until(|state| state.size() == 2).await;
    assert_ne!(node.state().sent.last().unwrap().bytes, old);
    platform.stop().await.unwrap();
}
