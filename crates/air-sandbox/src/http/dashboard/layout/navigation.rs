//! What leads from page to page.

use maud::{Markup, html};

/// What a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Overview,
    Accounts,
    Schemas,
    Programs,
    Credentials,
    Callbacks,
    Verification,
    Users,
    Ledger,
    Logs,
    Faults,
    Clock,
    /// Nothing of the navigation.
    None,
}

/// A group's name, and its pages with path and name.
type Group = (&'static str, &'static [(Section, &'static str, &'static str)]);

const NAVIGATION: [Group; 5] = [
    (
        "Platform",
        &[
            (Section::Overview, "/dashboard", "Overview"),
            (Section::Accounts, "/dashboard/accounts", "Accounts"),
        ],
    ),
    (
        "Issuer",
        &[
            (Section::Schemas, "/dashboard/schemas", "Schemas"),
            (Section::Programs, "/dashboard/programs", "Programs"),
            (Section::Credentials, "/dashboard/credentials", "Credentials"),
            (Section::Callbacks, "/dashboard/callbacks", "Callbacks"),
        ],
    ),
    (
        "Verifier",
        &[(Section::Verification, "/dashboard/verification", "Verification")],
    ),
    (
        "Records",
        &[
            (Section::Users, "/dashboard/users", "Users"),
            (Section::Ledger, "/dashboard/ledger", "Ledger"),
            (Section::Logs, "/dashboard/logs", "Logs"),
        ],
    ),
    (
        "Try out",
        &[
            (Section::Faults, "/dashboard/faults", "Faults"),
            (Section::Clock, "/dashboard/clock", "Clock"),
        ],
    ),
];

/// The links to all pages; the one that is shown says so.
pub(super) fn navigation(section: Section) -> Markup {
    html! {
        nav aria-label="Main" {
            @for (group, pages) in NAVIGATION {
                div.group {
                    span.group-name { (group) }
                    ul {
                        @for (of, path, name) in pages {
                            li {
                                a href=(path) aria-current=[(*of == section).then_some("page")] { (name) }
                            }
                        }
                    }
                }
            }
        }
    }
}
