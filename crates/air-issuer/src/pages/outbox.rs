//! The outbox: the credentials that dStorage has not confirmed.

use std::sync::Arc;

use air_ids::UnixTime;
use axum::{
    Extension,
    extract::{Path, State},
    response::Redirect,
};
use maud::{Markup, html};

use super::{
    form::Fields,
    gate::Operator,
    issuances,
    layout::{Failed, PAGE, Page, Section, Visit, facts, id, table, time},
};
use crate::{issue::Delivery, state::State as Service, store::outbox};

pub(super) const PATH: &str = "/outbox";

pub(super) async fn list(
    State(service): State<Arc<Service>>,
    visit: Visit,
    fields: Fields,
) -> Result<Page, Failed> {
    let after = fields.text("after").parse().unwrap_or(0);
    let (total, oldest) = outbox::backlog(&service.store).await?;
    // One more row shows whether there is a next page.
    let mut found = outbox::list(&service.store, after, PAGE + 1).await?;
    let has_more = found.len() as u64 > PAGE;
    found.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
    let now = visit.now();
    let rows: Vec<Markup> = found
        .iter()
        .map(|row| {
            let path = issuances::path(&row.external_id);
            html! {
                th scope="row" { a href=(path) { (id(&row.external_id)) } }
                td.number { (row.attempts) }
                td { @if row.next_at <= now { "now" } @else { (time(row.next_at)) } }
                td { @match &row.last_error { Some(code) => code { (code) }, None => "none yet" } }
                td.number { (age(row.issued_at, now)) }
                td {
                    form.inline method="post" action=(path.replacen(issuances::PATH, PATH, 1) + "/try") {
                        (visit.proof())
                        button aria-label=(format!("Try now: {}", row.external_id)) { "Try now" }
                    }
                }
            }
        })
        .collect();
    let heads = [
        "External id",
        "Attempts",
        "Next try",
        "Last error",
        "Age",
        "Action",
    ];
    let next = found.last().filter(|_| has_more).map(|row| row.seq);
    let content = html! {
        p { "The service tries each upload again with the same bytes until dStorage confirms it. A refused one is tried each hour." }
        (facts(&[
            ("Not confirmed", html! { (total) }),
            ("Oldest", html! { @match oldest { Some(at) => (age(at, now)), None => "none" } }),
        ]))
        (table("Uploads, oldest first", &heads, &rows, "dStorage has confirmed all credentials of this page."))
        @if after > 0 || next.is_some() {
            nav.pages aria-label="Pages" {
                @if after > 0 { a href=(PATH) { "Oldest" } }
                @if let Some(next) = next { a href=(format!("{PATH}?after={next}")) rel="next" { "Next" } }
            }
        }
    };
    Ok(visit.page(Section::Outbox, "Outbox", &content))
}

/// Tries an upload now. The audit log names the operator if dStorage confirms it.
pub(super) async fn try_now(
    State(service): State<Arc<Service>>,
    Extension(Operator(actor)): Extension<Operator>,
    Path(external_id): Path<String>,
) -> Result<Redirect, Failed> {
    issuances::find(&service, &external_id).await?;
    let done = match service.deliver(&external_id, &actor).await? {
        Delivery::Stored => "stored",
        Delivery::Later { .. } => "later",
        Delivery::Refused { .. } => "refused",
        Delivery::Abandoned => "abandoned",
    };
    Ok(Redirect::to(&format!("{PATH}?done={done}")))
}

/// The time since the issuance, in its largest units.
fn age(issued_at: UnixTime, now: UnixTime) -> String {
    let seconds = now.saturating_duration_since(issued_at).as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => format!("{} h {} min", seconds / 3_600, seconds / 60 % 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds / 3_600 % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_has_its_largest_units() {
        let now = UnixTime::from_secs(1_000_000);
        for (seconds, text) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (3_599, "59 min"),
            (3_600, "1 h 0 min"),
            (86_399, "23 h 59 min"),
            (90_000, "1 d 1 h"),
        ] {
            assert_eq!(age(UnixTime::from_secs(1_000_000 - seconds), now), text);
        }
    }
}
