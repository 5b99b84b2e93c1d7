use air_ids::UnixTime;
use air_ledger::evm::{
    Address,
    transaction::{Fees, Signed},
};

use super::*;
use crate::chain::SentAt;

const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);
const COST: Cost = Cost {
    gas_used: 66_350,
    gas_price: None,
};

fn after(seconds: u64) -> UnixTime {
    NOW.saturating_add(Duration::from_secs(seconds))
}

fn hash(number: u8) -> KeccakHash {
    KeccakHash::new([number; 32])
}

fn block(number: u64) -> BlockRef {
    BlockRef {
        number,
        hash: KeccakHash::new([0xb0; 32]),
    }
}

/// A transaction that was sent just now, when block 100 was the newest.
fn attempt(nonce: u64, number: u8) -> Attempt {
    Attempt {
        nonce,
        size: 10,
        root: [1; 32],
        sender: Address::new([2; 20]),
        fees: Fees::Legacy { price: 1 },
        signed: Signed {
            raw: vec![number],
            hash: hash(number),
        },
        progress: Progress::Sent,
        stored_at: NOW,
        sent: Some(SentAt {
            time: NOW,
            block: 100,
        }),
    }
}

fn included(nonce: u64, number: u8, at: u64) -> Attempt {
    Attempt {
        progress: Progress::Included(block(at)),
        ..attempt(nonce, number)
    }
}

/// The view of a node that has none of these transactions in a block.
fn seen(open: &[Attempt]) -> Seen {
    Seen {
        newest: 100,
        newest_final: 90,
        account_nonce: 7,
        receipts: open.iter().map(|attempt| (attempt.signed.hash, None)).collect(),
    }
}

fn delivered(number: u8, at: UnixTime, outcome: Delivered) -> BTreeMap<KeccakHash, Delivery> {
    BTreeMap::from([(hash(number), Delivery { at, outcome })])
}

fn send(number: u8) -> Step {
    Step::Send { hash: hash(number) }
}

const REPLACE: Step = Step::Replace { nonce: 7 };

#[test]
fn a_waiting_transaction_is_sent_again_and_replaced_in_time() {
    use Delivered::{FeeTooLow, NotReplaced, NotTaken, Taken};
    let open = [attempt(7, 1)];
    for (last, newest, now, expected) in [
        // After a start, the same bytes go out at once.
        (None, 100, NOW, vec![send(1)]),
        (Some((NOW, Taken)), 102, after(9), vec![]),
        (Some((NOW, Taken)), 102, after(10), vec![send(1)]),
        (Some((after(25), Taken)), 102, after(29), vec![]),
        (Some((after(25), Taken)), 102, after(30), vec![REPLACE]),
        (Some((NOW, Taken)), 103, after(3), vec![REPLACE]),
        (Some((NOW, NotTaken)), 100, NOW, vec![]),
        (Some((NOW, NotTaken)), 100, after(1), vec![send(1)]),
        (Some((NOW, FeeTooLow)), 100, NOW, vec![REPLACE]),
        (Some((NOW, NotReplaced)), 103, NOW, vec![]),
        (Some((NOW, NotReplaced)), 103, after(600), vec![REPLACE, send(1)]),
    ] {
        let seen = Seen {
            newest,
            ..seen(&open)
        };
        let deliveries = last
            .map(|(at, outcome)| delivered(1, at, outcome))
            .unwrap_or_default();
        assert_eq!(
            plan(&open, &seen, &deliveries, now),
            expected,
            "{last:?} at {newest}, {now:?}"
        );
    }
}

#[test]
fn a_transaction_that_reached_no_node_is_not_replaced() {
    let open = [Attempt {
        sent: None,
        ..attempt(7, 1)
    }];
    let later = Seen {
        newest: 200,
        ..seen(&open)
    };
    assert_eq!(plan(&open, &later, &BTreeMap::new(), after(1000)), [send(1)]);
}

/// A chain with a FIFO mempool refuses replacements: the old bytes stay the ones to send.
#[test]
fn the_old_bytes_are_sent_after_a_refused_replacement() {
    let replacement = Attempt {
        sent: None,
        ..attempt(7, 2)
    };
    let open = [attempt(7, 1), replacement];
    let refused = delivered(2, NOW, Delivered::NotReplaced);
    let later = Seen {
        newest: 110,
        ..seen(&open)
    };
    assert_eq!(plan(&open, &later, &refused, after(60)), [send(1)]);
}

#[test]
fn each_hash_of_a_nonce_counts() {
    let open = [attempt(7, 1), attempt(7, 2)];
    for number in [1, 2] {
        let mut seen = seen(&open);
        let mined = |is_success| {
            Some(Mined {
                block: block(99),
                is_success,
                cost: COST,
            })
        };
        seen.receipts.insert(hash(number), mined(true));
        seen.account_nonce = 8;
        let include = Step::Include {
            hash: hash(number),
            block: block(99),
            cost: COST,
        };
        assert_eq!(plan(&open, &seen, &BTreeMap::new(), NOW), [include]);
        seen.newest_final = 99;
        let finish = Step::Finish {
            hash: hash(number),
            block: block(99),
        };
        assert_eq!(plan(&open, &seen, &BTreeMap::new(), NOW), [include, finish]);
        seen.receipts.insert(hash(number), mined(false));
        let investigate = Step::Investigate { hash: hash(number) };
        assert_eq!(plan(&open, &seen, &BTreeMap::new(), NOW), [investigate]);
    }
}

#[test]
fn an_included_transaction_becomes_final_or_is_taken_back() {
    let open = [included(6, 1, 95), included(7, 2, 98)];
    // The older ones are not asked for as long as the newest one is unchanged.
    let mut unchanged = seen(&[]);
    unchanged.receipts.insert(
        hash(2),
        Some(Mined {
            block: block(98),
            is_success: true,
            cost: COST,
        }),
    );
    assert_eq!(plan(&open, &unchanged, &BTreeMap::new(), NOW), []);
    unchanged.newest_final = 95;
    let finish = Step::Finish {
        hash: hash(1),
        block: block(95),
    };
    assert_eq!(plan(&open, &unchanged, &BTreeMap::new(), NOW), [finish]);

    let reorganised = Seen {
        account_nonce: 6,
        ..seen(&open)
    };
    let back = |number| Step::TakeBack { hash: hash(number) };
    assert_eq!(
        plan(&open, &reorganised, &BTreeMap::new(), NOW),
        [back(1), send(1), back(2), send(2)]
    );
}

#[test]
fn another_block_of_the_same_transaction_is_recorded() {
    let open = [included(7, 1, 98)];
    let mut seen = seen(&open);
    let moved = BlockRef {
        number: 99,
        hash: hash(9),
    };
    seen.receipts.insert(
        hash(1),
        Some(Mined {
            block: moved,
            is_success: true,
            cost: COST,
        }),
    );
    let include = Step::Include {
        hash: hash(1),
        block: moved,
        cost: COST,
    };
    assert_eq!(plan(&open, &seen, &BTreeMap::new(), NOW), [include]);
}

#[test]
fn a_nonce_that_another_transaction_used_is_looked_into() {
    let open = [attempt(7, 1)];
    let used = Seen {
        account_nonce: 8,
        ..seen(&open)
    };
    assert_eq!(
        plan(&open, &used, &BTreeMap::new(), NOW),
        [Step::FindUsed { nonce: 7 }]
    );
}

/// A node named a nonce that was too large.
#[test]
fn a_nonce_behind_a_missing_one_is_given_up() {
    let open = [attempt(9, 1)];
    let taken = delivered(1, NOW, Delivered::Taken);
    assert_eq!(
        plan(&open, &seen(&open), &taken, NOW),
        [Step::FindUsed { nonce: 9 }]
    );
    // A node that does not know the block of an earlier nonce lags.
    let open = [included(8, 2, 99), attempt(9, 1)];
    let mut lagging = seen(&open[1..]);
    lagging.account_nonce = 8;
    assert_eq!(plan(&open, &lagging, &taken, NOW), []);
}

#[test]
fn a_clock_that_went_back_delays_nothing() {
    let open = [attempt(7, 1)];
    let taken = delivered(1, NOW, Delivered::Taken);
    assert_eq!(
        plan(
            &open,
            &seen(&open),
            &taken,
            NOW.saturating_sub(Duration::from_hours(1))
        ),
        [REPLACE, send(1)]
    );
}
