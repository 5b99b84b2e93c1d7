//! The ledger's checkpoints on an EVM chain: what the submitter does next. The submitter itself,
//! which asks a node, is in air-sandbox.
//!
//! Each checkpoint is a transaction. It is signed and stored in the outbox before it is sent, so
//! that a process which ends at any moment sends the same bytes again. A transaction is *sent*,
//! then *included* in a block, and *final* once that block is. A reorganisation makes it *sent*
//! again. One nonce at a time waits for a block. A replacement has the same nonce and higher fees,
//! and may carry a newer checkpoint: the contract takes each of them at most once.

mod alarm;
mod attempt;
mod checkpoint;
mod outbox;
mod plan;
mod proof;

pub use air_store::Leadership;
pub use alarm::Alarm;
pub use attempt::{Attempt, BlockRef, Cost, Progress, SentAt};
pub use checkpoint::{Checkpoint, is_due, next_checkpoint, root_at};
pub use outbox::{
    Anchored, Outbox, OutboxChange, OutboxError, apply, begin, leadership, load, reopen_after, set_alarm,
    set_contract, set_final_block, store,
};
pub use plan::{Delivered, Delivery, Mined, Seen, Step, plan};
pub use proof::prove;
