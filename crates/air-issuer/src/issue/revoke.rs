//! Revocation: the record, the status list and the outbox change in one transaction.

use crate::{
    Error,
    state::State,
    status,
    store::{
        audit::{self, Action, Entry},
        issuances, outbox,
    },
};

/// The maximum length of a reason in bytes. The audit log keeps it.
pub(crate) const REASON_LIMIT: usize = 500;

/// The outcome of a revocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Revoked {
    /// It is revoked, now or before.
    Done,
    /// No credential has this nonce.
    NotFound,
}

impl State {
    /// Revokes the credential with this nonce. If dStorage has not confirmed it, its upload is cancelled.
    pub(crate) async fn revoke(
        &self,
        nonce: u64,
        reason: Option<&str>,
        actor: &str,
    ) -> Result<Revoked, Error> {
        let mut tx = self.store.write().await?;
        let Some(found) = issuances::find_revocable(&mut tx, nonce).await? else {
            return Ok(Revoked::NotFound);
        };
        if found.is_revoked {
            return Ok(Revoked::Done);
        }
        issuances::revoke(&mut tx, &found.external_id, self.clock.now(), reason).await?;
        if let Some((list, index)) = found.entry {
            status::set_revoked(&mut tx, list, index).await?;
        }
        outbox::delete(&mut tx, &found.external_id).await?;
        let entry = Entry {
            at: self.clock.now(),
            action: Action::Revoked,
            external_id: &found.external_id,
            actor,
        };
        audit::append_with_detail(&mut tx, &self.instance, &entry, reason).await?;
        tx.commit().await?;
        if let Some((lists, (list, _))) = self.lists.as_ref().zip(found.entry)
            && let Err(error) = lists.get(list).await
        {
            // The revocation is committed; the next request for the list signs it.
            tracing::warn!(%error, list, "the changed status list is not signed yet");
        }
        Ok(Revoked::Done)
    }
}
