//! The anchoring contract and its proofs. The recorded ledger is described in `vectors/anvil/README.md`.

mod calls;
mod headers;
mod proofs;
mod recorded;
mod reference_trie;
mod tampering;
#[cfg(feature = "transactions")]
mod transactions;
mod tries;
