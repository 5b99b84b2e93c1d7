//! The ledger, and its checkpoints on a chain.

use air_api::{
    CoreClaimHash,
    sandbox::{Block, ChainReport, ConsistencyProof, Transaction},
};
use serde_json::Value;

use super::SandboxClient;
use crate::Error;

impl SandboxClient<'_> {
    /// Fetches a ledger entry by its transaction hash. An anchored entry includes its proof.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown hash.
    pub async fn transaction(&self, transaction_hash: &str) -> Result<Transaction, Error> {
        self.transport
            .get(format!("sandbox/v1/ledger/transactions/{transaction_hash}"))
            .receive()
            .await
    }

    /// Fetches the state of the chain that holds the ledger's checkpoints, as the operator.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the platform runs without a chain.
    pub async fn chain(&self) -> Result<ChainReport, Error> {
        self.transport
            .get("sandbox/v1/chain")
            .bearer(self.admin_token)
            .receive()
            .await
    }

    /// Fetches the proof file of a credential's anchor on a chain, as JSON of the format
    /// `air-anchor-proof/1`.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown credential, or if the platform runs without a chain.
    /// [`Error::InProgress`] while no checkpoint with the credential is final.
    pub async fn anchor_proof(&self, core_claim_hash: CoreClaimHash) -> Result<Value, Error> {
        self.transport
            .get(format!("sandbox/v1/ledger/anchor-proofs/{core_claim_hash}"))
            .receive()
            .await
    }

    /// Fetches the ledger's newest block.
    ///
    /// # Errors
    /// [`Error::NotFound`] before the first block.
    pub async fn ledger_head(&self) -> Result<Block, Error> {
        self.transport.get("sandbox/v1/ledger/head").receive().await
    }

    /// Fetches the proof that the tree of one block is a prefix of another's. [`ConsistencyProof::verifies`]
    /// checks it.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown block, [`Error::Rejected`] if `from` is after `to`.
    pub async fn consistency(&self, from: u64, to: u64) -> Result<ConsistencyProof, Error> {
        self.transport
            .get("sandbox/v1/ledger/consistency")
            .query("from", from.to_string())
            .query("to", to.to_string())
            .receive()
            .await
    }
}
