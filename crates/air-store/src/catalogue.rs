//! The lists of the public catalogue. An entry's name is its schema's title, which is part of the
//! schema's form.

use air_api::catalogue::{SortBy, SortOrder};
use air_ids::{IssuerDid, PartnerId, ProgramId, SchemaId, UnixTime, VerificationProgramId};
use sqlx::FromRow;

use super::{
    ReadTx,
    programs::Schema,
    schema_index::{self, Window, Words},
    sql,
};

/// A published issuance program with its issuer and schema.
#[derive(Clone, Debug, FromRow)]
pub struct Program {
    /// The program.
    pub program_id: ProgramId,
    /// When it was created.
    pub created_at: UnixTime,
    /// The issuer.
    pub partner_id: PartnerId,
    /// The issuer's name.
    pub issuer_name: String,
    /// The issuer's DID.
    pub issuer_did: IssuerDid,
    /// When the issuer's account was created.
    pub issuer_from: UnixTime,
    /// The schema.
    pub schema_id: SchemaId,
    /// The schema as JSON.
    pub form: String,
    /// When the schema was published.
    pub schema_created_at: UnixTime,
    /// The number of users with a credential that is not revoked.
    #[sqlx(try_from = "sql::Unsigned")]
    pub holders: u64,
    /// The number of issued credentials.
    #[sqlx(try_from = "sql::Unsigned")]
    pub issued: u64,
    /// The number of verification programs that request the schema.
    #[sqlx(try_from = "sql::Unsigned")]
    pub demands: u64,
}

/// A verification program with its verifier and schema.
#[derive(Clone, Debug, FromRow)]
pub struct Verification {
    /// The program.
    pub program_id: VerificationProgramId,
    /// When it was created.
    pub created_at: UnixTime,
    /// The verifier's name.
    pub verifier_name: String,
    /// The schema.
    pub schema_id: SchemaId,
    /// The schema as JSON.
    pub form: String,
    /// The number of its runs.
    #[sqlx(try_from = "sql::Unsigned")]
    pub verification_count: u64,
}

/// An account.
#[derive(Clone, Debug, FromRow)]
pub struct Issuer {
    /// The account's ID.
    pub partner_id: PartnerId,
    /// The name.
    pub name: String,
    /// The issuer's DID.
    pub issuer_did: IssuerDid,
    /// When it was created.
    pub created_at: UnixTime,
}

const PROGRAMS: &str = "SELECT programs.program_id, programs.created_at, programs.partner_id, \
    partners.name AS issuer_name, partners.issuer_did, partners.created_at AS issuer_from, \
    programs.schema_id, schemas.form, schemas.created_at AS schema_created_at, \
    (SELECT count(DISTINCT user_uuid) FROM credentials \
        WHERE credentials.program_id = programs.program_id AND credentials.revoked_at IS NULL) AS holders, \
    (SELECT count(*) FROM credentials WHERE credentials.program_id = programs.program_id) AS issued, \
    (SELECT count(*) FROM verification_programs WHERE verification_programs.schema_id = programs.schema_id) AS demands \
    FROM programs JOIN schemas USING (schema_id) JOIN partners ON partners.partner_id = programs.partner_id \
    WHERE programs.published";

const VERIFICATIONS: &str = "SELECT verification_programs.program_id, verification_programs.created_at, \
    partners.name AS verifier_name, verification_programs.schema_id, schemas.form, \
    (SELECT count(*) FROM verifications WHERE verifications.program_id = verification_programs.program_id) \
        AS verification_count \
    FROM verification_programs JOIN schemas USING (schema_id) \
    JOIN partners ON partners.partner_id = verification_programs.partner_id WHERE true";

/// Returns the `ORDER BY` clause of a list. The row number breaks ties.
fn order(of: &str, by: SortBy, order: SortOrder) -> String {
    let direction = match order {
        SortOrder::Asc => "ASC",
        SortOrder::Desc => "DESC",
    };
    let by = match by {
        SortBy::Name => "lower(schemas.title)".to_owned(),
        _ => format!("{of}.created_at"),
    };
    format!("ORDER BY {by} {direction}, {of}.rowid {direction}")
}

/// Returns the condition and the order of one page of programs: of the rows that meet `condition`,
/// at most `$1` after the first `$2`. The subquery finds the page, because a database may otherwise
/// compute the counts of all rows before it sorts them.
fn page(of: &str, condition: &str, order: &str) -> String {
    format!(
        " AND {of}.program_id IN (SELECT {of}.program_id FROM {of} JOIN schemas USING (schema_id) \
         WHERE {condition} {order} LIMIT $1 OFFSET $2) {order}"
    )
}

/// Returns a page of all schemas.
pub async fn schemas(
    tx: &mut ReadTx,
    window: Window,
    by: SortBy,
    direction: SortOrder,
) -> sqlx::Result<Vec<Schema>> {
    let order = order("schemas", by, direction);
    sql::query_as(format!(
        "SELECT schemas.* FROM schemas {order} LIMIT $1 OFFSET $2"
    ))
    .bind(window.limit)
    .bind(window.offset)
    .fetch_all(tx)
    .await
}

/// Finds a published program.
pub async fn program(tx: &mut ReadTx, program_id: &str) -> sqlx::Result<Option<Program>> {
    sql::query_as(format!("{PROGRAMS} AND programs.program_id = $1"))
        .bind(program_id)
        .fetch_optional(tx)
        .await
}

/// Returns the programs with these ids, in no particular order.
pub async fn programs_by_id(tx: &mut ReadTx, program_ids: &[&ProgramId]) -> sqlx::Result<Vec<Program>> {
    if program_ids.is_empty() {
        return Ok(Vec::new());
    }
    let places = sql::places(1, program_ids.len());
    let mut query = sql::query_as(format!("{PROGRAMS} AND programs.program_id IN {places}"));
    for program_id in program_ids {
        query = query.bind(*program_id);
    }
    query.fetch_all(tx).await
}

/// Returns at most `limit` programs of one schema.
pub async fn programs_of(tx: &mut ReadTx, schema_id: &SchemaId, limit: u64) -> sqlx::Result<Vec<Program>> {
    sql::query_as(programs_of_schema())
        .bind(limit)
        .bind(0_u64)
        .bind(schema_id)
        .fetch_all(tx)
        .await
}

pub(super) fn programs_of_schema() -> String {
    let order = order("programs", SortBy::CreatedAt, SortOrder::Desc);
    let page = page(
        "programs",
        "programs.published AND programs.schema_id = $3",
        &order,
    );
    format!("{PROGRAMS}{page}")
}

/// Returns a page of all verification programs.
pub async fn verifications(
    tx: &mut ReadTx,
    window: Window,
    by: SortBy,
    direction: SortOrder,
) -> sqlx::Result<Vec<Verification>> {
    sql::query_as(verifications_listed(by, direction))
        .bind(window.limit)
        .bind(window.offset)
        .fetch_all(tx)
        .await
}

pub(super) fn verifications_listed(by: SortBy, direction: SortOrder) -> String {
    let order = order("verification_programs", by, direction);
    let page = page("verification_programs", "true", &order);
    format!("{VERIFICATIONS}{page}")
}

/// Finds a verification program.
pub async fn verification(tx: &mut ReadTx, program_id: &str) -> sqlx::Result<Option<Verification>> {
    sql::query_as(format!(
        "{VERIFICATIONS} AND verification_programs.program_id = $1"
    ))
    .bind(program_id)
    .fetch_optional(tx)
    .await
}

/// Returns the verification programs with these ids, in no particular order.
pub async fn verifications_by_id(
    tx: &mut ReadTx,
    program_ids: &[&VerificationProgramId],
) -> sqlx::Result<Vec<Verification>> {
    if program_ids.is_empty() {
        return Ok(Vec::new());
    }
    let places = sql::places(1, program_ids.len());
    let mut query = sql::query_as(format!(
        "{VERIFICATIONS} AND verification_programs.program_id IN {places}"
    ));
    for program_id in program_ids {
        query = query.bind(*program_id);
    }
    query.fetch_all(tx).await
}

/// Returns at most `limit` verification programs that request one schema.
pub async fn verifications_of(
    tx: &mut ReadTx,
    schema_id: &SchemaId,
    limit: u64,
) -> sqlx::Result<Vec<Verification>> {
    sql::query_as(verifications_of_schema())
        .bind(limit)
        .bind(0_u64)
        .bind(schema_id)
        .fetch_all(tx)
        .await
}

pub(super) fn verifications_of_schema() -> String {
    let order = order("verification_programs", SortBy::CreatedAt, SortOrder::Desc);
    let page = page(
        "verification_programs",
        "verification_programs.schema_id = $3",
        &order,
    );
    format!("{VERIFICATIONS}{page}")
}

/// Counts the schemas.
pub async fn count_schemas(tx: &mut ReadTx) -> sqlx::Result<u64> {
    sql::query_number("SELECT count(*) FROM schemas")
        .fetch_one(tx)
        .await
}

/// Counts the verification programs.
pub async fn count_verifications(tx: &mut ReadTx) -> sqlx::Result<u64> {
    sql::query_number("SELECT count(*) FROM verification_programs")
        .fetch_one(tx)
        .await
}

/// Returns issuers that have a published program and whose name contains these words in this order.
/// Names that begin with them come first.
pub async fn issuers_named(tx: &mut ReadTx, words: &str, window: Window) -> sqlx::Result<Vec<Issuer>> {
    sql::query_as(
        "SELECT partner_id, name, issuer_did, created_at FROM partners
         WHERE instr(lower(name), lower($1)) > 0
             AND EXISTS (SELECT 1 FROM programs WHERE programs.partner_id = partners.partner_id AND published)
         ORDER BY instr(lower(name), lower($1)), name LIMIT $2 OFFSET $3",
    )
    .bind(words)
    .bind(window.limit)
    .bind(window.offset)
    .fetch_all(tx)
    .await
}

/// Counts the issuers that [`issuers_named`] finds.
pub async fn count_issuers_named(tx: &mut ReadTx, words: &str) -> sqlx::Result<u64> {
    sql::query_number(
        "SELECT count(*) FROM partners WHERE instr(lower(name), lower($1)) > 0
             AND EXISTS (SELECT 1 FROM programs WHERE programs.partner_id = partners.partner_id AND published)",
    )
    .bind(words)
    .fetch_one(tx)
    .await
}

/// Returns the issuance programs whose schema contains these words, each with the relevance of its
/// schema, best match first.
pub async fn search_programs(
    tx: &mut ReadTx,
    words: &Words,
    window: Window,
) -> sqlx::Result<Vec<(ProgramId, f64)>> {
    let hits = schema_index::hits(tx.dialect());
    sql::query_as(format!(
        "SELECT program_id, relevance FROM ({hits}) AS hits JOIN programs USING (schema_id) WHERE published \
         ORDER BY relevance DESC, programs.created_at DESC, programs.rowid DESC LIMIT $2 OFFSET $3"
    ))
    .bind(words.in_terms_of(tx.dialect()))
    .bind(window.limit)
    .bind(window.offset)
    .fetch_all(tx)
    .await
}

/// Returns the verification programs whose schema contains these words, each with the relevance of
/// its schema, best match first.
pub async fn search_verifications(
    tx: &mut ReadTx,
    words: &Words,
    window: Window,
) -> sqlx::Result<Vec<(VerificationProgramId, f64)>> {
    let hits = schema_index::hits(tx.dialect());
    sql::query_as(format!(
        "SELECT program_id, relevance FROM ({hits}) AS hits JOIN verification_programs USING (schema_id) \
         ORDER BY relevance DESC, verification_programs.created_at DESC, verification_programs.rowid DESC \
         LIMIT $2 OFFSET $3"
    ))
    .bind(words.in_terms_of(tx.dialect()))
    .bind(window.limit)
    .bind(window.offset)
    .fetch_all(tx)
    .await
}

/// Counts the issuance and verification programs that match these words.
pub async fn count_found(tx: &mut ReadTx, words: &Words) -> sqlx::Result<(u64, u64)> {
    let hits = schema_index::hits(tx.dialect());
    let counts: (sql::Unsigned, sql::Unsigned) = sql::query_as(format!(
        "SELECT (SELECT count(*) FROM ({hits}) AS hits JOIN programs USING (schema_id) WHERE published), \
         (SELECT count(*) FROM ({hits}) AS hits JOIN verification_programs USING (schema_id))"
    ))
    .bind(words.in_terms_of(tx.dialect()))
    .fetch_one(tx)
    .await?;
    Ok((counts.0.into(), counts.1.into()))
}
