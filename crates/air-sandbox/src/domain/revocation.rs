//! Revocations: from the moment they count in the issuer's status list, and they are an entry of the ledger, as the credential is.

use air_ledger::merkle::{self, Hash};

use super::{
    Refusal, anchoring,
    events::{self, EventKind, Revocation},
    stored::stored,
};
use air_store::{ReadTx, WriteTx, credentials::Credential, ledger};

/// Stores the event of a revocation, and appends it to the ledger.
pub(crate) async fn tell(
    tx: &mut WriteTx,
    partner_id: &str,
    core_claim_hash: &str,
    because: Revocation,
    now: u64,
) -> sqlx::Result<()> {
    ledger::append(tx, &leaf(core_claim_hash, now)).await?;
    let event = EventKind::CredentialRevoked {
        partner_id,
        core_claim_hash,
        because,
    };
    events::tell(tx, &event, now).await
}

/// Whether the ledger has the credential in a block, and waits for one with its revocation of this time.
pub(crate) async fn is_under_way(tx: &mut ReadTx, credential: &Credential, at: u64) -> Result<bool, Refusal> {
    let entry = ledger::find(tx, &leaf(&credential.core_claim_hash, at)).await?;
    let is_waiting = entry.is_some_and(|entry| entry.block.is_none());
    Ok(is_waiting && anchoring::is_anchored(tx, &stored(&credential.core_claim_hash)?).await?)
}

/// A hash is hex and a time is digits: what is put together is JSON.
fn leaf(core_claim_hash: &str, at: u64) -> Hash {
    merkle::leaf_hash(format!(r#"{{"revoked":"{core_claim_hash}","at":{at}}}"#).as_bytes())
}
