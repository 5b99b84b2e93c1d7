//! Partners: ids, published keys, origins.

mod logo;
mod new;

pub(super) use self::new::{create, new};

use std::fmt::Display;

use air_fetch::Fetched;
use axum::extract::{Path, State};
use maud::{Markup, html};

use super::{
    form::Fields,
    layout::{Failed, Head, List, Page, Section, Visit, id, order, search, state, table, time},
};
use air_platform::{
    App, TrustError,
    dashboard::{self, Account},
    issuer_backends, logos, registered_keys,
};

pub(super) async fn list(State(app): State<App>, visit: Visit, fields: Fields) -> Result<Page, Failed> {
    let accounts = dashboard::accounts(&app, fields.text("q"), order(&fields), fields.page()).await?;
    let rows = html! {
        @for account in &accounts.rows {
            tr {
                th scope="row" { a href=(path(&account.partner_id)) { bdi { (account.name) } } }
                td { (id(&account.partner_id)) }
                td { (time(account.created_at)) }
            }
        }
    };
    let content = html! {
        p.actions { a.button href="/dashboard/accounts/new" { "New partner" } }
        (search("Name or id", &fields, &html! {}))
        (List {
            caption: "Partners",
            path: "/dashboard/accounts",
            fields: &fields,
            heads: &[
                Head::Sorted("Name", "name"),
                Head::Plain("Partner id"),
                Head::Sorted("Since", "since"),
            ],
            rows,
            total: accounts.total,
            empty: html! { p { "No partner yet. A partner issues and verifies. " a href="/dashboard/accounts/new" { "Create the first one" } "." } },
        })
    };
    Ok(visit.page(Section::Accounts, "Accounts", &content))
}

pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(partner_id): Path<String>,
) -> Result<Page, Failed> {
    let account = dashboard::account(&app, &partner_id).await?;
    let content = content(&app, &visit, &account, None).await?;
    Ok(visit.page(Section::Accounts, &account.name, &content))
}

/// Renders an account's page, with the error of a rejected logo.
pub(super) async fn content(
    app: &App,
    visit: &Visit,
    account: &Account,
    logo_error: Option<&str>,
) -> Result<Markup, Failed> {
    let published = match &account.jwks_url {
        Some(url) => Some((url.as_str(), dashboard::check_keys(app, url.as_str()).await)),
        None => None,
    };
    let registered = registered_keys::kids(account.registered_keys.as_deref())?;
    let mark = logos::mark(app, &account.partner_id).await?;
    let backend = issuer_backends::find(app, &account.partner_id).await?;
    let origins: Vec<String> = serde_json::from_str(&account.allowed_origins).unwrap_or_default();
    Ok(html! {
        (logo::picture(account.partner_id.as_str(), &account.name, mark.as_ref()))
        dl.facts {
            dt { "Partner id" } dd { (id(&account.partner_id)) }
            dt { "Issuer DID" } dd { (id(&account.issuer_did)) }
            dt { "Verifier DID" } dd { (id(&account.verifier_did)) }
            dt { "Issues on behalf" } dd { @if account.issue_on_behalf { "yes" } @else { "no; its calls to issue on behalf are refused" } }
            dt { "Allowed origins" }
            dd {
                @if origins.is_empty() { "none; web pages of this machine may call while the platform listens on loopback" }
                @else { ul.plain { @for origin in &origins { li { code { (origin) } } } } }
            }
            dt { "Since" } dd { (time(account.created_at)) }
        }
        section {
            h2 { "Published keys" }
            @match &published {
                Some((url, keys)) => {
                    p { "The JWK set at " (id(url)) ", asked just now:" }
                    (verdict(keys))
                    p { a href=(path(&account.partner_id)) { "Check again" } }
                }
                None => { p { "None: the partner was created without a URL of a JWK set." } }
            }
        }
        section {
            h2 { "Registered keys" }
            @if registered.is_empty() {
                p { "None. " code { "air init --from-sandbox" } " registers the public key of a profile." }
            } @else {
                p { "Tokens are also verified with these keys, which the operator registered. Oldest first:" }
                ul.plain { @for kid in &registered { li { (id(kid)) } } }
                p.hint { "Remove one with " code { "air partner remove-key" } "." }
            }
        }
        section {
            h2 { "Issuer backend" }
            @match &backend {
                Some(backend) => {
                    p { "The partner signs credentials itself. The platform calls its backend when a page of the AIR Kit issues with this DID:" }
                    dl.facts {
                        dt { "Issuer DID of the backend" } dd { (id(&backend.did)) }
                        dt { "Previews" } dd { code { (backend.available_vc_api_url.as_str()) } }
                        dt { "Issues" } dd { code { (backend.issue_vc_api_url.as_str()) } }
                        dt { "Status" }
                        dd { @if let Some(url) = &backend.revocation_status_api_url { code { (url.as_str()) } } @else { "by status lists only" } }
                    }
                    p.hint { "Replace it with " code { "air partner issuer set" } ", which also sets its API key." }
                }
                None => { p { "None. " code { "air partner issuer set" } " registers the backend of a partner that signs credentials itself." } }
            }
        }
        (logo::forms(visit, account.partner_id.as_str(), mark.as_ref(), logo_error))
    })
}

/// Renders whether the partner's keys are usable.
fn verdict(keys: &Result<Fetched, TrustError>) -> Markup {
    match keys {
        Err(reason) => html! {
            p { (state("bad", "Not usable")) " " (reason.to_string()) "." }
            p.hint { "Until the set can be read, only registered keys verify tokens. " code { "air jwks serve --key partner-key.pem" } " serves one." }
        },
        Ok(fetched) => {
            let rows = html! {
                @for key in fetched.set.iter() {
                    tr {
                        th scope="row" { code { (key.kid().as_str()) } }
                        td { (key.algorithm().to_string()) }
                        td {
                            @if fetched.set.leaked().contains(key.kid()) {
                                (state("bad", "private half published")) " usable on this machine only"
                            } @else {
                                (state("good", "usable"))
                            }
                        }
                    }
                }
                @for skipped in &fetched.skipped {
                    tr {
                        th scope="row" { @match &skipped.kid { Some(kid) => code { (kid.as_str()) }, None => { "key " (skipped.index + 1) } } }
                        td {}
                        td { (state("bad", "not usable")) " " (skipped.reason.to_string()) }
                    }
                }
            };
            let is_empty = fetched.set.iter().next().is_none();
            let empty = (is_empty && fetched.skipped.is_empty()).then(|| {
                html! { "The set is empty. " code { "air jwks serve --key partner-key.pem" } " serves one with a key." }
            });
            html! {
                @if is_empty {
                    p { (state("bad", "No usable key")) " Until one is published (EC P-256 or RSA, for signatures), only registered keys verify tokens." }
                } @else {
                    p { (state("good", "Reachable")) " Tokens are verified with these keys." }
                }
                @if !fetched.set.leaked().is_empty() {
                    p role="alert" {
                        (state("bad", "Private keys published"))
                        " Everyone who can fetch this set can sign as this partner. The keys are used only because the set and the platform are on this machine: replace them, and publish the public halves."
                    }
                }
                (table("Keys", &["Key id", "Algorithm", "State"], &rows, empty.as_ref()))
            }
        }
    }
}

pub(super) fn path(partner_id: &(impl Display + ?Sized)) -> String {
    format!("/dashboard/accounts/{partner_id}")
}
