//! The request log: filters, order, and the details of one request.

use std::cmp::Reverse;

use air_api::{PartnerId, sandbox::LoggedRequest};
use axum::extract::{Path, State};
use maud::{Markup, html};

use crate::{
    accounts,
    form::Fields,
    layout::{Failed, Head, List, Page, Section, Sort, Visit, choice, id, moment, search, state},
};
use air_platform::{
    App, Refusal,
    dashboard::{self, PAGE},
};

const PATH: &str = "/dashboard/logs";
const STATUSES: [(&str, &str); 5] = [
    ("", "Any status"),
    ("ok", "Successes"),
    ("failed", "Failures (4xx and 5xx)"),
    ("4xx", "Refused (4xx)"),
    ("5xx", "Failed here (5xx)"),
];
const METHODS: [(&str, &str); 5] = [
    ("", "Any method"),
    ("GET", "GET"),
    ("POST", "POST"),
    ("PUT", "PUT"),
    ("DELETE", "DELETE"),
];

pub(crate) async fn logs(State(app): State<App>, visit: Visit, fields: Fields) -> Result<Page, Failed> {
    let mut requests = app.requests.after(0, |request| is_wanted(request, &fields));
    sort(&mut requests, &fields);
    let total = requests.len() as u64;
    let before = (fields.page() as usize - 1).saturating_mul(PAGE as usize);
    let shown: Vec<_> = requests.into_iter().skip(before).take(PAGE as usize).collect();
    let partners = shown.iter().filter_map(|request| request.partner_id.as_ref());
    let names = dashboard::names(&app, partners.map(PartnerId::as_str)).await?;
    let rows = html! {
        @for request in &shown {
            tr {
                td { (moment(request.at)) }
                th scope="row" { a href=(path(request.number)) { code { (title(request)) } } }
                td { (answer(request.status)) }
                td.number { (request.duration_milliseconds) " ms" }
                td { @if let Some(partner) = &request.partner_id { bdi { (names.get(partner.as_str()).map_or("", String::as_str)) } } }
                td { (request.message.as_deref().unwrap_or_default()) }
            }
        }
    };
    let filters = html! {
        (choice("status", "Status", status_filter(&fields), &STATUSES))
        (choice("method", "Method", fields.text("method"), &METHODS))
    };
    let content = html! {
        p { "The last thousand API requests, without tokens, bodies and ids. " code { "air logs --follow" } " shows them as they come." }
        (search("Path", &fields, &filters))
        (List {
            caption: "Requests",
            path: PATH,
            fields: &fields,
            heads: &[
                Head::Sorted("When", "when"),
                Head::Plain("Request"),
                Head::Sorted("Answer", "status"),
                Head::Sorted("Took", "took"),
                Head::Plain("Partner"),
                Head::Plain("What to do"),
            ],
            rows,
            total,
            empty: html! {
                p { "No request yet. Send one from the command line: " code { "air sandbox env" } ", or from the "
                    a href="/docs/" { "API reference" } "." }
            },
        })
    };
    Ok(visit.page(Section::Logs, "Logs", &content))
}

/// Shows what the log keeps of one request.
pub(crate) async fn request(
    State(app): State<App>,
    visit: Visit,
    Path(number): Path<String>,
) -> Result<Page, Failed> {
    let number: u64 = number.parse().unwrap_or(0);
    let around = app.requests.after(number.saturating_sub(2), |request| {
        request.number.abs_diff(number) <= 1
    });
    let find = |number| around.iter().find(|request| request.number == number);
    let Some(request) = find(number).filter(|_| number > 0) else {
        return Err(Refusal::not_found(
            "the log has no such request: it keeps the last thousand since the platform started",
        )
        .into());
    };
    let name = match &request.partner_id {
        Some(partner) => {
            let names = dashboard::names(&app, std::iter::once(partner.as_str())).await?;
            names.get(partner.as_str()).cloned()
        }
        None => None,
    };
    let template = request.path.as_deref();
    let content = html! {
        p.states { (answer(request.status)) }
        @if let Some(message) = &request.message { div.panel { h2 { "What to do" } p { (message) } } }
        dl.facts {
            dt { "Request id" } dd { (id(&request.request_id)) }
            dt { "When" } dd { (moment(request.at)) }
            dt { "Method" } dd { code { (request.method) } }
            dt { "Route" } dd { @match template { Some(path) => code { (path) }, None => "no route has this path" } }
            dt { "Answered after" } dd { (request.duration_milliseconds) " ms" }
            dt { "Partner" }
            dd {
                @if let Some((partner, name)) = request.partner_id.as_ref().zip(name.as_ref()) {
                    a href=(accounts::path(partner.as_str())) { bdi { (name) } }
                } @else {
                    "none: no Partner JWT was verified"
                }
            }
            dt { "Headers and bodies" } dd { "not stored: they contain tokens and personal data. The route stands for the path, without its ids" }
        }
        @if let Some(path) = template {
            p { a href=(filter("q", path)) { "Requests of this route" } }
        }
        nav.pages aria-label="Requests" {
            @if let Some(earlier) = find(number - 1) { a href=(path(earlier.number)) rel="prev" { "Earlier: " code { (title(earlier)) } } }
            @if let Some(later) = find(number + 1) { a href=(path(later.number)) rel="next" { "Later: " code { (title(later)) } } }
        }
    };
    Ok(visit.page(Section::Logs, &title(request), &content))
}

fn is_wanted(request: &LoggedRequest, fields: &Fields) -> bool {
    let has_status = match status_filter(fields) {
        "ok" => request.status < 400,
        "failed" => request.status >= 400,
        "4xx" => (400..500).contains(&request.status),
        "5xx" => request.status >= 500,
        _ => true,
    };
    let has_method = fields
        .filled("method")
        .is_none_or(|method| method == request.method);
    let path = fields.text("q");
    has_status
        && has_method
        && (path.is_empty() || request.path.as_deref().unwrap_or_default().contains(path))
}

fn status_filter(fields: &Fields) -> &str {
    fields.text("status")
}

/// Sorts requests, newest first among equals.
fn sort(requests: &mut [LoggedRequest], fields: &Fields) {
    requests.reverse();
    let Some(sort) = Sort::of(fields) else {
        return;
    };
    let key = |request: &LoggedRequest| match sort.column {
        "when" => request.number,
        "status" => request.status.into(),
        "took" => request.duration_milliseconds,
        _ => 0,
    };
    if sort.is_descending {
        requests.sort_by_key(|request| Reverse(key(request)));
    } else {
        requests.sort_by_key(key);
    }
}

fn title(request: &LoggedRequest) -> String {
    format!(
        "{} {}",
        request.method,
        request.path.as_deref().unwrap_or("(no such path)")
    )
}

fn filter(name: &str, value: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair(name, value)
        .finish();
    format!("{PATH}?{query}")
}

fn answer(status: u16) -> Markup {
    let kind = match status {
        ..400 => "good",
        400..500 => "waiting",
        _ => "bad",
    };
    state(kind, &status.to_string())
}

fn path(number: u64) -> String {
    format!("{PATH}/{number}")
}
