//! The documented REST API.

use std::time::Instant;

use air_api::{
    CoreClaimHash, CredentialStatus, IdempotencyKey, IssueOnBehalf, IssuedOnBehalf, OnDuplicate, VcStatus,
};

use crate::{AirClient, Error, PollSchedule, idempotency, transport::Call};

impl AirClient {
    /// Issues a credential to the user of the token's `email`, who need not be present. `auth_token` is a Partner JWT of
    /// scope `issue on-behalf`.
    ///
    /// After a lost answer it is sent again only when it can't issue twice: with [`OnDuplicate::Ignore`], or where the platform
    /// keeps idempotency keys. The key is made for this call and gone after it; [`Self::issue_on_behalf_once`] takes the caller's.
    ///
    /// # Errors
    /// [`Error::Rejected`] for a subject that does not fit, [`Error::NotAuthorised`] for the token. After another,
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

    /// As [`Self::issue_on_behalf`], under the caller's own key: who keeps it can ask again after a crash and gets the first
    /// answer, where the platform keeps keys (24 hours).
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
