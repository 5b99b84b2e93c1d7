//! What the verification of an anchor found, as text and as JSON.

use air_fetch::evm::Node;
use air_ledger::evm::{AnchorProof, Check, Error, Header};
use serde::Serialize;
use serde_json::json;

use super::nodes::NodeBlock;
use crate::{
    exit::{Exit, Failure},
    output::Output,
};

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
    timestamp: u64,
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
                text += &format!("\nproved by the evidence, in block {} ({})", block.number, block.hash);
            }
            if let Some(Agreement { block, asked }) = &anchored.nodes {
                text += &format!(
                    "\nstored by the contract in the final block {}, as {} {}",
                    block.number,
                    asked.join(", "),
                    if asked.len() == 1 { "says" } else { "agree" }
                );
            }
            text + "\nit was in the ledger by then, and the ledger was not rewritten since; whether it is valid now is another question"
        })
    }
}

/// Why an anchor is not verified.
#[derive(Debug)]
pub(super) struct Refused {
    exit: Exit,
    /// The check that failed; `None` if there is no answer.
    check: Option<&'static str>,
    reason: String,
    hint: Option<&'static str>,
}

impl Refused {
    /// A check failed: the proof contradicts the chain or the pinned contract.
    pub(super) fn failed(check: &'static str, reason: String) -> Self {
        Self {
            exit: Exit::Failed,
            check: Some(check),
            reason,
            hint: None,
        }
    }

    /// A check of the proof's own failed.
    pub(super) fn check(check: Check, error: &Error) -> Self {
        match error {
            Error::NoCheckpoint { .. } => Self::not_yet(error.to_string()),
            Error::NoEvidence => Self {
                hint: Some(
                    "the chain may have no Merkle Patricia proofs; pass --rpc with nodes of your own to ask the contract",
                ),
                ..Self::failed(check.name(), error.to_string())
            },
            _ => Self::failed(check.name(), error.to_string()),
        }
    }

    /// The checkpoint is not final yet.
    pub(super) fn not_yet(reason: String) -> Self {
        Self {
            hint: Some(
                "the credential is not anchored yet; run `air status --wait HASH`, then ask for its proof again",
            ),
            ..Self::unreachable(reason)
        }
    }

    pub(super) fn unreachable(reason: String) -> Self {
        Self {
            exit: Exit::Unreachable,
            check: None,
            reason,
            hint: None,
        }
    }

    /// With `--json`, prints a negative answer as the command's document. Always returns the failure.
    pub(super) fn print(self, output: Output) -> Result<(), Failure> {
        if let Some(check) = self.check
            && output.is_json()
        {
            output.document(&json!({ "verified": false, "check": check, "reason": self.reason }))?;
        }
        let failure = Failure::new(self.exit, format!("the anchor is not verified: {}", self.reason));
        Err(match self.hint {
            Some(hint) => failure.with_hint(hint),
            None => failure,
        })
    }
}
