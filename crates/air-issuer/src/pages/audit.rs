//! The audit log, with the state of its chains.

use std::sync::Arc;

use axum::extract::State;
use maud::{Markup, html};

use super::{
    chain_check::{ChainCheck, Chains, Checked},
    form::Fields,
    issuances,
    layout::{Failed, PAGE, Page, Section, Visit, id, pages, state, table, time},
};
use crate::{count::counted, state::State as Service, store::audit};

pub(super) const PATH: &str = "/audit";

pub(super) async fn list(
    State(service): State<Arc<Service>>,
    State(check): State<Arc<ChainCheck>>,
    visit: Visit,
    fields: Fields,
) -> Result<Page, Failed> {
    let checked = check.result(&service.store, visit.now()).await?;
    let (entries, total) = audit::list(&service.store, fields.page(), PAGE).await?;
    let rows: Vec<Markup> = entries
        .iter()
        .map(|entry| {
            html! {
                td { (time(entry.at)) }
                th scope="row" { (entry.action) }
                td {
                    // The subject of these actions is an offer or a backup.
                    @if ["offered", "withdrawn", "restored"].contains(&&*entry.action) { (id(&entry.external_id)) }
                    @else { a href=(issuances::path(&entry.external_id)) { (id(&entry.external_id)) } }
                }
                td { code { (entry.actor) } }
                td { bdi { (entry.detail.as_deref().unwrap_or_default()) } }
                td { code { (entry.instance) } }
                td.number { (entry.seq) }
            }
        })
        .collect();
    let heads = ["When", "Action", "Subject", "Who", "Reason", "Instance", "Place"];
    let content = html! {
        p.states { (chains(checked)) }
        p {
            "Who: the API key by the first 8 hex digits of its SHA-256, or " code { "worker" } ". Each instance chains its entries by \
             hashes. Entries that were removed from the end of a chain are not detected: compare with a copy that is kept elsewhere."
        }
        (table("Entries, newest first", &heads, &rows, "There is no entry on this page."))
        (pages(PATH, &fields, PAGE, total))
    };
    Ok(visit.page(Section::Audit, "Audit log", &content))
}

fn chains(checked: Checked) -> Markup {
    let at = time(checked.at);
    match checked.chains {
        Chains::Intact { entries } => html! {
            (state("good", "chains verified")) " " (counted(entries, "entry", "entries")) ", at " (at)
        },
        Chains::Broken => html! {
            (state("bad", "a chain is broken")) " an entry was changed or removed; found at " (at)
        },
        Chains::TooLong => html! {
            (state("waiting", "not verified")) " the log is too long to be verified in 5 s; " (at)
        },
    }
}
