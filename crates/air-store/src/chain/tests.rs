use super::*;
use crate::{Data, Store};

const fn at(seconds: u64) -> UnixTime {
    UnixTime::from_secs(seconds)
}

fn transaction(nonce: u64, ledger_size: u64, hash: u8) -> Transaction {
    Transaction {
        nonce,
        ledger_size,
        root: vec![1; 32],
        sender: vec![2; 20],
        raw: vec![3],
        hash: vec![hash; 32],
        max_fee: 9,
        tip: Some(1),
        state: TransactionState::Sent,
        block_number: None,
        block_hash: None,
        stored_at: at(5),
        sent_at: None,
        sent_block: None,
        final_at: None,
        final_block: None,
        gas_used: None,
        gas_price: None,
        reported_before: None,
    }
}

const COST: Cost = Cost {
    gas_used: Some(66_350),
    gas_price: Some(7),
};

#[tokio::test]
async fn a_final_transaction_ends_the_others_of_its_nonce() {
    let store = Store::open(&Data::Memory).await.unwrap();
    let mut tx = store.write().await.unwrap();
    for one in [
        transaction(7, 10, 1),
        transaction(7, 12, 2),
        transaction(8, 20, 3),
    ] {
        super::store(&mut tx, &one).await.unwrap();
    }
    assert!(
        super::store(&mut tx, &transaction(7, 10, 1)).await.is_err(),
        "a nonce has a hash once"
    );
    set_sent(&mut tx, &[1; 32], at(6), 100).await.unwrap();
    set_sent(&mut tx, &[1; 32], at(9), 200).await.unwrap();
    let block = (101, [4; 32]);
    set_included(&mut tx, &[1; 32], block, COST).await.unwrap();
    reports::begin(&mut tx, 4, at(1)).await.unwrap();
    set_final(&mut tx, &[1; 32], Some(block), 103, at(12))
        .await
        .unwrap();
    replace_others(&mut tx, 7, &[1; 32]).await.unwrap();

    let last = newest_final(&mut tx).await.unwrap().unwrap();
    let expected = Transaction {
        state: TransactionState::Final,
        block_number: Some(101),
        block_hash: Some(vec![4; 32]),
        sent_at: Some(at(6)),
        sent_block: Some(100),
        final_at: Some(at(12)),
        final_block: Some(103),
        gas_used: COST.gas_used,
        gas_price: COST.gas_price,
        reported_before: Some(4),
        ..transaction(7, 10, 1)
    };
    assert_eq!(last, expected);
    assert_eq!(open(&mut tx).await.unwrap(), [transaction(8, 20, 3)]);
    assert_eq!(newest(&mut tx).await.unwrap().unwrap().ledger_size, 20);
    let state = TransactionState::Final;
    assert_eq!(covering(&mut tx, 9, state).await.unwrap(), Some(expected.clone()));
    assert_eq!(provable(&mut tx, 9).await.unwrap(), Some(expected));
    assert_eq!(covering(&mut tx, 10, state).await.unwrap(), None);
    assert_eq!(reopen_after(&mut tx, 9).await.unwrap(), 1);
    assert_eq!(newest_final(&mut tx).await.unwrap(), None);
    let reopened = open(&mut tx).await.unwrap().remove(0);
    assert_eq!(reopened, transaction(7, 10, 1), "as it was before it was sent");
}

#[tokio::test]
async fn a_proof_has_the_next_checkpoint_whose_block_is_known() {
    let store = Store::open(&Data::Memory).await.unwrap();
    let mut tx = store.write().await.unwrap();
    for (nonce, block) in [(1, None), (2, Some((102, [4; 32])))] {
        let one = transaction(nonce, nonce * 10, u8::try_from(nonce).unwrap());
        super::store(&mut tx, &one).await.unwrap();
        let hash = one.hash.as_slice().try_into().unwrap();
        set_final(&mut tx, &hash, block, 103, at(12)).await.unwrap();
    }
    let proof = provable(&mut tx, 3).await.unwrap().unwrap();
    assert_eq!(proof.ledger_size, 20);
    let status = covering(&mut tx, 3, TransactionState::Final).await.unwrap();
    assert_eq!(status.unwrap().ledger_size, 10);
}

/// Stores final checkpoints with these numbers of entries, each with a replaced transaction of its nonce.
async fn fill(tx: &mut WriteTx, numbers: std::ops::RangeInclusive<u8>) {
    for number in numbers {
        let of = |hash| transaction(number.into(), number.into(), hash);
        store(tx, &of(100 + number)).await.unwrap();
        store(tx, &of(number)).await.unwrap();
        let block = Some((number.into(), [4; 32]));
        set_final(tx, &[number; 32], block, 200, at(12)).await.unwrap();
        replace_others(tx, number.into(), &[number; 32]).await.unwrap();
        prune(tx, 3).await.unwrap();
    }
}

async fn kept(tx: &mut ReadTx) -> Vec<(u64, bool)> {
    let window = Window {
        offset: 0,
        limit: 100,
    };
    let rows = checkpoints(tx, window).await.unwrap();
    rows.iter()
        .map(|row| (row.ledger_size, row.raw.is_empty()))
        .collect()
}

#[tokio::test]
async fn old_transactions_are_pruned_but_checkpoints_stay_provable() {
    let store = Store::open(&Data::Memory).await.unwrap();
    let mut tx = store.write().await.unwrap();
    let chain = Chain {
        chain_id: 5151,
        contract: None,
        code_hash: None,
        started_at: at(3),
        alarm: None,
        final_block: None,
    };
    insert(&mut tx, &chain).await.unwrap();
    fill(&mut tx, 1..=5).await;
    // Each of the three newest has its bytes, and so have the others of its nonce, except the first one's.
    let expected = [
        (5, false),
        (5, false),
        (4, false),
        (4, false),
        (3, false),
        (2, true),
        (1, true),
    ];
    assert_eq!(kept(&mut tx).await, expected);
    for leaf in 0..5 {
        let proof = provable(&mut tx, leaf).await.unwrap().unwrap();
        assert_eq!(proof.ledger_size, leaf + 1);
    }

    // A waiting transaction remains, and so do later ones.
    let waiting = transaction(6, 6, 6);
    super::store(&mut tx, &waiting).await.unwrap();
    fill(&mut tx, 7..=20).await;
    assert_eq!(open(&mut tx).await.unwrap(), [waiting]);
    assert_eq!(
        kept(&mut tx).await.iter().filter(|(_, pruned)| *pruned).count(),
        5
    );
}

#[tokio::test]
async fn lost_checkpoints_without_their_bytes_are_forgotten() {
    let store = Store::open(&Data::Memory).await.unwrap();
    let mut tx = store.write().await.unwrap();
    let chain = Chain {
        chain_id: 5151,
        contract: None,
        code_hash: None,
        started_at: at(3),
        alarm: None,
        final_block: None,
    };
    insert(&mut tx, &chain).await.unwrap();
    fill(&mut tx, 1..=5).await;
    assert_eq!(reopen_after(&mut tx, 1).await.unwrap(), 4);
    assert!(
        open(&mut tx).await.unwrap().is_empty(),
        "there is nothing to send again"
    );
    assert_eq!(newest(&mut tx).await.unwrap().unwrap().ledger_size, 1);
    fill(&mut tx, 6..=9).await;
    assert_eq!(reopen_after(&mut tx, 7).await.unwrap(), 2);
    assert_eq!(open(&mut tx).await.unwrap().len(), 2, "the same bytes");
}

#[tokio::test]
async fn there_is_one_chain() {
    let store = Store::open(&Data::Memory).await.unwrap();
    let mut tx = store.write().await.unwrap();
    assert_eq!(find(&mut tx).await.unwrap(), None);
    let chain = Chain {
        chain_id: 5151,
        contract: None,
        code_hash: None,
        started_at: at(3),
        alarm: None,
        final_block: None,
    };
    insert(&mut tx, &chain).await.unwrap();
    assert_eq!(find(&mut tx).await.unwrap(), Some(chain));
    set_contract(&mut tx, &[1; 20], &[2; 32]).await.unwrap();
    set_alarm(&mut tx, Some("outOfFunds")).await.unwrap();
    set_final_block(&mut tx, 40).await.unwrap();
    let found = find(&mut tx).await.unwrap().unwrap();
    assert_eq!(found.contract, Some(vec![1; 20]));
    assert_eq!(found.alarm.as_deref(), Some("outOfFunds"));
    assert_eq!(found.final_block, Some(40));
}
