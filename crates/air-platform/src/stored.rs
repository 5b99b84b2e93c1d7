//! Reads programs and schemas. A missing row becomes a refusal.

use air_schema::CredentialSchema;

use super::Refusal;
use air_store::{ReadTx, programs};

pub(crate) async fn find_program(tx: &mut ReadTx, program_id: &str) -> Result<programs::Program, Refusal> {
    programs::find_program(tx, program_id).await?.ok_or_else(|| {
        Refusal::not_found("no such issuance program; `credentialId` must be a program's id, not a schema's")
    })
}

/// Returns the published schema of a program.
pub(crate) async fn find_schema(tx: &mut ReadTx, schema_id: &str) -> Result<CredentialSchema, Refusal> {
    let schema = find_stored_schema(tx, schema_id).await?;
    CredentialSchema::from_slice(schema.form.as_bytes()).map_err(Refusal::internal)
}

pub(crate) async fn find_stored_schema(
    tx: &mut ReadTx,
    schema_id: &str,
) -> Result<programs::Schema, Refusal> {
    programs::find_schema(tx, schema_id).await?.ok_or_else(|| {
        Refusal::not_found("no such schema; `schemaId` must be a schema's id, not a program's")
    })
}
