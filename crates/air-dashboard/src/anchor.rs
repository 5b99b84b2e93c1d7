//! A credential's anchor on a chain: the path from its leaf to the contract, as a picture and as text.

use air_api::sandbox::{ChainAnchor, ChainState, InclusionProof};
use maud::{Markup, html};

use super::{
    checkpoints::{entries, grouped},
    layout::{id, state},
};

const BOX: u64 = 168;
const GAP: u64 = 40;
const HEIGHT: u64 = 64;

/// A box of the picture: its two lines.
struct ChartBox {
    title: String,
    detail: String,
}

/// Checks whether the page can check the anchor: its checkpoint is final.
pub(super) fn is_checkable(anchor: &ChainAnchor) -> bool {
    anchor.state == ChainState::Final
}

/// Renders the section. The script checks the proof of a final checkpoint with the module `anchor`.
pub(super) fn section(hash: &str, anchor: &ChainAnchor, inclusion: Option<&InclusionProof>) -> Markup {
    let is_final = is_checkable(anchor);
    html! {
        section {
            h2 { "Anchor on a chain" }
            p.states { (state_of(anchor.state)) }
            (picture(&stations(hash, anchor, inclusion)))
            dl.facts {
                @if let Some(chain) = anchor.chain_id { dt { "Chain" } dd { (chain) } }
                @if let Some(contract) = &anchor.contract { dt { "Contract" } dd { (id(contract)) } }
                @if let Some(size) = anchor.ledger_size { dt { "Checkpoint" } dd { (entries(size)) } }
                @if let Some(root) = &anchor.root { dt { "Root" } dd { (id(root)) } }
                @if let Some(transaction) = &anchor.transaction_hash { dt { "Transaction" } dd { (id(transaction)) } }
                @if let Some(block) = anchor.block_number { dt { "Block" } dd { (block) } }
                @if let Some(gas) = anchor.gas_used { dt { "Gas" } dd { (gas_of(gas)) } }
                @if let Some(block) = anchor.finalized_block {
                    dt { @if is_final { "Final at block" } @else { "Newest final block" } }
                    dd { (block) }
                }
            }
            @if is_final {
                div #anchor-check data-hash=(hash) {}
                p.hint { code { "air status --proof " (hash) " --rpc URL" } " checks the contract with a node of your own." }
                script type="module" src="/dashboard/anchor.js" {}
            }
        }
    }
}

/// The gas of the checkpoint, which the entries since the one before share.
fn gas_of(gas: u64) -> String {
    format!("{} for the checkpoint", grouped(gas))
}

fn state_of(of: ChainState) -> Markup {
    match of {
        ChainState::Waiting => state("waiting", "waits for a checkpoint"),
        ChainState::Sent => state("waiting", "waits for a block"),
        ChainState::Included => state("waiting", "not final yet"),
        ChainState::Final => state("good", "final"),
        _ => state("waiting", "unknown"),
    }
}

fn stations(hash: &str, anchor: &ChainAnchor, inclusion: Option<&InclusionProof>) -> [ChartBox; 4] {
    let labelled = |title: &str, detail: String| ChartBox {
        title: title.to_owned(),
        detail,
    };
    let leaf = inclusion.map_or("no block yet".to_owned(), |proof| {
        format!("number {}", proof.leaf_index + 1)
    });
    let root = anchor
        .root
        .as_deref()
        .map_or("no checkpoint yet".to_owned(), shortened);
    let block = match (anchor.block_number, anchor.chain_id) {
        (Some(block), Some(chain)) => format!("block {block} of chain {chain}"),
        _ => "no block yet".to_owned(),
    };
    let size = anchor
        .ledger_size
        .map_or("Root".to_owned(), |size| format!("Root at {}", entries(size)));
    [
        labelled("Credential", shortened(hash)),
        labelled("Leaf", leaf),
        labelled(&size, root),
        labelled("Contract", block),
    ]
}

/// Boxes in a row with arrows between them. The facts below say the same.
fn picture(stations: &[ChartBox]) -> Markup {
    let count = u64::try_from(stations.len()).unwrap_or(1);
    let width = count * (BOX + GAP) - GAP + 2;
    let placed = stations
        .iter()
        .zip(0_u64..)
        .map(|(station, place)| (station, 1 + place * (BOX + GAP)));
    let placed: Vec<_> = placed.collect();
    let middle = HEIGHT / 2 + 1;
    html! {
        div.wide tabindex="0" role="region" aria-label="Path from the credential to the chain" {
            svg.chart.anchor viewBox=(format!("0 0 {width} {}", HEIGHT + 2)) aria-hidden="true" {
                @for (station, x) in &placed {
                    rect.station x=(x) y="1" width=(BOX) height=(HEIGHT) rx="6" {}
                    text.count x=(x + BOX / 2) y="28" { (station.title) }
                    text.detail x=(x + BOX / 2) y="48" { (station.detail) }
                    @if *x > 1 { path.arrow d=(format!("M{} {middle}H{}m-6 -4l6 4l-6 4", x - GAP + 4, x - 4)) {} }
                }
            }
        }
    }
}

fn shortened(hash: &str) -> String {
    let beginning: String = hash.chars().take(12).collect();
    format!("{beginning}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_leads_from_the_credential_to_the_block() {
        let anchor: ChainAnchor = serde_json::from_value(serde_json::json!({
            "state": "final", "chainId": 5151, "ledgerSize": 3, "root": "ab".repeat(32), "blockNumber": 42,
        }))
        .unwrap();
        let markup = section(&"cd".repeat(32), &anchor, None).into_string();
        for part in [
            "cdcdcdcdcdcd…",
            "Root at 3 entries",
            "block 42 of chain 5151",
            "anchor.js",
        ] {
            assert!(markup.contains(part), "lacks {part}: {markup}");
        }
        let waiting: ChainAnchor = serde_json::from_value(serde_json::json!({ "state": "waiting" })).unwrap();
        let markup = section("cd", &waiting, None).into_string();
        assert!(markup.contains("no checkpoint yet") && !markup.contains("anchor.js"));
    }
}
