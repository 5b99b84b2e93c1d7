//! Checks of the chain that holds the ledger's checkpoints: node, contract, balance.

use air_api::sandbox::{AnchoringReason, ChainNode, ChainReport};
use air_client::{AirClient, Error};

use crate::finding::Finding;
use crate::{anchoring::explain, count::counted, time};

const CHECK: &str = "chain";
/// The number of checkpoints from which the check warns: an hour at one every 15 s.
const FEW: u64 = 240;

/// Checks the chain of a local platform; nothing without one.
pub(super) async fn examine(client: &AirClient) -> Vec<Finding> {
    match client.local().chain().await {
        Ok(report) => findings(&report),
        // The platform runs without a chain, or is an older one.
        Err(Error::NotFound { .. }) => Vec::new(),
        Err(Error::NotAuthorised { .. }) => {
            vec![Finding::skipped(
                CHECK,
                "the operator token is required to look at the chain",
            )]
        }
        Err(error) => vec![Finding::skipped(CHECK, format!("the check failed: {error}"))],
    }
}

fn findings(report: &ChainReport) -> Vec<Finding> {
    let Some(node) = &report.node else {
        return vec![Finding::failed(
            CHECK,
            "chain-unreachable",
            "the platform's node does not answer",
            "check the node and the URL that `air sandbox up --chain` has",
        )];
    };
    if let Some(expected) = report.chain_id.filter(|id| *id != node.chain_id) {
        return vec![Finding::failed(
            CHECK,
            "chain-wrong",
            format!(
                "the node serves chain {}, and the ledger is on chain {expected}",
                node.chain_id
            ),
            "start the platform with a node of the right chain",
        )];
    }
    vec![contract(report, node), balance(report, node), progress(report)]
}

fn contract(report: &ChainReport, node: &ChainNode) -> Finding {
    let id = node.chain_id;
    match (&report.contract, node.is_code_known) {
        (Some(contract), Some(true)) => Finding::good(
            CHECK,
            format!("chain {id} has the contract {contract}, and its code is known"),
        ),
        (Some(contract), _) => Finding::failed(
            CHECK,
            "chain-code",
            format!("chain {id} does not have the ledger's contract at {contract}"),
            "if the chain was reset, start the platform with new data; else compare the address with `air chain status`",
        ),
        (None, _) => Finding::warning(
            CHECK,
            "chain-no-contract",
            format!("the contract is not deployed on chain {id} yet"),
            "wait for it; if it stays so, see the platform's log",
        ),
    }
}

fn balance(report: &ChainReport, node: &ChainNode) -> Finding {
    let account = &report.account;
    let remedy = "send the account coins of the chain";
    match node.checkpoints_left {
        Some(0) => Finding::failed(
            CHECK,
            "chain-no-funds",
            format!(
                "{account} can't pay for a checkpoint: it has {} wei",
                node.balance_wei
            ),
            remedy,
        ),
        Some(left) if left < FEW => Finding::warning(
            CHECK,
            "chain-low-funds",
            format!(
                "{account} can pay for about {} more",
                counted(left, "checkpoint", "checkpoints")
            ),
            remedy,
        ),
        Some(left) => Finding::good(
            CHECK,
            format!(
                "{account} can pay for about {}",
                counted(left, "checkpoint", "checkpoints")
            ),
        ),
        None => Finding::good(CHECK, format!("{account} pays nothing: gas is free now")),
    }
}

fn progress(report: &ChainReport) -> Finding {
    if let Some(alarm) = &report.alarm {
        let reason: Option<AnchoringReason> = serde_json::from_value(alarm.as_str().into()).ok();
        return Finding::failed(
            CHECK,
            "chain-alarm",
            match reason {
                Some(reason) => format!("checkpoints don't reach the chain: {alarm}: {}", explain(reason)),
                None => format!("checkpoints don't reach the chain: {alarm}"),
            },
            remedy(reason),
        );
    }
    let entries = counted(report.final_entries, "entry", "entries");
    match report.lag_entries {
        0 => Finding::good(CHECK, format!("{entries} in final checkpoints, and none waits")),
        lag => Finding::good(
            CHECK,
            format!(
                "{entries} in final checkpoints, {lag} not yet, the oldest for {}",
                time::span(report.lag_seconds)
            ),
        ),
    }
}

/// Returns what to do about an alarm. The node and the balance have checks of their own.
fn remedy(reason: Option<AnchoringReason>) -> &'static str {
    match reason {
        Some(AnchoringReason::SignerUnreachable) => {
            "check the signer and the URL that `air sandbox up --chain-signer` has"
        }
        Some(AnchoringReason::SignerRefused) => {
            "check that the signer has the key of --chain-account and may sign with it, and see its log"
        }
        _ => "see the platform's log, and the page on operations in the book",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> ChainReport {
        serde_json::from_value(serde_json::json!({
            "chainId": 5151, "contract": "0x1", "account": "0x2", "finalEntries": 2, "lagEntries": 0, "lagSeconds": 0,
            "node": { "chainId": 5151, "isCodeKnown": true, "balanceWei": "1", "gasPriceWei": "1", "checkpointsLeft": 240 },
        }))
        .unwrap()
    }

    fn codes(change: impl Fn(&mut ChainReport, &mut ChainNode)) -> Vec<&'static str> {
        let mut report = report();
        let mut node = report.node.take().unwrap();
        change(&mut report, &mut node);
        report.node = Some(node);
        findings(&report).iter().filter_map(Finding::code).collect()
    }

    #[test]
    fn each_problem_has_its_code() {
        assert!(codes(|_, _| {}).is_empty());
        assert_eq!(codes(|report, _| report.chain_id = Some(1)), ["chain-wrong"]);
        assert_eq!(codes(|_, node| node.is_code_known = Some(false)), ["chain-code"]);
        assert_eq!(codes(|report, _| report.contract = None), ["chain-no-contract"]);
        assert_eq!(
            codes(|_, node| node.checkpoints_left = Some(239)),
            ["chain-low-funds"]
        );
        assert_eq!(
            codes(|_, node| node.checkpoints_left = Some(0)),
            ["chain-no-funds"]
        );
        assert_eq!(
            codes(|report, _| report.alarm = Some("outOfFunds".into())),
            ["chain-alarm"]
        );
        assert!(remedy(Some(AnchoringReason::SignerUnreachable)).contains("--chain-signer"));
        assert!(remedy(Some(AnchoringReason::SignerRefused)).contains("--chain-account"));
        assert!(remedy(None).contains("log"));
        let unreachable = ChainReport {
            node: None,
            ..report()
        };
        assert_eq!(findings(&unreachable)[0].code(), Some("chain-unreachable"));
    }
}
