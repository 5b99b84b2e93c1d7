//! What stops the submitter.

use super::world::{issue, world};

#[tokio::test]
async fn a_lie_about_a_root_stops_the_checkpoints() {
    let (world, node, _) = world(|_| {}).await;
    issue(&world, 1).await;
    node.until(|state| state.size() == 1 && state.is_settled()).await;
    node.state().lie = Some([7; 32]);
    let before = node.state().calls.len();
    issue(&world, 1).await;
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
    issue(&world, 3).await;
    assert!(node.state().calls.len() <= calls + 1);
    assert_eq!(node.state().sent.len(), sent);
}
