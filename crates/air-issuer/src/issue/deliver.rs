//! The upload to dStorage, and its confirmation.

use std::time::{Duration, Instant};

use super::{Failed, NewCredential, backoff, prepare::Prepared};
use crate::{
    Error,
    platform::{UploadProblem, Uploaded},
    state::State,
    store::{
        audit::{self, Action, Entry},
        issuances,
        outbox::{self, Upload},
    },
};

/// The state of a credential after a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// dStorage has it.
    Stored,
    /// It is retried with the same bytes.
    Later {
        /// Seconds until the next try.
        retry_after: u64,
    },
    /// dStorage refused it. It is retried later.
    Refused {
        /// Seconds until the next try.
        retry_after: u64,
    },
    /// It was revoked, or expired, before dStorage stored it.
    Abandoned,
}

/// An issued credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Issued {
    pub(crate) external_id: String,
    pub(crate) delivery: Delivery,
}

impl State {
    /// Issues a credential: prepares it, and tries to upload it once. An equal request joins the earlier one.
    pub(crate) async fn issue(&self, new: &NewCredential<'_>) -> Result<Issued, Failed> {
        let outcome = self.prepare_and_upload(new).await;
        self.metrics.issued(new.schema_id, name(&outcome));
        outcome
    }

    async fn prepare_and_upload(&self, new: &NewCredential<'_>) -> Result<Issued, Failed> {
        let (external_id, delivery) = match self.prepare(new).await? {
            Prepared::New(upload, _guard) => {
                let external_id = upload.external_id.clone();
                (external_id, self.upload(upload, new.actor).await?)
            }
            Prepared::Earlier(earlier) if earlier.is_stored => (earlier.external_id, Delivery::Stored),
            Prepared::Earlier(earlier) => {
                let delivery = self.deliver(&earlier.external_id, new.actor).await?;
                (earlier.external_id, delivery)
            }
        };
        Ok(Issued {
            external_id,
            delivery,
        })
    }

    /// Tries to upload a prepared credential once.
    pub(crate) async fn deliver(&self, external_id: &str, actor: &str) -> Result<Delivery, Error> {
        let _guard = self.in_flight.lock(external_id).await;
        let Some(upload) = outbox::take(&self.store, external_id, self.lease_end()).await? else {
            // Another caller or instance has completed it.
            let is_stored = issuances::is_stored(&self.store, external_id).await?;
            return Ok(if is_stored {
                Delivery::Stored
            } else {
                Delivery::Abandoned
            });
        };
        if upload.expires_at <= self.clock.now() {
            self.abandon(external_id, actor).await?;
            return Ok(Delivery::Abandoned);
        }
        self.upload(upload, actor).await
    }

    /// Uploads the bytes, and records the outcome. The caller has the credential's in-flight guard.
    async fn upload(&self, upload: Upload, actor: &str) -> Result<Delivery, Error> {
        let Upload {
            external_id,
            body,
            attempts,
            ..
        } = upload;
        let began = Instant::now();
        let uploaded = self.platform.upload(body).await;
        self.metrics.uploaded(&uploaded, began.elapsed());
        let (problem, retry_after, delivery) = match uploaded {
            Uploaded::Stored => return self.confirm(external_id, actor).await,
            Uploaded::Unknown(problem) | Uploaded::Paused(problem) => {
                let retry_after = backoff::after_unknown(attempts);
                (problem, retry_after, Delivery::Later { retry_after })
            }
            Uploaded::Refused(problem) => {
                let retry_after = backoff::after_refusal();
                (problem, retry_after, Delivery::Refused { retry_after })
            }
        };
        let UploadProblem { code, reason } = problem;
        tracing::warn!(%external_id, attempts, %code, %reason, "an upload is retried");
        let next_at = self.clock.now().saturating_add(Duration::from_secs(retry_after));
        let mut tx = self.store.write().await?;
        outbox::postpone(&mut tx, &external_id, next_at, &code).await?;
        tx.commit().await?;
        Ok(delivery)
    }

    async fn confirm(&self, external_id: String, actor: &str) -> Result<Delivery, Error> {
        let confirmed = self
            .group
            .confirm(external_id, self.clock.now(), actor.to_owned());
        confirmed.await?;
        // dStorage has it, even if it was revoked during the upload.
        Ok(Delivery::Stored)
    }

    async fn abandon(&self, external_id: &str, actor: &str) -> Result<(), Error> {
        let mut tx = self.store.write().await?;
        if issuances::set_abandoned(&mut tx, external_id).await? {
            self.audit(&mut tx, Action::Abandoned, external_id, actor).await?;
        }
        outbox::delete(&mut tx, external_id).await?;
        tx.commit().await?;
        Ok(())
    }

    pub(super) async fn audit(
        &self,
        tx: &mut crate::store::WriteTx,
        action: Action,
        external_id: &str,
        actor: &str,
    ) -> Result<(), Error> {
        let entry = Entry {
            at: self.clock.now(),
            action,
            external_id,
            actor,
        };
        audit::append(tx, &self.instance, &entry).await?;
        Ok(())
    }
}

/// The name of an outcome in the metrics.
fn name(outcome: &Result<Issued, Failed>) -> &'static str {
    match outcome {
        Ok(issued) => match issued.delivery {
            Delivery::Stored => "stored",
            Delivery::Later { .. } => "later",
            Delivery::Refused { .. } => "refused",
            Delivery::Abandoned => "abandoned",
        },
        Err(Failed::EncryptionKey) => "weak_key",
        Err(Failed::Service(error)) if error.signer().is_some() => "unsigned",
        Err(Failed::Service(_)) => "failed",
    }
}
