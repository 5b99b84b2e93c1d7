//! The reasons why a credential is not anchored, in words.

use air_api::sandbox::{AnchoringReason, ChainAnchor, ChainState};

pub(crate) fn explain(reason: AnchoringReason) -> &'static str {
    match reason {
        AnchoringReason::ChainStuck => "the chain is stuck",
        AnchoringReason::Reorganised => "its block is no longer part of the chain; wait for the next one",
        AnchoringReason::Revoked => "it was revoked before it was anchored; nothing to do",
        AnchoringReason::Expired => "it expired before it was anchored; issue a new one",
        AnchoringReason::TimedOut => {
            "it was not anchored within a day; check the chain, then issue a new one"
        }
        AnchoringReason::AwaitingCheckpoint => "the next checkpoint on the chain will have it",
        AnchoringReason::AwaitingFinality => "its checkpoint is on the chain, and not final yet",
        AnchoringReason::ChainUnreachable => "the platform can't reach its chain",
        AnchoringReason::WrongChain => "the platform's node serves another chain",
        AnchoringReason::SignerUnreachable => "the signer of the platform's account does not answer",
        AnchoringReason::SignerRefused => {
            "the signer of the platform's account refuses to sign, or signs another transaction"
        }
        AnchoringReason::OutOfFunds => "the account that pays for checkpoints has no funds",
        AnchoringReason::FeesTooHigh => "the chain's fees are above the platform's limit",
        AnchoringReason::ContractRefused => "the contract on the chain refuses the platform's checkpoints",
        _ => "unknown reason",
    }
}

/// The name of a reason in the API, such as `awaitingFinality`.
pub(crate) fn code(reason: AnchoringReason) -> String {
    match serde_json::to_value(reason) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}

/// The checkpoint's transaction on the chain, and the block that it waits for; `None` before it is sent.
pub(crate) fn checkpoint(anchor: &ChainAnchor) -> Option<String> {
    let (transaction, chain) = (anchor.transaction_hash.as_ref()?, anchor.chain_id?);
    let Some(block) = anchor.block_number else {
        return Some(format!(
            "checkpoint: transaction {transaction}, sent to chain {chain}"
        ));
    };
    let waits = match (anchor.state, anchor.finalized_block) {
        (ChainState::Included, Some(newest)) => {
            format!("; it waits until this block is final, and the newest final block is {newest}")
        }
        (ChainState::Included, None) => "; it waits until this block is final".to_owned(),
        _ => String::new(),
    };
    Some(format!(
        "checkpoint: transaction {transaction}, in block {block} of chain {chain}{waits}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stalled_finality_names_the_block_that_it_waits_for() {
        let mut anchor: ChainAnchor = serde_json::from_value(serde_json::json!({
            "state": "included", "chainId": 1, "transactionHash": "0x1", "blockNumber": 42, "finalizedBlock": 40,
        }))
        .unwrap();
        let line = |anchor: &ChainAnchor| checkpoint(anchor).unwrap();
        let included = "checkpoint: transaction 0x1, in block 42 of chain 1";
        let waits = "; it waits until this block is final";
        assert_eq!(
            line(&anchor),
            format!("{included}{waits}, and the newest final block is 40")
        );
        anchor.finalized_block = None;
        assert_eq!(line(&anchor), format!("{included}{waits}"));
        anchor.state = ChainState::Final;
        assert_eq!(line(&anchor), included);
        anchor.transaction_hash = None;
        assert_eq!(checkpoint(&anchor), None);
    }

    #[test]
    fn a_reason_has_the_name_of_the_api() {
        assert_eq!(code(AnchoringReason::AwaitingFinality), "awaitingFinality");
    }
}
