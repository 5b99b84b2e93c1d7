//! The issued credentials: search, the record of one, and its revocation.

use std::sync::Arc;

use air_ids::UnixTime;
use axum::{
    Extension,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use url::{Url, form_urlencoded};

use super::{
    form::Fields,
    gate::Operator,
    layout::{Failed, PAGE, Page, Section, Visit, facts, id, pages, state, table, time},
};
use crate::{
    issue::{REASON_LIMIT, Revoked},
    state::State as Service,
    store::{
        audit::{self, Recorded},
        issuances::{self, Issuance, Search},
    },
};

pub(super) const PATH: &str = "/issuances";
const REVOKE: &str = "Revoke a credential";
const FILTERS: [(&str, &str); 4] = [
    ("holder", "Holder DID"),
    ("nonce", "Revocation nonce"),
    ("id", "External id"),
    ("schema", "Schema id"),
];

pub(super) async fn list(
    State(service): State<Arc<Service>>,
    visit: Visit,
    fields: Fields,
) -> Result<Page, Failed> {
    let nonce = fields.text("nonce");
    let parsed = nonce.parse::<i64>().ok().filter(|nonce| *nonce > 0);
    if !nonce.is_empty() && parsed.is_none() {
        let reason = "a revocation nonce is a number from 1 to 2^63 - 1; correct it";
        let form = search_form(&fields);
        let title = "Issuances";
        return Ok(visit.refused(StatusCode::BAD_REQUEST, reason, Section::Issuances, title, &form));
    }
    let search = Search {
        holder_did: fields.text("holder"),
        schema_id: fields.text("schema"),
        external_id: fields.text("id"),
        nonce: parsed,
        page: fields.page(),
        limit: PAGE,
    };
    let (found, total) = issuances::search(&service.store, &search).await?;
    let rows: Vec<Markup> = found
        .iter()
        .map(|row| {
            html! {
                th scope="row" { a href=(path(&row.external_id)) { (id(&row.external_id)) } }
                td { a href=(filtered("holder", &row.holder_did)) { (id(&row.holder_did)) } }
                td { a href=(filtered("schema", &row.schema_id)) { code { (row.schema_id) } } }
                td { (validity(&row.state, row.revoked_at, row.expires_at, visit.now())) }
                td { (time(row.issued_at)) }
                td { (time(row.expires_at)) }
                td.number { (row.nonce) }
            }
        })
        .collect();
    let heads = [
        "External id",
        "Holder",
        "Schema",
        "State",
        "Issued",
        "Expires",
        "Nonce",
    ];
    let empty = "No credential matches.";
    let content = html! {
        (search_form(&fields))
        p { (total) @if total == 1 { " credential" } @else { " credentials" } }
        (table("Credentials", &heads, &rows, empty))
        (pages(PATH, &fields, PAGE, total))
    };
    Ok(visit.page(Section::Issuances, "Issuances", &content))
}

pub(super) async fn show(
    State(service): State<Arc<Service>>,
    visit: Visit,
    Path(external_id): Path<String>,
) -> Result<Page, Failed> {
    let found = find(&service, &external_id).await?;
    let log = audit::of_credential(&service.store, &external_id).await?;
    let content = html! {
        p.states { (validity(&found.state, found.revoked_at, found.expires_at, visit.now())) }
        (record(&external_id, &found))
        p { "The service stores no claims." }
        @if found.revoked_at.is_none() {
            p.actions { a.button.danger href=(format!("{}/revoke", path(&external_id))) { "Revoke this credential" } }
        }
        (history(&log))
    };
    Ok(visit.page(Section::Issuances, "Credential", &content))
}

/// Asks for the reason, and for a confirmation.
pub(super) async fn confirm(
    State(service): State<Arc<Service>>,
    visit: Visit,
    Path(external_id): Path<String>,
) -> Result<Page, Failed> {
    let found = find_valid(&service, &external_id).await?;
    let form = revocation_form(&visit, &external_id, &found, "");
    Ok(visit.page(Section::Issuances, REVOKE, &form))
}

pub(super) async fn revoke(
    State(service): State<Arc<Service>>,
    Extension(Operator(actor)): Extension<Operator>,
    visit: Visit,
    Path(external_id): Path<String>,
    fields: Fields,
) -> Result<Response, Failed> {
    let found = find_valid(&service, &external_id).await?;
    let reason = fields.text("reason");
    let broken = if reason.is_empty() {
        Some("enter the reason, which the audit log keeps".to_owned())
    } else if reason.len() > REASON_LIMIT {
        Some(format!(
            "the reason may have at most {REASON_LIMIT} bytes; shorten it"
        ))
    } else {
        None
    };
    if let Some(broken) = broken {
        let form = revocation_form(&visit, &external_id, &found, reason);
        let page = visit.refused(
            StatusCode::BAD_REQUEST,
            &broken,
            Section::Issuances,
            REVOKE,
            &form,
        );
        return Ok(page.into_response());
    }
    let nonce = u64::try_from(found.nonce).unwrap_or_default();
    match service.revoke(nonce, Some(reason), &actor).await? {
        Revoked::Done => {
            let to = format!("{}?done=revoked", path(&external_id));
            Ok(Redirect::to(&to).into_response())
        }
        Revoked::NotFound => Err(unknown()),
    }
}

/// The path of a credential's page.
pub(super) fn path(external_id: &str) -> String {
    let mut url = Url::parse("http://localhost/issuances").expect("the URL is valid");
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.push(external_id);
    }
    url.path().to_owned()
}

/// The record of a credential.
pub(super) async fn find(service: &Service, external_id: &str) -> Result<Issuance, Failed> {
    issuances::find(&service.store, external_id)
        .await?
        .ok_or_else(unknown)
}

async fn find_valid(service: &Service, external_id: &str) -> Result<Issuance, Failed> {
    let found = find(service, external_id).await?;
    if found.revoked_at.is_some() {
        return Err(Failed::new(
            StatusCode::CONFLICT,
            "this credential is already revoked; its page has the reason",
        ));
    }
    Ok(found)
}

fn unknown() -> Failed {
    Failed::not_found("no credential has this external id; search for the holder instead")
}

/// The list with one filter.
fn filtered(name: &str, value: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair(name, value)
        .finish();
    format!("{PATH}?{query}")
}

fn search_form(fields: &Fields) -> Markup {
    html! {
        form.search method="get" role="search" action=(PATH) {
            @for (name, label) in FILTERS {
                div.field {
                    label for=(name) { (label) }
                    input id=(name) name=(name) type="search" maxlength="512" autocomplete="off" value=(fields.text(name));
                }
            }
            button { "Search" }
        }
    }
}

fn validity(upload: &str, revoked_at: Option<UnixTime>, expires_at: UnixTime, now: UnixTime) -> Markup {
    if revoked_at.is_some() {
        return state("bad", "revoked");
    }
    if upload == "abandoned" {
        return state("bad", "abandoned");
    }
    if expires_at <= now {
        return state("waiting", "expired");
    }
    if upload == "prepared" {
        return state("waiting", "not confirmed");
    }
    state("good", "valid")
}

fn record(external_id: &str, found: &Issuance) -> Markup {
    let mut shown = vec![
        ("External id", id(external_id)),
        (
            "Holder",
            html! { a href=(filtered("holder", &found.holder_did)) { (id(&found.holder_did)) } },
        ),
        (
            "Schema",
            html! { a href=(filtered("schema", &found.schema_id)) { (id(&found.schema_id)) } },
        ),
        ("Revocation nonce", html! { (found.nonce) }),
        ("Issued", time(found.issued_at)),
        ("Expires", time(found.expires_at)),
        ("Upload", html! { (found.state) }),
    ];
    if let Some(attempts) = found.attempts {
        shown.push((
            "Attempts",
            html! { (attempts) ", see the " a href="/outbox" { "outbox" } },
        ));
    }
    if let Some((list, index)) = found.entry {
        shown.push(("Status list", html! { "list " (list) ", index " (index) }));
    }
    if let Some(revoked_at) = found.revoked_at {
        shown.push(("Revoked", time(revoked_at)));
        let reason = found.reason.as_deref().unwrap_or("none was given");
        shown.push(("Reason", html! { bdi { (reason) } }));
    }
    facts(&shown)
}

fn history(log: &[Recorded]) -> Markup {
    let rows: Vec<Markup> = log
        .iter()
        .map(|entry| {
            html! {
                td { (time(entry.at)) }
                th scope="row" { (entry.action) }
                td { code { (entry.actor) } }
                td { bdi { (entry.detail.as_deref().unwrap_or_default()) } }
            }
        })
        .collect();
    table(
        "Audit log of this credential",
        &["When", "Action", "Who", "Reason"],
        &rows,
        "The audit log has no entry of this credential.",
    )
}

fn revocation_form(visit: &Visit, external_id: &str, found: &Issuance, reason: &str) -> Markup {
    let path = path(external_id);
    html! {
        (record(external_id, found))
        @if found.entry.is_none() {
            p { "The credential is in no status list: only callers of " code { "revocation-status" } " see that it is revoked." }
        }
        form.plain-form method="post" action=(format!("{path}/revoke")) {
            (visit.proof())
            p { "Verifiers refuse the credential from then on. A revocation can't be undone." }
            div.field {
                label for="reason" { "Reason" span.needed { " (needed)" } }
                input id="reason" name="reason" type="text" required maxlength=(REASON_LIMIT) autocomplete="off"
                    value=(reason) aria-describedby="reason-hint";
                p.hint id="reason-hint" { "The record and the audit log keep it: do not write personal data there." }
            }
            p.actions {
                button.danger { "Revoke this credential" }
                a.button href=(path) { "Cancel" }
            }
        }
    }
}
