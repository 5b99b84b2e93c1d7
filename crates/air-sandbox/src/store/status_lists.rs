//! Status lists: which entries are taken, and by which credential.

use sqlx::FromRow;

use super::{Change, to_db};

#[derive(Clone, Copy, Debug, FromRow)]
pub(crate) struct List {
    pub(crate) list_id: i64,
    pub(crate) number: i64,
    pub(crate) size: i64,
}

/// The issuer's open list, for one entry more.
pub(crate) async fn take_one(change: &mut Change, partner_id: &str) -> sqlx::Result<Option<List>> {
    sqlx::query_as(
        "UPDATE status_lists SET taken = taken + 1 WHERE partner_id = ? AND taken * 2 < size
         RETURNING list_id, number, size",
    )
    .bind(partner_id)
    .fetch_optional(&mut **change)
    .await
}

/// Opens the issuer's next list.
pub(crate) async fn open_next(change: &mut Change, partner_id: &str, size: u64) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO status_lists (partner_id, number, size, taken)
         SELECT ?, 1 + coalesce(max(number), 0), ?, 0 FROM status_lists WHERE partner_id = ?",
    )
    .bind(partner_id)
    .bind(to_db(size))
    .bind(partner_id)
    .execute(&mut **change)
    .await
    .map(drop)
}

/// Takes an entry; false when it was taken.
pub(crate) async fn take_entry(
    change: &mut Change,
    list: List,
    entry: i64,
    vc_id: &str,
) -> sqlx::Result<bool> {
    let done = sqlx::query("INSERT OR IGNORE INTO status_entries VALUES (?, ?, ?)")
        .bind(list.list_id)
        .bind(entry)
        .bind(vc_id)
        .execute(&mut **change)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// One of an issuer's lists.
pub(crate) async fn find(change: &mut Change, partner_id: &str, number: i64) -> sqlx::Result<Option<List>> {
    sqlx::query_as("SELECT list_id, number, size FROM status_lists WHERE partner_id = ? AND number = ?")
        .bind(partner_id)
        .bind(number)
        .fetch_optional(&mut **change)
        .await
}

/// The entries whose credentials were revoked.
pub(crate) async fn revoked(change: &mut Change, list: List) -> sqlx::Result<Vec<i64>> {
    sqlx::query_scalar(
        "SELECT entry FROM status_entries JOIN credentials USING (vc_id)
         WHERE list_id = ? AND revoked_at IS NOT NULL",
    )
    .bind(list.list_id)
    .fetch_all(&mut **change)
    .await
}
