//! Waits until a credential of the run is anchored: in a block of the ledger, or with a chain, in a
//! final block of the chain.

use std::{
    ops::ControlFlow,
    time::{Duration, Instant},
};

use air_api::{
    CoreClaimHash, CredentialStatus, VcStatus,
    sandbox::{AnchoringJob, AnchoringReason},
};
use air_client::{Error, PollSchedule};
use air_fetch::evm::Node;

use super::chain::Chain;
use crate::{
    anchoring::{checkpoint, code, explain},
    exit::Failure,
    output::Output,
    partner::Partner,
};

/// The time for which one token polls. It is shorter than a token's lifetime.
const OF_TOKEN: Duration = Duration::from_mins(10);
/// The longest wait while only the operator can solve the problem.
const PROBLEM_LIMIT: Duration = Duration::from_secs(30);
/// A shorter wait has no notes.
const QUIET: Duration = Duration::from_secs(3);
/// The time after which a note is repeated.
const REPEAT: Duration = Duration::from_secs(30);

/// The chain of the run, if there is one, and how long the run waits for it.
pub(super) struct Anchoring {
    node: Option<Node>,
    limit: Duration,
    output: Output,
}

impl Anchoring {
    pub(super) fn new(chain: Option<&Chain>, output: Output) -> Self {
        Self {
            node: chain.map(|chain| chain.node.clone()),
            limit: chain.map_or(PollSchedule::local().deadline, |chain| chain.wait),
            output,
        }
    }

    /// The node of the chain.
    pub(super) fn node(&self) -> Option<&Node> {
        self.node.as_ref()
    }

    /// Waits until the credential is anchored, with notes on stderr.
    ///
    /// # Errors
    /// At the limit, with the reason and the block that the credential waits for.
    pub(super) async fn until_anchored(
        &self,
        partner: &Partner,
        hash: CoreClaimHash,
    ) -> Result<CredentialStatus, Failure> {
        let begun = Instant::now();
        let mut watch = Watch::new(self.output);
        loop {
            let left = self.limit.saturating_sub(begun.elapsed());
            let schedule = PollSchedule {
                deadline: left.min(OF_TOKEN),
                ..PollSchedule::local()
            };
            let token = partner.polling_token().await?;
            let polled = partner
                .client
                .watch_until_anchored(token.expose_secret(), hash, schedule, |status, _| {
                    watch.see(status)
                })
                .await;
            match polled {
                Ok(status) if status.vc_status == VcStatus::Onchain => return Ok(status),
                Err(Error::NotAnchored { .. }) if begun.elapsed() < self.limit => {}
                Ok(_) | Err(Error::NotAnchored { .. }) => {
                    return Err(not_anchored(watch.job.as_ref(), begun.elapsed()));
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// The last status, and the notes.
struct Watch {
    output: Output,
    begun: Instant,
    job: Option<AnchoringJob>,
    /// Since when only the operator can solve the problem.
    problem_since: Option<Instant>,
    noted: Option<(String, Instant)>,
}

impl Watch {
    fn new(output: Output) -> Self {
        Self {
            output,
            begun: Instant::now(),
            job: None,
            problem_since: None,
            noted: None,
        }
    }

    /// Breaks if waiting does not help.
    fn see(&mut self, status: &CredentialStatus) -> ControlFlow<()> {
        let Some(job) = status.sandbox.as_ref().map(|details| &details.anchoring) else {
            return ControlFlow::Continue(());
        };
        self.job = Some(job.clone());
        self.problem_since = if job.reason.is_some_and(needs_the_operator) {
            self.problem_since.or_else(|| Some(Instant::now()))
        } else {
            None
        };
        let is_too_long = |since: Instant| since.elapsed() >= PROBLEM_LIMIT;
        if job.state.is_final() || self.problem_since.is_some_and(is_too_long) {
            return ControlFlow::Break(());
        }
        self.note(&waits(job));
        ControlFlow::Continue(())
    }

    /// Prints a note if the wait is long, and if the note is new or old enough.
    fn note(&mut self, line: &str) {
        let is_known = self
            .noted
            .as_ref()
            .is_some_and(|(noted, at)| noted == line && at.elapsed() < REPEAT);
        if self.begun.elapsed() >= QUIET && !is_known {
            self.output.note(line);
            self.noted = Some((line.to_owned(), Instant::now()));
        }
    }
}

fn waits(job: &AnchoringJob) -> String {
    let reason = job.reason.map_or("the credential is not anchored yet", explain);
    match job.chain.as_ref().and_then(checkpoint) {
        Some(checkpoint) => format!("waiting: {reason}; {checkpoint}"),
        None => format!("waiting: {reason}"),
    }
}

/// Checks whether only the operator can solve the problem.
fn needs_the_operator(reason: AnchoringReason) -> bool {
    matches!(
        reason,
        AnchoringReason::ChainUnreachable
            | AnchoringReason::WrongChain
            | AnchoringReason::SignerUnreachable
            | AnchoringReason::SignerRefused
            | AnchoringReason::OutOfFunds
            | AnchoringReason::FeesTooHigh
            | AnchoringReason::ContractRefused
    )
}

fn not_anchored(job: Option<&AnchoringJob>, waited: Duration) -> Failure {
    let reason = job.and_then(|job| job.reason);
    let why = reason.map_or_else(String::new, |reason| {
        format!(": {}: {}", code(reason), explain(reason))
    });
    let checkpoint = job.and_then(|job| job.chain.as_ref()).and_then(checkpoint);
    let failure = Failure::unreachable(format!(
        "the credential is not anchored after {} s{why}",
        waited.as_secs()
    ))
    .with_details(checkpoint.into_iter().collect());
    match reason {
        Some(AnchoringReason::AwaitingFinality) => failure.with_hint(
            "check that the chain makes blocks and that its newest final block advances, or wait longer with --chain-wait",
        ),
        _ => failure,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn job(reason: &str) -> AnchoringJob {
        serde_json::from_value(json!({
            "state": "queued", "reason": reason, "history": [],
            "chain": { "state": "included", "chainId": 7, "transactionHash": "0x1", "blockNumber": 2, "finalizedBlock": 0 },
        }))
        .unwrap()
    }

    #[test]
    fn a_stalled_finality_is_named_with_its_block() {
        let failure = not_anchored(Some(&job("awaitingFinality")), Duration::from_secs(4));
        assert_eq!(
            failure.message(),
            "the credential is not anchored after 4 s: awaitingFinality: its checkpoint is on the chain, and not final yet"
        );
        let block =
            "in block 2 of chain 7; it waits until this block is final, and the newest final block is 0";
        assert!(failure.details().iter().any(|detail| detail.ends_with(block)));
        assert!(failure.hint().unwrap().contains("--chain-wait"));
        assert!(waits(&job("awaitingFinality")).ends_with(block));
        let failure = not_anchored(Some(&job("outOfFunds")), Duration::from_secs(30));
        assert_eq!(failure.hint(), None);
    }
}
