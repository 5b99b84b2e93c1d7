//! A process that ends between any two requests to its node loses no checkpoint, and sends none twice.

use super::{
    fake::{Answer, FakeNode},
    world::{Time, account, issue, world_in},
};

/// The number of kills.
const KILLS: u64 = 50;
/// About the number of requests of a checkpoint.
const STEPS: u64 = 16;

/// A small generator of pseudorandom numbers (SplitMix64), so that a failure can be repeated by its seed.
fn random(seed: u64) -> u64 {
    let mut mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[tokio::test]
async fn fifty_kills_lose_and_double_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let node = FakeNode::serve(account()).await;
    let time = Time::new();
    let mut entries = 0;
    for seed in 0..KILLS {
        let world = world_in(folder.path(), &node, &time).await;
        // Every step comes up before and after its request is executed, and then some of them again.
        let place = if seed < 2 * STEPS {
            seed
        } else {
            random(seed) % (2 * STEPS)
        };
        let answer = if place % 2 == 0 {
            Answer::KillBefore
        } else {
            Answer::KillAfter
        };
        let at = node.state().calls.len() + usize::try_from(place / 2).unwrap();
        node.state().interruption = Some((at, answer));
        issue(&world, 1).await;
        entries += 1;
        // The submitter stops by itself before this step if the ledger is anchored.
        node.until(|state| state.calls.len() > at || (state.size() == entries && state.is_settled()))
            .await;
        drop(world);
        node.state().interruption = None;
        check(&node, seed);
    }
    let _world = world_in(folder.path(), &node, &time).await;
    node.until(|state| state.size() == entries).await;
    check(&node, KILLS);
}

/// No checkpoint is out of order, and each nonce has the bytes of one transaction.
fn check(node: &FakeNode, seed: u64) {
    let state = node.state();
    let Some(next) = state.sent.iter().map(|raw| raw.nonce).max() else {
        return;
    };
    let mut sizes = Vec::new();
    for nonce in 0..=next {
        let transactions = state.of_nonce(nonce);
        assert_eq!(transactions.len(), 1, "seed {seed}: nonce {nonce}");
        sizes.push(transactions[0].size());
    }
    assert!(
        sizes.is_sorted_by(|one, next| one < next),
        "seed {seed}: {sizes:?}"
    );
    let stored: Vec<u64> = state
        .ledger()
        .map(|ledger| ledger.roots.keys().copied().collect())
        .unwrap_or_default();
    assert!(
        sizes.iter().skip(1).take(stored.len()).eq(&stored),
        "seed {seed}: {sizes:?}, {stored:?}"
    );
}
