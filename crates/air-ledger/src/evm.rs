//! The ledger's anchor on an EVM chain: the contract `AirLedger`, which stores the root of the log
//! at each checkpoint, and proofs of its storage that a verifier checks without asking anyone.
//!
//! * [`contract`] encodes calls of the contract, and decodes its answers, errors and events.
//! * [`AnchorProof`] is the proof file `air-anchor-proof/1`. [`AnchorProof::verify`] checks it
//!   against a contract and a block hash that the verifier knows from elsewhere.
//! * [`fees`] has the rules for the fees of a transaction, from what a node says.
//! * `transaction` (feature `transactions`) signs the transactions that make the calls.
//! * [`Header`] and [`trie`] are its parts: a block's header, and lookups in Merkle Patricia tries.
//!
//! Everything is a function on values. Sending transactions and asking nodes are the caller's.
//!
//! **What a proof shows:** the entry was in the log when the root was stored, at the latest at the
//! block of the evidence, and the log has not been rewritten since. It does not show that the
//! credential is valid now, nor which contract is the right one: pin the contract, never take it
//! from the proof. Pin only a contract whose creation had [`contract::code::creation`] as its
//! input, because the code hash does not cover roots that other creation code wrote.

mod account;
mod error;
mod hash;
mod header;
mod proof;
mod rlp;
mod verify;

pub mod contract;
pub mod fees;
#[cfg(feature = "transactions")]
#[cfg_attr(docsrs, doc(cfg(feature = "transactions")))]
pub mod transaction;
pub mod trie;

pub use account::Account;
pub use air_ids::UnixTime;
pub use error::{Error, Subject};
pub use hash::{Address, Digest, InvalidHex, KeccakHash, keccak256};
pub use header::Header;
pub use proof::{Anchor, AnchorProof, Evidence, Format, Inclusion, MAX_FILE_LENGTH, MptEvidence, Node};
pub use trie::TrieError;
pub use verify::{Check, Pinned, Report};
