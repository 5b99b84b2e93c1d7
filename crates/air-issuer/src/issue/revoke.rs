//! Revocation: the records, the status lists and the outbox change in one transaction.

use std::collections::{BTreeMap, BTreeSet};

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
        let unknown = self.revoke_all(&BTreeSet::from([nonce]), reason, actor).await?;
        Ok(if unknown.is_empty() {
            Revoked::Done
        } else {
            Revoked::NotFound
        })
    }

    /// Revokes the credentials with these nonces. Returns the nonces that no credential has. If there is one, nothing is
    /// revoked.
    pub(crate) async fn revoke_all(
        &self,
        nonces: &BTreeSet<u64>,
        reason: Option<&str>,
        actor: &str,
    ) -> Result<Vec<u64>, Error> {
        let mut tx = self.store.write().await?;
        let (mut found, mut unknown) = (Vec::new(), Vec::new());
        for nonce in nonces {
            match issuances::find_revocable(&mut tx, *nonce).await? {
                Some(credential) => found.push(credential),
                None => unknown.push(*nonce),
            }
        }
        found.retain(|credential| !credential.is_revoked);
        if found.is_empty() || !unknown.is_empty() {
            return Ok(unknown);
        }
        let now = self.clock.now();
        let mut lists: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
        for credential in &found {
            issuances::revoke(&mut tx, &credential.external_id, now, reason).await?;
            outbox::delete(&mut tx, &credential.external_id).await?;
            if let Some((list, index)) = credential.entry {
                lists.entry(list).or_default().push(index);
            }
        }
        // Records by their nonces, then lists by their numbers, then the log: other transactions wait in the same order.
        for (list, indices) in &lists {
            status::set_revoked(&mut tx, *list, indices).await?;
        }
        // Issuances of this instance wait for the log until the commit, so one statement appends all entries.
        let revoked = found.iter().map(|credential| Entry {
            at: now,
            action: Action::Revoked,
            external_id: &credential.external_id,
            actor,
        });
        let revoked: Vec<_> = revoked.collect();
        audit::append_all_with_detail(&mut tx, &self.instance, &revoked, reason).await?;
        tx.commit().await?;
        self.sign_lists(lists.into_keys()).await;
        Ok(unknown)
    }

    /// Signs lists that have changed. The revocation is committed; if a signature fails, the next request for the list
    /// signs it.
    async fn sign_lists(&self, changed: impl Iterator<Item = u64>) {
        let Some(lists) = &self.lists else {
            return;
        };
        for list in changed {
            if let Err(error) = lists.get(list).await {
                tracing::warn!(%error, list, "the changed status list is not signed yet");
            }
        }
    }
}
