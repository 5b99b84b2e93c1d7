//! Schemas, issuance programs and verification programs.

use air_api::sandbox::{Expiration, ProofSuite};
use air_ids::{PartnerId, ProgramId, SchemaId, UnixTime, VerificationProgramId};
use sqlx::FromRow;

use super::{ReadTx, WriteTx, sql};

/// A published schema.
#[derive(Clone, Debug, FromRow)]
pub struct Schema {
    /// The ID.
    pub schema_id: SchemaId,
    /// The partner that published it.
    pub partner_id: PartnerId,
    /// The dashboard's form, as JSON.
    pub form: String,
    /// When it was published.
    pub created_at: UnixTime,
}

/// An issuance program.
#[derive(Clone, Debug, FromRow)]
pub struct Program {
    /// The ID.
    pub program_id: ProgramId,
    /// The issuer.
    pub partner_id: PartnerId,
    /// The schema.
    pub schema_id: SchemaId,
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
    /// The name for people; `None` if it has none.
    pub name: Option<String>,
    /// The suite of its W3C credentials; `None` without them.
    #[sqlx(try_from = "sql::OptionalText<ProofSuite>")]
    pub proof: Option<ProofSuite>,
    /// Whether its W3C credentials have no status entry.
    pub unlinkable: bool,
}

/// A verification program.
#[derive(Clone, Debug, FromRow)]
pub struct VerificationProgram {
    /// The ID.
    pub program_id: VerificationProgramId,
    /// The verifier.
    pub partner_id: PartnerId,
    /// The schema.
    pub schema_id: SchemaId,
    /// A JSON array.
    pub conditions: String,
    /// Whether the verifier requests the CAK.
    pub require_cak: bool,
    /// The name for people; `None` if it has none.
    pub name: Option<String>,
    /// The issuers whose credentials it accepts, as JSON; `None` for those of the platform.
    pub trust_list: Option<String>,
    /// The suites of W3C credentials that it accepts, as a JSON array; `None` for none.
    pub proofs: Option<String>,
    /// The issuance program whose credentials it accepts predicate proofs of; `None` for the credentials themselves.
    pub predicate_proofs_of: Option<ProgramId>,
}

/// Inserts a schema.
pub async fn insert_schema(tx: &mut WriteTx, schema: &Schema) -> sqlx::Result<()> {
    sql::query(
        "INSERT INTO schemas (schema_id, partner_id, form, created_at)
         VALUES ($1, $2, $3, $4)",
    )
    .bind(&schema.schema_id)
    .bind(&schema.partner_id)
    .bind(&schema.form)
    .bind(schema.created_at)
    .execute(tx)
    .await
    .map(drop)
}

/// Finds a schema.
pub async fn find_schema(tx: &mut ReadTx, schema_id: &str) -> sqlx::Result<Option<Schema>> {
    sql::query_as("SELECT * FROM schemas WHERE schema_id = $1")
        .bind(schema_id)
        .fetch_optional(tx)
        .await
}

/// Returns the schemas with these ids, in no particular order. Unknown ids are missing.
pub async fn find_schemas(tx: &mut ReadTx, schema_ids: &[&SchemaId]) -> sqlx::Result<Vec<Schema>> {
    if schema_ids.is_empty() {
        return Ok(Vec::new());
    }
    let places = sql::places(1, schema_ids.len());
    let mut query = sql::query_as(format!("SELECT * FROM schemas WHERE schema_id IN {places}"));
    for schema_id in schema_ids {
        query = query.bind(*schema_id);
    }
    query.fetch_all(tx).await
}

/// Inserts an issuance program.
pub async fn insert_program(tx: &mut WriteTx, program: &Program, now: UnixTime) -> sqlx::Result<()> {
    sql::query(
        "INSERT INTO programs (program_id, partner_id, schema_id, cak, expiration, published, created_at,
             accessible_until, maximum_issuance, name, proof, unlinkable)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(&program.program_id)
    .bind(&program.partner_id)
    .bind(&program.schema_id)
    .bind(program.cak)
    .bind(program.expiration.to_string())
    .bind(program.published)
    .bind(now)
    .bind(program.accessible_until)
    .bind(program.maximum_issuance)
    .bind(&program.name)
    .bind(program.proof.map(ProofSuite::as_str))
    .bind(program.unlinkable)
    .execute(tx)
    .await
    .map(drop)
}

/// Counts one more credential. Returns `false` if the program has issued its maximum.
pub async fn count_one(tx: &mut WriteTx, program_id: &ProgramId) -> sqlx::Result<bool> {
    let done = sql::query(
        "UPDATE programs SET issued = issued + 1
         WHERE program_id = $1 AND (maximum_issuance IS NULL OR issued < maximum_issuance)",
    )
    .bind(program_id)
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Finds an issuance program.
pub async fn find_program(tx: &mut ReadTx, program_id: &str) -> sqlx::Result<Option<Program>> {
    sql::query_as("SELECT * FROM programs WHERE program_id = $1")
        .bind(program_id)
        .fetch_optional(tx)
        .await
}

/// Publishes a draft.
pub async fn publish(tx: &mut WriteTx, program_id: &ProgramId) -> sqlx::Result<()> {
    sql::query("UPDATE programs SET published = $1 WHERE program_id = $2")
        .bind(true)
        .bind(program_id)
        .execute(tx)
        .await
        .map(drop)
}

/// Inserts a verification program.
pub async fn insert_verification_program(
    tx: &mut WriteTx,
    program: &VerificationProgram,
    now: UnixTime,
) -> sqlx::Result<()> {
    sql::query("INSERT INTO verification_programs (program_id, partner_id, schema_id, conditions, require_cak, created_at, name, trust_list, proofs,
             predicate_proofs_of)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)")
        .bind(&program.program_id)
        .bind(&program.partner_id)
        .bind(&program.schema_id)
        .bind(&program.conditions)
        .bind(program.require_cak)
        .bind(now)
        .bind(&program.name)
        .bind(&program.trust_list)
        .bind(&program.proofs)
        .bind(program.predicate_proofs_of.as_ref())
        .execute(tx)
        .await
        .map(drop)
}

/// Replaces the trust list of a verification program; `None` removes it.
pub async fn replace_trust_list(
    tx: &mut WriteTx,
    program_id: &VerificationProgramId,
    trust_list: Option<&str>,
) -> sqlx::Result<()> {
    sql::query("UPDATE verification_programs SET trust_list = $1 WHERE program_id = $2")
        .bind(trust_list)
        .bind(program_id)
        .execute(tx)
        .await
        .map(drop)
}

/// Finds a verification program.
pub async fn find_verification_program(
    tx: &mut ReadTx,
    program_id: &str,
) -> sqlx::Result<Option<VerificationProgram>> {
    sql::query_as("SELECT * FROM verification_programs WHERE program_id = $1")
        .bind(program_id)
        .fetch_optional(tx)
        .await
}

/// A published program and its schema. Neither changes.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct PublishedProgram {
    /// The program.
    pub program_id: ProgramId,
    /// The schema.
    pub schema_id: SchemaId,
}

/// Lists a partner's published programs that issue at `now`, the newest first.
pub async fn published_of(
    tx: &mut ReadTx,
    partner_id: &str,
    now: UnixTime,
    limit: u64,
) -> sqlx::Result<Vec<PublishedProgram>> {
    sql::query_as(
        "SELECT program_id, schema_id FROM programs WHERE partner_id = $1 AND published = $2
             AND (accessible_until IS NULL OR accessible_until >= $3)
         ORDER BY created_at DESC, program_id DESC LIMIT $4",
    )
    .bind(partner_id)
    .bind(true)
    .bind(now)
    .bind(limit)
    .fetch_all(tx)
    .await
}
