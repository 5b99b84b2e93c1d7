//! The reasons that stop the submitter.

use super::{
    status::{reason, until},
    test_env::{issue, test_env},
};

#[tokio::test]
async fn a_lie_about_a_root_stops_the_checkpoints() {
    let (env, node, _) = test_env(|_| {}).await;
    issue(&env, 1).await;
    node.until(|state| state.size() == 1 && state.is_settled()).await;
    node.state().lie = Some([7; 32]);
    let before = node.state().calls.len();
    issue(&env, 1).await;
    node.until(|state| {
        state.calls[before..]
            .iter()
            .filter(|call| *call == "eth_call")
            .count()
            >= 2
    })
    .await;
    // The submitter has its answer, and asks no more.
    let (calls, sent) = {
        let mut state = node.state();
        state.lie = None;
        (state.calls.len(), state.sent.len())
    };
    issue(&env, 3).await;
    assert!(node.state().calls.len() <= calls + 1);
    assert_eq!(node.state().sent.len(), sent);
}

/// The chain was reset to an earlier state while the platform runs. Only a person can know which of
/// the two is right.
#[tokio::test]
async fn a_chain_that_loses_a_final_checkpoint_stops_the_checkpoints() {
    let (env, node, _) = test_env(|_| {}).await;
    for size in [1, 2] {
        issue(&env, 1).await;
        node.until(|state| state.size() == size && state.is_settled())
            .await;
    }
    node.state().reorganise(1);
    let sent = node.state().sent.len();
    let hash = issue(&env, 1).await.remove(0);
    until(&env, &hash, |status| *reason(status) == "contractRefused").await;
    assert_eq!(node.state().sent.len(), sent);
}
