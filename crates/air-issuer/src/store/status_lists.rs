//! Status lists: the taken indices, the statuses, and the newest signed token.

use air_ids::UnixTime;
use sqlx::AssertSqlSafe;

use super::{Store, WriteTx, column, number, time, time_column};

/// The newest list, in which indices are taken.
#[derive(Debug)]
pub(crate) struct OpenList {
    pub(crate) number: u64,
    pub(crate) allocated: Vec<u8>,
    /// The next index, if indices are sequential.
    pub(crate) next: Option<u64>,
}

/// A signed token.
#[derive(Clone, Debug)]
pub(crate) struct Signed {
    pub(crate) token: String,
    pub(crate) signed_at: UnixTime,
    /// The header's `kid`. An earlier version did not record it.
    pub(crate) kid: Option<String>,
}

/// A list's newest signature, if it shows the newest statuses.
#[derive(Debug)]
pub(crate) struct Publication {
    pub(crate) signed: Option<Signed>,
}

/// A list, for the operator.
#[derive(Debug)]
pub(crate) struct ListRow {
    pub(crate) number: u64,
    /// The taken indices.
    pub(crate) allocated: Vec<u8>,
    /// Counts the changes of the statuses.
    pub(crate) version: u64,
    /// The version that the newest signature shows.
    pub(crate) signed_version: Option<u64>,
    pub(crate) signed_at: Option<UnixTime>,
    /// The header's `kid`.
    pub(crate) signed_kid: Option<String>,
}

/// Finds the newest list. The caller has the lock of the lists.
pub(crate) async fn find_open(tx: &mut WriteTx) -> sqlx::Result<Option<OpenList>> {
    let row: Option<(i64, Vec<u8>, Option<i64>)> =
        sqlx::query_as("SELECT number, allocated, next_index FROM status_lists ORDER BY number DESC LIMIT 1")
            .fetch_optional(tx.connection())
            .await?;
    Ok(row.map(|(list, allocated, next)| OpenList {
        number: number(list),
        allocated,
        next: next.map(number),
    }))
}

/// The taken indices of a list, and the next index if they are sequential. The caller has the lock of the lists.
#[cfg(feature = "postgres")]
pub(crate) async fn find_allocated(
    tx: &mut WriteTx,
    list: u64,
) -> sqlx::Result<Option<(Vec<u8>, Option<u64>)>> {
    let row: Option<(Vec<u8>, Option<i64>)> =
        sqlx::query_as("SELECT allocated, next_index FROM status_lists WHERE number = $1")
            .bind(column(list))
            .fetch_optional(tx.connection())
            .await?;
    Ok(row.map(|(allocated, next)| (allocated, next.map(number))))
}

pub(crate) async fn insert(
    tx: &mut WriteTx,
    list: u64,
    allocated: &[u8],
    statuses: &[u8],
) -> sqlx::Result<()> {
    sqlx::query("INSERT INTO status_lists (number, allocated, statuses, version) VALUES ($1, $2, $3, 1)")
        .bind(column(list))
        .bind(allocated)
        .bind(statuses)
        .execute(tx.connection())
        .await
        .map(drop)
}

/// Deletes all lists. No credential refers to one.
pub(crate) async fn delete_all(tx: &mut WriteTx) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM status_lists")
        .execute(tx.connection())
        .await
        .map(drop)
}

pub(crate) async fn set_allocated(tx: &mut WriteTx, list: u64, allocated: &[u8]) -> sqlx::Result<()> {
    sqlx::query("UPDATE status_lists SET allocated = $1 WHERE number = $2")
        .bind(allocated)
        .bind(column(list))
        .execute(tx.connection())
        .await
        .map(drop)
}

/// Makes the indices of a list sequential, from `next` on.
pub(crate) async fn set_next(tx: &mut WriteTx, list: u64, next: u64) -> sqlx::Result<()> {
    sqlx::query("UPDATE status_lists SET next_index = $1 WHERE number = $2")
        .bind(column(next))
        .bind(column(list))
        .execute(tx.connection())
        .await
        .map(drop)
}

/// The statuses of a list, whose row is locked.
pub(crate) async fn lock_statuses(tx: &mut WriteTx, list: u64) -> sqlx::Result<Option<Vec<u8>>> {
    let lock = tx.for_update();
    sqlx::query_scalar(AssertSqlSafe(format!(
        "SELECT statuses FROM status_lists WHERE number = $1{lock}"
    )))
    .bind(column(list))
    .fetch_optional(tx.connection())
    .await
}

/// Changes the statuses. The list has to be signed again.
pub(crate) async fn set_statuses(tx: &mut WriteTx, list: u64, statuses: &[u8]) -> sqlx::Result<()> {
    sqlx::query("UPDATE status_lists SET statuses = $1, version = version + 1 WHERE number = $2")
        .bind(statuses)
        .bind(column(list))
        .execute(tx.connection())
        .await
        .map(drop)
}

/// `None` for a list that does not exist.
pub(crate) async fn find_publication(store: &Store, list: u64) -> sqlx::Result<Option<Publication>> {
    type Row = (i64, Option<String>, Option<i64>, Option<i64>, Option<String>);
    let row: Option<Row> = sqlx::query_as(
        "SELECT version, signed, signed_version, signed_at, signed_kid FROM status_lists WHERE number = $1",
    )
    .bind(column(list))
    .fetch_optional(store.reader())
    .await?;
    Ok(
        row.map(|(version, token, signed_version, signed_at, kid)| Publication {
            signed: token
                .zip(signed_at)
                .filter(|_| signed_version == Some(version))
                .map(|(token, signed_at)| Signed {
                    token,
                    signed_at: time(signed_at),
                    kid,
                }),
        }),
    )
}

/// The version and the statuses of a list, to sign.
pub(crate) async fn find_statuses(store: &Store, list: u64) -> sqlx::Result<Option<(u64, Vec<u8>)>> {
    let row: Option<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT version, statuses FROM status_lists WHERE number = $1")
            .bind(column(list))
            .fetch_optional(store.reader())
            .await?;
    Ok(row.map(|(version, statuses)| (number(version), statuses)))
}

/// Stores a signed list, unless a newer version is stored.
pub(crate) async fn set_signed(store: &Store, list: u64, version: u64, signed: &Signed) -> sqlx::Result<()> {
    let mut tx = store.write().await?;
    sqlx::query(
        "UPDATE status_lists SET signed = $1, signed_version = $2, signed_at = $3, signed_kid = $4 \
         WHERE number = $5 AND (signed_version IS NULL OR signed_version <= $2)",
    )
    .bind(signed.token.as_str())
    .bind(column(version))
    .bind(time_column(signed.signed_at))
    .bind(signed.kid.clone())
    .bind(column(list))
    .execute(tx.connection())
    .await?;
    tx.commit().await
}

/// The numbers of all lists.
pub(crate) async fn numbers(store: &Store) -> sqlx::Result<Vec<u64>> {
    let rows: Vec<i64> = sqlx::query_scalar("SELECT number FROM status_lists ORDER BY number")
        .fetch_all(store.reader())
        .await?;
    Ok(rows.into_iter().map(number).collect())
}

/// The number of lists that have to be signed, and the time of the oldest signature.
pub(crate) async fn signatures(store: &Store) -> sqlx::Result<(u64, Option<UnixTime>)> {
    let (count, oldest): (i64, Option<i64>) = sqlx::query_as(
        "SELECT COUNT(*) - COUNT(CASE WHEN signed_version = version THEN 1 END), MIN(signed_at) FROM status_lists",
    )
    .fetch_one(store.reader())
    .await?;
    Ok((number(count), oldest.map(time)))
}

/// A page of the lists, newest first, and the number of all.
pub(crate) async fn list(store: &Store, page: u64, limit: u64) -> sqlx::Result<(Vec<ListRow>, u64)> {
    type Row = (i64, Vec<u8>, i64, Option<i64>, Option<i64>, Option<String>);
    let total: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM status_lists")
        .fetch_one(store.reader())
        .await?;
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT number, allocated, version, signed_version, signed_at, signed_kid FROM status_lists \
         ORDER BY number DESC LIMIT $1 OFFSET $2",
    )
    .bind(column(limit))
    .bind(column(page.saturating_sub(1).saturating_mul(limit)))
    .fetch_all(store.reader())
    .await?;
    let rows = rows.into_iter().map(
        |(list, allocated, version, signed_version, signed_at, signed_kid)| ListRow {
            number: number(list),
            allocated,
            version: number(version),
            signed_version: signed_version.map(number),
            signed_at: signed_at.map(time),
            signed_kid,
        },
    );
    Ok((rows.collect(), number(total)))
}
