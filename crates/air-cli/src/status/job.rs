//! Describes the progress of a credential's anchoring.

use air_api::sandbox::{AnchoringJob, AnchoringState};

use crate::anchoring::{checkpoint, explain};

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
    // The checkpoint has a line of its own.
    match job.chain.as_ref().and_then(checkpoint) {
        Some(checkpoint) => format!("{state}\n{checkpoint}"),
        None => state,
    }
}

#[cfg(test)]
mod tests {
    use air_api::{
        PlatformTime,
        sandbox::{AnchoringEvent, AnchoringReason},
    };

    use super::*;

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
