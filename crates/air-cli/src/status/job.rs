//! Describes the progress of a credential's anchoring.

use air_api::sandbox::{AnchoringJob, AnchoringState, ChainAnchor, ChainState};

use crate::anchoring::explain;

/// The description on a separate line, including the line break before it.
pub(super) fn render(job: &AnchoringJob) -> String {
    let since = job
        .history
        .last()
        .map(|last| format!(" since {} UTC", last.at))
        .unwrap_or_default();
    let reason = job.reason.map(explain);
    let state = match job.state {
        AnchoringState::Queued => {
            let reason = reason.map(|reason| format!(": {reason}")).unwrap_or_default();
            let next = job
                .next_attempt_at
                .map(|at| format!("; next attempt by {at} UTC"))
                .unwrap_or_default();
            format!("\nqueued{since}{reason}{next}")
        }
        AnchoringState::Anchored => format!("\nanchored{since}"),
        AnchoringState::Failed => format!(
            "\nfailed{since}: {}",
            reason.unwrap_or("the platform does not say why")
        ),
        _ => "\nanother state; a newer `air` may know it".to_owned(),
    };
    state + &job.chain.as_ref().map(checkpoint).unwrap_or_default()
}

/// The checkpoint's transaction on the chain, on a line of its own.
fn checkpoint(anchor: &ChainAnchor) -> String {
    let (Some(transaction), Some(chain)) = (&anchor.transaction_hash, anchor.chain_id) else {
        return String::new();
    };
    let Some(block) = anchor.block_number else {
        return format!("\ncheckpoint: transaction {transaction}, sent to chain {chain}");
    };
    let waits = match (anchor.state, anchor.finalized_block) {
        (ChainState::Included, Some(newest)) => {
            format!("; it waits until this block is final, and the newest final block is {newest}")
        }
        _ => String::new(),
    };
    format!("\ncheckpoint: transaction {transaction}, in block {block} of chain {chain}{waits}")
}

#[cfg(test)]
mod tests {
    use air_api::{
        PlatformTime,
        sandbox::{AnchoringEvent, AnchoringReason},
    };

    use super::*;

    #[test]
    fn a_stalled_finality_names_the_block_that_it_waits_for() {
        let mut anchor: ChainAnchor = serde_json::from_value(serde_json::json!({
            "state": "included", "chainId": 1, "transactionHash": "0x1", "blockNumber": 42, "finalizedBlock": 40,
        }))
        .unwrap();
        assert_eq!(
            checkpoint(&anchor),
            "\ncheckpoint: transaction 0x1, in block 42 of chain 1; it waits until this block is final, and the newest final block is 40"
        );
        anchor.state = ChainState::Final;
        assert_eq!(
            checkpoint(&anchor),
            "\ncheckpoint: transaction 0x1, in block 42 of chain 1"
        );
    }

    #[test]
    fn it_says_since_when_why_and_when_next() {
        let at = |seconds| PlatformTime::from_unix(air_api::UnixTime::from_secs(seconds));
        let event = |state, seconds| AnchoringEvent {
            state,
            at: at(seconds),
            reason: None,
        };
        let mut job = AnchoringJob {
            state: AnchoringState::Queued,
            reason: Some(AnchoringReason::ChainStuck),
            next_attempt_at: Some(at(1_800_000_001)),
            history: vec![event(AnchoringState::Queued, 1_800_000_000)],
            chain: None,
        };
        assert_eq!(
            render(&job),
            "\nqueued since 2027-01-15 08:00:00 UTC: the chain is stuck; next attempt by \
             2027-01-15 08:00:01 UTC"
        );
        (job.state, job.reason, job.next_attempt_at) =
            (AnchoringState::Failed, Some(AnchoringReason::Revoked), None);
        job.history.push(event(AnchoringState::Failed, 1_800_000_002));
        assert_eq!(
            render(&job),
            "\nfailed since 2027-01-15 08:00:02 UTC: it was revoked before it was anchored; nothing to do"
        );
        (job.state, job.reason) = (AnchoringState::Anchored, None);
        job.history.push(event(AnchoringState::Anchored, 1_800_000_003));
        assert_eq!(render(&job), "\nanchored since 2027-01-15 08:00:03 UTC");
    }
}
