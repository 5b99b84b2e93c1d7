//! Issued credentials, filtered and in any order.

use air_ids::{CoreClaimHash, EmailAddress, PartnerId, ProgramId, SchemaId, UnixTime, UserUuid, VcId};
use sqlx::FromRow;

use crate::{
    ReadTx,
    schema_index::Window,
    sql::{self, QueryAs},
};

/// An issued credential.
#[derive(Clone, Debug, FromRow)]
pub struct CredentialRow {
    /// The `coreClaimHash`.
    pub core_claim_hash: CoreClaimHash,
    /// The credential's ID.
    pub vc_id: VcId,
    /// The program.
    pub program_id: ProgramId,
    /// The schema.
    pub schema_id: SchemaId,
    /// The schema's title.
    pub title: String,
    /// The issuer.
    pub partner_id: PartnerId,
    /// The issuer's name.
    pub partner_name: String,
    /// The holder.
    pub user_uuid: UserUuid,
    /// The holder's e-mail address.
    #[sqlx(try_from = "sql::Text<EmailAddress>")]
    pub email: EmailAddress,
    /// When it was issued.
    pub issued_at: UnixTime,
    /// The end of its lifetime; `None` if it never expires.
    pub expires_at: Option<UnixTime>,
    /// When it was revoked; `None` if it was not.
    pub revoked_at: Option<UnixTime>,
    /// The number of the block that contains it, from the ledger.
    #[sqlx(default, try_from = "sql::OptionalUnsigned")]
    pub block: Option<u64>,
}

/// The filter of credentials. An empty text, or `None`, matches all.
#[derive(Clone, Copy, Debug, Default)]
pub struct CredentialFilter<'a> {
    /// Part of an address, an ID, a hash or a title, in lower case.
    pub text: &'a str,
    /// `valid`, `revoked`, `expired` or `waiting`.
    pub state: &'a str,
    /// The holder's ID.
    pub user_uuid: &'a str,
    /// The program's ID.
    pub program_id: &'a str,
    /// The earliest time of issuance.
    pub since: Option<UnixTime>,
    /// A time that is later than the issuance.
    pub before: Option<UnixTime>,
    /// The present time, which decides what has expired.
    pub now: UnixTime,
}

/// The order of credentials. The newest one is the first of equals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CredentialOrder {
    /// The column.
    pub column: CredentialColumn,
    /// Whether the largest value is the first.
    pub is_descending: bool,
}

/// A column that orders credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialColumn {
    /// The schema's title.
    Title,
    /// The holder's e-mail address.
    Email,
    /// The issuer's name.
    Issuer,
    /// The time of issuance.
    Issued,
    /// The end of the lifetime. A credential that never expires is the last.
    Expires,
}

impl CredentialOrder {
    /// The newest credential first.
    pub const NEWEST: Self = Self {
        column: CredentialColumn::Issued,
        is_descending: true,
    };

    /// Returns the `ORDER BY` clause.
    fn clause(self) -> String {
        let column = match self.column {
            CredentialColumn::Title => "lower(schemas.title)",
            CredentialColumn::Email => "lower(users.email)",
            CredentialColumn::Issuer => "lower(partners.name)",
            CredentialColumn::Issued => "issued_at",
            // Databases disagree on the place of NULL.
            CredentialColumn::Expires => "coalesce(expires_at, 9223372036854775807)",
        };
        let direction = if self.is_descending { "DESC" } else { "ASC" };
        let newest = match self.column {
            CredentialColumn::Issued => "",
            _ => "issued_at DESC, ",
        };
        let row = match (self.column, self.is_descending) {
            (CredentialColumn::Issued, false) => "ASC",
            _ => "DESC",
        };
        format!("ORDER BY {column} {direction}, {newest}credentials.rowid {row}")
    }
}

const COLUMNS: &str = "credentials.core_claim_hash, vc_id, program_id, credentials.schema_id, schemas.title, \
    credentials.partner_id, partners.name AS partner_name, credentials.user_uuid, users.email, issued_at, expires_at, \
    revoked_at";

const TABLES: &str = "credentials JOIN schemas USING (schema_id) \
    JOIN partners ON partners.partner_id = credentials.partner_id JOIN users ON users.user_uuid = credentials.user_uuid";

/// The condition of a filter, whose values are the first seven.
const MATCHES: &str = "($1 = '%%' OR lower(users.email) LIKE $1 ESCAPE '!' OR lower(schemas.title) LIKE $1 ESCAPE '!' \
        OR credentials.core_claim_hash LIKE $1 ESCAPE '!' OR lower(vc_id) LIKE $1 ESCAPE '!') \
    AND ($2 = '' OR ($2 = 'revoked' AND revoked_at IS NOT NULL) \
        OR ($2 = 'expired' AND revoked_at IS NULL AND expires_at <= $3) \
        OR ($2 = 'waiting' AND credentials.core_claim_hash IN ( \
            SELECT core_claim_hash FROM ledger_entries WHERE block IS NULL)) \
        OR ($2 = 'valid' AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $3))) \
    AND ($4 = '' OR credentials.user_uuid = $4) AND ($5 = '' OR program_id = $5) \
    AND ($6 IS NULL OR issued_at >= $6) AND ($7 IS NULL OR issued_at < $7)";

/// Returns a page of the credentials that match.
pub async fn credentials(
    tx: &mut ReadTx,
    filter: CredentialFilter<'_>,
    order: CredentialOrder,
    window: Window,
) -> sqlx::Result<Vec<CredentialRow>> {
    let order = order.clause();
    matching(filter, COLUMNS, &format!("{order} LIMIT $8 OFFSET $9"))
        .bind(window.limit)
        .bind(window.offset)
        .fetch_all(tx)
        .await
}

/// Counts the credentials that match.
pub async fn count_credentials(tx: &mut ReadTx, filter: CredentialFilter<'_>) -> sqlx::Result<u64> {
    #[derive(FromRow)]
    struct Total {
        #[sqlx(try_from = "sql::Unsigned")]
        total: u64,
    }
    let counted: Total = matching(filter, "count(*) AS total", "").fetch_one(tx).await?;
    Ok(counted.total)
}

fn matching<'q, T: sql::Read>(filter: CredentialFilter<'q>, columns: &str, order: &str) -> QueryAs<'q, T> {
    sql::query_as(format!("SELECT {columns} FROM {TABLES} WHERE {MATCHES} {order}"))
        .bind(sql::containing(filter.text))
        .bind(filter.state)
        .bind(filter.now)
        .bind(filter.user_uuid)
        .bind(filter.program_id)
        .bind(filter.since)
        .bind(filter.before)
}

/// Finds a credential by its `coreClaimHash` in hex.
pub async fn credential(tx: &mut ReadTx, hash: &str) -> sqlx::Result<Option<CredentialRow>> {
    sql::query_as(format!(
        "SELECT {COLUMNS} FROM {TABLES} WHERE credentials.core_claim_hash = $1"
    ))
    .bind(hash)
    .fetch_optional(tx)
    .await
}
