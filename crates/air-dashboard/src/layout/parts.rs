//! Parts of pages: times, ids, states, tables.

use air_api::PlatformTime;
use maud::{Markup, html};

use crate::form::Fields;
use air_platform::dashboard::PAGE;

/// Renders the reason that an action failed, and the remedy.
pub(crate) fn problem(message: &str) -> Markup {
    html! { div.problem role="alert" { strong { "Not done: " } (message) "." } }
}

/// Renders a time in UTC. A script writes how long ago it is.
pub(crate) fn time(seconds: u64) -> Markup {
    moment(PlatformTime::from_unix(seconds))
}

pub(crate) fn moment(time: PlatformTime) -> Markup {
    html! { time datetime=(timestamp(time)) { (time.to_string()) } }
}

/// Renders a time in UTC that stays as it is.
pub(crate) fn exact(time: PlatformTime) -> Markup {
    html! { time { (time.to_string()) } }
}

/// Formats a time for scripts: `2027-01-15T12:00:00Z`.
pub(super) fn timestamp(time: PlatformTime) -> String {
    format!("{}Z", time.to_string().replace(' ', "T"))
}

/// Renders a long id or hash, which may break anywhere.
pub(crate) fn id(text: &str) -> Markup {
    html! { code.id { (text) } }
}

/// Renders the beginning of an id for tables, with the whole id as a tooltip.
pub(crate) fn short(text: &str) -> Markup {
    let beginning: String = text.chars().take(10).collect();
    html! { code title=(text) { (beginning) "…" } }
}

/// Renders a state by word and colour.
pub(crate) fn state(kind: &str, text: &str) -> Markup {
    html! { span class=(format!("state {kind}")) { (text) } }
}

/// Renders a table that scrolls horizontally, also by keyboard, if it is too wide.
pub(crate) fn table(caption: &str, heads: &[&str], rows: &Markup, is_empty: bool) -> Markup {
    html! {
        @if is_empty {
            h2 { (caption) }
            p.empty { "None yet." }
        } @else {
            div.scroll role="region" aria-label=(caption) tabindex="0" {
                table {
                    caption { (caption) }
                    thead { tr { @for head in heads { th scope="col" { (head) } } } }
                    tbody { (rows) }
                }
            }
        }
    }
}

/// Renders links to newer and older rows. `rows` may be one more than the page size.
pub(crate) fn pages(fields: &Fields, path: &str, rows: usize) -> Markup {
    let page = fields.page();
    let to = |page: u32| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for name in ["q", "state", "user", "failed"] {
            if let Some(value) = fields.filled(name) {
                query.append_pair(name, value);
            }
        }
        query.append_pair("page", &page.to_string());
        format!("{path}?{}", query.finish())
    };
    let has_more = rows > PAGE as usize;
    html! {
        @if page > 1 || has_more {
            nav.pages aria-label="Pages" {
                @if page > 1 { a href=(to(page - 1)) rel="prev" { "Newer" } }
                span { "Page " (page) }
                @if has_more { a href=(to(page.saturating_add(1))) rel="next" { "Older" } }
            }
        }
    }
}

/// Renders text as it appears in a file.
pub(crate) fn listing(title: &str, text: &str) -> Markup {
    html! {
        details.listing open { summary { (title) } pre tabindex="0" aria-label=(title) { code { (text) } } }
    }
}
