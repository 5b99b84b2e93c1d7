//! The navigation between pages.

use maud::{Markup, html};

/// The section of a page.
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
    /// No section.
    None,
}

/// The name of a group, and its pages with path and name.
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

/// Renders the links to all pages, and marks the current one.
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
