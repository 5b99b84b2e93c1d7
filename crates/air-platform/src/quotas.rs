//! Enforces partners' quotas.

use super::{App, Refusal};
use air_store::{ReadTx, WriteTx, quotas};

/// The maximum number of open callback records of a verifier with one issuer.
const OPEN_CALLBACKS_OF_PAIR: u32 = 100;

/// Adds bytes to a partner's usage in this transaction. Fails if the quota is exceeded, and the rollback also restores the usage.
pub(super) async fn charge(app: &App, tx: &mut WriteTx, partner_id: &str, bytes: u64) -> Result<(), Refusal> {
    let limit = app.quotas.stored_bytes;
    let total = quotas::add_bytes(tx, partner_id, bytes).await?;
    if total > limit {
        return Err(Refusal::insufficient_storage(format!(
            "this partner may store {limit} bytes and has {} left; ask the platform's operator for a larger quota",
            limit.saturating_sub(total.saturating_sub(bytes)),
        )));
    }
    Ok(())
}

/// Fails if a verifier can't open another callback record with an issuer.
pub(super) async fn check_open_callbacks(
    app: &App,
    tx: &mut ReadTx,
    issuer_id: &str,
    verifier_id: &str,
) -> Result<(), Refusal> {
    let limit = app.quotas.open_callbacks;
    if quotas::open_callbacks(tx, verifier_id, limit).await? >= u64::from(limit) {
        return Err(Refusal::conflict(format!(
            "this verifier has {limit} open callback records, which is the limit; each released key closes one"
        )));
    }
    let of_pair = OPEN_CALLBACKS_OF_PAIR;
    let open = quotas::open_callbacks_with(tx, issuer_id, verifier_id, of_pair).await?;
    if open >= u64::from(of_pair) {
        return Err(Refusal::conflict(format!(
            "this verifier has {of_pair} open callback records with this issuer, which is the limit; each released key closes one"
        )));
    }
    Ok(())
}
