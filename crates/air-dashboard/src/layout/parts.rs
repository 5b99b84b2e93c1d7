//! Parts of pages: times, ids, states, tables.

use std::fmt::Display;

use air_api::{PlatformTime, UnixTime};
use maud::{Markup, PreEscaped, html};

/// Renders a time in UTC. A script writes how long ago it is.
pub(crate) fn time(time: UnixTime) -> Markup {
    moment(PlatformTime::from_unix(time))
}

/// Renders the day of a time in UTC.
pub(crate) fn day(time: UnixTime) -> Markup {
    let time = PlatformTime::from_unix(time);
    let text = time.to_string();
    html! { time datetime=(timestamp(time)) { (text.split(' ').next().unwrap_or_default()) } }
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

/// Renders the beginning of an id for tables, with the whole id as a tooltip.
pub(crate) fn short(text: &(impl Display + ?Sized)) -> Markup {
    let text = text.to_string();
    let beginning: String = text.chars().take(10).collect();
    html! { code title=(text) { (beginning) "…" } }
}

/// Renders a table. `empty` is the text of a table without rows: it leads to the first one.
pub(crate) fn table(caption: &str, heads: &[&str], rows: &Markup, empty: Option<&Markup>) -> Markup {
    html! {
        @if let Some(empty) = empty {
            h2 { (caption) }
            p.empty { (empty) }
        } @else {
            (air_pages::table(caption, heads, rows))
        }
    }
}

/// Renders text as it appears in a file.
pub(crate) fn listing(title: &str, text: &str) -> Markup {
    html! {
        details.listing open { summary { (title) } pre tabindex="0" aria-label=(title) { code { (text) } } }
    }
}

/// Renders a link as a QR code. A link that is too long for one is not drawn.
pub(crate) fn qr_code(link: &str, label: &str) -> Markup {
    let svg = air_oid4vc::qr_code::svg(link, label).unwrap_or_default();
    html! { div.qr-code { (PreEscaped(svg)) } }
}
