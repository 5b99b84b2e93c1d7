//! Prechecks for credentials that wallets receive together: one statement reads all the state that they need.

use air_ids::{EmailAddress, PartnerId, UnixTime, UserUuid};
use sqlx::FromRow;

use super::{
    ReadTx,
    prechecks::{DRAWN, first_free},
    sql,
    status_lists::List,
};

/// The number of bound values for each precheck.
pub(super) const VALUES: usize = 9 + DRAWN;

/// The parameters of the precheck of one credential.
pub struct WalletPrecheckQuery<'a> {
    /// The issuer.
    pub partner_id: &'a PartnerId,
    /// The access token, unless another query of the batch has it.
    pub token: Option<TokenQuery<'a>>,
    /// The digests of the request's values that are accepted once, for the first of its credentials.
    pub single_use: [Option<&'a [u8; 32]>; 2],
    /// The issuer's open status list.
    pub list: &'a List,
    /// The drawn entries of the list.
    pub entries: [u64; DRAWN],
}

/// An access token with its offer.
#[derive(Clone, Copy)]
pub struct TokenQuery<'a> {
    /// The ID of the offer.
    pub offer_id: &'a str,
    /// The SHA-256 digest of the token.
    pub digest: &'a [u8],
    /// The address of the user who gets the credentials.
    pub email: &'a EmailAddress,
}

/// The result of a precheck. The members about the token, the offer and the user are those of a query with a token.
#[derive(FromRow)]
pub struct WalletPrecheck {
    /// The end of the access token; `None` if the partner has no offer with this ID, token and address.
    pub token_expires_at: Option<UnixTime>,
    /// The number of the offer's credential responses.
    #[sqlx(try_from = "sql::OptionalUnsigned")]
    pub responses: Option<u64>,
    /// The number of the offer's credentials.
    #[sqlx(try_from = "sql::OptionalUnsigned")]
    pub issued: Option<u64>,
    /// Whether a credential that a wallet received under the offer was revoked.
    pub has_revoked: bool,
    /// The user with the address.
    pub user_uuid: Option<UserUuid>,
    /// Whether that user refused the partner's credentials on the user's behalf.
    pub has_refused: bool,
    /// Whether one of the values was stored before.
    pub is_used: bool,
    /// Whether the list is unchanged and less than half full.
    pub is_open: bool,
    /// The index of the first drawn entry that no credential has, and no erased one had.
    #[sqlx(try_from = "sql::OptionalUnsigned")]
    pub free: Option<u64>,
}

/// Executes all prechecks and returns their results in the same order.
pub async fn look(tx: &mut ReadTx, queries: &[WalletPrecheckQuery<'_>]) -> sqlx::Result<Vec<WalletPrecheck>> {
    let mut query = sql::query_as(statement(queries.len()));
    for (place, asked) in (0_u64..).zip(queries) {
        let [first, second] = asked.single_use.map(|digest| digest.map(<[u8; 32]>::as_slice));
        query = query
            .bind(place)
            .bind(asked.token.map(|token| token.offer_id))
            .bind(asked.token.map(|token| token.digest))
            .bind(asked.token.map(|token| token.email))
            .bind(asked.partner_id)
            .bind(asked.list.list_id)
            .bind(&asked.list.uri)
            .bind(first)
            .bind(second);
        for entry in asked.entries {
            query = query.bind(entry);
        }
    }
    query.fetch_all(tx).await
}

/// Returns the statement of [`look`] for so many queries.
pub(super) fn statement(rows: usize) -> String {
    // PostgreSQL plans `(SELECT …) IS NOT NULL` as one index lookup, as in `prechecks`.
    format!(
        "SELECT (SELECT token_expires_at FROM credential_offers WHERE offer_id = column2 AND token_digest = column3
                 AND email = column4 AND partner_id = column5) AS token_expires_at,
             (SELECT responses FROM credential_offers WHERE offer_id = column2) AS responses,
             (SELECT issued FROM credential_offers WHERE offer_id = column2) AS issued,
             (SELECT 1 FROM offer_credentials
                 JOIN credentials ON credentials.core_claim_hash = offer_credentials.core_claim_hash
                 WHERE offer_credentials.offer_id = column2 AND revoked_at IS NOT NULL LIMIT 1) IS NOT NULL AS has_revoked,
             (SELECT user_uuid FROM users WHERE email = column4) AS user_uuid,
             (SELECT 1 FROM on_behalf_refusals WHERE user_uuid = (SELECT user_uuid FROM users WHERE email = column4)
                 AND partner_id = column5) IS NOT NULL AS has_refused,
             ((SELECT 1 FROM single_use WHERE digest = column8) IS NOT NULL
              OR (SELECT 1 FROM single_use WHERE digest = column9) IS NOT NULL) AS is_used,
             (SELECT 1 FROM status_lists WHERE list_id = column6 AND partner_id = column5 AND uri = column7
                 AND taken * 2 < size) IS NOT NULL AS is_open,
             {} AS free
         FROM (VALUES {}) AS asked ORDER BY column1",
        first_free("column6", 10),
        sql::places(rows, VALUES)
    )
}
