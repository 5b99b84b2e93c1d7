//! The credentials that issuers signed themselves and sealed to the user: a list, details with the state that the issuer tells, deletion.

use std::fmt::Display;

use axum::{
    extract::{Path, State},
    response::Redirect,
};
use maud::{Markup, html};

use super::{claims::claims, session::Holder};
use crate::{
    form::Fields,
    layout::{Page, Section, WalletFailed, id, pages, state, time},
};
use air_platform::{
    App,
    holder::{self, Envelope, EnvelopeState},
};

const PATH: &str = "/wallet/envelopes";
const TITLE: &str = "From issuers' own backends";

/// Renders the way from the wallet's credentials to this list, if it has any.
pub(super) fn hint(total: u64) -> Markup {
    html! {
        @if total > 0 {
            section.panel {
                h2 { (TITLE) }
                p {
                    "Issuers that sign themselves sealed " a href=(PATH) { @if total == 1 { "one credential" } @else { (total) " credentials" } }
                    " to you."
                }
            }
        }
    }
}

pub(super) async fn list(
    State(app): State<App>,
    holder: Holder,
    fields: Fields,
) -> Result<Page, WalletFailed> {
    let listed = holder::envelopes(&app, &holder.user_uuid, fields.page()).await?;
    let content = html! {
        p { "The issuer signed these credentials and sealed them to you. This platform keeps the envelopes, and asks the issuer for the state when you open one." }
        @if listed.total == 0 {
            section.panel.nothing {
                h2 { "No credential yet" }
                p { "When an issuer with a backend of its own issues to you, the credential appears here." }
            }
        }
        div.cards {
            @for envelope in &listed.rows { (card(envelope)) }
        }
        (pages(PATH, &fields, listed.total))
    };
    Ok(holder.page(Section::WalletCredentials, TITLE, &content))
}

fn card(envelope: &Envelope) -> Markup {
    html! {
        article.panel.credential {
            header {
                h2 { a href=(path(&envelope.storage_id)) { bdi { (envelope.title) } } }
                @if envelope.is_expired { (state("waiting", "expired")) } @else { (state("waiting", "status not checked")) }
            }
            p.hint {
                "from " bdi { (envelope.issuer) } " · stored " (time(envelope.stored_at))
                @if envelope.is_expired { ", expired " } @else { ", expires " } (time(envelope.expires_at))
            }
            (content_of(envelope))
        }
    }
}

pub(super) async fn show(
    State(app): State<App>,
    holder: Holder,
    Path(storage_id): Path<String>,
) -> Result<Page, WalletFailed> {
    let (envelope, found) = holder::envelope(&app, &holder.user_uuid, &storage_id).await?;
    let content = html! {
        p.states { (badge(&found)) }
        @if let EnvelopeState::Unknown(reason) = &found { p { "Why: " (reason) "." } }
        section.panel { h2 { "It says" } (content_of(&envelope)) }
        dl.facts {
            dt { "Issuer" } dd { bdi { (envelope.issuer) } }
            dt { "Stored" } dd { (time(envelope.stored_at)) }
            dt { "Expires" } dd { (time(envelope.expires_at)) }
            dt { "Storage id" } dd { (id(&envelope.storage_id)) }
        }
        p.hint { "The issuer was asked for the state just now. The issuer alone changes or revokes the credential." }
        details.panel.removal {
            summary { "Delete it from this wallet" }
            p { "Verifiers no longer get it from here, and this page no longer shows it. The issuer keeps its record, and the credential stays valid "
                "until it expires or the issuer revokes it. Consents that you gave stay as well: withdraw those under "
                a href="/wallet/shared" { "Shown" } ". You get it back if you take it from the issuer again." }
            form method="post" action=(format!("{}/delete", path(&storage_id))) {
                (holder.visit.proof())
                button.danger { "Delete from this wallet" }
            }
        }
        p.actions { a.button href=(PATH) { "Back to the list" } }
    };
    Ok(holder.page(Section::WalletCredentials, &envelope.title, &content))
}

pub(super) async fn delete(
    State(app): State<App>,
    holder: Holder,
    Path(storage_id): Path<String>,
) -> Result<Redirect, WalletFailed> {
    holder::delete_envelope(&app, &holder.user_uuid, &storage_id).await?;
    Ok(Redirect::to(&format!("{PATH}?done=deleted")))
}

fn content_of(envelope: &Envelope) -> Markup {
    html! {
        @match &envelope.claims {
            Some(known) => (claims(known)),
            None => p { "Only the wallet that has the key can open it." }
        }
    }
}

fn badge(found: &EnvelopeState) -> Markup {
    match found {
        EnvelopeState::Valid => state("good", "valid"),
        EnvelopeState::Expired => state("waiting", "expired"),
        EnvelopeState::Revoked => state("bad", "revoked"),
        EnvelopeState::Unknown(_) => state("waiting", "status unknown"),
    }
}

fn path(storage_id: &(impl Display + ?Sized)) -> String {
    format!("{PATH}/{storage_id}")
}
