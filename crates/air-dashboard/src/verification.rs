//! Verification programs: list, details, and the start of a run.

mod query;
mod requests;
mod runs;
mod trust_list;

use std::fmt::Display;

use axum::{
    extract::{Path, State},
    response::Redirect,
};
use maud::{Markup, html};

use self::{query::question, runs::listed_runs};
pub(super) use self::{
    query::{create, new},
    requests::{create as request, request_path, show as requested},
    runs::{consent, decide, record, records, run_path, runs_of},
    trust_list::{remove_trust_list, set_trust_list},
};
use super::{
    form::Fields,
    layout::{Failed, Head, Input, List, Page, Section, Visit, id, order, search, time},
};
use air_platform::{
    App, Refusal,
    dashboard::{self, RunFilter, VerificationProgramRow, trust_lists},
};

pub(super) async fn list(State(app): State<App>, visit: Visit, fields: Fields) -> Result<Page, Failed> {
    let programs =
        dashboard::verification_programs(&app, fields.text("q"), order(&fields), fields.page()).await?;
    let rows = html! {
        @for program in &programs.rows {
            tr {
                th scope="row" { a href=(path(&program.program_id)) { bdi { (program.label()) } } }
                td { bdi { (program.title) } }
                td { (id(&program.program_id)) }
                td { bdi { (program.partner_name) } }
                td { (question(&dashboard::conditions(program)?)) }
                td { @if program.require_cak { "asked for" } @else { "no" } }
                td.number { (program.runs) }
            }
        }
    };
    let heads = [
        Head::Sorted("Program", "name"),
        Head::Sorted("Schema", "schema"),
        Head::Plain("Id"),
        Head::Sorted("Verifier", "verifier"),
        Head::Plain("Conditions"),
        Head::Plain("CAK"),
        Head::Sorted("Runs", "runs"),
    ];
    let content = html! {
        p.actions {
            a.button href="/dashboard/verification/new" { "New verification program" }
            a.button href="/dashboard/verification/records" { "All records" }
        }
        (search("Name, title, verifier or id", &fields, &html! {}))
        (List {
            caption: "Verification programs",
            path: "/dashboard/verification",
            fields: &fields,
            heads: &heads,
            rows,
            total: programs.total,
            empty: html! { p { "No verification program yet. A program asks users whether its conditions hold. " a href="/dashboard/verification/new" { "Create the first one" } "." } },
        })
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
    let content = content(&app, &visit, &program, &Fields::default(), &fields).await?;
    Ok(visit.page(Section::Verification, title(&program), &content))
}

fn title(program: &VerificationProgramRow) -> &str {
    program.name.as_deref().unwrap_or("Verification program")
}

/// Renders a program's page. `form` has the fields of a rejected form, and `fields` those of the list of runs.
async fn content(
    app: &App,
    visit: &Visit,
    program: &VerificationProgramRow,
    form: &Fields,
    fields: &Fields,
) -> Result<Markup, Failed> {
    let program_id = program.program_id.as_str();
    let filter = RunFilter {
        program_id,
        ..RunFilter::default()
    };
    let runs = dashboard::runs(app, filter, order(fields), fields.page()).await?;
    let trust_list = trust_lists::find(app, program_id).await?;
    let conditions = dashboard::conditions(program)?;
    let suites = dashboard::proofs(program)?;
    let suites: Vec<&str> = suites.iter().map(|suite| suite.as_str()).collect();
    Ok(html! {
        dl.facts {
            dt { "Program id" } dd { (id(&program.program_id)) }
            dt { "Schema" } dd { a href=(format!("/dashboard/schemas/{}", program.schema_id)) { bdi { (program.title) } } }
            dt { "Verifier" } dd { a href=(format!("/dashboard/accounts/{}", program.partner_id)) { bdi { (program.partner_name) } } }
            dt { "Conditions, all of which must hold" } dd { (question(&conditions)) }
            dt { "CAK" } dd { @if program.require_cak { "asked for: the user's consent opens the sealed documents, too" } @else { "not asked for" } }
            dt { "W3C credentials" } dd { @if suites.is_empty() { "not accepted" } @else { "accepted with the proofs " (suites.join(", ")) } }
            @if let Some(issued_by) = &program.predicate_proofs_of {
                dt { "Predicate proofs (experimental)" }
                dd { "only proofs over credentials of " a href=(format!("/dashboard/programs/{issued_by}")) { (issued_by) } }
            }
            dt { "Since" } dd { (time(program.created_at)) }
        }
        section {
            h2 { "Ask a user" }
            form.search method="post" action=(format!("{}/ask", path(program_id))) {
                (visit.proof())
                (Input { name: "email", label: "User's address", value: "", kind: "email", hint: "", is_required: true })
                button.primary { "Ask for consent" }
            }
        }
        section {
            h2 { "Ask a wallet" }
            p { "Any wallet that holds a credential of the schema can answer (OpenID4VP)." }
            (requests::form(visit, program_id, form))
        }
        (trust_list::section(visit, program_id, trust_list.as_ref(), form))
        section { (listed_runs(&path(program_id), fields, &runs, html! { p { "Nobody was asked yet. Ask a user above." } })) }
    })
}

/// Starts a run, and shows its consent request.
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
        run_path(&started.verification_id)
    )))
}

pub(super) fn path(program_id: &(impl Display + ?Sized)) -> String {
    format!("/dashboard/verification/programs/{program_id}")
}
