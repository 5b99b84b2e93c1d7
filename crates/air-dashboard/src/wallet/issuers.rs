//! The user's choice, for each issuer, whether it may issue while the user is away.

use axum::{
    extract::{Path, State},
    response::Redirect,
};
use maud::html;

use super::session::Holder;
use crate::{
    form::Fields,
    layout::{Page, Section, WalletFailed, state, table, time},
};
use air_platform::{App, Refusal, holder};

const PATH: &str = "/wallet/issuers";

pub(super) async fn list(State(app): State<App>, holder: Holder) -> Result<Page, WalletFailed> {
    let issuers = holder::issuers(&app, &holder.user_uuid).await?;
    let rows = html! {
        @for issuer in &issuers {
            tr {
                th scope="row" { bdi { (issuer.name) } }
                td { (issuer.held) @if issuer.held == 1 { " credential" } @else { " credentials" } }
                td {
                    @match issuer.refused_at {
                        Some(at) => { (state("bad", "refused")) " " (time(at)) }
                        None => (state("good", "allowed"))
                    }
                }
                td {
                    form.inline method="post" action=(format!("{PATH}/{}", issuer.partner_id)) {
                        (holder.visit.proof())
                        @if issuer.refused_at.is_some() {
                            button name="action" value="allow" aria-label=(format!("Allow {}", issuer.name)) { "Allow" }
                        } @else {
                            button.danger name="action" value="refuse" aria-label=(format!("Refuse {}", issuer.name)) { "Refuse" }
                        }
                    }
                }
            }
        }
    };
    let content = html! {
        p { "An issuer may issue credentials to you while you are away. If you refuse, its next attempt fails; it is not told before. Credentials that "
            "you have stay, and it can still issue to you in an app while you are logged in." }
        @if issuers.is_empty() {
            section.panel.nothing { h2 { "No issuer yet" } p { "An issuer appears here with its first credential." } }
        } @else {
            (table("Issuers", &["Issuer", "Credentials", "While you are away", "Change"], &rows, None))
        }
    };
    Ok(holder.page(Section::WalletIssuers, "Issuers", &content))
}

pub(super) async fn decide(
    State(app): State<App>,
    holder: Holder,
    Path(partner_id): Path<String>,
    fields: Fields,
) -> Result<Redirect, WalletFailed> {
    let (is_allowed, done) = match fields.text("action") {
        "allow" => (true, "allowed"),
        "refuse" => (false, "refused"),
        _ => return Err(Refusal::bad_request("the decision must be allow or refuse").into()),
    };
    holder::set_on_behalf(&app, &holder.user_uuid, &partner_id, is_allowed).await?;
    Ok(Redirect::to(&format!("{PATH}?done={done}")))
}
