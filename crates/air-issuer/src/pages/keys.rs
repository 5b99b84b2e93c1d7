//! The keys: those that sign now, those that sign later, and the published set.

use std::sync::Arc;

use air_ids::UnixTime;
use air_jwt::rotation::Phase;
use axum::extract::State;
use maud::{Markup, html};

use super::layout::{Failed, Page, Section, Visit, id, state, table, time};
use crate::{
    Error,
    keys::{KeySchedule, LiveKey, Purpose, ScheduledKey, Stay, find_live, stay},
    state::State as Service,
    store::published_keys,
};

/// A key of the published set, and the time of the first start that published it.
struct Published {
    kid: String,
    algorithm: String,
    thumbprint: String,
    published_at: Option<UnixTime>,
}

pub(super) async fn show(State(service): State<Arc<Service>>, visit: Visit) -> Result<Page, Failed> {
    let now = visit.now();
    let (live, published) = read(&service, now).await?;
    let purposes = [
        (Purpose::Credentials, &service.keys.credentials),
        (Purpose::StatusLists, &service.keys.status_lists),
        (Purpose::Tokens, &service.keys.tokens),
    ];
    let content = html! {
        p { "Keys are configured in " code { "[keys]" } " of issuer.toml. " code { "signs-from" } " there is the time from which a key signs." }
        @for (purpose, schedule) in purposes { (schedule_table(&service, purpose, schedule, &live, now)) }
        (published_table(&published, &live))
    };
    Ok(visit.page(Section::Keys, "Keys", &content))
}

/// The keys whose credentials are valid, and the published set.
async fn read(service: &Service, now: UnixTime) -> Result<(Vec<LiveKey>, Vec<Published>), Error> {
    let mut tx = service.store.write().await?;
    let live = find_live(&mut tx, now).await?;
    let recorded = published_keys::all(&mut tx).await?;
    let published = service.keys.published.iter().map(|key| {
        let (kid, thumbprint) = (key.kid().to_string(), key.thumbprint().to_string());
        let recorded = recorded
            .get(&kid)
            .filter(|recorded| recorded.thumbprint == thumbprint);
        Published {
            published_at: recorded.map(|recorded| recorded.published_at),
            kid,
            algorithm: key.algorithm().to_string(),
            thumbprint,
        }
    });
    Ok((live, published.collect()))
}

fn schedule_table(
    service: &Service,
    purpose: Purpose,
    schedule: &KeySchedule,
    live: &[LiveKey],
    now: UnixTime,
) -> Markup {
    let rows: Vec<Markup> = schedule
        .iter()
        .map(|key| {
            html! {
                th scope="row" { (id(&key.times.kid)) }
                td { (key.public.algorithm().to_string()) }
                td { (phase(key, now)) }
                td { @if key.times.sign == UnixTime::EPOCH { "the start" } @else { (time(key.times.sign)) } }
                td { @match key.times.retire { Some(retire) => (time(retire)), None => "no end is set" } }
                td { (publication(service, purpose, key, live, now)) }
            }
        })
        .collect();
    let heads = [
        "Key id",
        "Algorithm",
        "State",
        "Signs from",
        "Signs until",
        "Has to stay published",
    ];
    let caption = format!("Keys that sign {}", purpose.name());
    table(&caption, &heads, &rows, "No key is configured.")
}

fn phase(key: &ScheduledKey, now: UnixTime) -> Markup {
    match key.times.phase(now) {
        Phase::Signing => state("good", "signs now"),
        Phase::Planned | Phase::Published => state("waiting", "signs later"),
        Phase::Retired | Phase::Removed => state("waiting", "signs no more"),
    }
}

/// The time until which a key has to stay published.
fn publication(
    service: &Service,
    purpose: Purpose,
    key: &ScheduledKey,
    live: &[LiveKey],
    now: UnixTime,
) -> Markup {
    if !matches!(key.times.phase(now), Phase::Retired | Phase::Removed) {
        let until = until(live, key.times.kid.as_str());
        return if let (Purpose::Credentials, Some(until)) = (purpose, until) {
            html! { "at least until " (time(until)) }
        } else {
            html! { "while it signs, and afterwards" }
        };
    }
    match stay(&service.config, purpose, key, Some(live), now) {
        Stay::Until(until) => html! { "until " (time(until)) },
        Stay::UntilCredentialsExpire => html! { "until its last credential expires" },
        Stay::Over => html! { "no more: it may be removed" },
    }
}

fn published_table(published: &[Published], live: &[LiveKey]) -> Markup {
    let rows: Vec<Markup> = published
        .iter()
        .map(|key| {
            html! {
                th scope="row" { (id(&key.kid)) }
                td { (key.algorithm) }
                td { (id(&key.thumbprint)) }
                td { @match key.published_at { Some(at) => (time(at)), None => "not recorded" } }
                td { @match until(live, &key.kid) { Some(until) => (time(until)), None => "none is valid" } }
            }
        })
        .collect();
    let heads = [
        "Key id",
        "Algorithm",
        "Thumbprint (RFC 7638)",
        "Published since",
        "Last valid credential ends",
    ];
    table("Published set", &heads, &rows, "No key is published.")
}

/// The end of the last valid credential of a key.
fn until(live: &[LiveKey], kid: &str) -> Option<UnixTime> {
    live.iter().find(|live| live.kid == kid).map(|live| live.until)
}
