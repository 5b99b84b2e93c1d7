//! The history of issuances: filtered, sorted, and by page.

use air_ids::UnixTime;
use sqlx::{Any, AssertSqlSafe};

use crate::store::{Store, column, number, time};

/// A line of the history.
#[derive(Debug)]
pub(crate) struct HistoryRow {
    pub(crate) holder_did: String,
    pub(crate) schema_id: String,
    pub(crate) nonce: i64,
    pub(crate) issued_at: UnixTime,
    pub(crate) expires_at: UnixTime,
    pub(crate) revoked_at: Option<UnixTime>,
}

/// The filters, the order and the page of a history.
#[derive(Debug)]
pub(crate) struct HistoryQuery {
    pub(crate) holder_did: Option<String>,
    pub(crate) schema_id: Option<String>,
    pub(crate) nonce: Option<i64>,
    pub(crate) order: HistoryOrder,
    pub(crate) is_descending: bool,
    pub(crate) page: u64,
    pub(crate) limit: u64,
}

impl HistoryQuery {
    /// The statements that count the lines and select a page. Their parameters are the present filters, then the
    /// limit and the offset of the page.
    pub(in crate::store) fn statements(&self) -> (String, String) {
        let (condition, parameters) = present(&[
            ("holder_did", self.holder_did.is_some()),
            ("schema_id", self.schema_id.is_some()),
            ("nonce", self.nonce.is_some()),
        ]);
        let order = self.order.column();
        let direction = if self.is_descending { "DESC" } else { "ASC" };
        let (limit, offset) = (parameters + 1, parameters + 2);
        (
            format!("SELECT COUNT(*) FROM issuances{condition}"),
            format!(
                "SELECT holder_did, schema_id, nonce, issued_at, expires_at, revoked_at FROM issuances{condition} \
                 ORDER BY {order} {direction}, seq {direction} LIMIT ${limit} OFFSET ${offset}"
            ),
        )
    }
}

/// The condition of the columns whose filter is present, and the number of its parameters, in the order of the columns.
/// A condition for an absent filter (`$1 = '' OR …`) would prevent the use of an index.
pub(super) fn present(filters: &[(&str, bool)]) -> (String, usize) {
    let present = filters.iter().filter(|(_, is_present)| *is_present);
    let conditions: Vec<String> = (1..)
        .zip(present)
        .map(|(place, (column, _))| format!("{column} = ${place}"))
        .collect();
    if conditions.is_empty() {
        return (String::new(), 0);
    }
    (format!(" WHERE {}", conditions.join(" AND ")), conditions.len())
}

/// A column that a history is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HistoryOrder {
    Id,
    HolderDid,
    SchemaId,
    RevocationNonce,
    CreatedAt,
    ExpiresAt,
    RevokedAt,
}

impl HistoryOrder {
    const fn column(self) -> &'static str {
        match self {
            Self::Id => "seq",
            Self::HolderDid => "holder_did",
            Self::SchemaId => "schema_id",
            Self::RevocationNonce => "nonce",
            Self::CreatedAt => "issued_at",
            Self::ExpiresAt => "expires_at",
            Self::RevokedAt => "revoked_at",
        }
    }
}

/// A page of the history, and the number of all lines.
pub(crate) async fn find(store: &Store, query: &HistoryQuery) -> sqlx::Result<(Vec<HistoryRow>, u64)> {
    type Row = (String, String, i64, i64, i64, Option<i64>);
    let (count, page) = query.statements();
    let mut count = sqlx::query_scalar::<Any, i64>(AssertSqlSafe(count));
    let mut page = sqlx::query_as::<Any, Row>(AssertSqlSafe(page));
    for text in [&query.holder_did, &query.schema_id].into_iter().flatten() {
        count = count.bind(text.clone());
        page = page.bind(text.clone());
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
        |(holder_did, schema_id, nonce, issued_at, expires_at, revoked_at)| HistoryRow {
            holder_did,
            schema_id,
            nonce,
            issued_at: time(issued_at),
            expires_at: time(expires_at),
            revoked_at: revoked_at.map(time),
        },
    );
    Ok((rows.collect(), number(total)))
}
