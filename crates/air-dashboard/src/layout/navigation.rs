//! The navigation between pages.

use maud::{Markup, html};

use super::icons::Icon;

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
    Checkpoints,
    Logs,
    Faults,
    Clock,
    WalletSignIn,
    WalletCredentials,
    WalletShared,
    WalletIssuers,
    WalletNotices,
    /// No section of the wallet.
    WalletNone,
    /// No section.
    None,
}

/// The pages for whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Area {
    /// The operator's pages.
    Dashboard,
    /// The user's pages.
    Wallet,
}

impl Section {
    pub(super) fn area(self) -> Area {
        match self {
            Self::WalletSignIn
            | Self::WalletCredentials
            | Self::WalletShared
            | Self::WalletIssuers
            | Self::WalletNotices
            | Self::WalletNone => Area::Wallet,
            _ => Area::Dashboard,
        }
    }
}

/// The name of a group, and its pages.
type Group = (&'static str, &'static [Entry]);

struct Entry(Section, &'static str, &'static str, Icon);

const NAVIGATION: [Group; 5] = [
    (
        "Platform",
        &[
            Entry(Section::Overview, "/dashboard", "Overview", Icon::GRID),
            Entry(
                Section::Accounts,
                "/dashboard/accounts",
                "Accounts",
                Icon::BUILDING,
            ),
        ],
    ),
    (
        "Issuer",
        &[
            Entry(Section::Schemas, "/dashboard/schemas", "Schemas", Icon::DOCUMENT),
            Entry(Section::Programs, "/dashboard/programs", "Programs", Icon::LAYERS),
            Entry(
                Section::Credentials,
                "/dashboard/credentials",
                "Credentials",
                Icon::SHIELD,
            ),
            Entry(
                Section::Callbacks,
                "/dashboard/callbacks",
                "Callbacks",
                Icon::ARROW,
            ),
        ],
    ),
    (
        "Verifier",
        &[Entry(
            Section::Verification,
            "/dashboard/verification",
            "Verification",
            Icon::CHECK,
        )],
    ),
    (
        "Records",
        &[
            Entry(Section::Users, "/dashboard/users", "Users", Icon::PERSON),
            Entry(Section::Ledger, "/dashboard/ledger", "Ledger", Icon::CHAIN),
            Entry(
                Section::Checkpoints,
                "/dashboard/checkpoints",
                "Checkpoints",
                Icon::ANCHOR,
            ),
            Entry(Section::Logs, "/dashboard/logs", "Logs", Icon::LINES),
        ],
    ),
    (
        "Try out",
        &[
            Entry(Section::Faults, "/dashboard/faults", "Faults", Icon::BOLT),
            Entry(Section::Clock, "/dashboard/clock", "Clock", Icon::CLOCK),
        ],
    ),
];

const WALLET: [Group; 1] = [(
    "Wallet",
    &[
        Entry(Section::WalletCredentials, "/wallet", "Credentials", Icon::SHIELD),
        Entry(Section::WalletShared, "/wallet/shared", "Shown", Icon::CHECK),
        Entry(
            Section::WalletIssuers,
            "/wallet/issuers",
            "Issuers",
            Icon::BUILDING,
        ),
        Entry(Section::WalletNotices, "/wallet/notices", "Notices", Icon::LINES),
    ],
)];

/// Renders the links to all pages, and marks the current one.
pub(super) fn navigation(section: Section) -> Markup {
    let groups: &[Group] = match section.area() {
        Area::Dashboard => &NAVIGATION,
        Area::Wallet if section == Section::WalletSignIn => &[],
        Area::Wallet => &WALLET,
    };
    html! {
        nav aria-label="Main" {
            @for (group, pages) in groups {
                div.group {
                    span.group-name { (group) }
                    ul {
                        @for Entry(of, path, name, icon) in *pages {
                            li {
                                a href=(path) aria-current=[(*of == section).then_some("page")] { (icon) (name) }
                            }
                        }
                    }
                }
            }
        }
    }
}
