//! Copies of credentials that their holders take to other wallets, by offers. A wallet may receive several copies under one offer.

use air_ids::{CoreClaimHash, UnixTime};
use sqlx::FromRow;

use super::{ReadTx, WriteTx, sql};

/// A copy under an offer.
#[derive(Clone, Debug, FromRow)]
pub struct WalletExport {
    /// The offer.
    pub offer_id: String,
    /// When it was offered.
    pub offered_at: UnixTime,
    /// The copy, after a wallet received it.
    pub copy_hash: Option<CoreClaimHash>,
    /// When the other wallet received it; `None` before.
    pub received_at: Option<UnixTime>,
}

/// Records an offer to another wallet.
pub async fn insert(
    tx: &mut WriteTx,
    offer_id: &str,
    core_claim_hash: &CoreClaimHash,
    now: UnixTime,
) -> sqlx::Result<()> {
    sql::query(
        "INSERT INTO wallet_exports (offer_id, number, core_claim_hash, offered_at) VALUES ($1, 0, $2, $3)",
    )
    .bind(offer_id)
    .bind(core_claim_hash)
    .bind(now)
    .execute(tx)
    .await
    .map(drop)
}

/// A copy that a wallet received.
#[derive(Clone, Copy, Debug)]
pub struct ReceivedCopy<'a> {
    /// The offer.
    pub offer_id: &'a str,
    /// The number of the copy among those of its offer, from 0.
    pub number: u64,
    /// The credential that is copied.
    pub core_claim_hash: &'a CoreClaimHash,
    /// The copy.
    pub copy_hash: &'a CoreClaimHash,
}

/// Records a copy that a wallet received.
pub async fn receive(tx: &mut WriteTx, copy: ReceivedCopy<'_>, now: UnixTime) -> sqlx::Result<()> {
    sql::query(
        "INSERT INTO wallet_exports (offer_id, number, core_claim_hash, offered_at, copy_hash, received_at)
         VALUES ($1, $2, $3, $4, $5, $4)
         ON CONFLICT (offer_id, number) DO UPDATE SET copy_hash = excluded.copy_hash, received_at = excluded.received_at",
    )
    .bind(copy.offer_id)
    .bind(copy.number)
    .bind(copy.core_claim_hash)
    .bind(now)
    .bind(copy.copy_hash)
    .execute(tx)
    .await
    .map(drop)
}

/// Returns the offered and received copies of a credential, newest first.
pub async fn list(
    tx: &mut ReadTx,
    core_claim_hash: &CoreClaimHash,
    limit: u64,
) -> sqlx::Result<Vec<WalletExport>> {
    sql::query_as(
        "SELECT offer_id, offered_at, copy_hash, received_at FROM wallet_exports WHERE core_claim_hash = $1
         ORDER BY offered_at DESC, offer_id, number LIMIT $2",
    )
    .bind(core_claim_hash)
    .bind(limit)
    .fetch_all(tx)
    .await
}

/// Counts the offers of copies of a credential.
pub async fn count(tx: &mut ReadTx, core_claim_hash: &CoreClaimHash) -> sqlx::Result<u64> {
    sql::query_number("SELECT COUNT(DISTINCT offer_id) FROM wallet_exports WHERE core_claim_hash = $1")
        .bind(core_claim_hash)
        .fetch_one(tx)
        .await
}

/// Ends the holder's offers of copies that no wallet redeemed. An offer of a sign-in stays: the user agreed to it, and its code ends soon.
pub async fn end_unused(tx: &mut WriteTx, core_claim_hash: &CoreClaimHash) -> sqlx::Result<()> {
    sql::query(
        "DELETE FROM credential_offers WHERE copied_from = $1 AND token_digest IS NULL AND needs_sign_in = FALSE",
    )
    .bind(core_claim_hash)
    .execute(tx)
    .await
    .map(drop)
}

/// Forgets the offers that led to no copy and can't any more at `now`: nobody redeemed them in time.
pub async fn forget_unused(
    tx: &mut WriteTx,
    core_claim_hash: &CoreClaimHash,
    now: UnixTime,
) -> sqlx::Result<()> {
    sql::query(
        "DELETE FROM wallet_exports WHERE core_claim_hash = $1 AND copy_hash IS NULL
             AND NOT EXISTS (SELECT 1 FROM credential_offers WHERE credential_offers.offer_id = wallet_exports.offer_id
                 AND (token_digest IS NOT NULL OR expires_at > $2))",
    )
    .bind(core_claim_hash)
    .bind(now)
    .execute(tx)
    .await
    .map(drop)
}

/// Revokes the copies of a credential, and returns those that were not revoked yet.
pub async fn revoke_copies(
    tx: &mut WriteTx,
    core_claim_hash: &CoreClaimHash,
    now: UnixTime,
) -> sqlx::Result<Vec<CoreClaimHash>> {
    sql::query_scalar(
        "UPDATE credentials SET revoked_at = $1 WHERE revoked_at IS NULL AND core_claim_hash IN (
             SELECT copy_hash FROM wallet_exports WHERE wallet_exports.core_claim_hash = $2) RETURNING core_claim_hash",
    )
    .bind(now)
    .bind(core_claim_hash)
    .fetch_all(tx)
    .await
}
