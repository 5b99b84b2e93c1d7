//! Lists: a table with its total, with heads that sort it, and with links to the other pages.

use maud::{Markup, html};

use crate::form::Fields;
use air_platform::dashboard::{Order, PAGE};

/// Fields of a query that don't narrow a list.
const NOT_FILTERS: [&str; 4] = ["page", "sort", "done", "token"];

/// One page of a list. Its links keep the other fields of the query.
pub(crate) struct List<'a> {
    pub(crate) caption: &'a str,
    pub(crate) path: &'a str,
    pub(crate) fields: &'a Fields,
    pub(crate) heads: &'a [Head],
    pub(crate) rows: Markup,
    /// The number of rows on all pages.
    pub(crate) total: u64,
    /// The content of a list that has no rows without a filter: it leads to the first one.
    pub(crate) empty: Markup,
}

/// The head of a column.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Head {
    Plain(&'static str),
    /// A column that the list can be sorted by: its label, and its name in the query.
    Sorted(&'static str, &'static str),
}

impl Head {
    pub(crate) fn label(self) -> &'static str {
        let (Self::Plain(label) | Self::Sorted(label, _)) = self;
        label
    }
}

/// The order of a list: a column, and its direction. A query names it `email` or `-email`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sort<'a> {
    pub(crate) column: &'a str,
    pub(crate) is_descending: bool,
}

impl<'a> Sort<'a> {
    pub(crate) fn of(fields: &'a Fields) -> Option<Self> {
        let text = fields.filled("sort")?;
        let (column, is_descending) = text.strip_prefix('-').map_or((text, false), |text| (text, true));
        Some(Self {
            column,
            is_descending,
        })
    }
}

/// The order of a list that the store sorts.
pub(crate) fn order(fields: &Fields) -> Option<Order<'_>> {
    let Sort {
        column,
        is_descending,
    } = Sort::of(fields)?;
    Some(Order {
        column,
        is_descending,
    })
}

impl List<'_> {
    fn is_filtered(&self) -> bool {
        self.fields.pairs().any(|(name, _)| !NOT_FILTERS.contains(&name))
    }

    fn link(&self, field: &str, value: &str) -> String {
        link(self.path, self.fields, field, value)
    }

    fn head(&self, head: Head) -> Markup {
        let (label, column) = match head {
            Head::Plain(label) => return html! { th scope="col" { (label) } },
            Head::Sorted(label, column) => (label, column),
        };
        let sort = Sort::of(self.fields).filter(|sort| sort.column == column);
        let (state, arrow, next) = match sort {
            Some(sort) if sort.is_descending => (Some("descending"), " ↓", column.to_owned()),
            Some(_) => (Some("ascending"), " ↑", format!("-{column}")),
            None => (None, "", column.to_owned()),
        };
        html! {
            th scope="col" aria-sort=[state] {
                a.sort href=(self.link("sort", &next)) { (label) span aria-hidden="true" { (arrow) } }
            }
        }
    }
}

impl maud::Render for List<'_> {
    fn render(&self) -> Markup {
        let before = u64::from(self.fields.page() - 1).saturating_mul(PAGE.into());
        if self.total == 0 {
            return html! {
                section.panel.nothing {
                    h2 { (self.caption) }
                    @if self.is_filtered() { p { "Nothing matches. " a href=(self.path) { "Show all" } } }
                    @else { (self.empty) }
                }
            };
        }
        let caption = self.caption;
        html! {
            @if before >= self.total {
                section.panel.nothing {
                    h2 { (caption) }
                    p { "This page has no rows. " a href=(self.link("page", "1")) { "To the first page" } }
                }
            } @else {
                div.scroll role="region" aria-label=(caption) tabindex="0" {
                    table {
                        caption { (caption) " " span.total { (range(before, self.total)) } }
                        thead { tr { @for head in self.heads { (self.head(*head)) } } }
                        tbody { (self.rows) }
                    }
                }
            }
            (pages(self.path, self.fields, self.total))
        }
    }
}

/// Renders links to the other pages of a list.
pub(crate) fn pages(path: &str, fields: &Fields, total: u64) -> Markup {
    let page = fields.page();
    let size = u64::from(PAGE);
    let has_more = u64::from(page).saturating_mul(size) < total;
    let to = |page: u32| link(path, fields, "page", &page.to_string());
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

/// Returns the address of a list with another value of a field. Another order or filter starts at
/// the first page.
fn link(path: &str, fields: &Fields, field: &str, value: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, kept) in fields.pairs() {
        if !["page", "done", "token", field].contains(&name) {
            query.append_pair(name, kept);
        }
    }
    query.append_pair(field, value);
    format!("{path}?{}", query.finish())
}

/// Formats which rows a page shows: `3` if it shows all, or `51–100 of 451`.
fn range(before: u64, total: u64) -> String {
    let size = u64::from(PAGE);
    if total <= size {
        return total.to_string();
    }
    format!(
        "{}–{} of {total}",
        before + 1,
        before.saturating_add(size).min(total)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(query: &str, total: u64) -> String {
        let fields = Fields::parse(query.as_bytes());
        let list = List {
            caption: "Users",
            path: "/users",
            fields: &fields,
            heads: &[Head::Plain("Id"), Head::Sorted("Address", "email")],
            rows: html! { tr {} },
            total,
            empty: html! { p { "Create one." } },
        };
        html! { (list) }.into_string()
    }

    #[test]
    fn an_empty_list_leads_on_and_an_empty_search_leads_back() {
        assert!(shown("", 0).contains("Create one."));
        assert!(shown("sort=email&page=2", 0).contains("Create one."));
        let searched = shown("q=x", 0);
        assert!(searched.contains("href=\"/users\"") && !searched.contains("Create one."));
    }

    #[test]
    fn a_head_sorts_and_turns_the_order_and_keeps_the_filter() {
        let page = shown("q=a%26b&page=2&sort=email", 451);
        assert!(page.contains("aria-sort=\"ascending\""), "{page}");
        assert!(page.contains("/users?q=a%26b&amp;sort=-email"), "{page}");
        assert!(
            page.contains("51–100 of 451") && page.contains("Page 2 of 10"),
            "{page}"
        );
        assert!(
            page.contains("/users?q=a%26b&amp;sort=email&amp;page=3"),
            "{page}"
        );
        assert!(shown("sort=-email", 3).contains("aria-sort=\"descending\""));
        assert!(shown("", 3).contains("/users?sort=email"));
    }

    #[test]
    fn the_last_page_has_no_next_one_and_a_later_page_leads_back() {
        let last = shown("page=2", 100);
        assert!(
            !last.contains("rel=\"next\"") && last.contains("51–100 of 100"),
            "{last}"
        );
        let later = shown("page=4294967295", 100);
        assert!(
            later.contains("To the first page") && !later.contains("<tbody>"),
            "{later}"
        );
    }
}
