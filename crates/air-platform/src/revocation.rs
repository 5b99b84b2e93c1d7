//! Revocations. A revocation takes effect immediately in the issuer's status list, and is an entry of the ledger like the credential.

use air_api::sandbox::AcceptedStatus;
use air_ids::{CoreClaimHash, PartnerId, UnixTime};
use air_ledger::merkle::{self, Hash};

use super::{
    App, Refusal, anchoring,
    events::{self, EventKind, Revocation},
    status_changes,
};
use air_store::{ReadTx, WriteTx, credential_offers, credentials::Credential, ledger};

/// Stores the event of a revocation, appends the revocation to the ledger, and tells the verifiers that accepted the credential. A wallet
/// that received it can't get another one: its refresh tokens end, and its access token receives no credentials any more.
pub(crate) async fn record(
    app: &App,
    tx: &mut WriteTx,
    partner_id: &PartnerId,
    core_claim_hash: &CoreClaimHash,
    because: Revocation,
    now: UnixTime,
) -> sqlx::Result<()> {
    ledger::append(tx, &leaf(core_claim_hash, now)).await?;
    credential_offers::end_refresh_tokens_of(tx, core_claim_hash).await?;
    let event = EventKind::CredentialRevoked {
        partner_id,
        core_claim_hash,
        because,
    };
    events::record(tx, &event, now).await?;
    status_changes::record(app, tx, core_claim_hash, AcceptedStatus::Revoked, now).await
}

/// Checks whether the credential is anchored and its revocation at this time is pending.
pub(crate) async fn is_under_way(
    app: &App,
    tx: &mut ReadTx,
    credential: &Credential,
    at: UnixTime,
) -> Result<bool, Refusal> {
    let entry = ledger::find(tx, &leaf(&credential.core_claim_hash, at)).await?;
    let is_waiting = entry.is_some_and(|entry| entry.block.is_none());
    Ok(is_waiting && anchoring::is_anchored(app, tx, &credential.core_claim_hash).await?)
}

/// Returns the leaf of a revocation. The hash is hexadecimal and the time is decimal, so the text is valid JSON.
fn leaf(core_claim_hash: &CoreClaimHash, at: UnixTime) -> Hash {
    let at = at.as_secs();
    merkle::leaf_hash(format!(r#"{{"revoked":"{core_claim_hash}","at":{at}}}"#).as_bytes())
}
