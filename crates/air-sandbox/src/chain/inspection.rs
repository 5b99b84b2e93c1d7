//! The chain as the operator sees it.

use air_api::sandbox::{ChainNode, ChainReport};
use air_fetch::evm::BlockId;
use air_ledger::evm::{Address, contract::code};
use air_platform::{
    App, Refusal,
    dashboard::{self, Checkpoints},
};

use super::{AnchorProofs, link::Link, problem::Problem};

impl AnchorProofs {
    /// Reads the stored chain, and asks the node.
    pub(crate) async fn inspect(&self, app: &App) -> Result<ChainReport, Refusal> {
        let link = self.link();
        let stored = dashboard::checkpoints(app, 1).await?;
        let contract = stored.as_ref().and_then(contract);
        let node = examine(link, contract)
            .await
            .inspect_err(|error| tracing::warn!(%error, "the chain's node was not examined"))
            .ok();
        let figures = stored.as_ref().map(|stored| stored.figures);
        Ok(ChainReport {
            chain_id: stored.as_ref().map(|stored| stored.chain.chain_id),
            contract: contract.map(|contract| contract.to_string()),
            account: link.signer.address().to_string(),
            alarm: stored.and_then(|stored| stored.chain.alarm),
            final_entries: figures.map_or(0, |figures| figures.final_size),
            lag_entries: figures.map_or(0, |figures| figures.lag_entries),
            lag_seconds: figures.map_or(0, |figures| figures.lag_seconds),
            node,
        })
    }
}

fn contract(stored: &Checkpoints) -> Option<Address> {
    let bytes = stored.chain.contract.as_deref()?;
    bytes.try_into().ok().map(Address::new)
}

async fn examine(link: &Link, contract: Option<Address>) -> Result<ChainNode, Problem> {
    let node = &link.node;
    let is_code_known = match contract {
        Some(contract) => {
            let found = node.code(contract, BlockId::Latest).await?;
            Some(code::recognize(&found).is_some())
        }
        None => None,
    };
    let balance = node.balance(link.signer.address(), BlockId::Latest).await?;
    let quote = node.quote().await?;
    Ok(ChainNode {
        chain_id: node.chain_id().await?,
        is_code_known,
        balance_wei: balance.to_string(),
        gas_price_wei: quote.price().to_string(),
        checkpoints_left: quote.checkpoints(balance),
    })
}
