//! The next step for the open transactions, from a node's view of them.

use std::{collections::BTreeMap, time::Duration};

use air_ids::UnixTime;
use air_ledger::evm::KeccakHash;

use super::attempt::{Attempt, BlockRef, Cost, Progress};

/// A transaction is replaced after this number of blocks without it.
const BLOCK_LIMIT: u64 = 3;
/// A transaction is replaced after this time outside of a block.
const TIME_LIMIT: Duration = Duration::from_secs(30);
/// The time until the same bytes are sent again, in case a node dropped them.
const RESEND_AFTER: Duration = Duration::from_secs(10);
/// The time until bytes that a node did not take are sent again.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// The time until another replacement is tried on a chain that refused one.
const REPLACE_AFTER_REFUSAL: Duration = Duration::from_mins(10);

/// Where a node found a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mined {
    /// The block.
    pub block: BlockRef,
    /// Whether the contract accepted it.
    pub is_success: bool,
    /// Its cost.
    pub cost: Cost,
}

/// The view of a node.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The number of the newest block.
    pub newest: u64,
    /// The number of the newest final block.
    pub newest_final: u64,
    /// The account's next nonce in the newest block.
    pub account_nonce: u64,
    /// The receipts: `None` if the transaction is in no block. Those that were not asked for are
    /// missing, and count as unchanged.
    pub receipts: BTreeMap<KeccakHash, Option<Mined>>,
}

/// The result of the last attempt to send a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivered {
    /// The node took it, or has it already.
    Taken,
    /// Its fees are too low for the node.
    FeeTooLow,
    /// The node has another transaction with this nonce, and does not replace it.
    NotReplaced,
    /// The node does not take it for another reason, or did not answer.
    NotTaken,
}

/// The last attempt of this process to send a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The time of the attempt.
    pub at: UnixTime,
    /// Its result.
    pub outcome: Delivered,
}

/// The next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Record the block of a transaction.
    Include {
        /// The transaction.
        hash: KeccakHash,
        /// The block.
        block: BlockRef,
        /// Its cost.
        cost: Cost,
    },
    /// Record that a transaction's block is final.
    Finish {
        /// The transaction.
        hash: KeccakHash,
        /// The block.
        block: BlockRef,
    },
    /// Find out why the contract refused a transaction.
    Investigate {
        /// The transaction.
        hash: KeccakHash,
    },
    /// Record that the block of a transaction was replaced.
    TakeBack {
        /// The transaction.
        hash: KeccakHash,
    },
    /// Find out whether the contract has a checkpoint, because the nonce was used by a transaction
    /// that is not known, or can't be used.
    FindUsed {
        /// The nonce.
        nonce: u64,
    },
    /// Replace the transaction of a nonce by one with higher fees.
    Replace {
        /// The nonce.
        nonce: u64,
    },
    /// Send the bytes of a transaction, perhaps again.
    Send {
        /// The transaction.
        hash: KeccakHash,
    },
}

/// Returns what to do about the open transactions, which are ordered by nonce, the older first.
#[must_use]
pub fn plan(
    open: &[Attempt],
    seen: &Seen,
    deliveries: &BTreeMap<KeccakHash, Delivery>,
    now: UnixTime,
) -> Vec<Step> {
    let missing = missing_nonce(open, seen);
    open.chunk_by(|one, next| one.nonce == next.nonce)
        .flat_map(|attempts| {
            OfNonce {
                attempts,
                seen,
                deliveries,
                now,
                missing,
            }
            .steps()
        })
        .collect()
}

/// The first nonce that waits, if a smaller one is missing, so that no block can take it: the node
/// lied or lagged when it was chosen.
fn missing_nonce(open: &[Attempt], seen: &Seen) -> Option<u64> {
    let mut waiting = open.iter().filter(|attempt| attempt.progress == Progress::Sent);
    let first = waiting.next()?.nonce;
    let is_lagging = open
        .iter()
        .any(|attempt| attempt.progress != Progress::Sent && attempt.nonce >= seen.account_nonce);
    (seen.account_nonce < first && !is_lagging).then_some(first)
}

/// The transactions of one nonce.
struct OfNonce<'a> {
    attempts: &'a [Attempt],
    seen: &'a Seen,
    deliveries: &'a BTreeMap<KeccakHash, Delivery>,
    now: UnixTime,
    /// The nonce that no block can take.
    missing: Option<u64>,
}

impl OfNonce<'_> {
    fn steps(&self) -> Vec<Step> {
        for attempt in self.attempts {
            let hash = attempt.signed.hash;
            match (self.seen.receipts.get(&hash), attempt.progress) {
                (Some(Some(mined)), progress) => return self.mined(hash, *mined, progress),
                (None, Progress::Included(block)) => return self.unchanged(hash, block),
                (None | Some(None), _) => {}
            }
        }
        let taken_back: Vec<Step> = self
            .attempts
            .iter()
            .filter(|attempt| attempt.progress != Progress::Sent)
            .map(|attempt| Step::TakeBack {
                hash: attempt.signed.hash,
            })
            .collect();
        if taken_back.is_empty() {
            return self.waiting();
        }
        let again = self.attempts.last().map(|attempt| Step::Send {
            hash: attempt.signed.hash,
        });
        taken_back.into_iter().chain(again).collect()
    }

    fn mined(&self, hash: KeccakHash, mined: Mined, progress: Progress) -> Vec<Step> {
        if !mined.is_success {
            return vec![Step::Investigate { hash }];
        }
        let Mined { block, cost, .. } = mined;
        let is_new = progress != Progress::Included(block);
        let include = is_new.then_some(Step::Include { hash, block, cost });
        include.into_iter().chain(self.unchanged(hash, block)).collect()
    }

    fn unchanged(&self, hash: KeccakHash, block: BlockRef) -> Vec<Step> {
        if block.number <= self.seen.newest_final {
            vec![Step::Finish { hash, block }]
        } else {
            Vec::new()
        }
    }

    fn waiting(&self) -> Vec<Step> {
        let Some(newest) = self.attempts.last() else {
            return Vec::new();
        };
        let nonce = newest.nonce;
        if self.seen.account_nonce > nonce {
            return vec![Step::FindUsed { nonce }];
        }
        let replace = self.is_stuck(newest).then_some(Step::Replace { nonce });
        let current = self.accepted(newest);
        let send = self.is_to_send(current).then_some(Step::Send {
            hash: current.signed.hash,
        });
        let find = (self.missing == Some(nonce)).then_some(Step::FindUsed { nonce });
        replace.into_iter().chain(send).chain(find).collect()
    }

    /// The newest transaction that a node took, or that no node refused as a replacement.
    fn accepted<'s>(&'s self, newest: &'s Attempt) -> &'s Attempt {
        self.attempts
            .iter()
            .rfind(|attempt| attempt.sent.is_some() || self.outcome(attempt) != Some(Delivered::NotReplaced))
            .unwrap_or(newest)
    }

    fn outcome(&self, attempt: &Attempt) -> Option<Delivered> {
        let delivery = self.deliveries.get(&attempt.signed.hash)?;
        Some(delivery.outcome)
    }

    fn is_stuck(&self, newest: &Attempt) -> bool {
        let delivery = self.deliveries.get(&newest.signed.hash);
        match delivery.map(|delivery| (delivery.outcome, delivery.at)) {
            Some((Delivered::FeeTooLow, _)) => true,
            Some((Delivered::NotReplaced, at)) => self.is_over(at, REPLACE_AFTER_REFUSAL),
            _ => newest.sent.is_some_and(|sent| {
                self.is_over(sent.time, TIME_LIMIT)
                    || self.seen.newest >= sent.block.saturating_add(BLOCK_LIMIT)
            }),
        }
    }

    fn is_to_send(&self, attempt: &Attempt) -> bool {
        let delivery = self.deliveries.get(&attempt.signed.hash);
        delivery.is_none_or(|delivery| {
            let pause = match delivery.outcome {
                Delivered::NotTaken => RETRY_AFTER,
                Delivered::Taken | Delivered::FeeTooLow | Delivered::NotReplaced => RESEND_AFTER,
            };
            self.is_over(delivery.at, pause)
        })
    }

    /// Checks whether a time has passed. It has if the clock went back.
    fn is_over(&self, since: UnixTime, pause: Duration) -> bool {
        self.now < since || self.now >= since.saturating_add(pause)
    }
}

#[cfg(test)]
mod tests;
