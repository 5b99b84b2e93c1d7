//! What credentials that are issued together need to know of the store, asked by one statement.

use sqlx::FromRow;

use super::{ReadTx, sql, status_lists::List, to_db};

/// Entries of its status list that are drawn for each credential: at most half of a list is taken, so all four are once in sixteen times.
pub const DRAWN: usize = 4;

/// How many values one of them is asked with.
const VALUES: usize = 8 + DRAWN;

/// One credential, and what it needs.
pub struct PrecheckQuery<'a> {
    /// Whose call it is, and the key that it has.
    pub call: Option<(&'a str, &'a str)>,
    pub email: &'a str,
    pub partner_id: &'a str,
    pub schema_id: &'a str,
    pub list: &'a List,
    pub entries: [u64; DRAWN],
}

/// What the store says.
#[derive(FromRow)]
pub struct Precheck {
    /// Whether the call was answered, however long ago.
    pub is_answered: bool,
    /// The user of the address.
    pub user_uuid: Option<String>,
    pub holder_did: Option<String>,
    /// Whether that user has a credential of this schema and partner that was not revoked.
    pub holds: bool,
    /// Whether the list is as it was, and not half full.
    pub is_open: bool,
    /// The first of the entries that no credential has: its place among them.
    pub free: Option<i64>,
}

/// Asks for all of them, and answers in their order.
pub async fn look(tx: &mut ReadTx, queries: &[PrecheckQuery<'_>]) -> sqlx::Result<Vec<Precheck>> {
    let cases: Vec<_> = (0..DRAWN)
        .map(|drawn| {
            let entry = drawn + 9;
            format!(
                "WHEN (SELECT 1 FROM credentials WHERE status_list = column7 AND status_entry = column{entry}) IS NULL
                 THEN CAST({drawn} AS BIGINT)"
            )
        })
        .collect();
    // PostgreSQL plans `(SELECT …) IS NOT NULL` as one look into an index each time, as long as there are few; `EXISTS` it may turn into a
    // table of all that there is.
    let mut query = sql::query_as(format!(
        "SELECT (SELECT 1 FROM idempotency_keys WHERE caller = column2 AND key = column3) IS NOT NULL AS is_answered,
             (SELECT user_uuid FROM users WHERE email = column4) AS user_uuid,
             (SELECT holder_did FROM users WHERE email = column4) AS holder_did,
             (SELECT 1 FROM credentials WHERE user_uuid = (SELECT user_uuid FROM users WHERE email = column4)
                 AND schema_id = column6 AND partner_id = column5 AND revoked_at IS NULL LIMIT 1) IS NOT NULL AS holds,
             (SELECT 1 FROM status_lists WHERE list_id = column7 AND partner_id = column5 AND uri = column8
                 AND taken * 2 < size) IS NOT NULL AS is_open,
             CASE {} END AS free
         FROM (VALUES {}) AS asked ORDER BY column1",
        cases.join(" "),
        sql::places(queries.len(), VALUES)
    ));
    for (place, precheck_query) in (0_i64..).zip(queries) {
        let (caller, key) = precheck_query.call.unzip();
        query = query
            .bind(place)
            .bind(caller)
            .bind(key)
            .bind(precheck_query.email)
            .bind(precheck_query.partner_id)
            .bind(precheck_query.schema_id)
            .bind(precheck_query.list.list_id)
            .bind(&precheck_query.list.uri);
        for entry in precheck_query.entries {
            query = query.bind(to_db(entry));
        }
    }
    query.fetch_all(tx).await
}
