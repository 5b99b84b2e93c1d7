//! The first page: totals, issued credentials, recent activity.

use air_api::{PlatformTime, UnixTime};
use axum::extract::State;
use maud::{Markup, html};

use super::layout::{Failed, Page, Section, Visit, moment, table};
use air_platform::{
    App,
    dashboard::{self, Counts},
    events,
};

const EVENTS: u64 = 15;
const HEIGHT: u64 = 120;
const WIDTH: u64 = 64;
const DAY: u64 = 86_400;

pub(super) async fn show(State(app): State<App>, visit: Visit) -> Result<Page, Failed> {
    let overview = dashboard::overview(&app).await?;
    let events = events::last(&app, EVENTS).await?;
    let partners = events.iter().filter_map(|event| event.partner_id.as_ref());
    let names = dashboard::names(&app, partners.map(air_api::PartnerId::as_str)).await?;
    let counts = overview.counts;
    let rows = html! {
        @for event in &events {
            tr {
                td { (moment(event.created_at)) }
                th scope="row" { code { (event.kind) } }
                td { @if let Some(partner) = &event.partner_id { (names.get(partner.as_str()).map_or("", String::as_str)) } }
                td { a href=(crate::events::path(&event.id)) { code { (event.id.to_string()) } } }
            }
        }
    };
    let empty = events
        .is_empty()
        .then(|| html! { "Nothing yet. It begins with a partner, a schema and a program." });
    let content = html! {
        (next_step(&counts))
        dl.figures {
            (figure("Partners", counts.partners, "/dashboard/accounts", None))
            (figure("Programs", counts.programs, "/dashboard/programs", Some((counts.schemas, "schemas", "/dashboard/schemas"))))
            (figure("Credentials", counts.credentials, "/dashboard/credentials", Some((counts.revoked, "revoked", "/dashboard/credentials?state=revoked"))))
            (figure("Users", counts.users, "/dashboard/users", None))
            (figure("Verifications", counts.verifications, "/dashboard/verification/records", Some((counts.compliant, "compliant", "/dashboard/verification/records?result=Compliant"))))
            (figure("Blocks", overview.blocks, "/dashboard/ledger", Some((overview.pending, "waiting", "/dashboard/ledger"))))
        }
        section.panel.chart-of {
            h2 { "Credentials issued per day" }
            (chart(&overview.days))
        }
        section { (table("Recent events", &["When", "Event", "Partner", "Id"], &rows, empty.as_ref())) }
    };
    Ok(visit.page(Section::Overview, "Overview", &content))
}

/// Renders what to do next on a platform that is not set up, or nothing.
fn next_step(counts: &Counts) -> Markup {
    let (path, action, why) = if counts.partners == 0 {
        (
            "/dashboard/accounts/new",
            "Create a partner",
            "A partner issues and verifies.",
        )
    } else if counts.schemas == 0 {
        (
            "/dashboard/schemas/new",
            "Publish a schema",
            "A schema names the claims of a credential.",
        )
    } else if counts.programs == 0 {
        (
            "/dashboard/programs/new",
            "Create a program",
            "A program issues credentials by a schema.",
        )
    } else if counts.credentials == 0 {
        ("/dashboard/issue", "Issue a credential", "A program is ready.")
    } else {
        return html! {};
    };
    html! {
        section.panel {
            h2 { "Next" }
            p { (why) }
            p.actions { a.button.primary href=(path) { (action) } }
            @if counts.partners == 0 {
                p.hint { "Or all at once: " code { "air sandbox seed SEED.json" } " sets up a partner with schemas and programs." }
            }
        }
    }
}

/// Renders a total and a part of it, each with a link to the rows.
fn figure(name: &str, count: u64, path: &str, part: Option<(u64, &str, &str)>) -> Markup {
    html! {
        div {
            dt { (name) }
            dd { a href=(path) { (count) } }
            @if let Some((count, name, path)) = part { dd { a href=(path) { (name) ": " (count) } } }
        }
    }
}

/// A bar for each day, and the same data as a table for screen readers.
fn chart(days: &[(u64, u64)]) -> Markup {
    let most = days.iter().map(|(_, issued)| *issued).max().unwrap_or(0);
    let width = WIDTH * u64::try_from(days.len()).unwrap_or(1);
    let bars = days.iter().zip(0_u64..).map(|((day, issued), place)| {
        let height = (HEIGHT * issued)
            .checked_div(most)
            .unwrap_or(0)
            .max(u64::from(*issued > 0));
        (place * WIDTH, height, *issued, date(*day))
    });
    let bars: Vec<_> = bars.collect();
    html! {
        div.wide tabindex="0" role="region" aria-label="Chart of credentials issued per day" {
            svg.chart viewBox=(format!("0 0 {width} {}", HEIGHT + 44)) aria-hidden="true" {
                line.axis x1="0" x2=(width) y1=(HEIGHT + 20) y2=(HEIGHT + 20) {}
                @for (x, height, issued, date) in &bars {
                    rect.bar x=(x + 10) width=(WIDTH - 20) y=(HEIGHT + 20 - height) height=(height) rx="2" {}
                    @if *issued > 0 { text.count x=(x + WIDTH / 2) y=(HEIGHT + 14 - height) { (issued) } }
                    text.day x=(x + WIDTH / 2) y=(HEIGHT + 36) { (date.get(5..).unwrap_or_default()) }
                }
            }
            table.visually-hidden {
                caption { "Credentials issued per day" }
                thead { tr { th scope="col" { "Day" } th scope="col" { "Issued" } } }
                tbody { @for (_, _, issued, date) in &bars { tr { th scope="row" { (date) } td { (issued) } } } }
            }
        }
    }
}

/// Formats a date: `2027-01-15`.
fn date(day: u64) -> String {
    let moment = PlatformTime::from_unix(UnixTime::from_secs(day * DAY)).to_string();
    moment.chars().take(10).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_of_nothing_has_no_bar_and_no_division_by_it() {
        let chart = chart(&[(20_000, 0), (20_001, 0)]).into_string();
        assert!(
            chart.contains("2024-10-04") && chart.contains("height=\"0\""),
            "{chart}"
        );
    }

    #[test]
    fn the_highest_bar_fills_the_chart_and_the_least_is_seen() {
        let chart = chart(&[(20_000, 1), (20_001, 1_000)]).into_string();
        assert!(
            chart.contains("height=\"120\"") && chart.contains("height=\"1\""),
            "{chart}"
        );
    }
}
