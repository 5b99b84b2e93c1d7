//! The reasons why a chain can't hold the ledger's checkpoints.

use air_fetch::{FetchError, SetupError, evm::RpcError};
use air_ledger::{
    evm::{Address, KeccakHash},
    merkle::{self, Hash},
};
use air_platform::chain::OutboxError;

/// The reason why a chain can't hold the ledger's checkpoints. At the start, the platform does not
/// start; later, the submitter stops until the next start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError {
    /// The URL of the node or of the signer is not permitted.
    #[error("invalid URL of the {of}: {source}")]
    Url {
        /// `node` or `signer`.
        of: &'static str,
        /// The reason.
        source: FetchError,
    },
    /// The HTTP client can't be created.
    #[error(transparent)]
    HttpClient(#[from] SetupError),
    /// The node refused a request.
    #[error(transparent)]
    Node(#[from] RpcError),
    /// The store failed.
    #[error(transparent)]
    Outbox(#[from] OutboxError),
    /// The node serves another chain than the one that has the ledger's checkpoints.
    #[error(
        "the node serves chain {found}, but the ledger's checkpoints are on chain {expected}; use a node of that chain"
    )]
    WrongChain {
        /// The ledger's chain.
        expected: u64,
        /// The node's.
        found: u64,
    },
    /// The ledger's checkpoints are in another contract.
    #[error(
        "the ledger's checkpoints are in the contract {expected}, not in {given}; leave the contract out"
    )]
    OtherContract {
        /// The ledger's contract.
        expected: Address,
        /// The one in the settings.
        given: Address,
    },
    /// There is no contract at the address.
    #[error(
        "there is no contract at {contract} on chain {chain_id}; if the chain was started afresh, start with a new data folder too"
    )]
    NoContract {
        /// The address.
        contract: Address,
        /// The chain.
        chain_id: u64,
    },
    /// The contract has other code.
    #[error("the contract {contract} is not an AirLedger of this version: its code hash is {found}")]
    UnknownCode {
        /// The address.
        contract: Address,
        /// The hash of its code.
        found: KeccakHash,
    },
    /// The contract's code changed.
    #[error("the contract {contract} has the code hash {found}, but it had {expected} before")]
    OtherCode {
        /// The address.
        contract: Address,
        /// The hash of its code before.
        expected: KeccakHash,
        /// The hash of its code now.
        found: KeccakHash,
    },
    /// The contract takes checkpoints from another account.
    #[error(
        "the contract {contract} takes checkpoints from {expected}, not from {found}; use the key of that account, or have the owner propose this one"
    )]
    NotSubmitter {
        /// The address.
        contract: Address,
        /// Its submitter.
        expected: Address,
        /// The account of the settings.
        found: Address,
    },
    /// The chain has a checkpoint of entries that the ledger does not have.
    #[error(
        "the chain has a checkpoint at size {size} with the root {}, but the ledger has size {ledger_size} and the root {}; restore the newest backup of the ledger",
        hex::encode(.root),
        hex::encode(.ledger_root)
    )]
    Ahead {
        /// The number of entries at the checkpoint.
        size: u64,
        /// The root at the checkpoint.
        root: Hash,
        /// The number of entries in the ledger.
        ledger_size: u64,
        /// The root of the ledger.
        ledger_root: Hash,
    },
    /// The chain and the ledger have different roots.
    #[error(
        "the chain and the ledger contradict each other at size {size}: the chain has {}, the ledger has the root {}; one of them was rewritten",
        shown(.chain.as_ref()), hex::encode(.ledger)
    )]
    OtherRoot {
        /// The number of entries at the checkpoint.
        size: u64,
        /// The root on the chain; `None` if it has no such checkpoint any more.
        chain: Option<Hash>,
        /// The ledger's root.
        ledger: Hash,
    },
    /// The contract refused a checkpoint because it does not extend the one before.
    #[error(
        "the contract refuses the checkpoint at size {size} with the root {}: it does not extend the one before; the ledger was rewritten, or the node lies",
        hex::encode(.root)
    )]
    NotAnExtension {
        /// The number of entries.
        size: u64,
        /// The root.
        root: Hash,
    },
}

impl ChainError {
    /// Checks whether the node can't be reached now.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Self::Node(error) if error.is_unreachable())
    }

    /// The root of a ledger without entries.
    pub(super) fn empty_root() -> Hash {
        merkle::root(&[])
    }
}

fn shown(root: Option<&Hash>) -> String {
    root.map_or_else(
        || "no root".to_owned(),
        |root| format!("the root {}", hex::encode(root)),
    )
}
