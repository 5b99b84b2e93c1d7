//! The "Try it" page: issues a credential, and shows how a program sends the same request.

mod equivalents;
mod sample;

use air_api::{IssuedOnBehalf, OnDuplicate, sandbox::DuplicateOutcome};
use air_schema::{Attribute, AttributeType, CredentialSchema};
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use serde_json::{Map, Value};

use self::equivalents::{IssueRequest, equivalents};
use super::{
    builder::typed,
    choices, credentials,
    form::Fields,
    layout::{Failed, Input, Page, Section, Visit, choice, fragment, problem},
    schemas::{plain, read},
};
use air_platform::{
    App, Refusal, catalogue,
    dashboard::{self, IssueForm, ProgramRow},
};

const TITLE: &str = "Issue a credential";
/// The prefix of attributes' fields, which separates them from other fields.
const CLAIM: &str = "claim.";
const DUPLICATES: [(&str, &str); 2] = [
    ("ignore", "Keep it, and issue nothing"),
    ("revoke", "Revoke it and issue a new one"),
];
const SAMPLE_EMAIL: &str = "ada@example.com";

pub(super) async fn new(State(app): State<App>, visit: Visit, fields: Fields) -> Result<Page, Failed> {
    let form = form(&app, &visit, &fields).await?;
    Ok(visit.page(Section::Credentials, TITLE, &form))
}

pub(super) async fn create(State(app): State<App>, visit: Visit, fields: Fields) -> Result<Response, Failed> {
    if fields.text("action") != "issue" {
        let form = form(&app, &visit, &fields).await?;
        return Ok(visit.page(Section::Credentials, TITLE, &form).into_response());
    }
    match issue(&app, &fields).await {
        Ok(issued) => {
            let page = credentials::path(&issued.core_claim_hash.to_string());
            Ok(Redirect::to(&format!("{page}?done={}", notice(&issued))).into_response())
        }
        Err(refusal) => {
            let form = form(&app, &visit, &fields).await?;
            Ok(visit
                .refused(&refusal, Section::Credentials, TITLE, &form)
                .into_response())
        }
    }
}

/// Returns the calls with the typed values, for the script.
pub(super) async fn preview(State(app): State<App>, fields: Fields) -> Result<Page, Failed> {
    let program = dashboard::program(&app, fields.text("program")).await?;
    let schema = schema_of(&app, &program).await?;
    Ok(fragment(calls(&app, &program, &schema, &fields)))
}

/// Returns the code of the notice about an issuance.
fn notice(issued: &IssuedOnBehalf) -> &'static str {
    let duplicate = issued
        .sandbox
        .as_ref()
        .and_then(|details| details.duplicate.as_ref());
    match duplicate.map(|duplicate| duplicate.outcome) {
        Some(DuplicateOutcome::Returned) => "kept",
        Some(DuplicateOutcome::Revoked) => "replaced",
        _ => "issued",
    }
}

async fn issue(app: &App, fields: &Fields) -> Result<IssuedOnBehalf, Refusal> {
    let program = dashboard::program(app, fields.text("program")).await?;
    let schema = schema_of(app, &program).await?;
    let email = fields
        .filled("email")
        .ok_or_else(|| Refusal::bad_request("the recipient's address is missing"))?;
    let order = IssueForm {
        email: email.to_owned(),
        subject: subject(&schema, fields),
        on_duplicate: on_duplicate(fields),
    };
    dashboard::issue(app, program.program_id.as_str(), order).await
}

fn on_duplicate(fields: &Fields) -> OnDuplicate {
    match fields.text("duplicate") {
        "revoke" => OnDuplicate::Revoke,
        _ => OnDuplicate::Ignore,
    }
}

pub(super) async fn schema_of(app: &App, program: &ProgramRow) -> Result<CredentialSchema, Refusal> {
    read(&catalogue::schema(app, program.schema_id.as_str()).await?.schema)
}

/// Returns the filled-in claims, each with its attribute's type.
pub(super) fn subject(schema: &CredentialSchema, fields: &Fields) -> Map<String, Value> {
    let filled = schema.attributes().iter().filter_map(|attribute| {
        let text = fields.filled(&format!("{CLAIM}{}", attribute.name()))?;
        Some((attribute.name().to_string(), typed(attribute.kind().name(), text)))
    });
    filled.collect()
}

async fn form(app: &App, visit: &Visit, fields: &Fields) -> Result<Markup, Failed> {
    let published = dashboard::choices::programs(app).await?.options;
    let wanted = match (fields.filled("program"), &published[..]) {
        (Some(wanted), _) => wanted,
        (None, [(only, _)]) => only,
        (None, _) => "",
    };
    let choosing = html! {
        form.search method="get" action="/dashboard/issue" {
            (choices::program(app, wanted).await?)
            button { "Take this program" }
        }
    };
    let Some(program) = &chosen(app, wanted).await? else {
        return Ok(html! {
            @if !wanted.is_empty() { (problem("no published program has this id; a draft can't issue")) }
            @if published.is_empty() { p { "No program is published yet. " a href="/dashboard/programs/new" { "Make one" } "." } }
            @else { (choosing) }
        });
    };
    let schema = schema_of(app, program).await?;
    Ok(html! {
        (choosing)
        div.columns {
            form.plain-form method="post" action="/dashboard/issue" data-preview="/dashboard/issue/preview" {
                (visit.proof())
                input type="hidden" name="program" value=(program.program_id.as_str());
                fieldset {
                    legend { "To whom" }
                    (Input::text("email", "Recipient's address", fields).kind("email").required())
                    (choice("duplicate", "If the user has one already", fields.text("duplicate"), &DUPLICATES))
                }
                fieldset {
                    legend { "Subject: " bdi { (schema.title()) } }
                    @for attribute in schema.attributes() { (claim(attribute, fields)) }
                }
                p.actions {
                    button.primary name="action" value="issue" { "Issue" }
                    button name="action" value="show" { "Show the calls" }
                }
            }
            section aria-labelledby="same" {
                h2 #same { "The same from a program" }
                div #preview { (calls(app, program, &schema, fields)) }
            }
        }
    })
}

fn calls(app: &App, program: &ProgramRow, schema: &CredentialSchema, fields: &Fields) -> Markup {
    equivalents(&IssueRequest {
        url: &app.public_url,
        program,
        email: fields.filled("email").unwrap_or(SAMPLE_EMAIL),
        subject: sample::completed(schema, subject(schema, fields)),
        on_duplicate: on_duplicate(fields),
    })
}

/// Returns the published program with an id, or `None`.
async fn chosen(app: &App, program_id: &str) -> Result<Option<ProgramRow>, Refusal> {
    match dashboard::program(app, program_id).await {
        Ok(program) => Ok(Some(program).filter(|program| program.published)),
        Err(refusal) if refusal.kind().is_callers() => Ok(None),
        Err(refusal) => Err(refusal),
    }
}

pub(super) fn claim(attribute: &Attribute, fields: &Fields) -> Markup {
    let name = format!("{CLAIM}{}", attribute.name());
    let label = attribute.title().unwrap_or(attribute.name().as_str());
    let chosen = fields.text(&name);
    if let Some(allowed) = &attribute.constraints().allowed {
        let values: Vec<String> = allowed.iter().map(plain).collect();
        let options = values.iter().map(|value| (value.as_str(), value.as_str()));
        let options: Vec<_> = std::iter::once(("", "not given")).chain(options).collect();
        return choice(&name, label, chosen, &options);
    }
    let kind = match attribute.kind() {
        AttributeType::Boolean => {
            return choice(
                &name,
                label,
                chosen,
                &[("", "not given"), ("true", "yes"), ("false", "no")],
            );
        }
        AttributeType::Number | AttributeType::Integer => "number",
        AttributeType::Date => "date",
        _ => "text",
    };
    let hint = match attribute.kind() {
        AttributeType::DateTime => "1990-05-01T12:00:00Z",
        _ => attribute.description().unwrap_or_default(),
    };
    let input = Input::text(&name, label, fields).kind(kind).hint(hint);
    html! { @if attribute.is_required() { (input.required()) } @else { (input) } }
}
