//! How checkpoints reach the contract.

use std::time::{Duration, Instant};

use super::{
    fake::{Answer, FakeNode, State},
    status::{reason, until},
    test_env::{Time, account, head, issue, settings, test_env, test_env_in, try_start},
};
use crate::support::TestEnv;
use air_sandbox::Data;

#[tokio::test]
async fn a_contract_is_deployed_once_and_gets_the_checkpoints() {
    let (env, node, _) = test_env(|_| {}).await;
    issue(&env, 3).await;
    node.until(|state| state.size() == 3).await;
    let newest = head(&env).await;
    assert_eq!(newest["treeSize"], 3);
    {
        let state = node.state();
        let ledger = state.ledger().unwrap();
        assert_eq!(ledger.submitter, account());
        assert_eq!(hex::encode(ledger.roots[&3]), newest["root"]);
    }
    issue(&env, 2).await;
    node.until(|state| state.size() == 5).await;
    let state = node.state();
    let creations = state.sent.iter().filter(|raw| raw.to.is_empty()).count();
    assert_eq!(creations, 1);
    let nonces: Vec<u64> = state.sent.iter().map(|raw| raw.nonce).collect();
    assert!(
        nonces.is_sorted_by(|one, next| one < next),
        "each nonce once: {nonces:?}"
    );
    assert!(state.sent.iter().all(|raw| raw.tip.is_some()), "EIP-1559");
}

#[tokio::test]
async fn a_chain_without_a_base_fee_gets_legacy_transactions() {
    let (env, node, _) = test_env(|_| {}).await;
    node.state().base_fee = None;
    issue(&env, 1).await;
    node.until(|state| state.size() == 1).await;
    let state = node.state();
    let last = state.sent.last().unwrap();
    assert_eq!((last.tip, last.max_fee), (None, 2_000_000_000));
}

/// A chain without automatic blocks, with a contract.
async fn manual() -> (TestEnv, FakeNode, Time) {
    let (env, node, time) = test_env(|_| {}).await;
    issue(&env, 1).await;
    node.until(|state| state.size() == 1).await;
    node.state().is_automatic = false;
    (env, node, time)
}

#[tokio::test]
async fn a_stuck_transaction_is_replaced_and_the_old_one_may_still_win() {
    let (env, node, time) = manual().await;
    let before = node.state().sent.len();
    issue(&env, 1).await;
    node.until(|state| state.sent.len() > before).await;
    let first = node.state().sent.last().unwrap().clone();
    // Meanwhile the ledger grows.
    issue(&env, 2).await;
    while head(&env).await["treeSize"] != 4 {}
    node.until(State::is_followed).await;
    time.advance(30);
    node.until(|state| state.of_nonce(first.nonce).len() == 2).await;
    {
        let mut state = node.state();
        let second = state.of_nonce(first.nonce)[1].clone();
        assert!(
            second.max_fee >= first.max_fee + first.max_fee.div_ceil(8),
            "{second:?}"
        );
        assert!(second.tip.unwrap() >= first.tip.unwrap() + first.tip.unwrap().div_ceil(8));
        assert_ne!(second.data, first.data, "it has a newer checkpoint");
        state.prefer(&first);
        state.mine();
        state.is_automatic = true;
    }
    node.until(|state| state.size() == 4).await;
    let state = node.state();
    assert!(
        state.ledger().unwrap().roots.contains_key(&2),
        "the old one was in a block"
    );
    assert_eq!(state.sent.last().unwrap().nonce, first.nonce + 1);
}

#[tokio::test]
async fn a_fifo_mempool_refuses_replacements_and_gets_the_old_bytes() {
    let (env, node, time) = manual().await;
    node.state().is_fifo = true;
    let before = node.state().sent.len();
    issue(&env, 1).await;
    node.until(|state| state.sent.len() > before).await;
    let first = node.state().sent.last().unwrap().clone();
    // The time of sending is stored before the clock moves.
    node.until(State::is_followed).await;
    time.advance(30);
    node.until(|state| state.of_nonce(first.nonce).len() == 2).await;
    let before = node.state().sent.len();
    time.advance(30);
    node.until(|state| state.sent.len() > before).await;
    assert_eq!(
        node.state().sent.last().unwrap().bytes,
        first.bytes,
        "the old bytes again"
    );
    assert_eq!(
        node.state().of_nonce(first.nonce).len(),
        2,
        "no further replacement"
    );
    node.state().mine();
    node.state().is_automatic = true;
    issue(&env, 1).await;
    node.until(|state| state.size() == 3).await;
}

#[tokio::test]
async fn a_reorganised_transaction_is_sent_again_with_the_same_bytes() {
    let (env, node, _) = test_env(|settings| settings.finality = "3".parse().unwrap()).await;
    issue(&env, 1).await;
    node.until(|state| state.size() == 1).await;
    let first = node.state().sent.last().unwrap().clone();
    // The receipt was read before the block is replaced.
    let seen = node.state().calls.len();
    node.until(|state| {
        state.calls[seen..]
            .iter()
            .any(|call| call == "eth_getTransactionReceipt")
    })
    .await;
    node.state().reorganise(1);
    assert_eq!(node.state().size(), 0);
    node.until(|state| state.size() == 1).await;
    let state = node.state();
    assert_eq!(state.of_nonce(first.nonce).len(), 1, "the same bytes");
    assert!(state.sent.iter().filter(|raw| raw.bytes == first.bytes).count() >= 2);
}

#[tokio::test]
async fn a_transaction_that_the_pool_dropped_is_sent_again_with_the_same_bytes() {
    let (env, node, time) = manual().await;
    let before = node.state().sent.len();
    issue(&env, 1).await;
    node.until(|state| state.sent.len() > before && state.is_followed())
        .await;
    let first = node.state().sent.last().unwrap().clone();
    node.state().drop_pool();
    time.advance(10);
    node.until(|state| state.sent.len() > before + 1).await;
    node.state().mine();
    let state = node.state();
    assert_eq!(state.size(), 2);
    assert_eq!(state.of_nonce(first.nonce), [&first]);
}

#[tokio::test]
async fn fees_above_the_ceiling_wait() {
    let (env, node, _) = test_env(|settings| settings.max_fee = Some(5_000_000_000)).await;
    issue(&env, 1).await;
    node.until(|state| state.size() == 1).await;
    let before = {
        let mut state = node.state();
        state.base_fee = Some(6_000_000_000);
        (state.sent.len(), state.calls.len())
    };
    issue(&env, 1).await;
    node.until(|state| state.calls.len() > before.1 + 20).await;
    assert_eq!(node.state().sent.len(), before.0, "nothing is sent");
    node.state().base_fee = Some(4_000_000_000);
    node.until(|state| state.size() == 2).await;
    assert_eq!(node.state().sent.last().unwrap().max_fee, 5_000_000_000);
}

#[tokio::test]
async fn an_account_without_funds_waits() {
    let (env, node, _) = test_env(|_| {}).await;
    issue(&env, 1).await;
    node.until(|state| state.size() == 1).await;
    node.state().is_poor = true;
    let before = node.state().sent.len();
    issue(&env, 1).await;
    node.until(|state| state.sent.len() > before + 1).await;
    let nonce = node.state().sent.last().unwrap().nonce;
    node.state().is_poor = false;
    node.until(|state| state.size() == 2).await;
    assert_eq!(node.state().of_nonce(nonce).len(), 1, "the same bytes");
}

#[tokio::test]
async fn a_node_that_limits_requests_is_asked_later() {
    let (env, node, _) = test_env(|_| {}).await;
    issue(&env, 1).await;
    node.until(|state| state.size() == 1).await;
    for method in ["eth_sendRawTransaction", "eth_getTransactionCount"] {
        let size = node.state().size();
        node.state().answers.insert(method, Answer::TooMany);
        let before = node.state().calls.len();
        issue(&env, 1).await;
        node.until(|state| {
            state.calls[before..]
                .iter()
                .filter(|call| *call == method)
                .count()
                > 3
        })
        .await;
        assert_eq!(node.state().size(), size, "{method}");
        node.state().answers.clear();
        node.until(|state| state.size() == size + 1).await;
    }
}

/// A request has ten seconds, and is repeated twice.
#[tokio::test]
async fn a_silent_node_is_asked_again() {
    let (env, node, _) = test_env(|_| {}).await;
    issue(&env, 1).await;
    node.until(|state| state.size() == 1).await;
    let method = "eth_sendRawTransaction";
    node.state().answers.insert(method, Answer::Silence);
    let before = node.state().calls.len();
    let hash = issue(&env, 1).await.remove(0);
    until(&env, &hash, |status| *reason(status) == "chainUnreachable").await;
    let calls = node.state().calls[before..].to_vec();
    let attempts = calls.iter().filter(|call| *call == method).count();
    assert!(attempts >= 3, "{calls:?}");
    node.state().answers.clear();
    node.until(|state| state.size() == 2).await;
    until(&env, &hash, |status| status["vcStatus"] == "ONCHAIN").await;
}

/// The process ends after the transaction is stored, before or after the node takes it.
#[tokio::test]
async fn a_stored_transaction_survives_the_process() {
    for answer in [Answer::KillBefore, Answer::KillAfter] {
        let folder = tempfile::tempdir().unwrap();
        let node = FakeNode::serve(account()).await;
        let time = Time::new();
        let env = test_env_in(folder.path(), &node, &time).await;
        issue(&env, 1).await;
        node.until(|state| state.size() == 1).await;
        node.state().answers.insert("eth_sendRawTransaction", answer);
        let before = node.state().calls.len();
        issue(&env, 1).await;
        node.until(|state| state.calls[before..].contains(&"eth_sendRawTransaction".to_owned()))
            .await;
        drop(env);
        node.state().answers.clear();
        let env = test_env_in(folder.path(), &node, &time).await;
        node.until(|state| state.size() == 2).await;
        issue(&env, 1).await;
        node.until(|state| state.size() == 3).await;
        let state = node.state();
        let checkpoints: Vec<u64> = state.ledger().unwrap().roots.keys().copied().collect();
        assert_eq!(checkpoints, [1, 2, 3], "{answer:?}");
        for nonce in 0..4 {
            assert_eq!(state.of_nonce(nonce).len(), 1, "{answer:?}: nonce {nonce}");
        }
    }
}

#[tokio::test]
async fn a_node_that_is_down_at_the_start_and_midway_is_asked_later() {
    let node = FakeNode::serve(account()).await;
    node.take_down().await;
    let platform = try_start(Data::Memory, &Time::new(), settings(&node.url))
        .await
        .unwrap();
    let env = TestEnv::start_on(platform).await;
    for size in [1, 2] {
        let hash = issue(&env, 1).await.remove(0);
        until(&env, &hash, |status| *reason(status) == "chainUnreachable").await;
        node.bring_up();
        node.until(|state| state.size() == size).await;
        until(&env, &hash, |status| status["vcStatus"] == "ONCHAIN").await;
        node.take_down().await;
    }
}

/// The platform waits five seconds for the first answer.
#[tokio::test]
async fn a_node_that_is_silent_at_the_start_is_asked_later() {
    asked_later(Answer::Silence).await;
}

#[tokio::test]
async fn a_node_that_limits_requests_at_the_start_is_asked_later() {
    asked_later(Answer::TooMany).await;
}

async fn asked_later(answer: Answer) {
    let node = FakeNode::serve(account()).await;
    node.state().answers.insert("eth_chainId", answer);
    let begun = Instant::now();
    let platform = try_start(Data::Memory, &Time::new(), settings(&node.url))
        .await
        .unwrap();
    // Three requests of ten seconds each would take longer.
    assert!(begun.elapsed() < Duration::from_secs(20));
    let env = TestEnv::start_on(platform).await;
    let hash = issue(&env, 1).await.remove(0);
    until(&env, &hash, |status| *reason(status) == "chainUnreachable").await;
    node.state().answers.clear();
    node.until(|state| state.size() == 1).await;
    until(&env, &hash, |status| status["vcStatus"] == "ONCHAIN").await;
}
