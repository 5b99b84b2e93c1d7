//! What the operator sees of the chain.

use air_api::sandbox::{ChainNode, ChainReport};
use air_fetch::evm::BlockId;
use air_ledger::evm::{Address, contract::code};
use air_platform::{
    App, Refusal,
    chain::Quote,
    dashboard::{self, Checkpoints},
};

use super::{AnchorProofs, draft::quote, link::Link, problem::Problem};

/// The gas of the costliest checkpoint up to a million leaves, by the table in the book's page on the contract.
pub const CHECKPOINT_GAS: u128 = 75_000;

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
    let price = price(&quote(link).await?);
    Ok(ChainNode {
        chain_id: node.chain_id().await?,
        is_code_known,
        balance_wei: balance.to_string(),
        gas_price_wei: price.to_string(),
        checkpoints_left: checkpoints_left(balance, price),
    })
}

/// What the next block charges for each gas, without the tip.
fn price(quote: &Quote) -> u128 {
    match quote {
        Quote::Eip1559 { base, .. } => *base,
        Quote::Legacy { price } => *price,
    }
}

/// `None` if gas is free.
fn checkpoints_left(balance: u128, price: u128) -> Option<u64> {
    let count = balance.checked_div(price.saturating_mul(CHECKPOINT_GAS))?;
    Some(u64::try_from(count).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_balance_pays_for_whole_checkpoints() {
        let counts = [149_999, 150_000, u128::MAX].map(|balance| checkpoints_left(balance, 2));
        assert_eq!(counts, [Some(0), Some(1), Some(u64::MAX)]);
        assert_eq!(checkpoints_left(1, 0), None);
    }
}
