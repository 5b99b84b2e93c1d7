//! The search of an operator.

use air_ids::UnixTime;
use sqlx::{Any, AssertSqlSafe};

use super::history::present;
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

impl Search<'_> {
    /// The statements that count the matches and select a page. Their parameters are the present filters, then the limit
    /// and the offset of the page.
    pub(in crate::store) fn statements(&self) -> (String, String) {
        let (condition, parameters) = present(&[
            ("holder_did", !self.holder_did.is_empty()),
            ("schema_id", !self.schema_id.is_empty()),
            ("external_id", !self.external_id.is_empty()),
            ("nonce", self.nonce.is_some()),
        ]);
        let (limit, offset) = (parameters + 1, parameters + 2);
        (
            format!("SELECT COUNT(*) FROM issuances{condition}"),
            format!(
                "SELECT external_id, holder_did, schema_id, nonce, state, issued_at, expires_at, revoked_at \
                 FROM issuances{condition} ORDER BY seq DESC LIMIT ${limit} OFFSET ${offset}"
            ),
        )
    }
}

/// A page of the matches, newest first, and the number of all.
pub(crate) async fn search(store: &Store, query: &Search<'_>) -> sqlx::Result<(Vec<Match>, u64)> {
    type Row = (String, String, String, i64, String, i64, i64, Option<i64>);
    let (count, page) = query.statements();
    let mut count = sqlx::query_scalar::<Any, i64>(AssertSqlSafe(count));
    let mut page = sqlx::query_as::<Any, Row>(AssertSqlSafe(page));
    let texts = [query.holder_did, query.schema_id, query.external_id];
    for text in texts.into_iter().filter(|text| !text.is_empty()) {
        count = count.bind(text.to_owned());
        page = page.bind(text.to_owned());
    }
    if let Some(nonce) = query.nonce {
        count = count.bind(nonce);
        page = page.bind(nonce);
    }
    let total = count.fetch_one(store.reader()).await?;
    let rows = page
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
