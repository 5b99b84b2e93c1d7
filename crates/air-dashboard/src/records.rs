//! Records of activity: users, ledger, callbacks, requests.

mod logs;

pub(super) use self::logs::{logs, request};

use air_api::{
    CallbackStatus, PartnerId,
    sandbox::{Callback, CallbackKind},
};
use axum::{
    extract::{Path, State},
    response::Redirect,
};
use maud::{Markup, html};

use super::{
    credentials::rows_of,
    form::Fields,
    layout::{
        Failed, Head, List, Page, Section, Visit, button, choice, id, moment, order, search, state, time,
    },
    verification::{consent, runs_of},
};
use air_platform::{
    App, Refusal, anchoring, callbacks,
    dashboard::{self, CallbackFilter, PAGE},
};

const CALLBACK_STATES: [(&str, &str); 4] = [
    ("", "Any state"),
    ("open", "Nothing to deliver yet"),
    ("pending", "Pending"),
    ("delivered", "Delivered"),
];
const CALLBACK_EVENTS: [(&str, &str); 4] = [
    ("", "Any report"),
    (dashboard::RELEASED, "A released key"),
    (dashboard::AVAILABLE, "An accepted key"),
    (dashboard::STATUS_CHANGED, "A new status"),
];

pub(super) async fn users(State(app): State<App>, visit: Visit, fields: Fields) -> Result<Page, Failed> {
    let users = dashboard::users(&app, fields.text("q"), order(&fields), fields.page()).await?;
    let rows = html! {
        @for user in &users.rows {
            tr {
                th scope="row" { a href=(format!("/dashboard/users/{}", user.user_uuid)) { bdi { (user.email.as_str()) } } }
                td { (user.held) }
                td { (id(&user.user_uuid)) }
                td { (time(user.created_at)) }
            }
        }
    };
    let content = html! {
        (search("Address or id", &fields, &html! {}))
        (List {
            caption: "Users",
            path: "/dashboard/users",
            fields: &fields,
            heads: &[
                Head::Sorted("Address", "email"),
                Head::Sorted("Credentials", "held"),
                Head::Plain("User id"),
                Head::Sorted("Since", "since"),
            ],
            rows,
            total: users.total,
            empty: html! { p { "No user yet. A user appears with the first credential or login. " a href="/dashboard/issue" { "Issue a credential" } "." } },
        })
    };
    Ok(visit.page(Section::Users, "Users", &content))
}

pub(super) async fn user(
    State(app): State<App>,
    visit: Visit,
    Path(user_uuid): Path<String>,
) -> Result<Page, Failed> {
    let details = dashboard::user(&app, &user_uuid).await?;
    let (user, held, asked) = (&details.user, &details.held, &details.runs);
    let waiting = asked.rows.iter().filter(|run| run.consent == "asked");
    let content = html! {
        dl.facts {
            dt { "User id" } dd { (id(&user.user_uuid)) }
            dt { "Wallet (holder DID)" } dd { (id(&user.holder_did)) }
            dt { "Since" } dd { (time(user.created_at)) }
        }
        @for run in waiting { (consent(&visit, run)) }
        section {
            (rows_of("Credentials held", &held.rows, app.platform_clock.now()))
            @if held.total > PAGE.into() { p { a href=(format!("/dashboard/credentials?user={user_uuid}")) { "All credentials of this user" } } }
        }
        section {
            (runs_of("Consents", &asked.rows))
            @if asked.total > PAGE.into() { p { a href=(format!("/dashboard/verification/records?user={user_uuid}")) { "All consents of this user" } } }
        }
    };
    Ok(visit.page(Section::Users, user.email.as_str(), &content))
}

pub(super) async fn ledger(State(app): State<App>, visit: Visit, fields: Fields) -> Result<Page, Failed> {
    let blocks = dashboard::blocks(&app, order(&fields), fields.page()).await?;
    let pending = dashboard::overview(&app).await?.pending;
    let rows = html! {
        @for block in &blocks.rows {
            tr {
                th scope="row" { (block.number) }
                td { (block.tree_size) }
                td { (time(block.sealed_at)) }
                td { (id(&hex::encode(&block.root))) }
            }
        }
    };
    let content = html! {
        p { @match pending { 0 => "Nothing waits for a block.", 1 => "One entry waits for a block.", n => { (n) " entries wait for a block." } } }
        @if app.faults.is_chain_stuck() {
            p.problem { "A fault stops the chain. " a href="/dashboard/faults" { "Clear the fault" } " to make blocks again." }
        } @else if pending > 0 {
            (button(&visit, "/dashboard/ledger", "anchor", "Make a block now"))
        }
        (List {
            caption: "Blocks",
            path: "/dashboard/ledger",
            fields: &fields,
            heads: &[
                Head::Sorted("Number", "number"),
                Head::Plain("Leaves in the tree"),
                Head::Plain("Sealed"),
                Head::Plain("Root"),
            ],
            rows,
            total: blocks.total,
            empty: html! { p { "No block yet. The first block is made when a credential is issued. " a href="/dashboard/issue" { "Issue a credential" } "." } },
        })
    };
    Ok(visit.page(Section::Ledger, "Ledger", &content))
}

/// Creates a block of the pending entries now.
pub(super) async fn anchor(State(app): State<App>) -> Result<Redirect, Failed> {
    anchoring::anchor_pending(&app).await.map_err(Refusal::from)?;
    Ok(Redirect::to("/dashboard/ledger?done=anchored"))
}

pub(super) async fn callbacks(State(app): State<App>, visit: Visit, fields: Fields) -> Result<Page, Failed> {
    let filter = CallbackFilter {
        text: fields.text("q"),
        state: fields.text("state"),
        event: fields.text("event"),
    };
    let listed = dashboard::callbacks(&app, filter, order(&fields), fields.page()).await?;
    let rows = html! {
        @for (partner_id, name, callback) in &listed.rows {
            tr {
                td { (moment(callback.created_at)) }
                th scope="row" { bdi { (name) } }
                td { (reported(callback)) }
                td { (delivery(callback.status)) }
                td {
                    @if callback.attempts.is_empty() { "none yet" }
                    ol.plain {
                        @for attempt in &callback.attempts {
                            li {
                                (moment(attempt.at)) " "
                                @match attempt.http_status { Some(status) => { "HTTP " (status) }, None => { (attempt.failure.as_deref().unwrap_or("no answer")) } }
                            }
                        }
                    }
                    @if let Some(at) = callback.next_attempt_at { p.hint { "next by " (moment(at)) } }
                }
                td {
                    @if callback.status != CallbackStatus::NotSend {
                        form.inline method="post" action=(format!("/dashboard/callbacks/{}/replay", callback.record_id)) {
                            (visit.proof())
                            input type="hidden" name="partner" value=(partner_id);
                            button aria-label=(format!("Send again: callback of {name}, {}", callback.created_at)) { "Send again" }
                        }
                    }
                }
            }
        }
    };
    let heads = [
        Head::Sorted("Opened", "opened"),
        Head::Sorted("Issuer", "issuer"),
        Head::Plain("Reports"),
        Head::Sorted("State", "state"),
        Head::Plain("Attempts"),
        Head::Plain("Action"),
    ];
    let filters = html! {
        (choice("state", "State", fields.text("state"), &CALLBACK_STATES))
        (choice("event", "Reports", fields.text("event"), &CALLBACK_EVENTS))
    };
    let content = html! {
        p { "A callback reports to an issuer each key that was released for one of its credentials, and each key that a user accepted. It is signed (Standard Webhooks), and sent again until the issuer answers 2XX. "
            "Its URL is set by " code { "POST /v1/issuer/modify" } "." }
        (search("Callback id", &fields, &filters))
        (List {
            caption: "Callbacks",
            path: "/dashboard/callbacks",
            fields: &fields,
            heads: &heads,
            rows,
            total: listed.total,
            empty: html! { p { "No callback yet. A verification that requests the CAK opens one. " a href="/dashboard/verification" { "Verification programs" } "." } },
        })
    };
    Ok(visit.page(Section::Callbacks, "Callbacks", &content))
}

fn reported(callback: &Callback) -> &'static str {
    match callback.event {
        CallbackKind::Available => "an accepted key",
        CallbackKind::StatusChanged => "a new status of an accepted credential",
        _ => "a released key",
    }
}

fn delivery(status: CallbackStatus) -> Markup {
    match status {
        CallbackStatus::NotSend => state("waiting", "nothing to deliver yet"),
        CallbackStatus::Pending => state("waiting", "pending"),
        _ => state("good", "delivered"),
    }
}

pub(super) async fn replay(
    State(app): State<App>,
    Path(record_id): Path<String>,
    fields: Fields,
) -> Result<Redirect, Failed> {
    let partner_id: PartnerId = fields
        .text("partner")
        .parse()
        .map_err(|error| Refusal::bad_request(format!("partner: {error}")))?;
    callbacks::replay_of(&app, &partner_id, &record_id).await?;
    Ok(Redirect::to("/dashboard/callbacks?done=replayed"))
}
