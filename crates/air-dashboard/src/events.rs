//! An event, as the search finds it.

use std::fmt::Display;

use air_api::sandbox::EventId;
use axum::extract::{Path, State};
use maud::html;
use serde_json::Value;

use super::{
    accounts,
    layout::{Failed, Page, Section, Visit, id, listing, moment},
    schemas::pretty,
};
use air_platform::{
    App, Refusal,
    events::{self, Viewer},
};

pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(event_id): Path<String>,
) -> Result<Page, Failed> {
    let unknown = |_| Refusal::not_found("no such event; its id is `evt_` and 24 hex digits");
    let event_id: EventId = event_id.parse().map_err(unknown)?;
    let event = events::find(&app, &Viewer::Everything, &event_id).await?;
    let content = html! {
        dl.facts {
            dt { "Event id" } dd { (id(&event.id)) }
            dt { "When" } dd { (moment(event.created_at)) }
            @if let Some(partner) = &event.partner_id {
                dt { "Partner" } dd { a href=(accounts::path(partner)) { (id(partner)) } }
            }
        }
        (listing("Data", &pretty(&Value::Object(event.data))))
        p.hint { code { "air events" } " lists all events, and " code { "air events replay" } " posts one again." }
    };
    Ok(visit.page(Section::Overview, &event.kind, &content))
}

pub(super) fn path(event_id: &(impl Display + ?Sized)) -> String {
    format!("/dashboard/events/{event_id}")
}
