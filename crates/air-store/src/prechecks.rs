//! Prechecks for credentials that are issued together: one statement reads all the state that they need.

use air_ids::UserUuid;
use sqlx::FromRow;

use super::{ReadTx, sql, status_lists::List};

/// The number of status-list entries drawn for each credential. At most half of a list is taken, so
/// all four are taken in one of 16 cases.
pub const DRAWN: usize = 4;

/// The number of bound values for each precheck.
const VALUES: usize = 8 + DRAWN;

/// The parameters of the precheck of one credential.
pub struct PrecheckQuery<'a> {
    /// The caller and the idempotency key of the call.
    pub call: Option<(&'a str, &'a str)>,
    /// The user's e-mail address.
    pub email: &'a str,
    /// The issuer.
    pub partner_id: &'a str,
    /// The schema.
    pub schema_id: &'a str,
    /// The issuer's open status list.
    pub list: &'a List,
    /// The drawn entries of the list.
    pub entries: [u64; DRAWN],
}

/// The result of a precheck.
#[derive(FromRow)]
pub struct Precheck {
    /// Whether a response of the call is stored, however old it is.
    pub is_answered: bool,
    /// The user with this email address.
    pub user_uuid: Option<UserUuid>,
    /// The DID of that user's wallet.
    pub holder_did: Option<String>,
    /// Whether that user has an unrevoked credential or a CAK of this schema from this partner, or
    /// refused this partner's credentials on the user's behalf.
    pub has_history: bool,
    /// Whether the list is unchanged and less than half full.
    pub is_open: bool,
    /// The index of the first drawn entry that no credential has, and no erased one had.
    #[sqlx(try_from = "sql::OptionalUnsigned")]
    pub free: Option<u64>,
}

/// Returns an expression for the index of the first drawn entry that no credential has, and no erased one had. The entries are the
/// columns of the bound values from number `first` on.
pub(super) fn first_free(list: &str, first: usize) -> String {
    let cases: Vec<_> = (0..DRAWN)
        .map(|drawn| {
            let entry = drawn + first;
            format!(
                "WHEN (SELECT 1 FROM credentials WHERE status_list = {list} AND status_entry = column{entry}) IS NULL
                 AND (SELECT 1 FROM erased_credentials
                     WHERE status_list = {list} AND status_entry = column{entry}) IS NULL
                 THEN CAST({drawn} AS BIGINT)"
            )
        })
        .collect();
    format!("CASE {} END", cases.join(" "))
}

/// Executes all prechecks and returns their results in the same order.
pub async fn look(tx: &mut ReadTx, queries: &[PrecheckQuery<'_>]) -> sqlx::Result<Vec<Precheck>> {
    // PostgreSQL always plans `(SELECT …) IS NOT NULL` as one index lookup, as long as there are
    // few queries. It may convert `EXISTS` to a table of all rows.
    let mut query = sql::query_as(format!(
        "SELECT (SELECT 1 FROM idempotency_keys WHERE caller = column2 AND key = column3) IS NOT NULL AS is_answered,
             (SELECT user_uuid FROM users WHERE email = column4) AS user_uuid,
             (SELECT holder_did FROM users WHERE email = column4) AS holder_did,
             ((SELECT 1 FROM credentials WHERE user_uuid = (SELECT user_uuid FROM users WHERE email = column4)
                 AND schema_id = column6 AND partner_id = column5 AND revoked_at IS NULL LIMIT 1) IS NOT NULL
              OR (SELECT 1 FROM caks WHERE user_uuid = (SELECT user_uuid FROM users WHERE email = column4)
                 AND partner_id = column5 AND schema_id = column6 LIMIT 1) IS NOT NULL
              OR (SELECT 1 FROM on_behalf_refusals WHERE user_uuid = (SELECT user_uuid FROM users WHERE email = column4)
                 AND partner_id = column5) IS NOT NULL) AS has_history,
             (SELECT 1 FROM status_lists WHERE list_id = column7 AND partner_id = column5 AND uri = column8
                 AND taken * 2 < size) IS NOT NULL AS is_open,
             {} AS free
         FROM (VALUES {}) AS asked ORDER BY column1",
        first_free("column7", 9),
        sql::places(queries.len(), VALUES)
    ));
    for (place, precheck_query) in (0_u64..).zip(queries) {
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
            query = query.bind(entry);
        }
    }
    query.fetch_all(tx).await
}
