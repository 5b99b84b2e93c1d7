//! The first page: totals, issued credentials, recent activity.

use axum::extract::State;
use maud::{Markup, html};

use super::layout::{Failed, Page, Section, Visit, moment, table};
use air_platform::{App, dashboard, events};

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
                td { code { (event.id.to_string()) } }
            }
        }
    };
    let content = html! {
        @if counts.partners == 0 {
            p.notice {
                "No partner is set up yet. " code { "air sandbox seed examples/kyc/seed.json" } " sets one up, with a schema and programs."
            }
        }
        dl.figures {
            (figure("Partners", counts.partners, "/dashboard/accounts"))
            (figure("Schemas", counts.schemas, "/dashboard/schemas"))
            (figure("Programs", counts.programs, "/dashboard/programs"))
            (figure("Credentials", counts.credentials, "/dashboard/credentials"))
            (figure("of them revoked", counts.revoked, "/dashboard/credentials?state=revoked"))
            (figure("Users", counts.users, "/dashboard/users"))
            (figure("Verifications", counts.verifications, "/dashboard/verification/records"))
            (figure("of them compliant", counts.compliant, "/dashboard/verification/records"))
            (figure("Blocks", overview.blocks, "/dashboard/ledger"))
            (figure("Entries that wait", overview.pending, "/dashboard/ledger"))
        }
        section {
            h2 { "Credentials issued per day" }
            (chart(&overview.days))
        }
        section { (table("What happened last", &["When (UTC)", "Event", "Partner", "Id"], &rows, events.is_empty())) }
    };
    Ok(visit.page(Section::Overview, "Overview", &content))
}

fn figure(name: &str, count: impl std::fmt::Display, path: &str) -> Markup {
    html! { div { dt { (name) } dd { a href=(path) { (count.to_string()) } } } }
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
        div.scroll tabindex="0" role="region" aria-label="Chart of credentials issued per day" {
            svg.chart viewBox=(format!("0 0 {width} {}", HEIGHT + 44)) width=(width) height=(HEIGHT + 44) aria-hidden="true" {
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
    let moment = air_api::PlatformTime::from_unix(day * DAY).to_string();
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
