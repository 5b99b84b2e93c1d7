//! The result of verifying an anchor, as text and as JSON.

use air_fetch::evm::Node;
use air_ids::UnixTime;
use air_ledger::evm::{AnchorProof, Header};
use serde::Serialize;

use super::nodes::NodeBlock;
use crate::{exit::Failure, output::Output};

/// A credential that is anchored.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Anchored<'a> {
    verified: bool,
    core_claim_hash: String,
    leaf_index: u64,
    tree_size: u64,
    root: String,
    chain_id: u64,
    contract: String,
    code_hash: String,
    /// The trusted block, if the evidence was checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<EvidenceBlock>,
    /// The final block, if nodes were asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    nodes: Option<Agreement<'a>>,
}

#[derive(Serialize)]
struct EvidenceBlock {
    number: u64,
    hash: String,
    timestamp: UnixTime,
}

#[derive(Serialize)]
struct Agreement<'a> {
    block: &'a NodeBlock,
    asked: Vec<String>,
}

impl<'a> Anchored<'a> {
    pub(super) fn new(
        proof: &AnchorProof,
        evidence: Option<&Header>,
        asked: Option<&'a NodeBlock>,
        nodes: &[Node],
    ) -> Self {
        Self {
            verified: true,
            core_claim_hash: proof.core_claim_hash.to_string(),
            leaf_index: proof.inclusion.leaf_index,
            tree_size: proof.inclusion.tree_size,
            root: proof.inclusion.root.to_string(),
            chain_id: proof.anchor.chain_id,
            contract: proof.anchor.contract.to_string(),
            code_hash: proof.anchor.code_hash.to_string(),
            evidence: evidence.map(|header| EvidenceBlock {
                number: header.number,
                hash: header.hash.to_string(),
                timestamp: header.timestamp,
            }),
            nodes: asked.map(|block| Agreement {
                block,
                asked: nodes.iter().map(ToString::to_string).collect(),
            }),
        }
    }

    pub(super) fn print(&self, output: Output) -> Result<(), Failure> {
        output.result(self, |anchored| {
            let mut text = format!(
                "anchored: entry {} of {} in the ledger, on chain {} by contract {}",
                anchored.leaf_index + 1,
                anchored.tree_size,
                anchored.chain_id,
                anchored.contract
            );
            if let Some(block) = &anchored.evidence {
                text.push_str(&evidence(block));
            }
            if let Some(Agreement { block, asked }) = &anchored.nodes {
                text.push_str(&agreement(block, asked));
            }
            text + "\nit was in the ledger by then, and the ledger was not rewritten since; whether it is valid now is another question"
        })
    }
}

fn evidence(block: &EvidenceBlock) -> String {
    format!(
        "\nproved by the evidence, in block {} ({})",
        block.number, block.hash
    )
}

fn agreement(block: &NodeBlock, asked: &[String]) -> String {
    format!(
        "\nstored by the contract in the final block {}, as {} {}",
        block.number,
        asked.join(", "),
        if asked.len() == 1 { "says" } else { "agree" }
    )
}
