//! Runs of verification programs, and the user's consent.

use std::fmt::Display;

use air_api::sandbox::ConsentDecision;
use axum::{
    extract::{Path, State},
    response::Redirect,
};
use maud::{Markup, html};

use super::{path, query::question};
use crate::{
    credentials,
    form::Fields,
    layout::{
        Failed, Head, List, Page, Section, Visit, choice, id, order, search, short, state, table, time,
    },
};
use air_platform::{
    App, Refusal,
    dashboard::{self, Listed, Run, RunFilter},
    verification,
};

pub(crate) async fn records(State(app): State<App>, visit: Visit, fields: Fields) -> Result<Page, Failed> {
    let filter = RunFilter {
        program_id: "",
        user_uuid: fields.text("user"),
        result: fields.text("result"),
        consent: fields.text("consent"),
        text: fields.text("q"),
    };
    let runs = dashboard::runs(&app, filter, order(&fields), fields.page()).await?;
    let filters = html! {
        (choice("result", "Result", fields.text("result"), &RESULTS))
        (choice("consent", "Consent", fields.text("consent"), &CONSENTS))
    };
    let empty = html! { p { "No record yet. " a href="/dashboard/verification" { "Choose a program" } " and ask a user." } };
    let content = html! {
        (search("Verification id or hash", &fields, &filters))
        (listed_runs("/dashboard/verification/records", &fields, &runs, empty))
    };
    Ok(visit.page(Section::Verification, "Verification records", &content))
}

pub(crate) async fn record(
    State(app): State<App>,
    visit: Visit,
    Path(verification_id): Path<String>,
) -> Result<Page, Failed> {
    let run = dashboard::run(&app, &verification_id).await?;
    let program = dashboard::verification_program(&app, run.program_id.as_str()).await?;
    let content = html! {
        p.states { (outcome(&run)) " " (given(&run)) }
        dl.facts {
            dt { "Verification id" } dd { (id(&run.verification_id)) }
            dt { "Program" } dd { a href=(path(&run.program_id)) { bdi { (run.title) } } " " (id(&run.program_id)) }
            dt { "Conditions" } dd { (question(&dashboard::conditions(&program)?)) }
            dt { "Verifier" } dd { bdi { (run.verifier_name) } }
            dt { "User" } dd { a href=(format!("/dashboard/users/{}", run.user_uuid)) { bdi { (run.email.as_str()) } } }
            dt { "Asked" } dd { (time(run.started_at)) }
            @if let Some(at) = run.decided_at { dt { "Decided" } dd { (time(at)) } }
            @if let Some(hash) = &run.core_claim_hash { dt { "Credential" } dd { a href=(credentials::path(hash)) { (short(hash)) } } }
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

/// Records a decision on behalf of the user.
pub(crate) async fn decide(
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
            // The domain reports a denial as a refusal, but here it is the requested outcome.
            let decided = dashboard::decide(&app, &verification_id, ConsentDecision::Deny).await;
            if dashboard::run(&app, &verification_id).await?.consent != "denied" {
                decided?;
            }
            "denied"
        }
        "withdraw" => {
            verification::withdraw(&app, &verification_id).await?;
            "withdrawn"
        }
        _ => return Err(Refusal::bad_request("the decision must be agree, deny or withdraw").into()),
    };
    Ok(Redirect::to(&format!(
        "{}?done={done}",
        run_path(&verification_id)
    )))
}

/// Renders the consent request, with a button for each decision.
pub(crate) fn consent(visit: &Visit, run: &Run) -> Markup {
    html! {
        section.consent aria-label=(format!("Consent for {}", run.verifier_name)) {
            h2 { bdi { (run.verifier_name) } " asks for consent" }
            p { "to check the credential " q { bdi { (run.title) } } " of " bdi { (run.email.as_str()) } "." }
            form.inline method="post" action=(run_path(&run.verification_id)) {
                (visit.proof())
                button.primary name="action" value="agree" { "Agree" }
                button name="action" value="deny" { "Refuse" }
            }
        }
    }
}

const HEADS: [Head; 7] = [
    Head::Plain("Verification"),
    Head::Sorted("Credential", "title"),
    Head::Sorted("Verifier", "verifier"),
    Head::Sorted("User", "email"),
    Head::Plain("Consent"),
    Head::Plain("Result"),
    Head::Sorted("Asked", "asked"),
];
const RESULTS: [(&str, &str); 7] = [
    ("", "Any result"),
    ("none", "No result"),
    ("Compliant", "Compliant"),
    ("Non-Compliant", "Non-Compliant"),
    ("Pending", "Pending"),
    ("Revoked", "Revoked"),
    ("Expired", "Expired"),
];
const CONSENTS: [(&str, &str); 5] = [
    ("", "Any consent"),
    ("asked", "Asked for"),
    ("agreed", "Given"),
    ("denied", "Refused"),
    ("withdrawn", "Withdrawn"),
];

/// Renders the first runs of a user as a table.
pub(crate) fn runs_of(caption: &str, runs: &[Run]) -> Markup {
    let empty = runs.is_empty().then(|| {
        html! { "This user was not asked yet. " a href="/dashboard/verification" { "Choose a program" } " and ask." }
    });
    table(caption, &HEADS.map(Head::label), &rows(runs), empty.as_ref())
}

/// Renders a page of runs.
pub(super) fn listed_runs(path: &str, fields: &Fields, runs: &Listed<Run>, empty: Markup) -> Markup {
    let list = List {
        caption: "Records",
        path,
        fields,
        heads: &HEADS,
        rows: rows(&runs.rows),
        total: runs.total,
        empty,
    };
    html! { (list) }
}

fn rows(runs: &[Run]) -> Markup {
    html! {
        @for run in runs {
            tr {
                th scope="row" { a href=(run_path(&run.verification_id)) { (short(&run.verification_id)) } }
                td { bdi { (run.title) } }
                td { bdi { (run.verifier_name) } }
                td { a href=(format!("/dashboard/users/{}", run.user_uuid)) { bdi { (run.email.as_str()) } } }
                td { (given(run)) }
                td { (outcome(run)) }
                td { (time(run.started_at)) }
            }
        }
    }
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

pub(crate) fn run_path(verification_id: &(impl Display + ?Sized)) -> String {
    format!("/dashboard/verification/records/{verification_id}")
}
