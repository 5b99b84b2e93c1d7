//! Notes on stderr while a command waits for a credential to be anchored.

use std::{ops::ControlFlow, time::Duration};

use air_api::{CoreClaimHash, CredentialStatus, sandbox::AnchoringReason};
use air_client::PollSchedule;

use crate::{anchoring::explain, exit::Failure, output::Output, partner::Partner};

/// Polls until the credential is on-chain, or can't be any more, with a note before each wait.
pub(crate) async fn until_anchored(
    partner: &Partner,
    hash: CoreClaimHash,
    output: Output,
) -> Result<CredentialStatus, Failure> {
    let token = partner.polling_token().await?;
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
}
