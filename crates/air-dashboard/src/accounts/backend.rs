//! The issuer backend on an account's page: its registration, and the forms that set and remove it.

use std::{borrow::Cow, fmt::Display};

use air_api::{
    IssuerDid, PartnerId, WebUrl,
    sandbox::{IssuerBackend, NewIssuerBackend},
};
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};

use super::{content, path};
use crate::{
    form::Fields,
    layout::{Failed, Input, Section, Visit, id},
};
use air_platform::{App, Refusal, dashboard, issuer_backends};

const DID: &str = "did";
const PREVIEW: &str = "available-vc";
const ISSUE: &str = "issue-vc";
const STATUS: &str = "revocation-status";
const API_KEY: &str = "api-key";

pub(crate) async fn set_backend(
    State(app): State<App>,
    visit: Visit,
    Path(partner_id): Path<String>,
    fields: Fields,
) -> Result<Response, Failed> {
    let account = dashboard::account(&app, &partner_id).await?;
    let Err(refusal) = register(&app, &account.partner_id, &fields).await else {
        let to = format!("{}?done=backend", path(&account.partner_id));
        return Ok(Redirect::to(&to).into_response());
    };
    let content = content(&app, &visit, &account, &fields, None).await?;
    Ok(visit
        .refused(&refusal, Section::Accounts, &account.name, &content)
        .into_response())
}

/// Removes the backend, if there is one.
pub(crate) async fn remove_backend(
    State(app): State<App>,
    Path(partner_id): Path<String>,
) -> Result<Redirect, Failed> {
    let partner_id = dashboard::account(&app, &partner_id).await?.partner_id;
    if issuer_backends::find(&app, &partner_id).await?.is_some() {
        issuer_backends::remove(&app, &partner_id).await?;
    }
    Ok(Redirect::to(&format!("{}?done=no-backend", path(&partner_id))))
}

async fn register(app: &App, partner_id: &PartnerId, fields: &Fields) -> Result<(), Refusal> {
    let status = fields.filled(STATUS).map(|_| url(fields, STATUS));
    let new = NewIssuerBackend {
        did: fields
            .text(DID)
            .parse::<IssuerDid>()
            .map_err(|error| invalid("issuer DID", &error))?,
        available_vc_api_url: url(fields, PREVIEW)?,
        issue_vc_api_url: url(fields, ISSUE)?,
        revocation_status_api_url: status.transpose()?,
        api_key: fields.text(API_KEY).to_owned(),
    };
    issuer_backends::register(app, partner_id, new, None)
        .await
        .map(drop)
}

fn url(fields: &Fields, name: &str) -> Result<WebUrl, Refusal> {
    fields
        .text(name)
        .parse::<WebUrl>()
        .map_err(|error| invalid(&format!("URL of {name}"), &error))
}

fn invalid(what: &str, error: &dyn Display) -> Refusal {
    Refusal::bad_request(format!("{what}: {error}"))
}

/// Renders the registered backend and the forms. `fields` are those of a rejected form, or empty.
pub(super) fn section(
    visit: &Visit,
    partner_id: &PartnerId,
    backend: Option<&IssuerBackend>,
    fields: &Fields,
) -> Markup {
    html! {
        section aria-labelledby="backend-heading" {
            h2 #backend-heading { "Issuer backend" }
            @match backend {
                Some(backend) => {
                    p { "The partner signs credentials itself. The platform calls its backend when a page of the AIR Kit issues with this DID:" }
                    dl.facts {
                        dt { "Issuer DID of the backend" } dd { (id(&backend.did)) }
                        dt { "Previews" } dd { code { (backend.available_vc_api_url.as_str()) } }
                        dt { "Issues" } dd { code { (backend.issue_vc_api_url.as_str()) } }
                        dt { "Status" }
                        dd { @if let Some(url) = &backend.revocation_status_api_url { code { (url.as_str()) } } @else { "by status lists only" } }
                    }
                }
                None => { p { "None. Register the backend of a partner that signs credentials itself, here or with " code { "air partner issuer set" } "." } }
            }
            (form(visit, partner_id, backend, fields))
            @if backend.is_some() {
                form method="post" action=(format!("{}/remove", action(partner_id))) {
                    (visit.proof())
                    button.danger { "Remove the backend" }
                }
            }
        }
    }
}

fn form(visit: &Visit, partner_id: &PartnerId, backend: Option<&IssuerBackend>, fields: &Fields) -> Markup {
    let fields = filled(backend, fields);
    // The page never shows a key, not even the one of a rejected form.
    let api_key = Input {
        name: API_KEY,
        label: "API key",
        value: "",
        kind: "password",
        hint: "The API_KEY of the backend, which the platform sends in x-api-key. It is never shown, so a replacement needs it again.",
        is_required: true,
    };
    html! {
        form.plain-form method="post" action=(action(partner_id)) {
            (visit.proof())
            (Input::text(DID, "Issuer DID", &fields).hint("The did:web of the issuer's origin, such as did:web:issuer.example.").required())
            (Input::text(PREVIEW, "URL of available-vc", &fields).kind("url").hint("https, or http on this machine.").required())
            (Input::text(ISSUE, "URL of issue-vc", &fields).kind("url").required())
            (Input::text(STATUS, "URL of revocation-status", &fields).kind("url")
                .hint("A slash and the credential's nonce are appended. Without it, only status lists count."))
            (api_key)
            p.actions { button.primary { @if backend.is_some() { "Replace the backend" } @else { "Register the backend" } } }
        }
    }
}

/// Returns the values of the form: those that were sent, or those of the registered backend.
fn filled<'a>(backend: Option<&IssuerBackend>, fields: &'a Fields) -> Cow<'a, Fields> {
    let Some(backend) = backend.filter(|_| fields.pairs().next().is_none()) else {
        return Cow::Borrowed(fields);
    };
    let mut filled = Fields::default();
    filled.set(DID, backend.did.as_str());
    filled.set(PREVIEW, backend.available_vc_api_url.as_str());
    filled.set(ISSUE, backend.issue_vc_api_url.as_str());
    if let Some(url) = &backend.revocation_status_api_url {
        filled.set(STATUS, url.as_str());
    }
    Cow::Owned(filled)
}

fn action(partner_id: &PartnerId) -> String {
    format!("{}/issuer-backend", path(partner_id))
}
