//! Setting what goes wrong on demand.

use air_api::sandbox::Faults;

use super::{
    App, Refusal, anchoring,
    events::{self, EventKind},
};

/// `PUT /sandbox/v1/faults`: all of them or none. Blocks are taken back at once, and only once.
pub(crate) async fn set(app: &App, faults: Faults) -> Result<Faults, Refusal> {
    let blocks = faults.reorganise_blocks;
    let before = app.faults.all();
    // First, so that on a chain that is to stand still nothing that was taken back is anchored again.
    app.faults.set(faults).map_err(Refusal::bad_request)?;
    app.faults.forget_reorganisation();
    if let Err(refusal) = anchoring::take_back(app, blocks).await {
        // They were set before, so they can be.
        let _ = app.faults.set(before);
        return Err(refusal);
    }
    let set = app.faults.all();
    let mut tx = app.store.write().await?;
    events::tell(&mut tx, &EventKind::FaultsChanged(&set), app.platform_clock.now()).await?;
    app.commit(tx).await?;
    Ok(set)
}
