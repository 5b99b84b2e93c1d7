//! The ledger's checkpoints on a chain.

use air_platform::{
    App,
    dashboard::{self, Checkpoints, PAGE, TransactionState},
};
use axum::extract::State;
use maud::{Markup, html};

use super::{
    form::Fields,
    layout::{Failed, Page, Section, Visit, id, pages, short, state, table, time},
};

const PATH: &str = "/dashboard/checkpoints";

pub(super) async fn show(State(app): State<App>, visit: Visit, fields: Fields) -> Result<Page, Failed> {
    let found = dashboard::checkpoints(&app, fields.page()).await?;
    let content = match &found {
        None => without_chain(),
        Some(found) => html! {
            (facts(found))
            (rows_of(found))
            (pages(PATH, &fields, found.total))
        },
    };
    Ok(visit.page(Section::Checkpoints, "Checkpoints", &content))
}

fn without_chain() -> Markup {
    html! {
        p { "This platform sends no checkpoints to a chain: its ledger is on this machine alone." }
        p.hint { code { "air sandbox up --chain URL --chain-key FILE" } " sends the ledger's root to a contract on an EVM chain, so that nobody can rewrite the ledger." }
    }
}

fn facts(found: &Checkpoints) -> Markup {
    let Checkpoints { chain, figures, .. } = found;
    html! {
        @if let Some(alarm) = &chain.alarm {
            p.problem { "Checkpoints don't reach the chain: " code { (alarm) } ". The platform's log has the reason." }
        }
        dl.facts {
            dt { "Chain" } dd { (chain.chain_id) }
            dt { "Contract" } dd { @match &chain.contract { Some(at) => { (id(&prefixed(at))) }, None => "is being deployed" } }
            @if let Some(hash) = &chain.code_hash { dt { "Code hash" } dd { (id(&prefixed(hash))) } }
            dt { "Final" } dd { (entries(figures.final_size)) }
            dt { "Lag" } dd { @match figures.lag_entries { 0 => "none", lag => { (entries(lag)) ", the oldest for " (figures.lag_seconds) " s" } } }
        }
    }
}

fn rows_of(found: &Checkpoints) -> Markup {
    let rows = html! {
        @for row in found.rows.iter().take(PAGE as usize) {
            tr {
                th scope="row" { (row.ledger_size) }
                td { (short(&hex::encode(&row.root))) }
                td { (id(&prefixed(&row.hash))) }
                td { (state_of(row.state)) }
                td { @if let Some(number) = row.block_number { (number) } }
                td { @if let Some(gas) = row.gas_used { (grouped(gas)) } }
                td { @match row.gas_price { Some(price) => { (gwei(price)) }, None => { "at most " (gwei(row.max_fee)) } } }
                td { @match row.sent_at { Some(at) => { (time(at)) }, None => "not yet" } }
                td {
                    @if let Some((sent, at)) = row.sent_at.zip(row.final_at) { (at.saturating_duration_since(sent).as_secs()) " s" }
                    @if let Some(block) = row.final_block { ", at block " (block) }
                }
            }
        }
    };
    let heads = [
        "Entries",
        "Root",
        "Transaction",
        "State",
        "Block",
        "Gas used",
        "Fee for each gas",
        "Sent",
        "Final after",
    ];
    let empty = found.rows.is_empty().then(|| {
        html! { "No checkpoint yet. The first one follows the next block. " a href="/dashboard/ledger" { "To the ledger" } "." }
    });
    table("Checkpoints", &heads, &rows, empty.as_ref())
}

fn state_of(of: TransactionState) -> Markup {
    match of {
        TransactionState::Sent => state("waiting", "waits for a block"),
        TransactionState::Included => state("waiting", "not final yet"),
        TransactionState::Final => state("good", "final"),
        TransactionState::Replaced => state("waiting", "replaced"),
        TransactionState::Failed => state("bad", "refused"),
    }
}

pub(super) fn entries(count: u64) -> String {
    match count {
        1 => "1 entry".to_owned(),
        count => format!("{count} entries"),
    }
}

fn prefixed(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

/// A number with a comma between thousands.
pub(super) fn grouped(number: u64) -> String {
    match number {
        0..1000 => number.to_string(),
        _ => format!("{},{:03}", grouped(number / 1000), number % 1000),
    }
}

/// An amount in wei as gwei, rounded up to hundredths.
fn gwei(wei: u64) -> String {
    let hundredths = wei.div_ceil(10_000_000);
    format!("{}.{:02} gwei", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped() {
        let texts = [0, 999, 1000, 66_350, 1_000_007].map(grouped);
        assert_eq!(texts, ["0", "999", "1,000", "66,350", "1,000,007"]);
    }

    #[test]
    fn fees_are_rounded_up_to_hundredths_of_a_gwei() {
        for (wei, text) in [
            (0, "0.00 gwei"),
            (1, "0.01 gwei"),
            (1_500_000_000, "1.50 gwei"),
            (20_000_000_001, "20.01 gwei"),
        ] {
            assert_eq!(gwei(wei), text);
        }
    }
}
