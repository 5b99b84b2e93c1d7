//! The keys that holders' credentials are sealed to.

use sqlx::FromRow;

use super::{Change, sql, to_db};

#[derive(Clone, FromRow)]
pub(crate) struct HolderKey {
    pub(crate) public_key: String,
    pub(crate) custodial_key: Option<Vec<u8>>,
}

pub(crate) async fn find(change: &mut Change, user_uuid: &str) -> sqlx::Result<Option<HolderKey>> {
    sql::query_as("SELECT public_key, custodial_key FROM holder_keys WHERE user_uuid = $1")
        .bind(user_uuid)
        .fetch_optional(change)
        .await
}

/// The user's key, in place of what there was.
pub(crate) async fn set(change: &mut Change, user_uuid: &str, key: &HolderKey, now: u64) -> sqlx::Result<()> {
    sql::query(
        "INSERT INTO holder_keys (user_uuid, public_key, custodial_key, changed_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (user_uuid) DO UPDATE SET public_key = excluded.public_key,
             custodial_key = excluded.custodial_key, changed_at = excluded.changed_at",
    )
    .bind(user_uuid)
    .bind(&key.public_key)
    .bind(key.custodial_key.as_deref())
    .bind(to_db(now))
    .execute(change)
    .await
    .map(drop)
}
