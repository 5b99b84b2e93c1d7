//! The node and the account.

use std::sync::Arc;

use air_fetch::{
    Fetcher, NetworkPolicy,
    evm::{BlockId, Node, RpcError},
};

use super::{
    error::ChainError,
    settings::{ChainSettings, Finality},
    signer::Signer,
};

/// The node and the account.
pub(super) struct Link {
    pub(super) node: Node,
    pub(super) signer: Signer,
    pub(super) settings: Arc<ChainSettings>,
}

impl Link {
    pub(super) fn new(settings: Arc<ChainSettings>) -> Result<Self, ChainError> {
        let fetcher = Fetcher::new(NetworkPolicy::Any)?;
        let node = Node::new(fetcher.clone(), &settings.rpc)
            .map_err(|source| ChainError::Url { of: "node", source })?;
        Ok(Self {
            node,
            signer: Signer::new(settings.clone(), fetcher)?,
            settings,
        })
    }

    /// The number of the newest final block, if this one is the newest.
    pub(super) async fn newest_final(&self, newest: u64) -> Result<u64, RpcError> {
        let tag = match self.settings.finality {
            Finality::Finalized => BlockId::Finalized,
            Finality::Safe => BlockId::Safe,
            Finality::Depth(blocks) => return Ok(newest.saturating_add(1).saturating_sub(blocks.max(1))),
        };
        let block = self.node.block(tag).await?;
        Ok(block.map_or(0, |block| block.number))
    }
}
