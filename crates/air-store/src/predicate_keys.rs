//! The keys of issuers that sign credentials for predicate proofs.

use air_ids::{PartnerId, UnixTime};
use sqlx::FromRow;

use super::{ReadTx, WriteTx, sql};

/// A key with its secret.
#[derive(Clone, PartialEq, Eq, FromRow)]
pub struct PredicateKey {
    /// The secret scalar: 32 bytes.
    pub secret: Vec<u8>,
    /// The public key, as a Multikey.
    pub public_key: String,
}

/// Finds the key of a partner.
pub async fn find(tx: &mut ReadTx, partner_id: &PartnerId) -> sqlx::Result<Option<PredicateKey>> {
    sql::query_as("SELECT secret, public_key FROM predicate_keys WHERE partner_id = $1")
        .bind(partner_id)
        .fetch_optional(tx)
        .await
}

/// Stores the key of a partner, unless there is one.
pub async fn insert_if_missing(
    tx: &mut WriteTx,
    partner_id: &PartnerId,
    key: &PredicateKey,
    now: UnixTime,
) -> sqlx::Result<()> {
    sql::query(
        "INSERT INTO predicate_keys (partner_id, secret, public_key, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (partner_id) DO NOTHING",
    )
    .bind(partner_id)
    .bind(key.secret.as_slice())
    .bind(&key.public_key)
    .bind(now)
    .execute(tx)
    .await
    .map(drop)
}
