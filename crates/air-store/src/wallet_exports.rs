//! Copies of credentials that their holders take to other wallets, each by an offer.

use air_ids::{CoreClaimHash, UnixTime};
use sqlx::FromRow;

use super::{ReadTx, WriteTx, sql};

/// An offer of a copy.
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
    sql::query("INSERT INTO wallet_exports (offer_id, core_claim_hash, offered_at) VALUES ($1, $2, $3)")
        .bind(offer_id)
        .bind(core_claim_hash)
        .bind(now)
        .execute(tx)
        .await
        .map(drop)
}

/// Records the copy that a wallet received.
pub async fn receive(
    tx: &mut WriteTx,
    offer_id: &str,
    copy_hash: &CoreClaimHash,
    now: UnixTime,
) -> sqlx::Result<()> {
    sql::query("UPDATE wallet_exports SET copy_hash = $1, received_at = $2 WHERE offer_id = $3")
        .bind(copy_hash)
        .bind(now)
        .bind(offer_id)
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
         ORDER BY offered_at DESC, offer_id LIMIT $2",
    )
    .bind(core_claim_hash)
    .bind(limit)
    .fetch_all(tx)
    .await
}

/// Counts the copies of a credential.
pub async fn count(tx: &mut ReadTx, core_claim_hash: &CoreClaimHash) -> sqlx::Result<u64> {
    sql::query_number("SELECT COUNT(*) FROM wallet_exports WHERE core_claim_hash = $1")
        .bind(core_claim_hash)
        .fetch_one(tx)
        .await
}

/// Ends the offers of copies that no wallet redeemed, and forgets those that led to no copy: they can't any more.
pub async fn end_unused(tx: &mut WriteTx, core_claim_hash: &CoreClaimHash) -> sqlx::Result<()> {
    sql::query("DELETE FROM credential_offers WHERE copied_from = $1 AND token_digest IS NULL")
        .bind(core_claim_hash)
        .execute(tx)
        .await?;
    sql::query(
        "DELETE FROM wallet_exports WHERE core_claim_hash = $1 AND copy_hash IS NULL
             AND NOT EXISTS (SELECT 1 FROM credential_offers WHERE credential_offers.offer_id = wallet_exports.offer_id)",
    )
    .bind(core_claim_hash)
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
