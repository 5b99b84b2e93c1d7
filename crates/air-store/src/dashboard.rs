//! The lists of the dashboard: rows of several tables, as a page shows them.

pub(super) mod blocks;
mod credentials;
mod totals;

use air_api::{
    WebUrl,
    sandbox::{Expiration, ProofSuite},
};
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
    /// Accounts.
    #[sqlx(try_from = "sql::Unsigned")]
    pub partners: u64,
    /// Schemas.
    #[sqlx(try_from = "sql::Unsigned")]
    pub schemas: u64,
    /// Issuance programs.
    #[sqlx(try_from = "sql::Unsigned")]
    pub programs: u64,
    /// Credentials, revoked and expired ones among them.
    #[sqlx(try_from = "sql::Unsigned")]
    pub credentials: u64,
    /// Revoked credentials.
    #[sqlx(try_from = "sql::Unsigned")]
    pub revoked: u64,
    /// Users.
    #[sqlx(try_from = "sql::Unsigned")]
    pub users: u64,
    /// Runs of verification programs.
    #[sqlx(try_from = "sql::Unsigned")]
    pub verifications: u64,
    /// Runs whose result is `Compliant`.
    #[sqlx(try_from = "sql::Unsigned")]
    pub compliant: u64,
}

/// An account, without its key.
#[derive(Clone, Debug, FromRow)]
pub struct Account {
    /// The account's ID.
    pub partner_id: PartnerId,
    /// The name.
    pub name: String,
    /// The URL of the partner's public keys; `None` if it publishes none.
    #[sqlx(try_from = "sql::Text<super::partners::StoredUrl>")]
    pub jwks_url: Option<WebUrl>,
    /// A JSON array.
    pub allowed_origins: String,
    /// Whether it may issue without the user.
    pub issue_on_behalf: bool,
    /// The issuer's DID.
    pub issuer_did: IssuerDid,
    /// The verifier's DID.
    pub verifier_did: String,
    /// A JWK set with public keys that the operator registered, as JSON.
    pub registered_keys: Option<String>,
    /// When it was created.
    pub created_at: UnixTime,
}

/// The number of credentials that were issued on one day.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct Day {
    /// Days since 1970.
    #[sqlx(try_from = "sql::Unsigned")]
    pub day: u64,
    /// The number of credentials.
    #[sqlx(try_from = "sql::Unsigned")]
    pub issued: u64,
}

/// An issuance program.
#[derive(Clone, Debug, FromRow)]
#[expect(clippy::struct_excessive_bools, reason = "each is a column of the row")]
pub struct ProgramRow {
    /// The program.
    pub program_id: ProgramId,
    /// The issuer.
    pub partner_id: PartnerId,
    /// The issuer's name.
    pub partner_name: String,
    /// The issuer's DID.
    pub issuer_did: IssuerDid,
    /// The schema.
    pub schema_id: SchemaId,
    /// The schema's title.
    pub title: String,
    /// The name for people; `None` if it has none.
    pub name: Option<String>,
    /// Whether the documents of its credentials are encrypted to a CAK.
    pub cak: bool,
    /// The lifetime of its credentials.
    #[sqlx(try_from = "sql::Text<Expiration>")]
    pub expiration: Expiration,
    /// Whether it is published.
    pub published: bool,
    /// The end of issuance; `None` for no end.
    pub accessible_until: Option<UnixTime>,
    /// The most credentials that it issues; `None` for no limit.
    #[sqlx(try_from = "sql::OptionalUnsigned")]
    pub maximum_issuance: Option<u64>,
    /// The suite of its W3C credentials; `None` without them.
    #[sqlx(try_from = "sql::OptionalText<ProofSuite>")]
    pub proof: Option<ProofSuite>,
    /// Whether its W3C credentials have no status entry.
    pub unlinkable: bool,
    /// Whether its credentials can be used for predicate proofs.
    pub predicate_proofs: bool,
    /// When it was created.
    pub created_at: UnixTime,
    /// The number of issued credentials.
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
    /// The program.
    pub program_id: VerificationProgramId,
    /// The verifier.
    pub partner_id: PartnerId,
    /// The verifier's name.
    pub partner_name: String,
    /// The schema.
    pub schema_id: SchemaId,
    /// The schema's title.
    pub title: String,
    /// The name for people; `None` if it has none.
    pub name: Option<String>,
    /// A JSON array.
    pub conditions: String,
    /// Whether the verifier requests the CAK.
    pub require_cak: bool,
    /// Whether it has a trust list.
    pub has_trust_list: bool,
    /// The suites of W3C credentials that it accepts, as a JSON array; `None` for none.
    pub proofs: Option<String>,
    /// The issuance program whose credentials it accepts predicate proofs of; `None` for the credentials themselves.
    pub predicate_proofs_of: Option<ProgramId>,
    /// When it was created.
    pub created_at: UnixTime,
    /// The number of runs.
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
    /// The verification.
    pub verification_id: VerificationId,
    /// The program.
    pub program_id: VerificationProgramId,
    /// The schema's title.
    pub title: String,
    /// The verifier.
    pub partner_id: PartnerId,
    /// The verifier's name.
    pub verifier_name: String,
    /// The user.
    pub user_uuid: UserUuid,
    /// The user's e-mail address.
    #[sqlx(try_from = "sql::Text<EmailAddress>")]
    pub email: EmailAddress,
    /// The state of the consent: `pending`, `agreed`, `denied` or `withdrawn`.
    pub consent: String,
    /// The result, such as `Compliant`; `None` before the decision.
    pub status: Option<String>,
    /// The `coreClaimHash` of the presented credential; `None` without one.
    pub core_claim_hash: Option<CoreClaimHash>,
    /// When the verifier asked.
    pub started_at: UnixTime,
    /// When the run was decided; `None` before.
    pub decided_at: Option<UnixTime>,
}

/// The filter of programs. An empty text matches all.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProgramFilter<'a> {
    /// Part of a name, a title, an issuer or an ID, in lower case.
    pub text: &'a str,
    /// `published` or `draft`.
    pub state: &'a str,
    /// The ID of the issuer.
    pub partner_id: &'a str,
}

/// The filter of runs. An empty text matches all.
#[derive(Clone, Copy, Debug, Default)]
pub struct RunFilter<'a> {
    /// The ID of the verification program.
    pub program_id: &'a str,
    /// The user's ID.
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
    /// The user.
    pub user_uuid: UserUuid,
    /// The user's e-mail address.
    #[sqlx(try_from = "sql::Text<EmailAddress>")]
    pub email: EmailAddress,
    /// The DID of the user's wallet.
    pub holder_did: String,
    /// When the account was created.
    pub created_at: UnixTime,
    /// The number of credentials.
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
    programs.schema_id, schemas.title, programs.name, cak, expiration, published, accessible_until, maximum_issuance, proof, unlinkable, programs.created_at, \
    EXISTS (SELECT 1 FROM predicate_schemes WHERE predicate_schemes.program_id = programs.program_id) AS predicate_proofs, \
    (SELECT count(*) FROM credentials WHERE credentials.program_id = programs.program_id) AS issued \
    FROM programs JOIN schemas USING (schema_id) JOIN partners ON partners.partner_id = programs.partner_id";

const VERIFICATION_PROGRAMS: &str = "SELECT verification_programs.program_id, verification_programs.partner_id, \
    partners.name AS partner_name, verification_programs.schema_id, schemas.title, verification_programs.name, conditions, require_cak, \
    trust_list IS NOT NULL AS has_trust_list, proofs, predicate_proofs_of, verification_programs.created_at, \
    (SELECT count(*) FROM verifications WHERE verifications.program_id = verification_programs.program_id) AS runs \
    FROM verification_programs JOIN schemas USING (schema_id) \
    JOIN partners ON partners.partner_id = verification_programs.partner_id";

const USERS: &str = "SELECT user_uuid, email, holder_did, created_at, \
    (SELECT count(*) FROM credentials WHERE credentials.user_uuid = users.user_uuid) AS held FROM users";

// A list's page is chosen by a subquery: a database may otherwise compute the counts of all rows
// before it sorts them.

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

/// Counts the entities of each kind.
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

/// Finds an account.
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
    sql::query_as(programs_listed(order))
        .bind(sql::containing(filter.text))
        .bind(filter.state)
        .bind(filter.partner_id)
        .bind(window.limit)
        .bind(window.offset)
        .fetch_all(tx)
        .await
}

pub(super) fn programs_listed(order: Option<Order<'_>>) -> String {
    let order = order::PROGRAMS.clause(order);
    let found = format!(
        "SELECT programs.program_id FROM programs JOIN schemas USING (schema_id) \
         JOIN partners ON partners.partner_id = programs.partner_id WHERE {PROGRAM_MATCHES}"
    );
    let page = format!("programs.program_id IN ({found} {order} LIMIT $4 OFFSET $5)");
    format!("{PROGRAMS} WHERE {page} {order}")
}

/// Finds an issuance program.
pub async fn program(tx: &mut ReadTx, program_id: &str) -> sqlx::Result<Option<ProgramRow>> {
    sql::query_as(format!("{PROGRAMS} WHERE programs.program_id = $1"))
        .bind(program_id)
        .fetch_optional(tx)
        .await
}

/// Returns the verification programs whose name, title, verifier or ID contains `text` (in lower
/// case), newest first by default.
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

/// Finds a verification program.
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

/// Finds a run.
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

/// Finds a user.
pub async fn user(tx: &mut ReadTx, user_uuid: &str) -> sqlx::Result<Option<UserRow>> {
    sql::query_as(format!("{USERS} WHERE user_uuid = $1"))
        .bind(user_uuid)
        .fetch_optional(tx)
        .await
}
