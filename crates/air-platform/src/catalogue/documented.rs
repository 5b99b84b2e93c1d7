//! The documented public catalogue: `GET /catalog/…`.

use std::collections::HashMap;

use air_api::{
    PlatformTime,
    catalogue::{
        CatalogueCredential, CatalogueIssuer, CatalogueProgram, CatalogueSchema, CatalogueSearch,
        CredentialDetails, DataPoint, Group, Listing, Page, SearchMeta, SearchResults, Traction,
    },
};
use air_schema::CredentialSchema;

use super::{App, Refusal, page_window, query};
use crate::stored::find_stored_schema;
use air_store::{
    ReadTx,
    catalogue::{self, Issuer, Program, Verification},
    programs::Schema,
    schema_index::{Window, Words},
};

/// The maximum number of nested items in a response without pages.
const WITHIN: u64 = 100;

/// `GET /catalog/schemas`.
pub async fn schemas(app: &App, listing: Listing) -> Result<Page<CatalogueSchema>, Refusal> {
    let window = page_window(listing.page, listing.limit, Listing::LIMIT)?;
    let mut read = app.store.read().await?;
    let found = catalogue::schemas(&mut read, window, listing.sort_by, listing.sort_order).await?;
    let records = found.into_iter().map(|schema| schema_in_list(&schema));
    let records = records.collect::<Result<_, _>>()?;
    Ok(page(listing, catalogue::count_schemas(&mut read).await?, records))
}

/// `GET /catalog/schemas/{id}`.
pub async fn schema(app: &App, schema_id: &str) -> Result<CatalogueSchema, Refusal> {
    let mut read = app.store.read().await?;
    let schema = find_stored_schema(&mut read, schema_id).await?;
    let programs = catalogue::programs_of(&mut read, &schema.schema_id, WITHIN).await?;
    let credentials = programs.iter().map(credential_in_list);
    Ok(CatalogueSchema {
        credentials: Some(credentials.collect::<Result<_, _>>()?),
        ..schema_in_list(&schema)?
    })
}

/// `GET /catalog/credentials/{id}`.
pub async fn credential(app: &App, program_id: &str) -> Result<CredentialDetails, Refusal> {
    let mut read = app.store.read().await?;
    let program = catalogue::program(&mut read, program_id)
        .await?
        .ok_or_else(|| Refusal::not_found("no such credential in the catalogue; drafts are not listed"))?;
    let mut credential = credential_in_list(&program)?;
    credential.issuer.issuer_did = Some(program.issuer_did.clone());
    credential.issuer.issuer_from = Some(PlatformTime::from_unix(program.issuer_from));
    let programs = catalogue::verifications_of(&mut read, &program.schema_id, WITHIN).await?;
    let schema = Schema {
        schema_id: program.schema_id,
        partner_id: program.partner_id,
        form: program.form,
        created_at: program.schema_created_at,
    };
    Ok(CredentialDetails {
        credential,
        data_points: data_points(&schema)?,
        schema: schema_in_list(&schema)?,
        programs: programs.iter().map(program_in_list).collect::<Result<_, _>>()?,
    })
}

/// `GET /catalog/programs`.
pub async fn programs(app: &App, listing: Listing) -> Result<Page<CatalogueProgram>, Refusal> {
    let window = page_window(listing.page, listing.limit, Listing::LIMIT)?;
    let mut read = app.store.read().await?;
    let found = catalogue::verifications(&mut read, window, listing.sort_by, listing.sort_order).await?;
    let records = found.iter().map(program_in_list).collect::<Result<_, _>>()?;
    Ok(page(
        listing,
        catalogue::count_verifications(&mut read).await?,
        records,
    ))
}

/// `GET /catalog/programs/{id}`.
pub async fn program(app: &App, program_id: &str) -> Result<CatalogueProgram, Refusal> {
    let found = catalogue::verification(&mut *app.store.read().await?, program_id).await?;
    let found = found.ok_or_else(|| Refusal::not_found("no such verification program in the catalogue"))?;
    program_in_list(&found)
}

/// `GET /catalog/search`: programs by the words of their schema, issuers by their name.
pub async fn search(app: &App, search: CatalogueSearch) -> Result<SearchResults, Refusal> {
    let window = page_window(search.page, search.limit, CatalogueSearch::LIMIT)?;
    let words =
        query(&search.q)?.ok_or_else(|| Refusal::bad_request("q is missing; pass the text to search for"))?;
    let mut read = app.store.read().await?;
    let (credential_count, program_count) = catalogue::count_found(&mut read, &words).await?;
    let credentials = found_credentials(&mut read, &words, window).await?;
    let programs = found_programs(&mut read, &words, window).await?;
    let name = search.q.trim();
    let issuer_count = catalogue::count_issuers_named(&mut read, name).await?;
    let issuers = catalogue::issuers_named(&mut read, name, window).await?;
    let issuers = issuers.into_iter().map(|issuer| found_issuer(issuer, name));
    Ok(SearchResults {
        credentials: group(credentials, credential_count),
        issuers: group(issuers.collect(), issuer_count),
        programs: group(programs, program_count),
        meta: SearchMeta {
            query: search.q.clone(),
            total_results: credential_count + issuer_count + program_count,
        },
    })
}

/// Searches issuance programs, in two queries.
async fn found_credentials(
    tx: &mut ReadTx,
    words: &Words,
    window: Window,
) -> Result<Vec<CatalogueCredential>, Refusal> {
    let found = catalogue::search_programs(tx, words, window).await?;
    let ids: Vec<_> = found.iter().map(|(id, _)| id).collect();
    let programs = catalogue::programs_by_id(tx, &ids).await?;
    let programs: HashMap<_, _> = programs
        .iter()
        .map(|program| (&program.program_id, program))
        .collect();
    let found = found.iter().filter_map(|(id, relevance)| {
        let program = programs.get(id)?;
        Some(credential_in_list(program).map(|credential| CatalogueCredential {
            relevance: Some(*relevance),
            ..credential
        }))
    });
    found.collect()
}

/// Searches verification programs, in two queries.
async fn found_programs(
    tx: &mut ReadTx,
    words: &Words,
    window: Window,
) -> Result<Vec<CatalogueProgram>, Refusal> {
    let found = catalogue::search_verifications(tx, words, window).await?;
    let ids: Vec<_> = found.iter().map(|(id, _)| id).collect();
    let programs = catalogue::verifications_by_id(tx, &ids).await?;
    let programs: HashMap<_, _> = programs
        .iter()
        .map(|program| (&program.program_id, program))
        .collect();
    let found = found.iter().filter_map(|(id, relevance)| {
        let program = programs.get(id)?;
        Some(program_in_list(program).map(|program| CatalogueProgram {
            relevance: Some(*relevance),
            ..program
        }))
    });
    found.collect()
}

fn group<T>(items: Vec<T>, total: u64) -> Group<T> {
    Group { items, total }
}

fn page<T>(listing: Listing, total: u64, records: Vec<T>) -> Page<T> {
    Page {
        current: listing.page,
        pages: total.div_ceil(listing.limit.into()),
        size: listing.limit,
        total,
        records,
    }
}

fn form(text: &str) -> Result<CredentialSchema, Refusal> {
    CredentialSchema::from_slice(text.as_bytes()).map_err(Refusal::internal)
}

fn schema_in_list(schema: &Schema) -> Result<CatalogueSchema, Refusal> {
    let form = form(&schema.form)?;
    Ok(CatalogueSchema {
        schema_id: schema.schema_id.clone(),
        title: form.title().to_owned(),
        description: form.description().unwrap_or_default().to_owned(),
        created_at: PlatformTime::from_unix(schema.created_at),
        credentials: None,
    })
}

fn credential_in_list(program: &Program) -> Result<CatalogueCredential, Refusal> {
    Ok(CatalogueCredential {
        credential_id: program.program_id.clone(),
        name: form(&program.form)?.title().to_owned(),
        category: "general".to_owned(),
        issuer: CatalogueIssuer {
            issuer_id: program.partner_id.clone(),
            name: program.issuer_name.clone(),
            issuer_did: None,
            issuer_from: None,
            relevance: None,
        },
        traction: Traction {
            holder_count: program.holders,
            issuance_count: program.issued,
            demand_count: program.demands,
        },
        created_at: PlatformTime::from_unix(program.created_at),
        relevance: None,
    })
}

fn program_in_list(program: &Verification) -> Result<CatalogueProgram, Refusal> {
    Ok(CatalogueProgram {
        program_id: program.program_id.clone(),
        name: format!("Check of {}", form(&program.form)?.title()),
        verifier_name: program.verifier_name.clone(),
        verification_count: program.verification_count,
        schema_id: Some(program.schema_id.clone()),
        created_at: PlatformTime::from_unix(program.created_at),
        relevance: None,
    })
}

/// Describes an issuer that was found. A name that equals the query is a whole match.
fn found_issuer(issuer: Issuer, name: &str) -> CatalogueIssuer {
    let is_whole = issuer.name.eq_ignore_ascii_case(name);
    CatalogueIssuer {
        issuer_id: issuer.partner_id,
        name: issuer.name,
        issuer_did: Some(issuer.issuer_did),
        issuer_from: Some(PlatformTime::from_unix(issuer.created_at)),
        relevance: Some(if is_whole { 1.0 } else { 0.5 }),
    }
}

fn data_points(schema: &Schema) -> Result<Vec<DataPoint>, Refusal> {
    let form = form(&schema.form)?;
    let points = form.attributes().iter().map(|attribute| DataPoint {
        title: attribute.title().unwrap_or(attribute.name().as_str()).to_owned(),
        kind: attribute.kind().name().to_owned(),
        name: attribute.name().to_string(),
        is_required: attribute.is_required(),
        description: attribute.description().unwrap_or_default().to_owned(),
    });
    Ok(points.collect())
}

#[cfg(test)]
mod tests {
    use air_ids::UnixTime;
    use serde_json::{Value, json};

    use super::*;
    use crate::{Clock, seeding};

    #[tokio::test]
    async fn a_search_takes_two_queries_for_each_kind_of_program() {
        let app = App::for_tests(Clock::new(|| UnixTime::from_secs(1_800_000_000))).await;
        let keys = ["one", "two", "three"];
        let each = |make: &dyn Fn(&str) -> Value| -> Vec<Value> { keys.map(make).into() };
        let seed = json!({
            "partner": { "name": "Zenith", "jwksUrl": "http://127.0.0.1/jwks" },
            "schemas": each(&|key| json!({ "key": key, "title": format!("Income {key}"), "attributes": [
                { "name": "bracket", "type": "string", "required": true },
            ]})),
            "programs": each(&|key| json!({ "key": key, "schema": key, "publish": true })),
            "verificationPrograms": each(&|key| json!({ "key": key, "schema": key, "conditions": [
                { "attribute": "bracket", "operator": "equals", "value": "A" },
            ]})),
        });
        let seed = serde_json::from_value(seed).unwrap();
        seeding::seed(&app, seed, None).await.unwrap();
        let words = query("income").unwrap().unwrap();
        let window = page_window(1, 10, CatalogueSearch::LIMIT).unwrap();
        let mut read = app.store.read().await.unwrap();
        let before = read.round_trips();
        let credentials = found_credentials(&mut read, &words, window).await.unwrap();
        assert_eq!((credentials.len(), read.round_trips() - before), (3, 2));
        let programs = found_programs(&mut read, &words, window).await.unwrap();
        assert_eq!((programs.len(), read.round_trips() - before), (3, 4));
        assert_eq!(credentials[0].traction.demand_count, 1);
    }
}
