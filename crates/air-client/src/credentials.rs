//! The documented REST API.

use air_api::{
    CoreClaimHash, CredentialStatus, IdempotencyKey, IssueOnBehalf, IssuedOnBehalf, OnDuplicate, VcStatus,
};

use tokio::time::Instant;

use crate::{AirClient, Error, PollSchedule, idempotency, transport::Call};

/// The timeout of the last request of a poll.
const LAST_ANSWER: std::time::Duration = std::time::Duration::from_secs(5);

impl AirClient {
    /// Issues a credential to the user of the token's `email`, who need not be present. `auth_token` is a Partner JWT of
    /// scope `issue on-behalf`.
    ///
    /// After a lost response, the call is repeated only if that can't issue twice: with [`OnDuplicate::Ignore`], or if the platform
    /// supports idempotency keys. Each call has a new key; [`Self::issue_on_behalf_once`] takes the caller's.
    ///
    /// # Errors
    /// [`Error::Rejected`] for a subject that does not conform, [`Error::NotAuthorised`] for the token. After another error,
    /// [`Error::is_safe_to_repeat`] says whether a second call could issue once more.
    pub async fn issue_on_behalf(
        &self,
        auth_token: &str,
        request: &IssueOnBehalf,
    ) -> Result<IssuedOnBehalf, Error> {
        let key = idempotency::random(&mut rand::rng());
        let issued = self.issue_on_behalf_once(auth_token, request, &key).await;
        match request.on_duplicate {
            OnDuplicate::Ignore => issued,
            _ => issued.map_err(Error::without_its_key),
        }
    }

    /// Issues like [`Self::issue_on_behalf`], with the caller's own key. A caller that stores the key can
    /// repeat the call after a crash. The repeated call returns the first response if the platform supports
    /// keys (for 24 hours).
    ///
    /// # Errors
    /// As [`Self::issue_on_behalf`]; [`Error::Rejected`] for a key that was used with another call.
    pub async fn issue_on_behalf_once(
        &self,
        auth_token: &str,
        request: &IssueOnBehalf,
        key: &IdempotencyKey,
    ) -> Result<IssuedOnBehalf, Error> {
        self.issuing(auth_token, request, key).receive().await
    }

    pub(crate) fn issuing<'a>(
        &'a self,
        auth_token: &'a str,
        request: &IssueOnBehalf,
        key: &'a IdempotencyKey,
    ) -> Call<'a> {
        self.transport
            .post("v1/credentials/issue-on-behalf")
            .partner_token(auth_token)
            .idempotency_key(key)
            .repeating_safely_if(request.on_duplicate == OnDuplicate::Ignore)
            .json(request)
    }

    /// Fetches the anchoring status of a credential.
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

    /// Polls by the schedule until the credential is `ONCHAIN`, with a last request at the deadline. Dropping
    /// the future stops the polling, for example with `tokio::select!`.
    ///
    /// # Errors
    /// [`Error::NotAnchored`] at the schedule's deadline, even if a response is outstanding; the errors of [`Self::status`].
    pub async fn wait_until_anchored(
        &self,
        auth_token: &str,
        hash: CoreClaimHash,
        schedule: PollSchedule,
    ) -> Result<CredentialStatus, Error> {
        let begun = Instant::now();
        let polling = self.poll(auth_token, hash, schedule, begun);
        // The last request is sent at the deadline, with a short timeout.
        let end = schedule
            .deadline
            .saturating_add(schedule.longest.min(LAST_ANSWER));
        let polled = tokio::time::timeout(end, polling).await;
        polled.unwrap_or_else(|_| {
            Err(Error::NotAnchored {
                waited: begun.elapsed(),
            })
        })
    }

    async fn poll(
        &self,
        auth_token: &str,
        hash: CoreClaimHash,
        schedule: PollSchedule,
        begun: Instant,
    ) -> Result<CredentialStatus, Error> {
        let mut waits = schedule.waits();
        loop {
            let status = self.status(auth_token, hash).await?;
            if status.vc_status == VcStatus::Onchain {
                return Ok(status);
            }
            let left = schedule.deadline.saturating_sub(begun.elapsed());
            if left.is_zero() {
                return Err(Error::NotAnchored {
                    waited: begun.elapsed(),
                });
            }
            let wait = waits.next().unwrap_or(schedule.longest);
            tokio::time::sleep(wait.min(left)).await;
        }
    }
}
