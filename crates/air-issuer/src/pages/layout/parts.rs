//! Parts of pages: times, facts, tables, and links to other pages of a list.

use air_ids::UnixTime;
use maud::{Markup, html};
use url::form_urlencoded;

use crate::{clock::rfc3339, pages::form::Fields};

/// The number of rows on a page of a list.
pub(in crate::pages) const PAGE: u64 = 50;

/// Renders a time in UTC.
pub(in crate::pages) fn time(time: UnixTime) -> Markup {
    let text = rfc3339(time);
    html! { time datetime=(text) { (text.trim_end_matches('Z').replace('T', " ")) } }
}

/// Renders names and values.
pub(in crate::pages) fn facts(facts: &[(&str, Markup)]) -> Markup {
    html! { dl.facts { @for (name, value) in facts { dt { (name) } dd { (value) } } } }
}

/// Renders a table. `empty` replaces a table without rows.
pub(in crate::pages) fn table(caption: &str, heads: &[&str], rows: &[Markup], empty: &str) -> Markup {
    html! {
        @if rows.is_empty() {
            section.panel { h2 { (caption) } p.empty { (empty) } }
        } @else {
            (air_pages::table(caption, heads, &html! { @for row in rows { tr { (row) } } }))
        }
    }
}

/// Renders links to the pages before and after this one. They keep the other fields of the query.
pub(in crate::pages) fn pages(path: &str, fields: &Fields, size: u64, total: u64) -> Markup {
    let page = fields.page();
    let has_more = page.saturating_mul(size) < total;
    let to = |page: u64| link(path, fields, &page.to_string());
    html! {
        @if page > 1 || has_more {
            nav.pages aria-label="Pages" {
                @if page > 1 { a href=(to(page - 1)) rel="prev" { "Previous" } }
                span { "Page " (page) " of " (total.div_ceil(size).max(1)) }
                @if has_more { a href=(to(page.saturating_add(1))) rel="next" { "Next" } }
            }
        }
    }
}

fn link(path: &str, fields: &Fields, page: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields.pairs() {
        if !["page", "done", "token"].contains(&name) {
            query.append_pair(name, value);
        }
    }
    query.append_pair("page", page);
    format!("{path}?{}", query.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_other_pages_keep_the_filter() {
        let fields = Fields::parse(b"holder=a%26b&page=2&done=revoked");
        let links = pages("/issuances", &fields, 50, 120).into_string();
        for link in [
            "/issuances?holder=a%26b&amp;page=1",
            "/issuances?holder=a%26b&amp;page=3",
        ] {
            assert!(links.contains(link), "{links}");
        }
        assert!(links.contains("Page 2 of 3"), "{links}");
        let last = Fields::parse(b"page=3");
        assert!(!pages("/issuances", &last, 50, 120).into_string().contains("Next"));
        assert_eq!(pages("/issuances", &Fields::default(), 50, 50).into_string(), "");
    }

    #[test]
    fn a_time_is_in_utc() {
        assert_eq!(
            time(UnixTime::from_secs(1_800_000_000)).into_string(),
            "<time datetime=\"2027-01-15T08:00:00Z\">2027-01-15 08:00:00</time>"
        );
    }
}
