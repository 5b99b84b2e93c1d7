//! The reasons why an anchor is not verified, as text and as JSON.

use air_ledger::evm::{Check, Error};
use serde_json::json;

use crate::{
    exit::{Exit, Failure},
    output::Output,
};

/// The reason why an anchor is not verified.
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
            hint: hint(check),
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
            hint: Some("check the URL after --rpc, and that the node serves its JSON-RPC there"),
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

/// The next step after a failed check.
fn hint(check: &str) -> Option<&'static str> {
    match check {
        "chainId" => Some("--chain-id names the chain that you trust, and each --rpc a node of that chain"),
        "contract" => {
            Some("--contract names the ledger's contract that you trust; ask the platform's operator for it")
        }
        "codeHash" | "account" => Some(
            "--code-hash names the code that you trust; do not trust other code before its operator explains the change",
        ),
        "nodes" => Some("a node is wrong or behind; pass --rpc with nodes of other operators"),
        "blockHash" | "blockNumber" => {
            Some("--block-hash is the hash of the proof's block, as a node of your own has it")
        }
        "inclusion" | "root" => {
            Some("keep the proof: it shows that the ledger and the chain differ; ask the platform's operator")
        }
        _ => None,
    }
}
