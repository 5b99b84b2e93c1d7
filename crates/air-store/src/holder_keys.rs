//! The keys to which holders' credentials are sealed.

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
