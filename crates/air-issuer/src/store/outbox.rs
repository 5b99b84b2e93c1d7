//! Uploads that dStorage has not confirmed.

use air_ids::UnixTime;
use sqlx::AssertSqlSafe;

use super::{Store, WriteTx, column, number, placeholders, time, time_column};

/// The number of uploads, and the time of issuance of the oldest. SQLite follows the order of a `CROSS JOIN`: it would
/// otherwise read all issuances, of which few are in the outbox.
pub(super) const BACKLOG: &str = "SELECT COUNT(*), MIN(issuances.issued_at) FROM outbox \
    CROSS JOIN issuances WHERE issuances.external_id = outbox.external_id";
/// The uploads after a place, in the order of issuance, joined as in [`BACKLOG`].
pub(super) const LIST: &str = "SELECT issuances.seq, outbox.external_id, attempts, next_at, last_error, issued_at \
    FROM outbox CROSS JOIN issuances WHERE issuances.external_id = outbox.external_id AND issuances.seq > $1 \
    ORDER BY issuances.seq LIMIT $2";

/// An upload that a process has taken, until its lease ends.
#[derive(Debug)]
pub(crate) struct Upload {
    pub(crate) external_id: String,
    pub(crate) body: Vec<u8>,
    /// The number of tries, with this one.
    pub(crate) attempts: u64,
    /// The end of the credential's validity.
    pub(crate) expires_at: UnixTime,
}

/// An unconfirmed upload in a list.
#[derive(Debug)]
pub(crate) struct OutboxRow {
    /// The place in the list.
    pub(crate) seq: u64,
    pub(crate) external_id: String,
    pub(crate) attempts: u64,
    pub(crate) next_at: UnixTime,
    /// A code.
    pub(crate) last_error: Option<String>,
    pub(crate) issued_at: UnixTime,
}

/// An upload to record.
#[derive(Debug)]
pub(crate) struct NewUpload<'a> {
    pub(crate) external_id: &'a str,
    pub(crate) body: &'a [u8],
    /// The time of the second try. The caller makes the first one.
    pub(crate) next_at: UnixTime,
}

/// Records uploads, whose first tries the callers make.
pub(crate) async fn insert_all(tx: &mut WriteTx, uploads: &[NewUpload<'_>]) -> sqlx::Result<()> {
    if uploads.is_empty() {
        return Ok(());
    }
    let rows = placeholders(uploads.len(), 4);
    let mut query = sqlx::query(AssertSqlSafe(format!(
        "INSERT INTO outbox (external_id, body, attempts, next_at) VALUES {rows}"
    )));
    for upload in uploads {
        query = query
            .bind(upload.external_id)
            .bind(upload.body)
            .bind(1_i64)
            .bind(time_column(upload.next_at));
    }
    query.execute(tx.connection()).await.map(drop)
}

/// Takes an upload, due or not, and counts the try. `None` if it was confirmed or abandoned.
pub(crate) async fn take(
    store: &Store,
    external_id: &str,
    lease_ends: UnixTime,
) -> sqlx::Result<Option<Upload>> {
    let mut tx = store.write().await?;
    let row: Option<(Vec<u8>, i64)> = sqlx::query_as(
        "UPDATE outbox SET attempts = attempts + 1, next_at = $1 WHERE external_id = $2 RETURNING body, attempts",
    )
    .bind(time_column(lease_ends))
    .bind(external_id)
    .fetch_optional(tx.connection())
    .await?;
    let Some((body, attempts)) = row else {
        return Ok(None);
    };
    let expires_at: i64 = sqlx::query_scalar("SELECT expires_at FROM issuances WHERE external_id = $1")
        .bind(external_id)
        .fetch_one(tx.connection())
        .await?;
    tx.commit().await?;
    Ok(Some(Upload {
        external_id: external_id.to_owned(),
        body,
        attempts: number(attempts),
        expires_at: time(expires_at),
    }))
}

/// Reserves the uploads that are due, at most `limit`, until their lease ends. Other instances
/// leave them out.
pub(crate) async fn reserve_due(
    store: &Store,
    now: UnixTime,
    lease_ends: UnixTime,
    limit: u32,
) -> sqlx::Result<Vec<String>> {
    let mut tx = store.write().await?;
    let lock = tx.skip_locked();
    let due: Vec<String> = sqlx::query_scalar(AssertSqlSafe(format!(
        "SELECT external_id FROM outbox WHERE next_at <= $1 ORDER BY next_at LIMIT $2{lock}"
    )))
    .bind(time_column(now))
    .bind(i64::from(limit))
    .fetch_all(tx.connection())
    .await?;
    for external_id in &due {
        sqlx::query("UPDATE outbox SET next_at = $1 WHERE external_id = $2")
            .bind(time_column(lease_ends))
            .bind(external_id.as_str())
            .execute(tx.connection())
            .await?;
    }
    tx.commit().await?;
    Ok(due)
}

/// Sets the time of the next try.
pub(crate) async fn postpone(
    tx: &mut WriteTx,
    external_id: &str,
    next_at: UnixTime,
    error: &str,
) -> sqlx::Result<()> {
    sqlx::query("UPDATE outbox SET next_at = $1, last_error = $2 WHERE external_id = $3")
        .bind(time_column(next_at))
        .bind(error)
        .bind(external_id)
        .execute(tx.connection())
        .await
        .map(drop)
}

pub(crate) async fn delete(tx: &mut WriteTx, external_id: &str) -> sqlx::Result<()> {
    delete_all(tx, &[external_id]).await
}

pub(crate) async fn delete_all(tx: &mut WriteTx, external_ids: &[&str]) -> sqlx::Result<()> {
    if external_ids.is_empty() {
        return Ok(());
    }
    let ids = placeholders(1, external_ids.len());
    let mut query = sqlx::query(AssertSqlSafe(format!(
        "DELETE FROM outbox WHERE external_id IN {ids}"
    )));
    for external_id in external_ids {
        query = query.bind(*external_id);
    }
    query.execute(tx.connection()).await.map(drop)
}

/// The number of unconfirmed uploads, and the time of issuance of the oldest.
pub(crate) async fn backlog(store: &Store) -> sqlx::Result<(u64, Option<UnixTime>)> {
    let (count, oldest): (i64, Option<i64>) = sqlx::query_as(BACKLOG).fetch_one(store.reader()).await?;
    Ok((number(count), oldest.map(time)))
}

/// The uploads after a place in the list, oldest first.
pub(crate) async fn list(store: &Store, after: u64, limit: u64) -> sqlx::Result<Vec<OutboxRow>> {
    type Row = (i64, String, i64, i64, Option<String>, i64);
    let rows: Vec<Row> = sqlx::query_as(LIST)
        .bind(column(after))
        .bind(column(limit))
        .fetch_all(store.reader())
        .await?;
    let rows =
        rows.into_iter().map(
            |(seq, external_id, attempts, next_at, last_error, issued_at)| OutboxRow {
                seq: number(seq),
                external_id,
                attempts: number(attempts),
                next_at: time(next_at),
                last_error,
                issued_at: time(issued_at),
            },
        );
    Ok(rows.collect())
}
