//! The offers to wallets, by state. Links, codes and users are not shown.

use std::sync::Arc;

use axum::extract::State;
use maud::{Markup, html};

use super::{
    form::Fields,
    layout::{Failed, PAGE, Page, Section, Visit, id, pages, state, table, time},
};
use crate::state::State as Service;

pub(super) const PATH: &str = "/offers";

pub(super) async fn list(
    State(service): State<Arc<Service>>,
    visit: Visit,
    fields: Fields,
) -> Result<Page, Failed> {
    let (offers, total) = service.list_offers(fields.page(), PAGE).await?;
    let rows: Vec<Markup> = offers
        .iter()
        .map(|offer| {
            html! {
                th scope="row" { (id(&offer.offer_id)) }
                td { code { (offer.schema_id) } }
                td { (state(kind(offer.state), offer.state)) }
                td.number { (offer.credentials) }
                td { (offer.notification.as_deref().unwrap_or("none")) }
                td { (time(offer.expires_at)) }
            }
        })
        .collect();
    let heads = [
        "Offer id",
        "Schema",
        "State",
        "Credentials",
        "Notification",
        "Expires",
    ];
    let content = html! {
        p { "An offer is deleted an hour after its end and that of its access token. Its credentials remain." }
        (table("Offers, those that end last first", &heads, &rows, "There is no offer on this page."))
        (pages(PATH, &fields, PAGE, total))
    };
    Ok(visit.page(Section::Offers, "Offers to wallets", &content))
}

fn kind(state: &str) -> &'static str {
    match state {
        "issued" => "good",
        "void" => "bad",
        _ => "waiting",
    }
}
