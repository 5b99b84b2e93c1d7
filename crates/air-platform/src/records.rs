//! Lists of accounts and programs, for the operator. Each page has one row less than was read if
//! there are more rows.

use air_api::{
    PlatformTime,
    sandbox::{ListQuery, PartnerRecord, ProgramRecord, RecordPage, VerificationProgramRecord},
};
use air_store::{
    dashboard::{self, Account, ProgramFilter, ProgramRow, VerificationProgramRow},
    schema_index::Window,
};

use super::{App, Refusal, registered_keys, w3c_proofs};

/// Returns the partners with this text in their name or ID.
pub async fn partners(app: &App, query: &ListQuery) -> Result<RecordPage<PartnerRecord>, Refusal> {
    let (text, window) = parse(query)?;
    let rows = dashboard::accounts(&mut *app.store.read().await?, &text, None, window).await?;
    page(rows, partner)
}

/// Returns the issuance programs with this text in their name, title, issuer or ID.
pub async fn programs(app: &App, query: &ListQuery) -> Result<RecordPage<ProgramRecord>, Refusal> {
    let (text, window) = parse(query)?;
    let filter = ProgramFilter {
        text: &text,
        ..ProgramFilter::default()
    };
    let rows = dashboard::programs(&mut *app.store.read().await?, filter, None, window).await?;
    page(rows, |row| Ok(program(row)))
}

/// Returns the verification programs with this text in their name, title, verifier or ID.
pub async fn verification_programs(
    app: &App,
    query: &ListQuery,
) -> Result<RecordPage<VerificationProgramRecord>, Refusal> {
    let (text, window) = parse(query)?;
    let rows = dashboard::verification_programs(&mut *app.store.read().await?, &text, None, window).await?;
    page(rows, verification_program)
}

fn parse(query: &ListQuery) -> Result<(String, Window), Refusal> {
    if query.page == 0 {
        return Err(Refusal::bad_request("page must be at least 1"));
    }
    let text = query.q.trim().to_lowercase();
    if text.chars().count() > ListQuery::QUERY_LIMIT {
        return Err(Refusal::bad_request("q must have at most 200 characters"));
    }
    let size = u64::from(ListQuery::PAGE_SIZE);
    let window = Window {
        offset: u64::from(query.page - 1) * size,
        limit: size + 1,
    };
    Ok((text, window))
}

fn page<R, T>(mut rows: Vec<R>, record: impl Fn(R) -> Result<T, Refusal>) -> Result<RecordPage<T>, Refusal> {
    let size = usize::try_from(ListQuery::PAGE_SIZE).unwrap_or(usize::MAX);
    let has_more = rows.len() > size;
    rows.truncate(size);
    Ok(RecordPage {
        records: rows.into_iter().map(record).collect::<Result<_, _>>()?,
        has_more,
    })
}

fn partner(row: Account) -> Result<PartnerRecord, Refusal> {
    Ok(PartnerRecord {
        partner_id: row.partner_id,
        name: row.name,
        jwks_url: row.jwks_url,
        allowed_origins: serde_json::from_str(&row.allowed_origins).map_err(Refusal::internal)?,
        issue_on_behalf: row.issue_on_behalf,
        issuer_did: row.issuer_did,
        verifier_did: row.verifier_did,
        registered_keys: registered_keys::kids(row.registered_keys.as_deref())?,
        created_at: PlatformTime::from_unix(row.created_at),
    })
}

fn program(row: ProgramRow) -> ProgramRecord {
    ProgramRecord {
        program: row.program_id,
        name: row.name,
        partner_id: row.partner_id,
        partner_name: row.partner_name,
        schema_id: row.schema_id,
        title: row.title,
        cak: row.cak,
        expiration: row.expiration,
        published: row.published,
        accessible_until: row.accessible_until.map(PlatformTime::from_unix),
        maximum_issuance: row.maximum_issuance,
        proof: row.proof,
        unlinkable: row.unlinkable,
        predicate_proofs: row.predicate_proofs,
        issued: row.issued,
        created_at: PlatformTime::from_unix(row.created_at),
    }
}

fn verification_program(row: VerificationProgramRow) -> Result<VerificationProgramRecord, Refusal> {
    Ok(VerificationProgramRecord {
        program_id: row.program_id,
        name: row.name,
        partner_id: row.partner_id,
        partner_name: row.partner_name,
        schema_id: row.schema_id,
        title: row.title,
        conditions: serde_json::from_str(&row.conditions).map_err(Refusal::internal)?,
        require_cak: row.require_cak,
        has_trust_list: row.has_trust_list,
        proofs: w3c_proofs::parse_suites(row.proofs.as_deref())?,
        predicate_proofs_of: row.predicate_proofs_of,
        runs: row.runs,
        created_at: PlatformTime::from_unix(row.created_at),
    })
}
