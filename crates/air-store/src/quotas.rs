//! Each partner's usage of the store.

use air_ids::PartnerId;

use super::{ReadTx, WriteTx, sql};

/// Adds to the number of bytes that a partner stores. Returns the new total.
pub async fn add_bytes(tx: &mut WriteTx, partner_id: &PartnerId, bytes: u64) -> sqlx::Result<u64> {
    sql::query_number(
        "INSERT INTO stored_bytes (partner_id, total) VALUES ($1, $2)
         ON CONFLICT (partner_id) DO UPDATE SET total = stored_bytes.total + excluded.total RETURNING total",
    )
    .bind(partner_id)
    .bind(bytes)
    .fetch_one(tx)
    .await
}

/// Counts the open callback records of a verifier, and the status changes that wait for it, up to a limit.
pub async fn open_callbacks(tx: &mut ReadTx, verifier_id: &PartnerId, limit: u32) -> sqlx::Result<u64> {
    // A verifier is the recipient of its status changes, in the column of the issuer.
    sql::query_number(
        "SELECT COUNT(*) FROM (
             SELECT 1 FROM callbacks WHERE verifier_id = $1 AND status = -1
             UNION ALL
             SELECT 1 FROM callbacks WHERE issuer_id = $1 AND status = 0 AND event = 'credential.status_changed'
             LIMIT $2) AS counted",
    )
    .bind(verifier_id)
    .bind(limit)
    .fetch_one(tx)
    .await
}

/// Counts the open callback records of a verifier with one issuer, up to a limit.
pub async fn open_callbacks_with(
    tx: &mut ReadTx,
    issuer_id: &PartnerId,
    verifier_id: &PartnerId,
    limit: u32,
) -> sqlx::Result<u64> {
    sql::query_number(
        "SELECT COUNT(*) FROM (SELECT 1 FROM callbacks
             WHERE issuer_id = $1 AND verifier_id = $2 AND status = -1 LIMIT $3) AS counted",
    )
    .bind(issuer_id)
    .bind(verifier_id)
    .bind(limit)
    .fetch_one(tx)
    .await
}
