//! The search of an operator.

use air_ids::UnixTime;
use sqlx::AssertSqlSafe;

use crate::store::{Store, column, number, time};

/// The filters and the page of a search. An empty text and an absent nonce filter nothing.
#[derive(Debug)]
pub(crate) struct Search<'a> {
    pub(crate) holder_did: &'a str,
    pub(crate) schema_id: &'a str,
    pub(crate) external_id: &'a str,
    pub(crate) nonce: Option<i64>,
    pub(crate) page: u64,
    pub(crate) limit: u64,
}

/// A credential that was found.
#[derive(Debug)]
pub(crate) struct Match {
    pub(crate) external_id: String,
    pub(crate) holder_did: String,
    pub(crate) schema_id: String,
    pub(crate) nonce: i64,
    /// `prepared`, `stored` or `abandoned`.
    pub(crate) state: String,
    pub(crate) issued_at: UnixTime,
    pub(crate) expires_at: UnixTime,
    pub(crate) revoked_at: Option<UnixTime>,
}

/// A page of the matches, newest first, and the number of all.
pub(crate) async fn search(store: &Store, query: &Search<'_>) -> sqlx::Result<(Vec<Match>, u64)> {
    type Row = (String, String, String, i64, String, i64, i64, Option<i64>);
    // No nonce is 0.
    const FILTERS: &str = "($1 = '' OR holder_did = $1) AND ($2 = '' OR schema_id = $2) \
        AND ($3 = '' OR external_id = $3) AND ($4 = 0 OR nonce = $4)";
    let (holder, schema) = (query.holder_did.to_owned(), query.schema_id.to_owned());
    let external_id = query.external_id.to_owned();
    let nonce = query.nonce.unwrap_or_default();
    let total: i64 = sqlx::query_scalar(AssertSqlSafe(format!(
        "SELECT COUNT(*) FROM issuances WHERE {FILTERS}"
    )))
    .bind(holder.clone())
    .bind(schema.clone())
    .bind(external_id.clone())
    .bind(nonce)
    .fetch_one(store.reader())
    .await?;
    let rows: Vec<Row> = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT external_id, holder_did, schema_id, nonce, state, issued_at, expires_at, revoked_at FROM issuances \
         WHERE {FILTERS} ORDER BY seq DESC LIMIT $5 OFFSET $6"
    )))
    .bind(holder)
    .bind(schema)
    .bind(external_id)
    .bind(nonce)
    .bind(column(query.limit))
    .bind(column(query.page.saturating_sub(1).saturating_mul(query.limit)))
    .fetch_all(store.reader())
    .await?;
    let rows = rows.into_iter().map(
        |(external_id, holder_did, schema_id, nonce, state, issued_at, expires_at, revoked_at)| Match {
            external_id,
            holder_did,
            schema_id,
            nonce,
            state,
            issued_at: time(issued_at),
            expires_at: time(expires_at),
            revoked_at: revoked_at.map(time),
        },
    );
    Ok((rows.collect(), number(total)))
}
