//! The checkpoints of the ledger on a chain.

use air_store::chain::{self, Chain, Transaction};

use super::window;
use crate::{
    App, Refusal,
    metrics::{self, StoredChain},
};

/// The chain, with a page of checkpoints, newest first.
#[derive(Debug)]
pub struct Checkpoints {
    /// The chain and its contract.
    pub chain: Chain,
    /// The newest final checkpoint, and the entries after it.
    pub figures: StoredChain,
    /// The number of all checkpoints.
    pub total: u64,
    /// The transactions of the page.
    pub rows: Vec<Transaction>,
}

/// Lists the checkpoints; `None` if the platform runs without a chain.
pub async fn checkpoints(app: &App, page: u32) -> Result<Option<Checkpoints>, Refusal> {
    let Some(figures) = metrics::stored(app).await?.chain else {
        return Ok(None);
    };
    let mut read = app.store.read().await?;
    let Some(chain) = chain::find(&mut read).await? else {
        return Ok(None);
    };
    let rows = chain::checkpoints(&mut read, window(page)).await?;
    let total = chain::count(&mut read).await?;
    Ok(Some(Checkpoints {
        chain,
        figures,
        total,
        rows,
    }))
}
