//! The limits on one partner's use of the store.

use air_ids::PartnerId;

use super::{App, Refusal};
use air_store::{ReadTx, WriteTx, quotas};

/// The limits on a partner's stored data. [`Quotas::default`] is suitable for development and tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quotas {
    /// The number of bytes that a partner may store in objects, sealed credentials and unexpired
    /// packages. Beyond it, the platform refuses with
    /// [`InsufficientStorage`](crate::RefusalKind::InsufficientStorage) (over HTTP a 507).
    pub stored_bytes: u64,
    /// The number of callback records that a verifier may have open with all issuers, with the
    /// status changes that wait for its server. Beyond it, the platform refuses with
    /// [`Conflict`](crate::RefusalKind::Conflict) (over HTTP a 409), and a further status change is
    /// only an event. With one issuer the limit is 100.
    pub open_callbacks: u32,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            stored_bytes: 1 << 30,
            open_callbacks: 1_000,
        }
    }
}

/// The maximum number of open callback records of a verifier with one issuer.
const OPEN_CALLBACKS_OF_PAIR: u32 = 100;

/// Adds bytes to a partner's usage in this transaction. Fails if the quota is exceeded, and the
/// rollback also restores the usage.
pub(super) async fn charge(
    app: &App,
    tx: &mut WriteTx,
    partner_id: &PartnerId,
    bytes: u64,
) -> Result<(), Refusal> {
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
    issuer_id: &PartnerId,
    verifier_id: &PartnerId,
) -> Result<(), Refusal> {
    if has_open_callbacks(app, tx, verifier_id).await? {
        let limit = app.quotas.open_callbacks;
        return Err(Refusal::conflict(format!(
            "this verifier has {limit} open callback records, which is the limit; each released key and each delivered status change \
             closes one"
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

/// Checks whether a verifier has as many open callback records as it may have.
pub(super) async fn has_open_callbacks(
    app: &App,
    tx: &mut ReadTx,
    verifier_id: &PartnerId,
) -> sqlx::Result<bool> {
    let limit = app.quotas.open_callbacks;
    Ok(quotas::open_callbacks(tx, verifier_id, limit).await? >= u64::from(limit))
}
