//! Reading the log in the order of its chains: for a copy that is kept elsewhere, and for events.

use super::list::{Recorded, Row, recorded};
use crate::store::{Store, WriteTx, column, number};

/// An entry with its links.
#[derive(Debug)]
pub(crate) struct Chained {
    pub(crate) entry: Recorded,
    /// The hash of the entry before it, or empty for the first one.
    pub(crate) previous: String,
    pub(crate) hash: String,
}

pub(in crate::store) const AFTER: &str = "SELECT instance, seq, at, action, external_id, actor, detail, previous, hash FROM audit \
     WHERE (instance, seq) > ($1, $2) ORDER BY instance, seq LIMIT $3";

/// The entries after the one with this place, by instance and place.
pub(crate) async fn after(store: &Store, instance: &str, seq: u64, limit: u64) -> sqlx::Result<Vec<Chained>> {
    type Links = (
        String,
        i64,
        i64,
        String,
        String,
        String,
        Option<String>,
        String,
        String,
    );
    let rows: Vec<Links> = sqlx::query_as(AFTER)
        .bind(instance.to_owned())
        .bind(column(seq))
        .bind(column(limit))
        .fetch_all(store.reader())
        .await?;
    let rows = rows.into_iter().map(
        |(instance, seq, at, action, external_id, actor, detail, previous, hash)| {
            let row: Row = (instance, seq, at, action, external_id, actor, detail);
            Chained {
                entry: recorded(row),
                previous,
                hash,
            }
        },
    );
    Ok(rows.collect())
}

/// The entries of one instance after this place.
pub(crate) async fn of_instance(
    store: &Store,
    instance: &str,
    seq: u64,
    limit: u64,
) -> sqlx::Result<Vec<Recorded>> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT instance, seq, at, action, external_id, actor, detail FROM audit \
         WHERE instance = $1 AND seq > $2 ORDER BY seq LIMIT $3",
    )
    .bind(instance.to_owned())
    .bind(column(seq))
    .bind(column(limit))
    .fetch_all(store.reader())
    .await?;
    Ok(rows.into_iter().map(recorded).collect())
}

/// The next instance with entries, in the order of their names. Each step finds it in the index.
pub(crate) async fn next_instance(store: &Store, after: &str) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar("SELECT instance FROM audit WHERE instance > $1 ORDER BY instance LIMIT 1")
        .bind(after.to_owned())
        .fetch_optional(store.reader())
        .await
}

/// Each instance, and the place of its last entry.
pub(crate) async fn ends(tx: &mut WriteTx) -> sqlx::Result<Vec<(String, u64)>> {
    let rows: Vec<(String, i64)> = sqlx::query_as("SELECT instance, MAX(seq) FROM audit GROUP BY instance")
        .fetch_all(tx.connection())
        .await?;
    let rows = rows.into_iter();
    Ok(rows.map(|(instance, seq)| (instance, number(seq))).collect())
}
