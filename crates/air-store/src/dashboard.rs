//! The lists of the dashboard: rows of several tables, as a page shows them.

pub(super) mod blocks;
mod credentials;
mod totals;

use air_api::{WebUrl, sandbox::Expiration};
use air_ids::{
    CoreClaimHash, EmailAddress, IssuerDid, PartnerId, ProgramId, SchemaId, UnixTime, UserUuid,
    VerificationId, VerificationProgramId,
};
use sqlx::FromRow;

pub use self::{
    blocks::{BlockRow, block, blocks},
    credentials::{
        CredentialColumn, CredentialFilter, CredentialOrder, CredentialRow, count_credentials, credential,
        credentials,
    },
    totals::{
        count_accounts, count_callbacks, count_programs, count_runs, count_users, count_verification_programs,
    },
};
pub use super::order::Order;
use super::{ReadTx, order, schema_index::Window, sql};

/// The number of entities of each kind.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct Counts {
    #[sqlx(try_from = "sql::Unsigned")]
    pub partners: u64,
    #[sqlx(try_from = "sql::Unsigned")]
    pub schemas: u64,
    #[sqlx(try_from = "sql::Unsigned")]
    pub programs: u64,
    #[sqlx(try_from = "sql::Unsigned")]
    pub credentials: u64,
    #[sqlx(try_from = "sql::Unsigned")]
    pub revoked: u64,
    #[sqlx(try_from = "sql::Unsigned")]
    pub users: u64,
    #[sqlx(try_from = "sql::Unsigned")]
    pub verifications: u64,
    #[sqlx(try_from = "sql::Unsigned")]
    pub compliant: u64,
}

/// An account, without its key.
#[derive(Clone, Debug, FromRow)]
pub struct Account {
    pub partner_id: PartnerId,
    pub name: String,
    #[sqlx(try_from = "sql::Text<super::partners::StoredUrl>")]
    pub jwks_url: Option<WebUrl>,
    /// A JSON array.
    pub allowed_origins: String,
    pub issue_on_behalf: bool,
    pub issuer_did: IssuerDid,
    pub verifier_did: String,
    /// A JWK set with public keys that the operator registered, as JSON.
    pub registered_keys: Option<String>,
    pub created_at: UnixTime,
}

/// The number of credentials that were issued on one day.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct Day {
    /// Days since 1970.
    #[sqlx(try_from = "sql::Unsigned")]
    pub day: u64,
    #[sqlx(try_from = "sql::Unsigned")]
    pub issued: u64,
}

/// An issuance program.
#[derive(Clone, Debug, FromRow)]
pub struct ProgramRow {
    pub program_id: ProgramId,
    pub partner_id: PartnerId,
    pub partner_name: String,
    pub issuer_did: IssuerDid,
    pub schema_id: SchemaId,
    /// The schema's title.
    pub title: String,
    pub name: Option<String>,
    pub cak: bool,
    #[sqlx(try_from = "sql::Text<Expiration>")]
    pub expiration: Expiration,
    pub published: bool,
    pub accessible_until: Option<UnixTime>,
    #[sqlx(try_from = "sql::OptionalUnsigned")]
    pub maximum_issuance: Option<u64>,
    pub created_at: UnixTime,
    #[sqlx(try_from = "sql::Unsigned")]
    pub issued: u64,
}

impl ProgramRow {
    /// The program's name, or else the title of its schema.
    #[must_use]
    pub fn label(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.title)
    }
}

/// A verification program.
#[derive(Clone, Debug, FromRow)]
pub struct VerificationProgramRow {
    pub program_id: VerificationProgramId,
    pub partner_id: PartnerId,
    pub partner_name: String,
    pub schema_id: SchemaId,
    /// The schema's title.
    pub title: String,
    pub name: Option<String>,
    /// A JSON array.
    pub conditions: String,
    pub require_cak: bool,
    pub has_trust_list: bool,
    pub created_at: UnixTime,
    #[sqlx(try_from = "sql::Unsigned")]
    pub runs: u64,
}

impl VerificationProgramRow {
    /// The program's name, or else the title of its schema.
    #[must_use]
    pub fn label(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.title)
    }
}

/// A run of a verification program.
#[derive(Clone, Debug, FromRow)]
pub struct Run {
    pub verification_id: VerificationId,
    pub program_id: VerificationProgramId,
    pub title: String,
    pub partner_id: PartnerId,
    pub verifier_name: String,
    pub user_uuid: UserUuid,
    #[sqlx(try_from = "sql::Text<EmailAddress>")]
    pub email: EmailAddress,
    pub consent: String,
    pub status: Option<String>,
    pub core_claim_hash: Option<CoreClaimHash>,
    pub started_at: UnixTime,
    pub decided_at: Option<UnixTime>,
}

/// The filter of programs. An empty text matches all.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProgramFilter<'a> {
    /// Part of a name, a title, an issuer or an ID, in lower case.
    pub text: &'a str,
    /// `published` or `draft`.
    pub state: &'a str,
    pub partner_id: &'a str,
}

/// The filter of runs. An empty text matches all.
#[derive(Clone, Copy, Debug, Default)]
pub struct RunFilter<'a> {
    pub program_id: &'a str,
    pub user_uuid: &'a str,
    /// A status, or `none` for runs without a result.
    pub result: &'a str,
    /// `asked`, `agreed`, `denied` or `withdrawn`.
    pub consent: &'a str,
    /// Part of an ID or of the credential's hash, in lower case.
    pub text: &'a str,
}

/// A user.
#[derive(Clone, Debug, FromRow)]
pub struct UserRow {
    pub user_uuid: UserUuid,
    #[sqlx(try_from = "sql::Text<EmailAddress>")]
    pub email: EmailAddress,
    pub holder_did: String,
    pub created_at: UnixTime,
    #[sqlx(try_from = "sql::Unsigned")]
    pub held: u64,
}

const ACCOUNTS: &str = "SELECT partner_id, name, jwks_url, allowed_origins, issue_on_behalf, issuer_did, verifier_did, \
    registered_keys, created_at FROM partners";

const RUNS: &str = "SELECT verification_id, verifications.program_id, schemas.title, verifications.partner_id, \
    partners.name AS verifier_name, verifications.user_uuid, users.email, consent, status, core_claim_hash, started_at, decided_at FROM verifications \
    JOIN verification_programs USING (program_id) JOIN schemas ON schemas.schema_id = verification_programs.schema_id \
    JOIN partners ON partners.partner_id = verifications.partner_id \
    JOIN users ON users.user_uuid = verifications.user_uuid";

const PROGRAMS: &str = "SELECT programs.program_id, programs.partner_id, partners.name AS partner_name, partners.issuer_did, \
    programs.schema_id, schemas.title, programs.name, cak, expiration, published, accessible_until, maximum_issuance, programs.created_at, \
    (SELECT count(*) FROM credentials WHERE credentials.program_id = programs.program_id) AS issued \
    FROM programs JOIN schemas USING (schema_id) JOIN partners ON partners.partner_id = programs.partner_id";

const VERIFICATION_PROGRAMS: &str = "SELECT verification_programs.program_id, verification_programs.partner_id, \
    partners.name AS partner_name, verification_programs.schema_id, schemas.title, verification_programs.name, conditions, require_cak, \
    trust_list IS NOT NULL AS has_trust_list, verification_programs.created_at, \
    (SELECT count(*) FROM verifications WHERE verifications.program_id = verification_programs.program_id) AS runs \
    FROM verification_programs JOIN schemas USING (schema_id) \
    JOIN partners ON partners.partner_id = verification_programs.partner_id";

const USERS: &str = "SELECT user_uuid, email, holder_did, created_at, \
    (SELECT count(*) FROM credentials WHERE credentials.user_uuid = users.user_uuid) AS held FROM users";

// A list's page is chosen by a subquery: a database may otherwise compute the counts of all rows before it sorts them.

const ACCOUNT_MATCHES: &str =
    "($1 = '%%' OR lower(name) LIKE $1 ESCAPE '!' OR partner_id LIKE $1 ESCAPE '!')";

const PROGRAM_MATCHES: &str = "($1 = '%%' OR lower(schemas.title) LIKE $1 ESCAPE '!' \
    OR lower(programs.name) LIKE $1 ESCAPE '!' OR lower(partners.name) LIKE $1 ESCAPE '!' \
    OR lower(programs.program_id) LIKE $1 ESCAPE '!') \
    AND ($2 = '' OR ($2 = 'published' AND published) OR ($2 = 'draft' AND NOT published)) \
    AND ($3 = '' OR programs.partner_id = $3)";

const VERIFICATION_PROGRAM_MATCHES: &str = "($1 = '%%' OR lower(schemas.title) LIKE $1 ESCAPE '!' \
    OR lower(verification_programs.name) LIKE $1 ESCAPE '!' OR lower(partners.name) LIKE $1 ESCAPE '!' \
    OR lower(verification_programs.program_id) LIKE $1 ESCAPE '!')";

const RUN_MATCHES: &str = "($1 = '' OR verifications.program_id = $1) AND ($2 = '' OR verifications.user_uuid = $2) \
    AND ($3 = '' OR status = $3 OR ($3 = 'none' AND status IS NULL)) AND ($4 = '' OR consent = $4) \
    AND ($5 = '%%' OR lower(verification_id) LIKE $5 ESCAPE '!' OR core_claim_hash LIKE $5 ESCAPE '!')";

const USER_MATCHES: &str = "($1 = '%%' OR lower(email) LIKE $1 ESCAPE '!' OR user_uuid LIKE $1 ESCAPE '!')";

pub async fn counts(tx: &mut ReadTx) -> sqlx::Result<Counts> {
    sql::query_as(
        "SELECT (SELECT count(*) FROM partners) AS partners, (SELECT count(*) FROM schemas) AS schemas,
             (SELECT count(*) FROM programs) AS programs, (SELECT count(*) FROM credentials) AS credentials,
             (SELECT count(*) FROM credentials WHERE revoked_at IS NOT NULL) AS revoked,
             (SELECT count(*) FROM users) AS users, (SELECT count(*) FROM verifications) AS verifications,
             (SELECT count(*) FROM verifications WHERE status = 'Compliant') AS compliant",
    )
    .fetch_one(tx)
    .await
}

/// Returns the accounts whose name or ID contains `text` (in lower case), newest first by default.
pub async fn accounts(
    tx: &mut ReadTx,
    text: &str,
    order: Option<Order<'_>>,
    window: Window,
) -> sqlx::Result<Vec<Account>> {
    let order = order::ACCOUNTS.clause(order);
    sql::query_as(format!(
        "{ACCOUNTS} WHERE {ACCOUNT_MATCHES} {order} LIMIT $2 OFFSET $3"
    ))
    .bind(sql::containing(text))
    .bind(window.limit)
    .bind(window.offset)
    .fetch_all(tx)
    .await
}

pub async fn account(tx: &mut ReadTx, partner_id: &str) -> sqlx::Result<Option<Account>> {
    sql::query_as(format!("{ACCOUNTS} WHERE partner_id = $1"))
        .bind(partner_id)
        .fetch_optional(tx)
        .await
}

/// Returns the days since `since` on which credentials were issued.
pub async fn issued_per_day(tx: &mut ReadTx, since: UnixTime) -> sqlx::Result<Vec<Day>> {
    sql::query_as(
        "SELECT issued_at / 86400 AS day, count(*) AS issued FROM credentials WHERE issued_at >= $1
         GROUP BY issued_at / 86400 ORDER BY day",
    )
    .bind(since)
    .fetch_all(tx)
    .await
}

/// Returns the programs that match, newest first by default.
pub async fn programs(
    tx: &mut ReadTx,
    filter: ProgramFilter<'_>,
    order: Option<Order<'_>>,
    window: Window,
) -> sqlx::Result<Vec<ProgramRow>> {
    let order = order::PROGRAMS.clause(order);
    let found = format!(
        "SELECT programs.program_id FROM programs JOIN schemas USING (schema_id) \
         JOIN partners ON partners.partner_id = programs.partner_id WHERE {PROGRAM_MATCHES}"
    );
    let page = format!("programs.program_id IN ({found} {order} LIMIT $4 OFFSET $5)");
    sql::query_as(format!("{PROGRAMS} WHERE {page} {order}"))
        .bind(sql::containing(filter.text))
        .bind(filter.state)
        .bind(filter.partner_id)
        .bind(window.limit)
        .bind(window.offset)
        .fetch_all(tx)
        .await
}

pub async fn program(tx: &mut ReadTx, program_id: &str) -> sqlx::Result<Option<ProgramRow>> {
    sql::query_as(format!("{PROGRAMS} WHERE programs.program_id = $1"))
        .bind(program_id)
        .fetch_optional(tx)
        .await
}

/// Returns the verification programs whose name, title, verifier or ID contains `text` (in lower case), newest first by
/// default.
pub async fn verification_programs(
    tx: &mut ReadTx,
    text: &str,
    order: Option<Order<'_>>,
    window: Window,
) -> sqlx::Result<Vec<VerificationProgramRow>> {
    sql::query_as(verification_programs_listed(order))
        .bind(sql::containing(text))
        .bind(window.limit)
        .bind(window.offset)
        .fetch_all(tx)
        .await
}

pub(super) fn verification_programs_listed(order: Option<Order<'_>>) -> String {
    let order = order::VERIFICATION_PROGRAMS.clause(order);
    let found = format!(
        "SELECT verification_programs.program_id FROM verification_programs JOIN schemas USING (schema_id) \
         JOIN partners ON partners.partner_id = verification_programs.partner_id WHERE {VERIFICATION_PROGRAM_MATCHES}"
    );
    let page = format!("verification_programs.program_id IN ({found} {order} LIMIT $2 OFFSET $3)");
    format!("{VERIFICATION_PROGRAMS} WHERE {page} {order}")
}

pub async fn verification_program(
    tx: &mut ReadTx,
    program_id: &str,
) -> sqlx::Result<Option<VerificationProgramRow>> {
    sql::query_as(format!(
        "{VERIFICATION_PROGRAMS} WHERE verification_programs.program_id = $1"
    ))
    .bind(program_id)
    .fetch_optional(tx)
    .await
}

/// Returns the runs that match, newest first by default.
pub async fn runs(
    tx: &mut ReadTx,
    filter: RunFilter<'_>,
    order: Option<Order<'_>>,
    window: Window,
) -> sqlx::Result<Vec<Run>> {
    let order = order::RUNS.clause(order);
    sql::query_as(format!("{RUNS} WHERE {RUN_MATCHES} {order} LIMIT $6 OFFSET $7"))
        .bind(filter.program_id)
        .bind(filter.user_uuid)
        .bind(filter.result)
        .bind(filter.consent)
        .bind(sql::containing(filter.text))
        .bind(window.limit)
        .bind(window.offset)
        .fetch_all(tx)
        .await
}

pub async fn run(tx: &mut ReadTx, verification_id: &str) -> sqlx::Result<Option<Run>> {
    sql::query_as(format!("{RUNS} WHERE verification_id = $1"))
        .bind(verification_id)
        .fetch_optional(tx)
        .await
}

/// Returns the users whose address or ID contains `text` (in lower case), newest first by default.
pub async fn users(
    tx: &mut ReadTx,
    text: &str,
    order: Option<Order<'_>>,
    window: Window,
) -> sqlx::Result<Vec<UserRow>> {
    sql::query_as(users_listed(order))
        .bind(sql::containing(text))
        .bind(window.limit)
        .bind(window.offset)
        .fetch_all(tx)
        .await
}

pub(super) fn users_listed(order: Option<Order<'_>>) -> String {
    let order = order::USERS.clause(order);
    let page =
        format!("user_uuid IN (SELECT user_uuid FROM users WHERE {USER_MATCHES} {order} LIMIT $2 OFFSET $3)");
    format!("{USERS} WHERE {page} {order}")
}

pub async fn user(tx: &mut ReadTx, user_uuid: &str) -> sqlx::Result<Option<UserRow>> {
    sql::query_as(format!("{USERS} WHERE user_uuid = $1"))
        .bind(user_uuid)
        .fetch_optional(tx)
        .await
}
