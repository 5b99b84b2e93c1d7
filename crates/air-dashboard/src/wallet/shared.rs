//! The user's disclosures, with recipient, time and key. A consent that was given on this platform
//! can be withdrawn.

use std::fmt::Display;

use axum::{
    extract::{Path, State},
    response::Redirect,
};
use maud::{Markup, html};

use super::{claims, session::Holder};
use crate::{
    form::Fields,
    layout::{Head, List, Page, Section, Visit, WalletFailed, id, state, time},
};
use air_platform::{
    App,
    holder::{self, Channel, Consent, Disclosure},
};

const PATH: &str = "/wallet/shared";
const PRESENTATIONS: &str = "/wallet/presentations";

pub(super) async fn list(
    State(app): State<App>,
    holder: Holder,
    fields: Fields,
) -> Result<Page, WalletFailed> {
    let listed = holder::disclosures(&app, &holder.user_uuid, fields.page()).await?;
    let rows = html! {
        @for run in &listed.rows {
            tr {
                th scope="row" { a href=(page_of(run)) { bdi { (run.verifier) } } }
                td { bdi { (run.title) } }
                td { (asked(run.channel)) }
                td { (time(run.decided_at.unwrap_or(run.started_at))) }
                td { (given(run.consent)) }
                td { (seen(run)) }
            }
        }
    };
    let list = List {
        caption: "Shown to verifiers",
        path: PATH,
        fields: &fields,
        heads: &["Verifier", "Credential", "By", "When", "Consent", "Received data"].map(Head::Plain),
        rows,
        total: listed.total,
        empty: html! { p { "No verifier has requested your credentials yet. When you present one in an app or from another wallet, the record appears here." } },
    };
    Ok(holder.page(Section::WalletShared, "Shown", &html! { (list) }))
}

pub(super) async fn show(
    State(app): State<App>,
    holder: Holder,
    Path(verification_id): Path<String>,
) -> Result<Page, WalletFailed> {
    let run = holder::find_run(&app, &holder.user_uuid, &verification_id).await?;
    let content = html! {
        p.states { (given(run.consent)) }
        dl.facts {
            dt { "Verifier" } dd { bdi { (run.verifier) } }
            dt { "Credential" }
            dd {
                @match &run.core_claim_hash {
                    Some(hash) => a href=(claims::path(hash)) { bdi { (run.title) } },
                    None => { bdi { (run.title) } }
                }
            }
            dt { "Asked" } dd { (time(run.started_at)) }
            @if let Some(at) = run.decided_at { dt { "You decided" } dd { (time(at)) } }
            dt { "Checked" } dd { (names(&run.tested)) }
            dt { "Received data" } dd { (seen(&run)) }
            dt { "Released key" }
            dd {
                @match &run.released_key {
                    Some((curve, key)) => { "the private half of " (id(key)) " (" (curve) ")" }
                    None => "none"
                }
            }
            @if run.released_key.is_some() {
                dt { "Sealed documents" } dd { (run.documents) }
                dt { "Packages from the issuer" } dd { (run.packages) }
            }
        }
        @if run.consent == Consent::Given { (withdrawal(&holder.visit, &run)) }
        @if run.consent == Consent::Asked { p { "Answer in the verifier's app." } }
        @if run.consent == Consent::Withdrawn { p { "The verifier gets no further data by this consent. It may still have earlier data." } }
    };
    let title = format!("Shown to {}", run.verifier);
    Ok(holder.page(Section::WalletShared, &title, &content))
}

/// Shows a presentation of another wallet. The consent was given there and can't be withdrawn here.
pub(super) async fn show_presentation(
    State(app): State<App>,
    holder: Holder,
    Path(presentation_id): Path<String>,
) -> Result<Page, WalletFailed> {
    let shown = holder::find_presentation(&app, &holder.user_uuid, &presentation_id).await?;
    let content = html! {
        p.states { (given(shown.consent)) }
        dl.facts {
            dt { "Verifier" } dd { bdi { (shown.verifier) } }
            dt { "Credential" }
            dd {
                @match &shown.core_claim_hash {
                    Some(hash) => a href=(claims::path(hash)) { bdi { (shown.title) } },
                    None => { bdi { (shown.title) } }
                }
            }
            dt { "By" } dd { (asked(shown.channel)) }
            dt { "When" } dd { (time(shown.started_at)) }
            dt { "Disclosed by the wallet" } dd { (names(&shown.shown)) }
            dt { "Checked" } dd { (names(&shown.tested)) }
            dt { "Result" } dd { code { (shown.status.as_deref().unwrap_or("none")) } }
            dt { "Released key" } dd { "none" }
        }
        p { "The wallet that holds the credential asked you. The verifier gets the values that it checks only with the result " code { "Compliant" }
            ". This consent can't be withdrawn here, because the verifier already has the values. This platform deletes its copy a day after the request ends." }
    };
    let title = format!("Shown to {}", shown.verifier);
    Ok(holder.page(Section::WalletShared, &title, &content))
}

pub(super) async fn withdraw(
    State(app): State<App>,
    holder: Holder,
    Path(verification_id): Path<String>,
) -> Result<Redirect, WalletFailed> {
    holder::withdraw(&app, &holder.user_uuid, &verification_id).await?;
    Ok(Redirect::to(&format!(
        "{}?done=withdrawn",
        path(&verification_id)
    )))
}

fn withdrawal(visit: &Visit, run: &Disclosure) -> Markup {
    html! {
        section.panel {
            h2 { "Withdraw your consent" }
            div.columns {
                div {
                    h3 { "It ends" }
                    ul {
                        li { "reading the sealed documents on this platform" }
                        li { "fetching packages: their bytes are deleted" }
                        li { "stored answers with your claims: they are deleted" }
                    }
                }
                div {
                    h3 { "It can't end" }
                    ul {
                        @if run.was_compliant() && !run.shown.is_empty() { li { "the verifier knows the claims that it saw: " (names(&run.shown)) } }
                        @if run.released_key.is_some() { li { "the released key stays released: it opens every copy of documents sealed to it" } }
                        li { "files that the verifier fetched before stay with the verifier" }
                    }
                }
            }
            form.actions method="post" action=(format!("{}/withdraw", path(&run.id))) {
                (visit.proof())
                button.danger { "Withdraw" }
            }
        }
    }
}

/// Renders the data that the verifier received.
fn seen(run: &Disclosure) -> Markup {
    let decided = matches!(run.consent, Consent::Given | Consent::Withdrawn);
    if run.channel == Channel::Presentation {
        return html! {
            @if run.was_compliant() { (names(&run.shown)) } @else { (only_result(run)) }
        };
    }
    html! {
        @if run.consent == Consent::Refused { "only that you refused" }
        @else if !decided { "nothing yet" }
        @else if !run.was_compliant() { (only_result(run)) }
        @else {
            "that the conditions hold"
            @if !run.shown.is_empty() { "; " (names(&run.shown)) }
            @if run.released_key.is_some() { "; " (state("waiting", "your key")) }
        }
    }
}

fn only_result(run: &Disclosure) -> Markup {
    html! { "only the result " code { (run.status.as_deref().unwrap_or("none")) } }
}

fn names(names: &[String]) -> Markup {
    html! {
        @if names.is_empty() { "nothing" }
        @for (place, name) in names.iter().enumerate() { @if place > 0 { ", " } bdi { (name) } }
    }
}

/// Returns the channel of the request.
fn asked(channel: Channel) -> &'static str {
    match channel {
        Channel::Verification => "an app",
        Channel::Presentation => "a wallet (OpenID4VP)",
    }
}

fn given(consent: Consent) -> Markup {
    match consent {
        Consent::Asked => state("waiting", "asked"),
        Consent::Given => state("good", "given"),
        Consent::Refused => state("bad", "refused"),
        Consent::Withdrawn => state("bad", "withdrawn"),
    }
}

fn page_of(run: &Disclosure) -> String {
    match run.channel {
        Channel::Verification => path(&run.id),
        Channel::Presentation => format!("{PRESENTATIONS}/{}", run.id),
    }
}

fn path(verification_id: &(impl Display + ?Sized)) -> String {
    format!("{PATH}/{verification_id}")
}
