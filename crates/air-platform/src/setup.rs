//! Creates accounts, schemas and programs. The hosted platform has a dashboard for this.

use air_api::{
    PlatformTime, WebUrl,
    sandbox::{
        CreateProgram, CreateSchema, CreateVerificationProgram, CreatedPartner, CreatedProgram,
        CreatedSchema, CreatedVerificationProgram, NewPartner, Program,
    },
};
use air_ids::UnixTime;
use air_jwt::SigningKey;
use air_schema::{CredentialSchema, Validator};
use serde_json::{Map, Value};

use super::{
    App, Refusal, catalogue, conditions,
    events::{self, EventKind},
    idempotency::{Caller, IdempotentResponse, RequestKey},
    names,
    stored::{find_program, find_schema, find_stored_schema},
};
use crate::{
    ids,
    predicate_proofs::{self, PreparedScheme},
    trust, trust_lists, w3c_proofs,
};
use air_store::{ReadTx, WriteTx, partners, programs};

/// The maximum number of a partner's web origins, as on the hosted platform.
const ORIGIN_LIMIT: usize = 3;
const NAME_LIMIT: usize = 200;

/// `POST /sandbox/v1/partners`.
pub async fn create_partner(
    app: &App,
    new: NewPartner,
    request_key: Option<RequestKey>,
) -> Result<IdempotentResponse<CreatedPartner>, Refusal> {
    app.idempotent(Caller::SET_UP, request_key, async |tx| {
        let now = tx.now;
        insert_partner(tx, new, now).await
    })
    .await
}

/// `POST /sandbox/v1/schemas`: publishes a schema.
pub async fn create_schema(
    app: &App,
    new: CreateSchema,
    request_key: Option<RequestKey>,
) -> Result<IdempotentResponse<CreatedSchema>, Refusal> {
    app.idempotent(Caller::SET_UP, request_key, async |tx| {
        let now = tx.now;
        insert_schema(tx, new, now).await
    })
    .await
}

/// `POST /sandbox/v1/programs`.
pub async fn create_program(
    app: &App,
    new: CreateProgram,
    request_key: Option<RequestKey>,
) -> Result<IdempotentResponse<CreatedProgram>, Refusal> {
    // A key is made only for a program that can be published.
    w3c_proofs::check_program(new.proof, new.unlinkable, new.expiration)?;
    if new.publish {
        w3c_proofs::prepare(app, &new.partner_id, new.proof).await?;
    }
    let scheme = predicate_proofs::prepare(app, &new).await?;
    app.idempotent(Caller::SET_UP, request_key, async |tx| {
        let now = tx.now;
        insert_program(tx, new, scheme, now).await
    })
    .await
}

/// Publishes a draft. A published program stays published.
pub async fn publish_program(app: &App, program_id: &str) -> Result<(), Refusal> {
    w3c_proofs::prepare_published(app, program_id).await?;
    let mut tx = app.store.write().await?;
    let program = find_program(&mut tx, program_id).await?;
    if program.published {
        return Ok(());
    }
    let now = app.platform_clock.now();
    publish_draft(&mut tx, program, now).await?;
    app.commit(tx).await.map_err(Refusal::from)
}

pub(super) async fn publish_draft(
    tx: &mut WriteTx,
    mut program: programs::Program,
    now: UnixTime,
) -> Result<(), Refusal> {
    program.published = true;
    programs::publish(tx, &program.program_id).await?;
    Ok(events::record(tx, &EventKind::ProgramPublished(&program), now).await?)
}

/// `POST /sandbox/v1/verification-programs`.
pub async fn create_verification_program(
    app: &App,
    new: CreateVerificationProgram,
    request_key: Option<RequestKey>,
) -> Result<IdempotentResponse<CreatedVerificationProgram>, Refusal> {
    predicate_proofs::check_verification_program(app, &new).await?;
    app.idempotent(Caller::SET_UP, request_key, async |tx| {
        let now = tx.now;
        insert_verification_program(tx, new, now).await
    })
    .await
}

/// Returns the parts of a program that a wallet needs before issuance.
pub async fn program(app: &App, program_id: &str) -> Result<Program, Refusal> {
    let mut read = app.store.read().await?;
    let program = find_program(&mut read, program_id).await?;
    let schema = find_schema(&mut read, program.schema_id.as_str()).await?;
    let partner = partners::find(&mut read, program.partner_id.as_str())
        .await?
        .ok_or_else(|| Refusal::internal("a program without its partner"))?;
    Ok(Program {
        program: program.program_id,
        issuer_did: partner.issuer_did,
        schema_id: program.schema_id,
        title: schema.title().to_owned(),
        cak: program.cak,
        published: program.published,
    })
}

pub(super) async fn insert_partner(
    tx: &mut WriteTx,
    new: NewPartner,
    now: UnixTime,
) -> Result<CreatedPartner, Refusal> {
    check_name(&new.name)?;
    let accepted = |url: &WebUrl| trust::NETWORK_POLICY.accepts(url.as_str());
    if !new.jwks_url.as_ref().is_none_or(accepted) {
        return Err(Refusal::bad_request(
            "jwksUrl must be an https URL, or http on localhost",
        ));
    }
    if new.allowed_origins.len() > ORIGIN_LIMIT {
        return Err(Refusal::bad_request(
            "allowedOrigins may have at most three origins",
        ));
    }
    let partner = partners::Partner {
        partner_id: ids::partner_id(),
        name: new.name,
        jwks_url: new.jwks_url,
        allowed_origins: serde_json::to_string(&new.allowed_origins).map_err(Refusal::internal)?,
        issue_on_behalf: new.issue_on_behalf,
        issuer_did: ids::issuer_did(),
        verifier_did: ids::did(),
        issuer_key: SigningKey::generate(&mut rand::rng())
            .expose_pkcs8_pem()
            .to_string(),
        registered_keys: None,
    };
    partners::insert(tx, &partner, now).await?;
    events::record(tx, &EventKind::PartnerCreated(&partner), now).await?;
    Ok(CreatedPartner {
        partner_id: partner.partner_id,
        issuer_did: partner.issuer_did,
        verifier_did: partner.verifier_did,
    })
}

pub(super) async fn insert_schema(
    tx: &mut WriteTx,
    new: CreateSchema,
    now: UnixTime,
) -> Result<CreatedSchema, Refusal> {
    require_partner(tx, new.partner_id.as_str()).await?;
    let schema = parse_schema(new.schema)?;
    names::check_schema(&schema)?;
    // An invalid regular expression in a pattern must fail here, not at the first issuance.
    Validator::new(&schema).map_err(|error| Refusal::bad_request(format!("schema: {error}")))?;
    let row = programs::Schema {
        schema_id: ids::schema_id(),
        partner_id: new.partner_id,
        form: serde_json::to_string(&schema).map_err(Refusal::internal)?,
        created_at: now,
    };
    programs::insert_schema(tx, &row).await?;
    catalogue::index(tx, &row.schema_id, &schema).await?;
    events::record(tx, &EventKind::SchemaPublished(&row), now).await?;
    Ok(CreatedSchema {
        schema_id: row.schema_id,
    })
}

/// Reads the dashboard's form.
pub(super) fn parse_schema(form: Map<String, Value>) -> Result<CredentialSchema, Refusal> {
    CredentialSchema::from_slice(Value::Object(form).to_string().as_bytes())
        .map_err(|error| Refusal::bad_request(format!("schema: {error}")))
}

pub(super) async fn insert_program(
    tx: &mut WriteTx,
    new: CreateProgram,
    scheme: Option<PreparedScheme>,
    now: UnixTime,
) -> Result<CreatedProgram, Refusal> {
    require_partner(tx, new.partner_id.as_str()).await?;
    check_program_name(new.name.as_deref())?;
    w3c_proofs::check_program(new.proof, new.unlinkable, new.expiration)?;
    let schema = find_stored_schema(tx, new.schema_id.as_str()).await?;
    if schema.partner_id != new.partner_id {
        return Err(Refusal::forbidden(
            "the schema belongs to another partner; publish your own schema to issue with it",
        ));
    }
    let program = programs::Program {
        program_id: ids::short_id(),
        partner_id: new.partner_id,
        schema_id: new.schema_id,
        cak: new.cak,
        expiration: new.expiration,
        published: new.publish,
        accessible_until: new.accessible_until.map(PlatformTime::to_unix),
        maximum_issuance: new.maximum_issuance,
        name: new.name,
        proof: new.proof,
        unlinkable: new.unlinkable,
    };
    programs::insert_program(tx, &program, now).await?;
    if let Some(scheme) = scheme {
        scheme
            .insert(tx, &program.partner_id, &program.program_id, now)
            .await?;
    }
    events::record(tx, &EventKind::ProgramCreated(&program), now).await?;
    Ok(CreatedProgram {
        program: program.program_id,
    })
}

pub(super) async fn insert_verification_program(
    tx: &mut WriteTx,
    new: CreateVerificationProgram,
    now: UnixTime,
) -> Result<CreatedVerificationProgram, Refusal> {
    require_partner(tx, new.partner_id.as_str()).await?;
    check_program_name(new.name.as_deref())?;
    let schema = find_schema(tx, new.schema_id.as_str()).await?;
    conditions::check(&new.conditions, &schema)?;
    let program = programs::VerificationProgram {
        program_id: ids::short_id(),
        partner_id: new.partner_id,
        schema_id: new.schema_id,
        conditions: serde_json::to_string(&new.conditions).map_err(Refusal::internal)?,
        require_cak: new.require_cak,
        name: new.name,
        proofs: w3c_proofs::stored_suites(&new.proofs, new.trust_list.is_some())?,
        predicate_proofs_of: new.predicate_proofs_of,
        trust_list: trust_lists::to_stored(new.trust_list.as_ref())?,
    };
    programs::insert_verification_program(tx, &program, now).await?;
    events::record(tx, &EventKind::VerificationProgramCreated(&program), now).await?;
    Ok(CreatedVerificationProgram {
        program_id: program.program_id,
    })
}

fn check_name(name: &str) -> Result<(), Refusal> {
    if name.trim().is_empty() || name.chars().count() > NAME_LIMIT {
        return Err(Refusal::bad_request("name must be 1 to 200 characters"));
    }
    names::check("name", name)
}

fn check_program_name(name: Option<&str>) -> Result<(), Refusal> {
    name.map_or(Ok(()), check_name)
}

async fn require_partner(tx: &mut ReadTx, partner_id: &str) -> Result<(), Refusal> {
    match partners::find(tx, partner_id).await? {
        Some(_) => Ok(()),
        None => Err(Refusal::not_found(
            "no such partner; `partnerId` must be an id that this platform issued",
        )),
    }
}
