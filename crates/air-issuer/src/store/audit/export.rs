//! Reading the log in the order of its chains, for a copy that is kept elsewhere.

use super::list::{Recorded, Row, recorded};
use crate::store::{Store, column};

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
