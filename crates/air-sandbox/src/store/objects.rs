//! dStorage: sealed documents beside a credential.

use sqlx::FromRow;

use super::{Change, sql, to_db};

#[derive(Clone, Debug, FromRow)]
pub(crate) struct Object {
    pub(crate) storage_id: String,
    pub(crate) core_claim_hash: String,
    pub(crate) partner_id: String,
    pub(crate) name: String,
    pub(crate) size: i64,
    pub(crate) sha256: String,
}

pub(crate) async fn insert(change: &mut Change, object: &Object, bytes: &[u8], now: u64) -> sqlx::Result<()> {
    sql::query(
        "INSERT INTO objects (storage_id, core_claim_hash, partner_id, name, size, sha256, bytes, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&object.storage_id)
    .bind(&object.core_claim_hash)
    .bind(&object.partner_id)
    .bind(&object.name)
    .bind(object.size)
    .bind(&object.sha256)
    .bind(bytes)
    .bind(to_db(now))
    .execute(change)
    .await
    .map(drop)
}

pub(crate) async fn find(change: &mut Change, storage_id: &str) -> sqlx::Result<Option<Object>> {
    sql::query_as(
        "SELECT storage_id, core_claim_hash, partner_id, name, size, sha256 FROM objects WHERE storage_id = $1",
    )
    .bind(storage_id)
    .fetch_optional(change)
    .await
}

pub(crate) async fn bytes(change: &mut Change, storage_id: &str) -> sqlx::Result<Vec<u8>> {
    sql::query_scalar("SELECT bytes FROM objects WHERE storage_id = $1")
        .bind(storage_id)
        .fetch_one(change)
        .await
}

pub(crate) async fn of_credential(change: &mut Change, core_claim_hash: &str) -> sqlx::Result<Vec<Object>> {
    sql::query_as(
        "SELECT storage_id, core_claim_hash, partner_id, name, size, sha256 FROM objects
         WHERE core_claim_hash = $1 ORDER BY rowid",
    )
    .bind(core_claim_hash)
    .fetch_all(change)
    .await
}
