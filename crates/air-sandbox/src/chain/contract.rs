//! Reads the contract.

use air_fetch::evm::{BlockId, Node};
use air_ledger::{
    evm::{
        Address, KeccakHash,
        contract::{self, Call, code},
        keccak256,
    },
    merkle::Hash,
};

use super::{error::ChainError, problem::Problem};

/// The contract at a node.
#[derive(Clone, Copy)]
pub(super) struct Contract<'a> {
    pub(super) node: &'a Node,
    pub(super) address: Address,
}

impl Contract<'_> {
    /// The number of leaves at the newest checkpoint; 0 before the first.
    pub(super) async fn size(&self) -> Result<u64, Problem> {
        Ok(contract::size(&self.call(&Call::Size, BlockId::Latest).await?)?)
    }

    /// The root at a size; `None` if there is no such checkpoint.
    pub(super) async fn root(&self, size: u64, block: BlockId) -> Result<Option<Hash>, Problem> {
        Ok(contract::root(&self.call(&Call::Roots { size }, block).await?)?)
    }

    pub(super) async fn submitter(&self) -> Result<Option<Address>, Problem> {
        Ok(contract::account(
            &self.call(&Call::Submitter, BlockId::Latest).await?,
        )?)
    }

    /// The hash of the contract's code, which must be that of an `AirLedger`. `None` if there is no code.
    pub(super) async fn code_hash(&self) -> Result<Option<KeccakHash>, Problem> {
        let code = self.node.code(self.address, BlockId::Latest).await?;
        if code.is_empty() {
            return Ok(None);
        }
        let found = keccak256(&code);
        if code::recognize(&code).is_none() {
            let contract = self.address;
            return Err(Problem::Halt(ChainError::UnknownCode { contract, found }));
        }
        Ok(Some(found))
    }

    async fn call(&self, call: &Call<'_>, block: BlockId) -> Result<Vec<u8>, Problem> {
        Ok(self.node.call(self.address, &call.encode(), block).await?)
    }
}
