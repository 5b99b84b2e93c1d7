//! The keys to which holders' credentials are sealed, and those that they are bound to.

use air_ids::{PartnerId, UnixTime, UserUuid};
use sqlx::FromRow;

use super::{ReadTx, WriteTx, sql};

/// A key to which a partner seals credentials.
#[derive(Clone, FromRow)]
pub struct HolderKey {
    /// The public key in hex.
    pub public_key: String,
    /// The private key as PKCS#8 in DER, while the platform keeps it; `None` for the wallet's own key.
    pub custodial_key: Option<Vec<u8>>,
}

/// The owner of a key: a user, and the partner that seals to the key.
#[derive(Clone, Copy)]
pub struct Owner<'a> {
    /// The user.
    pub user_uuid: &'a UserUuid,
    /// The partner that seals to the key.
    pub partner_id: &'a PartnerId,
}

/// Finds the owner's key.
pub async fn find(tx: &mut ReadTx, owner: Owner<'_>) -> sqlx::Result<Option<HolderKey>> {
    sql::query_as(
        "SELECT public_key, custodial_key FROM holder_keys WHERE user_uuid = $1 AND partner_id = $2",
    )
    .bind(owner.user_uuid)
    .bind(owner.partner_id)
    .fetch_optional(tx)
    .await
}

/// Stores the key and replaces an earlier one.
pub async fn set(tx: &mut WriteTx, owner: Owner<'_>, key: &HolderKey, now: UnixTime) -> sqlx::Result<()> {
    sql::query(
        "INSERT INTO holder_keys (user_uuid, partner_id, public_key, custodial_key, changed_at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (user_uuid, partner_id) DO UPDATE SET public_key = excluded.public_key,
             custodial_key = excluded.custodial_key, changed_at = excluded.changed_at",
    )
    .bind(owner.user_uuid)
    .bind(owner.partner_id)
    .bind(&key.public_key)
    .bind(key.custodial_key.as_deref())
    .bind(now)
    .execute(tx)
    .await
    .map(drop)
}

/// Returns the private key that a user's credentials of an issuer are bound to: PKCS#8 DER.
pub async fn find_signing_key(tx: &mut ReadTx, owner: Owner<'_>) -> sqlx::Result<Option<Vec<u8>>> {
    sql::query_scalar("SELECT private_key FROM holder_signing_keys WHERE user_uuid = $1 AND partner_id = $2")
        .bind(owner.user_uuid)
        .bind(owner.partner_id)
        .fetch_optional(tx)
        .await
}

/// Stores a user's first private key for an issuer.
pub async fn insert_signing_key(
    tx: &mut WriteTx,
    owner: Owner<'_>,
    private_key: &[u8],
    now: UnixTime,
) -> sqlx::Result<()> {
    sql::query(
        "INSERT INTO holder_signing_keys (user_uuid, partner_id, private_key, created_at) VALUES ($1, $2, $3, $4)",
    )
    .bind(owner.user_uuid)
    .bind(owner.partner_id)
    .bind(private_key)
    .bind(now)
    .execute(tx)
    .await
    .map(drop)
}
