//! Notes on stderr while a command waits for a credential to be anchored, or repeats a call.

use std::{ops::ControlFlow, sync::Mutex, time::Duration};

use air_api::{CoreClaimHash, CredentialStatus, sandbox::AnchoringReason};
use air_client::{
    PollSchedule,
    middleware::{Attempt, AttemptOutcome, ExtraHeaders, Middleware},
};

use crate::{exit::Failure, output::Output, partner::Partner, status::explain};

/// Polls until the credential is on-chain, or can't be any more, with a note before each wait.
pub(crate) async fn until_anchored(
    partner: &Partner,
    hash: CoreClaimHash,
    output: Output,
) -> Result<CredentialStatus, Failure> {
    let token = partner.polling_token()?;
    let watch = |status: &CredentialStatus, wait: Duration| {
        let job = status.sandbox.as_ref().map(|details| &details.anchoring);
        if job.is_some_and(|job| job.state.is_final()) {
            return ControlFlow::Break(());
        }
        note(job.and_then(|job| job.reason), wait, output);
        ControlFlow::Continue(())
    };
    let schedule = PollSchedule::default();
    let polled = partner
        .client
        .watch_until_anchored(token.expose_secret(), hash, schedule, watch);
    Ok(polled.await?)
}

/// Says why the credential is not on-chain, and when the next check is.
pub(crate) fn note(reason: Option<AnchoringReason>, wait: Duration, output: Output) {
    output.note(&line(reason, wait));
}

fn line(reason: Option<AnchoringReason>, wait: Duration) -> String {
    let reason = reason.map_or_else(String::new, |reason| format!(" ({})", explain(reason)));
    format!(
        "waiting: not on-chain yet{reason}; next check in {} s",
        wait.as_millis().div_ceil(1000)
    )
}

/// Says when a call is repeated, and why.
#[derive(Debug)]
pub(crate) struct RetryNotes {
    output: Output,
    last_failure: Mutex<Option<String>>,
}

impl RetryNotes {
    pub(crate) fn new(output: Output) -> Self {
        Self {
            output,
            last_failure: Mutex::new(None),
        }
    }
}

impl Middleware for RetryNotes {
    fn before(&self, attempt: &Attempt<'_>, _: &mut ExtraHeaders) -> Result<(), air_client::Error> {
        let failure = self.last_failure.lock().ok().and_then(|mut last| last.take());
        if let Some(failure) = failure.filter(|_| attempt.number() > 1) {
            let number = attempt.number();
            self.output.note(&format!("{failure}; attempt {number}"));
        }
        Ok(())
    }

    fn after(&self, _: &Attempt<'_>, outcome: &AttemptOutcome<'_>, _: Duration) {
        if let Ok(mut last) = self.last_failure.lock() {
            *last = failure(outcome);
        }
    }
}

fn failure(outcome: &AttemptOutcome<'_>) -> Option<String> {
    Some(match outcome {
        AttemptOutcome::Answered { status: 429, .. } => "the platform asks to slow down (429)".to_owned(),
        AttemptOutcome::Answered { status, .. } if *status >= 500 => {
            format!("the platform failed (HTTP status {status})")
        }
        AttemptOutcome::NotConnected => "the platform did not accept the connection".to_owned(),
        AttemptOutcome::TimedOut => "the platform did not respond in time".to_owned(),
        AttemptOutcome::Broken => "the connection to the platform broke".to_owned(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_rounded_up_and_has_its_reason() {
        assert_eq!(
            line(None, Duration::from_millis(1500)),
            "waiting: not on-chain yet; next check in 2 s"
        );
        assert_eq!(
            line(Some(AnchoringReason::ChainStuck), Duration::from_secs(4)),
            "waiting: not on-chain yet (the chain is stuck); next check in 4 s"
        );
    }

    #[test]
    fn only_failures_that_are_retried_are_described() {
        let answered = |status| AttemptOutcome::Answered {
            status,
            request_id: None,
        };
        assert_eq!(failure(&answered(200)), None);
        assert_eq!(failure(&answered(404)), None);
        assert!(failure(&answered(503)).is_some_and(|text| text.contains("503")));
    }
}
