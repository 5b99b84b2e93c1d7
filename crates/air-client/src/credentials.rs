//! The documented REST API.

use std::{ops::ControlFlow, time::Duration};

use air_api::{
    CoreClaimHash, CredentialStatus, IdempotencyKey, IssueOnBehalf, IssuedOnBehalf, OnDuplicate, VcStatus,
};

use tokio::time::Instant;

use crate::{
    AirClient, Auth, Error, PollSchedule, Recipient, auth::Proof, idempotency, tokens::TokenPurpose,
    transport::Call,
};

/// The timeout of the last request of a poll.
const LAST_ANSWER: Duration = Duration::from_secs(5);

impl AirClient {
    /// Issues a credential to a user who need not be present. The recipient is an
    /// [`EmailAddress`](crate::EmailAddress), for which the client signs a token, or a Partner JWT of scope
    /// `issue on-behalf` for the recipient.
    ///
    /// After a lost response, the call is repeated only if that can't issue twice: with
    /// [`OnDuplicate::Ignore`], or if the platform supports idempotency keys. Each call has a new
    /// key; [`Self::issue_on_behalf_once`] takes the caller's.
    ///
    /// # Errors
    /// [`Error::Rejected`] for a subject that does not conform, [`Error::NotAuthorised`] for the
    /// token. After another error, [`Error::is_safe_to_repeat`] says whether a second call could
    /// issue once more.
    pub async fn issue_on_behalf(
        &self,
        recipient: impl Into<Recipient<'_>>,
        request: &IssueOnBehalf,
    ) -> Result<IssuedOnBehalf, Error> {
        let key = idempotency::random(&mut rand::rng());
        let issued = self.issue_on_behalf_once(recipient, request, &key).await;
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
        recipient: impl Into<Recipient<'_>>,
        request: &IssueOnBehalf,
        key: &IdempotencyKey,
    ) -> Result<IssuedOnBehalf, Error> {
        let proof = recipient.into().proof();
        self.issuing(proof, request, key).receive().await
    }

    pub(crate) fn issuing<'a>(
        &'a self,
        proof: Proof<'a>,
        request: &IssueOnBehalf,
        key: &'a IdempotencyKey,
    ) -> Call<'a> {
        self.transport
            .post("v1/credentials/issue-on-behalf")
            .partner(proof)
            .idempotency_key(key)
            .repeating_safely_if(request.on_duplicate == OnDuplicate::Ignore)
            .json(request)
    }

    /// Fetches the anchoring status of a credential. The token has the scope `issue`.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown hash.
    pub async fn status(
        &self,
        auth: impl Into<Auth<'_>>,
        hash: CoreClaimHash,
    ) -> Result<CredentialStatus, Error> {
        self.transport
            .get("v1/credentials/status")
            .partner(auth.into().proof(TokenPurpose::Issue))
            .query("coreClaimHash", hash.to_string())
            .receive()
            .await
    }

    /// Polls by the schedule until the credential is `ONCHAIN`, with a last request at the deadline. Dropping
    /// the future stops the polling, for example with `tokio::select!`. A token that the client signs is
    /// renewed while it polls. A given token must be valid until the end.
    ///
    /// # Errors
    /// [`Error::NotAnchored`] at the schedule's deadline, even if a response is outstanding; the
    /// errors of [`Self::status`].
    pub async fn wait_until_anchored(
        &self,
        auth: impl Into<Auth<'_>>,
        hash: CoreClaimHash,
        schedule: PollSchedule,
    ) -> Result<CredentialStatus, Error> {
        self.watch_until_anchored(auth, hash, schedule, |_, _| ControlFlow::Continue(()))
            .await
    }

    /// Polls like [`Self::wait_until_anchored`], and calls `watch` with each status before
    /// `ONCHAIN`, and with the wait until the next request. If `watch` breaks, this status is
    /// returned.
    ///
    /// # Errors
    /// As [`Self::wait_until_anchored`].
    pub async fn watch_until_anchored(
        &self,
        auth: impl Into<Auth<'_>>,
        hash: CoreClaimHash,
        schedule: PollSchedule,
        watch: impl FnMut(&CredentialStatus, Duration) -> ControlFlow<()>,
    ) -> Result<CredentialStatus, Error> {
        let begun = Instant::now();
        let polling = self.poll(auth.into(), hash, schedule, begun, watch);
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
        auth: Auth<'_>,
        hash: CoreClaimHash,
        schedule: PollSchedule,
        begun: Instant,
        mut watch: impl FnMut(&CredentialStatus, Duration) -> ControlFlow<()>,
    ) -> Result<CredentialStatus, Error> {
        let mut waits = schedule.waits();
        loop {
            let status = self.status(auth, hash).await?;
            if status.vc_status == VcStatus::Onchain {
                return Ok(status);
            }
            let left = schedule.deadline.saturating_sub(begun.elapsed());
            if left.is_zero() {
                return Err(Error::NotAnchored {
                    waited: begun.elapsed(),
                });
            }
            let wait = waits.next().unwrap_or(schedule.longest).min(left);
            if watch(&status, wait).is_break() {
                return Ok(status);
            }
            tokio::time::sleep(wait).await;
        }
    }
}
