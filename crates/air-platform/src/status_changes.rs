//! Verifiers learn that a credential which they accepted was revoked or has expired: by an event,
//! and by a callback if they subscribed.

use air_api::sandbox::{AcceptedStatus, CallbackSubscription};
use air_ids::{CoreClaimHash, UnixTime};

use super::{
    App, Refusal, callbacks,
    events::{self, EventKind},
    partner_auth::Authenticated,
    quotas,
};
use air_store::{WriteTx, callbacks::StatusChange, verifications};

/// Stores the events and the callbacks of a credential's new status, in the transaction that
/// changes it. A verifier whose quota of callback records is used up, because its server is down,
/// gets the event only.
pub(crate) async fn record(
    app: &App,
    tx: &mut WriteTx,
    core_claim_hash: &CoreClaimHash,
    status: AcceptedStatus,
    now: UnixTime,
) -> sqlx::Result<()> {
    for verification in verifications::accepted(tx, core_claim_hash).await? {
        let change = StatusChange {
            verification: &verification,
            status,
        };
        events::record(tx, &EventKind::AcceptedStatusChanged(change), now).await?;
        let verifier_id = &verification.partner_id;
        if verification.is_subscribed && !quotas::has_open_callbacks(app, tx, verifier_id).await? {
            callbacks::status_changed(tx, change, now).await?;
        }
    }
    Ok(())
}

/// `PUT /sandbox/v1/callbacks/subscription`.
pub async fn subscribe(
    app: &App,
    caller: &Authenticated,
    subscription: CallbackSubscription,
) -> Result<CallbackSubscription, Refusal> {
    let partner = &caller.partner;
    let mut tx = app.store.write().await?;
    let wants = subscription.credential_status_changes;
    if !air_store::callbacks::subscribe(&mut tx, &partner.partner_id, wants).await? {
        return Err(Refusal::not_found(
            "this partner has no callback URL yet; set one by POST /v1/issuer/modify",
        ));
    }
    let now = app.platform_clock.now();
    events::record(&mut tx, &EventKind::IssuerModified(partner), now).await?;
    app.commit(tx).await?;
    Ok(subscription)
}
