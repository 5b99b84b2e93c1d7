//! The refresh tokens of an offer: each is the successor of another, and all end together.

use std::time::Duration;

use air_ids::UnixTime;

use super::{digest, secrets};
use air_store::{WriteTx, credential_offers, refresh_tokens};

/// The lifetime of all refresh tokens of an offer, from the first one on. The offer is kept for longer.
const FAMILY_LIFETIME: Duration = Duration::from_hours(24);

/// Creates the first refresh token of an offer, if the access token is bound to a key.
pub(super) async fn begin(
    tx: &mut WriteTx,
    offer_id: &str,
    jkt: Option<&str>,
    now: UnixTime,
) -> sqlx::Result<Option<String>> {
    if jkt.is_none() {
        return Ok(None);
    }
    let ends = now.saturating_add(FAMILY_LIFETIME);
    next(tx, offer_id, ends).await.map(Some)
}

/// Creates the successor of a refresh token.
pub(super) async fn next(tx: &mut WriteTx, offer_id: &str, expires_at: UnixTime) -> sqlx::Result<String> {
    let token = secrets::reference();
    refresh_tokens::insert(tx, &digest(&token), offer_id, expires_at).await?;
    Ok(token)
}

/// Ends the access token and all refresh tokens of an offer.
pub(super) async fn revoke(tx: &mut WriteTx, offer_id: &str, now: UnixTime) -> sqlx::Result<()> {
    refresh_tokens::end_family(tx, offer_id).await?;
    credential_offers::end_token(tx, offer_id, now).await
}
