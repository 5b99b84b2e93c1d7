//! The trust list on a verification program's page: its issuers, and the forms that set and remove it.

use std::fmt::Display;

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};

use super::{content, path, title};
use crate::{
    form::Fields,
    layout::{Failed, Section, TextArea, Visit, table},
};
use air_platform::{
    App,
    dashboard::{
        self,
        trust_lists::{self, IssuerIdentity, ListedIssuer, ProgramTrustList},
    },
};

const LIST: &str = "trust-list";

pub(crate) async fn set_trust_list(
    State(app): State<App>,
    visit: Visit,
    Path(program_id): Path<String>,
    fields: Fields,
) -> Result<Response, Failed> {
    let program = dashboard::verification_program(&app, &program_id).await?;
    let Err(refusal) = trust_lists::replace(&app, &program_id, fields.text(LIST)).await else {
        let to = format!("{}?done=trusted", path(&program_id));
        return Ok(Redirect::to(&to).into_response());
    };
    let content = content(&app, &visit, &program, &fields, &Fields::default()).await?;
    Ok(visit
        .refused(&refusal, Section::Verification, title(&program), &content)
        .into_response())
}

pub(crate) async fn remove_trust_list(
    State(app): State<App>,
    Path(program_id): Path<String>,
) -> Result<Redirect, Failed> {
    trust_lists::remove(&app, &program_id).await?;
    Ok(Redirect::to(&format!("{}?done=no-trust-list", path(&program_id))))
}

/// Renders the list and the forms. `fields` are those of a rejected form, or others.
pub(super) fn section(
    visit: &Visit,
    program_id: &(impl Display + ?Sized),
    list: Option<&ProgramTrustList>,
    fields: &Fields,
) -> Markup {
    let action = format!("{}/trust-list", path(program_id));
    let registered = list.map_or("", |list| list.json.as_str());
    html! {
        section aria-labelledby="trust-list-heading" {
            h2 #trust-list-heading { "Trusted issuers" }
            @match list {
                Some(list) => {
                    p { "The program accepts the credentials of these issuers only, and only by requests to wallets." }
                    (table("Issuers of the trust list", &["Issuer", "Recognised by", "Types"], &rows(&list.issuers), None))
                }
                None => { p { "The program accepts the credentials of this platform's issuers. A trust list names other ones." } }
            }
            form.plain-form method="post" action=(action) {
                (visit.proof())
                (TextArea {
                    name: LIST,
                    label: "Trust list (JSON)",
                    value: fields.filled(LIST).unwrap_or(registered),
                    hint: "An object with issuers: each has a name, its types, and a did, keys or x509.",
                })
                p.actions { button.primary { @if list.is_some() { "Replace the trust list" } @else { "Set the trust list" } } }
            }
            @if list.is_some() {
                form method="post" action=(format!("{action}/remove")) {
                    (visit.proof())
                    button.danger { "Remove the trust list" }
                }
            }
        }
    }
}

fn rows(issuers: &[ListedIssuer]) -> Markup {
    html! {
        @for issuer in issuers {
            tr {
                th scope="row" { bdi { (issuer.name) } }
                td { (identity(&issuer.identity)) }
                td {
                    @match &issuer.types {
                        None => "all",
                        Some(types) => { (codes(types)) }
                    }
                }
            }
        }
    }
}

fn identity(identity: &IssuerIdentity) -> Markup {
    match identity {
        IssuerIdentity::Did(did) => html! { code { (did) } },
        IssuerIdentity::Keys { id, count } => {
            let noun = if *count == 1 { "pinned key" } else { "pinned keys" };
            html! { (count) " " (noun) " of " code { (id) } }
        }
        IssuerIdentity::Authorities { subjects, names } => html! {
            "certificates of " (codes(subjects))
            @if !names.is_empty() { " for " (codes(names)) }
        },
        IssuerIdentity::Other => html! { "other means" },
    }
}

fn codes(texts: &[String]) -> Markup {
    html! {
        @for (place, text) in texts.iter().enumerate() {
            @if place > 0 { ", " }
            code { bdi { (text) } }
        }
    }
}
