//! dStorage: sealed documents of credentials.

use air_ids::{CoreClaimHash, PartnerId, StorageId, UnixTime};
use sqlx::FromRow;

use super::{ReadTx, WriteTx, sql};

/// A sealed document, without its bytes.
#[derive(Clone, Debug, FromRow)]
pub struct Object {
    /// The ID.
    pub storage_id: StorageId,
    /// The `coreClaimHash` of the credential that it belongs to.
    pub core_claim_hash: CoreClaimHash,
    /// The issuer.
    pub partner_id: PartnerId,
    /// The file name.
    pub name: String,
    /// The size in bytes.
    #[sqlx(try_from = "sql::Unsigned")]
    pub size: u64,
    /// The SHA-256 of the bytes, in hex.
    pub sha256: String,
}

/// Inserts a sealed document.
pub async fn insert(tx: &mut WriteTx, object: &Object, bytes: &[u8], now: UnixTime) -> sqlx::Result<()> {
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
    .bind(now)
    .execute(tx)
    .await
    .map(drop)
}

/// Finds a document.
pub async fn find(tx: &mut ReadTx, storage_id: &str) -> sqlx::Result<Option<Object>> {
    sql::query_as(
        "SELECT storage_id, core_claim_hash, partner_id, name, size, sha256 FROM objects WHERE storage_id = $1",
    )
    .bind(storage_id)
    .fetch_optional(tx)
    .await
}

/// Returns the bytes of a document. Fails with `RowNotFound` if there is no such document.
pub async fn bytes(tx: &mut ReadTx, storage_id: &str) -> sqlx::Result<Vec<u8>> {
    sql::query_scalar("SELECT bytes FROM objects WHERE storage_id = $1")
        .bind(storage_id)
        .fetch_one(tx)
        .await
}

/// Returns the documents of a credential.
pub async fn of_credential(tx: &mut ReadTx, core_claim_hash: &CoreClaimHash) -> sqlx::Result<Vec<Object>> {
    sql::query_as(
        "SELECT storage_id, core_claim_hash, partner_id, name, size, sha256 FROM objects
         WHERE core_claim_hash = $1 ORDER BY rowid",
    )
    .bind(core_claim_hash)
    .fetch_all(tx)
    .await
}
