//! The status lists: their sizes, taken entries, versions and signatures.

use std::sync::Arc;

use air_vc::status::IndexAllocator;
use axum::extract::State;
use maud::{Markup, html};

use super::{
    form::Fields,
    layout::{Failed, Page, Section, Visit, facts, pages, state, table, time},
};
use crate::{
    Error,
    config::StatusListConfig,
    state::State as Service,
    store::status_lists::{self, ListRow},
};

pub(super) const PATH: &str = "/status-lists";
const TITLE: &str = "Status lists";
/// The number of lists on a page. The taken indices of the largest ones have 2 MiB each.
const SIZE: u64 = 10;

pub(super) async fn list(
    State(service): State<Arc<Service>>,
    visit: Visit,
    fields: Fields,
) -> Result<Page, Failed> {
    let Some(config) = service.config.status_list else {
        let content = html! {
            p { "Status lists are off: " code { "partition-size" } " in " code { "[status-list]" } " of issuer.toml turns them on." }
        };
        return Ok(visit.page(Section::StatusLists, TITLE, &content));
    };
    let (lists, total) = status_lists::list(&service.store, fields.page(), SIZE).await?;
    let mut rows = Vec::new();
    for row in &lists {
        rows.push(render(row, config)?);
    }
    let heads = [
        "Number",
        "Size",
        "Taken",
        "Version",
        "Signature",
        "Signed by",
        "Signed at",
        "Ends",
    ];
    let content = html! {
        p { "A revocation changes the version of its list. The list is signed at its next request, and again after half of its lifetime." }
        (facts(&[
            ("Lists", html! { (total) }),
            ("Entries of each", html! { (config.size) }),
            ("Cached for", html! { (config.ttl) " s" }),
            ("Lifetime of a signature", html! { (config.lifetime.as_secs()) " s" }),
        ]))
        (table("Lists, newest first", &heads, &rows, "There is no list on this page."))
        (pages(PATH, &fields, SIZE, total))
    };
    Ok(visit.page(Section::StatusLists, TITLE, &content))
}

fn render(row: &ListRow, config: StatusListConfig) -> Result<Markup, Error> {
    let allocated = IndexAllocator::from_bytes(&row.allocated).map_err(|_| Error::Damaged {
        what: "the taken indices of a status list",
    })?;
    let size = allocated.entries();
    let taken = size.saturating_sub(allocated.free());
    let signature = match row.signed_version {
        Some(version) if version == row.version => state("good", "shows this version"),
        Some(_) => state("waiting", "shows an earlier version"),
        None => state("waiting", "not signed yet"),
    };
    Ok(html! {
        th.number scope="row" { (row.number) }
        td.number { (size) }
        td.number { (taken) }
        td.number { (row.version) }
        td { (signature) }
        td { @match &row.signed_kid { Some(kid) => code { (kid) }, None => "unknown" } }
        td { @match row.signed_at { Some(at) => (time(at)), None => "never" } }
        td { @match row.signed_at { Some(at) => (time(at.saturating_add(config.lifetime))), None => "never" } }
    })
}
