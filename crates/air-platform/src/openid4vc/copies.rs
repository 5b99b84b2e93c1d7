//! Offers that copy a credential for another wallet of its holder.

use air_ids::UnixTime;

use crate::Refusal;
use air_store::{
    ReadTx,
    credential_offers::Offer,
    credentials::{self, Credential},
};

/// Finds the credential that an offer copies. A copy of a credential that is no longer valid is refused.
pub(super) async fn source(
    tx: &mut ReadTx,
    offer: &Offer,
    now: UnixTime,
) -> Result<Option<Credential>, Refusal> {
    let Some(hash) = &offer.copied_from else {
        return Ok(None);
    };
    let found = credentials::find(tx, hash).await?;
    let is_valid =
        |source: &Credential| source.revoked_at.is_none() && source.expires_at.is_none_or(|at| at > now);
    found.filter(is_valid).map(Some).ok_or_else(|| {
        Refusal::forbidden(
            "the credential that this offer copies is revoked or has expired; there can be no copy of it",
        )
    })
}
