//! Verification programs with their query builder, runs of them, and the user's consent.

use air_api::sandbox::{Condition, ConsentDecision, CreateVerificationProgram, Operator};
use air_schema::CredentialSchema;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use serde_json::Value;

use super::{
    builder::typed,
    credentials::word,
    form::Fields,
    layout::{
        Failed, Input, Page, Section, Visit, choice, id, pages, refused, short, state, table, tick, time,
    },
    programs::{published, schema_choice},
    schemas::{plain, read},
};
use crate::domain::{
    App, Refusal,
    dashboard::{self, PAGE, Run},
    setup,
};

/// The most conditions that the form has.
const MOST: usize = 32;
const TITLE: &str = "New verification program";
const OPERATORS: [Operator; 6] = [
    Operator::Equals,
    Operator::NotEquals,
    Operator::Greater,
    Operator::Less,
    Operator::In,
    Operator::NotIn,
];

pub(super) async fn list(State(app): State<App>, visit: Visit) -> Result<Page, Failed> {
    let programs = dashboard::verification_programs(&app).await?;
    let rows = html! {
        @for program in &programs {
            tr {
                th scope="row" { a href=(path(&program.program_id)) { code { (program.program_id) } } }
                td { bdi { (program.title) } }
                td { bdi { (program.partner_name) } }
                td { (question(&dashboard::conditions(program)?)) }
                td { @if program.require_cak { "asked for" } @else { "no" } }
                td.number { (program.runs) }
            }
        }
    };
    let heads = ["Program", "Schema", "Verifier", "Conditions", "CAK", "Runs"];
    let content = html! {
        p.actions {
            a.button href="/dashboard/verification/new" { "New verification program" }
            a.button href="/dashboard/verification/records" { "All records" }
        }
        (table("Verification programs", &heads, &rows, programs.is_empty()))
    };
    Ok(visit.page(Section::Verification, "Verification", &content))
}

pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    fields: Fields,
    Path(program_id): Path<String>,
) -> Result<Page, Failed> {
    let program = dashboard::verification_program(&app, &program_id).await?;
    let runs = dashboard::runs(&app, &program_id, "", fields.page()).await?;
    let content = html! {
        dl.facts {
            dt { "Program id" } dd { (id(&program.program_id)) }
            dt { "Schema" } dd { a href=(format!("/dashboard/schemas/{}", program.schema_id)) { bdi { (program.title) } } }
            dt { "Verifier" } dd { a href=(format!("/dashboard/accounts/{}", program.partner_id)) { bdi { (program.partner_name) } } }
            dt { "Conditions, all of which must hold" } dd { (question(&dashboard::conditions(&program)?)) }
            dt { "CAK" } dd { @if program.require_cak { "asked for: the user's consent opens the sealed documents, too" } @else { "not asked for" } }
            dt { "Since" } dd { (time(program.created_at)) " UTC" }
        }
        section {
            h2 { "Ask a user" }
            form.search method="post" action=(format!("{}/ask", path(&program_id))) {
                (visit.proof())
                (Input { name: "email", label: "User's address", value: "", kind: "email", hint: "", is_required: true })
                button.primary { "Ask for consent" }
            }
        }
        section { (runs_of("Records", &runs)) }
        (pages(&fields, &path(&program_id), runs.len()))
    };
    Ok(visit.page(Section::Verification, "Verification program", &content))
}

pub(super) async fn new(State(app): State<App>, visit: Visit, fields: Fields) -> Result<Page, Failed> {
    let form = form(&app, &visit, &fields).await?;
    Ok(visit.page(Section::Verification, TITLE, &form))
}

pub(super) async fn create(State(app): State<App>, visit: Visit, fields: Fields) -> Result<Response, Failed> {
    if fields.text("action") != "publish" {
        let form = form(&app, &visit, &fields).await?;
        return Ok(visit.page(Section::Verification, TITLE, &form).into_response());
    }
    match insert(&app, &fields).await {
        Ok(program_id) => {
            Ok(Redirect::to(&format!("{}?done=verification", path(&program_id))).into_response())
        }
        Err(refusal) => {
            let form = form(&app, &visit, &fields).await?;
            Ok(refused(&refusal, Section::Verification, TITLE, &form).into_response())
        }
    }
}

async fn insert(app: &App, fields: &Fields) -> Result<String, Refusal> {
    let published = published(app, fields).await?;
    let schema = read(&published.schema)?;
    let rows = 0..fields.rows(1, MOST);
    let named = rows.filter(|row| fields.filled(&format!("attribute-{row}")).is_some());
    let new = CreateVerificationProgram {
        conditions: named
            .map(|row| condition(&schema, fields, row))
            .collect::<Result<_, _>>()?,
        partner_id: match fields.filled("partner") {
            Some(partner) => partner
                .parse()
                .map_err(|error| Refusal::bad_request(format!("verifier: {error}")))?,
            None => published.partner_id,
        },
        schema_id: published.schema_id,
        require_cak: fields.is_ticked("cak"),
    };
    let created = setup::create_verification_program(app, new, None).await?;
    Ok(created.answer.program_id.as_str().to_owned())
}

fn condition(schema: &CredentialSchema, fields: &Fields, row: usize) -> Result<Condition, Refusal> {
    let text = |member: &str| fields.text(&format!("{member}-{row}"));
    let attribute = text("attribute");
    let known = schema
        .attributes()
        .iter()
        .find(|known| known.name().as_str() == attribute);
    let kind = known.map_or("string", |known| known.kind().name());
    let operator: Operator = serde_json::from_value(Value::from(text("operator")))
        .map_err(|_| Refusal::bad_request(format!("condition {}: no such operator", row + 1)))?;
    let value = text("value");
    Ok(Condition {
        attribute: attribute.to_owned(),
        value: if matches!(operator, Operator::In | Operator::NotIn) {
            let values = value.split(',').map(str::trim).filter(|value| !value.is_empty());
            values.map(|value| typed(kind, value)).collect()
        } else {
            typed(kind, value)
        },
        operator,
    })
}

async fn form(app: &App, visit: &Visit, fields: &Fields) -> Result<Markup, Failed> {
    let choosing = html! {
        form.search method="get" action="/dashboard/verification/new" {
            (schema_choice(app, fields).await?)
            button { "Take this schema" }
        }
    };
    let Some(schema_id) = fields.filled("schema") else {
        return Ok(choosing);
    };
    let published = published(app, fields).await?;
    let schema = read(&published.schema)?;
    let accounts = dashboard::accounts(app).await?;
    let partners: Vec<(&str, &str)> = accounts
        .iter()
        .map(|account| (account.partner_id.as_str(), account.name.as_str()))
        .collect();
    let verifier = fields.filled("partner").unwrap_or(published.partner_id.as_str());
    let names = schema
        .attributes()
        .iter()
        .map(|attribute| attribute.name().as_str());
    let attributes: Vec<(&str, &str)> = std::iter::once(("", "none"))
        .chain(names.map(|name| (name, name)))
        .collect();
    let words: Vec<String> = OPERATORS.iter().map(word).collect();
    let operators: Vec<(&str, &str)> = words.iter().map(|word| (word.as_str(), word.as_str())).collect();
    let rows = fields.rows(1, MOST);
    Ok(html! {
        (choosing)
        form.plain-form method="post" action="/dashboard/verification/new" {
            (visit.proof())
            input type="hidden" name="schema" value=(schema_id);
            input type="hidden" name="rows" value=(rows);
            (choice("partner", "Verifier", verifier, &partners))
            @for row in 0..rows {
                fieldset.attribute {
                    legend { "Condition " (row + 1) }
                    div.grid {
                        (choice(&format!("attribute-{row}"), "Attribute", fields.text(&format!("attribute-{row}")), &attributes))
                        (choice(&format!("operator-{row}"), "Operator", fields.text(&format!("operator-{row}")), &operators))
                        (Input::text(&format!("value-{row}"), "Value", fields).hint("with commas between several, for in and not in"))
                    }
                }
            }
            (tick("cak", "Ask for the CAK, which opens the sealed documents", fields.is_ticked("cak")))
            p.actions {
                button name="action" value="add" { "Add a condition" }
                button.primary name="action" value="publish" { "Publish" }
            }
        }
    })
}

/// Asks, and shows what the user is asked.
pub(super) async fn ask(
    State(app): State<App>,
    Path(program_id): Path<String>,
    fields: Fields,
) -> Result<Redirect, Failed> {
    let email = fields
        .filled("email")
        .ok_or_else(|| Refusal::bad_request("the user's address is missing"))?;
    let started = dashboard::start_verification(&app, &program_id, email).await?;
    Ok(Redirect::to(&format!(
        "{}?done=asked",
        run_path(started.verification_id.as_str())
    )))
}

pub(super) async fn records(State(app): State<App>, visit: Visit, fields: Fields) -> Result<Page, Failed> {
    let runs = dashboard::runs(&app, "", "", fields.page()).await?;
    let content = html! {
        (runs_of("Records", &runs))
        (pages(&fields, "/dashboard/verification/records", runs.len()))
    };
    Ok(visit.page(Section::Verification, "Verification records", &content))
}

pub(super) async fn record(
    State(app): State<App>,
    visit: Visit,
    Path(verification_id): Path<String>,
) -> Result<Page, Failed> {
    let run = dashboard::run(&app, &verification_id).await?;
    let program = dashboard::verification_program(&app, &run.program_id).await?;
    let content = html! {
        p.states { (outcome(&run)) " " (given(&run)) }
        dl.facts {
            dt { "Verification id" } dd { (id(&run.verification_id)) }
            dt { "Program" } dd { a href=(path(&run.program_id)) { code { (run.program_id) } } ": " bdi { (run.title) } }
            dt { "Conditions" } dd { (question(&dashboard::conditions(&program)?)) }
            dt { "Verifier" } dd { bdi { (run.verifier_name) } }
            dt { "User" } dd { a href=(format!("/dashboard/users/{}", run.user_uuid)) { bdi { (run.email) } } }
            dt { "Asked" } dd { (time(run.started_at)) " UTC" }
            @if let Some(at) = run.decided_at { dt { "Decided" } dd { (time(at)) " UTC" } }
            @if let Some(hash) = &run.core_claim_hash { dt { "Credential" } dd { a href=(super::credentials::path(hash)) { (short(hash)) } } }
        }
        @if run.consent == "asked" { (consent(&visit, &run)) }
        @if run.consent == "agreed" {
            section {
                h2 { "Take the consent back" }
                p { "The verifier gets no document by it from then on. What it has, a key among it, stays with it." }
                form.inline method="post" action=(run_path(&run.verification_id)) {
                    (visit.proof())
                    button.danger name="action" value="withdraw" { "Withdraw consent" }
                }
            }
        }
    };
    Ok(visit.page(Section::Verification, "Verification record", &content))
}

/// The user's decision, given in the user's place.
pub(super) async fn decide(
    State(app): State<App>,
    Path(verification_id): Path<String>,
    fields: Fields,
) -> Result<Redirect, Failed> {
    let done = match fields.text("action") {
        "agree" => {
            dashboard::decide(&app, &verification_id, ConsentDecision::Agree).await?;
            "agreed"
        }
        "deny" => {
            // A refusal of consent is told as one; here it is what was wanted.
            let decided = dashboard::decide(&app, &verification_id, ConsentDecision::Deny).await;
            if dashboard::run(&app, &verification_id).await?.consent != "denied" {
                decided?;
            }
            "denied"
        }
        "withdraw" => {
            crate::domain::verification::withdraw(&app, &verification_id).await?;
            "withdrawn"
        }
        _ => return Err(Refusal::bad_request("the decision is agree, deny or withdraw").into()),
    };
    Ok(Redirect::to(&format!(
        "{}?done={done}",
        run_path(&verification_id)
    )))
}

/// What a user is asked, with both answers.
pub(super) fn consent(visit: &Visit, run: &Run) -> Markup {
    html! {
        section.consent aria-label=(format!("Consent for {}", run.verifier_name)) {
            h2 { bdi { (run.verifier_name) } " asks for consent" }
            p { "to check the credential " q { bdi { (run.title) } } " of " bdi { (run.email) } "." }
            form.inline method="post" action=(run_path(&run.verification_id)) {
                (visit.proof())
                button.primary name="action" value="agree" { "Agree" }
                button name="action" value="deny" { "Refuse" }
            }
        }
    }
}

/// Runs as a table, at most a page of them.
pub(super) fn runs_of(caption: &str, runs: &[Run]) -> Markup {
    let rows = html! {
        @for run in runs.iter().take(PAGE as usize) {
            tr {
                th scope="row" { a href=(run_path(&run.verification_id)) { (short(&run.verification_id)) } }
                td { bdi { (run.title) } }
                td { bdi { (run.verifier_name) } }
                td { a href=(format!("/dashboard/users/{}", run.user_uuid)) { bdi { (run.email) } } }
                td { (given(run)) }
                td { (outcome(run)) }
                td { (time(run.started_at)) }
            }
        }
    };
    let heads = [
        "Verification",
        "Credential",
        "Verifier",
        "User",
        "Consent",
        "Result",
        "Asked (UTC)",
    ];
    table(caption, &heads, &rows, runs.is_empty())
}

fn given(run: &Run) -> Markup {
    match run.consent.as_str() {
        "agreed" => state("good", "consent given"),
        "denied" => state("bad", "consent refused"),
        "withdrawn" => state("bad", "consent withdrawn"),
        _ => state("waiting", "consent asked for"),
    }
}

fn outcome(run: &Run) -> Markup {
    match run.status.as_deref() {
        Some("Compliant") => state("good", "Compliant"),
        Some("Pending") => state("waiting", "Pending"),
        Some(other) => state("bad", other),
        None => state("waiting", "no result"),
    }
}

/// Conditions as one would read them aloud.
fn question(conditions: &[Condition]) -> Markup {
    html! {
        @if conditions.is_empty() { "any credential of the schema" }
        @for (place, condition) in conditions.iter().enumerate() {
            @if place > 0 { " and " }
            code { (condition.attribute) } " " (word(&condition.operator)) " " bdi { (values(&condition.value)) }
        }
    }
}

fn values(value: &Value) -> String {
    match value.as_array() {
        Some(values) => values.iter().map(plain).collect::<Vec<_>>().join(", "),
        None => plain(value),
    }
}

pub(super) fn path(program_id: &str) -> String {
    format!("/dashboard/verification/programs/{program_id}")
}

fn run_path(verification_id: &str) -> String {
    format!("/dashboard/verification/records/{verification_id}")
}
