//! The documented REST API.

use std::time::Instant;

use air_api::{CoreClaimHash, CredentialStatus, IssueOnBehalf, IssuedOnBehalf, VcStatus};

use crate::{AirClient, Error, PollSchedule};

impl AirClient {
    /// Issues a credential to the user of the token's `email`, who need not be present. `auth_token` is a Partner JWT of
    /// scope `issue on-behalf`.
    ///
    /// It is sent once: an answer that is lost leaves the question open, and [`OnDuplicate`](air_api::OnDuplicate)
    /// decides what a second call does.
    ///
    /// # Errors
    /// [`Error::Rejected`] for a subject that does not fit, [`Error::NotAuthorised`] for the token.
    pub async fn issue_on_behalf(
        &self,
        auth_token: &str,
        request: &IssueOnBehalf,
    ) -> Result<IssuedOnBehalf, Error> {
        self.transport
            .post("v1/credentials/issue-on-behalf")
            .partner_token(auth_token)
            .json(request)
            .receive()
            .await
    }

    /// Where a credential is on its way to the chain.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown hash.
    pub async fn status(&self, auth_token: &str, hash: CoreClaimHash) -> Result<CredentialStatus, Error> {
        self.transport
            .get("v1/credentials/status")
            .partner_token(auth_token)
            .query("coreClaimHash", hash.to_string())
            .receive()
            .await
    }

    /// Polls until the credential is `ONCHAIN`. Drop the future to stop.
    ///
    /// # Errors
    /// [`Error::NotAnchored`] at the schedule's deadline; what [`Self::status`] fails with.
    pub async fn wait_until_anchored(
        &self,
        auth_token: &str,
        hash: CoreClaimHash,
        schedule: PollSchedule,
    ) -> Result<CredentialStatus, Error> {
        let started = Instant::now();
        let mut waits = schedule.waits();
        loop {
            let status = self.status(auth_token, hash).await?;
            if status.vc_status == VcStatus::Onchain {
                return Ok(status);
            }
            let wait = waits.next().unwrap_or(schedule.longest);
            if started.elapsed() + wait > schedule.deadline {
                return Err(Error::NotAnchored {
                    waited: started.elapsed(),
                });
            }
            tokio::time::sleep(wait).await;
        }
    }
}
