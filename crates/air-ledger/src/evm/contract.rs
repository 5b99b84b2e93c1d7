//! The contract `AirLedger` as its callers see it: calls, answers, errors and events in the
//! contract ABI, and its storage.
//!
//! ```
//! use air_ledger::{evm::contract::{self, Call}, merkle};
//!
//! let root = merkle::root(&[merkle::leaf_hash(b"first")]);
//! let data = Call::Checkpoint { size: 1, root, path: &[] }.encode();
//! assert_eq!(data.len(), 4 + 4 * 32);
//!
//! // A node's answer to `Call::Roots { size: 1 }.encode()`:
//! assert_eq!(contract::root(&root)?, Some(root));
//! # Ok::<(), air_ledger::evm::Error>(())
//! ```

mod answer;
mod call;
pub mod code;

pub use answer::{Checkpoint, Refusal, account, included, ledger_id, root, size};
pub use call::Call;

use super::hash::{KeccakHash, keccak256};

/// The slot of the mapping `roots`.
const ROOTS: u64 = 1;

/// The storage slot of the root at a size, as `eth_getProof` and `eth_getStorageAt` take it.
#[must_use]
pub fn root_slot(size: u64) -> KeccakHash {
    let mut place = [0; 64];
    place[24..32].copy_from_slice(&size.to_be_bytes());
    place[56..].copy_from_slice(&ROOTS.to_be_bytes());
    keccak256(&place)
}

/// The first four bytes of a call or error: the beginning of Keccak-256 of its signature.
fn selector(signature: &str) -> [u8; 4] {
    let [a, b, c, d, ..] = *keccak256(signature.as_bytes()).as_bytes();
    [a, b, c, d]
}

/// A number as a word of 32 bytes.
fn word(number: u64) -> [u8; 32] {
    let mut word = [0; 32];
    word[24..].copy_from_slice(&number.to_be_bytes());
    word
}
