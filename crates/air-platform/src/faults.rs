//! Faults that are injected on demand, for tests of clients.

mod current;

use air_api::sandbox::Faults;

pub use self::current::{CurrentFaults, FaultsError, TokenFault};
use super::{
    App, Refusal, anchoring,
    events::{self, EventKind},
};

/// `PUT /sandbox/v1/faults`: replaces all faults, or none on failure. A reorganisation takes place
/// immediately, and only once.
pub async fn set(app: &App, faults: Faults) -> Result<Faults, Refusal> {
    let blocks = faults.reorganise_blocks;
    let before = app.faults.all();
    // The faults apply first, so that a stuck chain does not anchor the removed entries again.
    app.faults
        .set(faults)
        .map_err(|error| Refusal::bad_request(error.to_string()))?;
    app.faults.forget_reorganisation();
    if let Err(refusal) = anchoring::take_back(app, blocks).await {
        // These faults were set before, so setting them succeeds.
        let _ = app.faults.set(before);
        return Err(refusal);
    }
    let set = app.faults.all();
    let mut tx = app.store.write().await?;
    events::record(&mut tx, &EventKind::FaultsChanged(&set), app.platform_clock.now()).await?;
    app.commit(tx).await?;
    Ok(set)
}
