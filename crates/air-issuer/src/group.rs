//! Records and confirmations of concurrent requests, in one transaction: the disk is synced once for all of them.
//!
//! Changes that arrive during a transaction wait for the next one, so a single request does not wait. If the
//! transaction fails, each of its changes is made alone, so that the failure of one does not affect the others. Without
//! a connection to the database, all of them fail.

use air_ids::UnixTime;
use tokio::sync::{mpsc, oneshot};

use crate::{
    Error,
    store::{
        Store, WriteTx,
        audit::{self, Action, Entry},
        issuances::{self, Earlier, NewIssuance},
        outbox::{self, NewUpload},
    },
};

/// The maximum number of changes in a transaction.
const LIMIT: usize = 32;
/// The maximum number of waiting changes. Further callers wait for a place.
const QUEUE: usize = 1_024;

/// Makes the changes of concurrent requests. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct GroupCommit(mpsc::Sender<Change>);

/// A signed credential and its upload, whose first try the caller makes.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) issuance: NewIssuance,
    pub(crate) body: Vec<u8>,
    /// The time of the second try.
    pub(crate) next_at: UnixTime,
    pub(crate) actor: String,
}

/// The outcome of a record.
#[derive(Debug)]
pub(crate) enum Recorded {
    /// The credential is recorded. These are the bytes to upload.
    New(Vec<u8>),
    /// An equal request was faster.
    Earlier(Earlier),
}

/// An upload that dStorage has confirmed.
#[derive(Debug)]
struct Confirmation {
    external_id: String,
    at: UnixTime,
    actor: String,
}

#[derive(Debug)]
enum Change {
    Record(Box<Record>, oneshot::Sender<Result<Recorded, Error>>),
    Confirm(Confirmation, oneshot::Sender<Result<(), Error>>),
}

impl GroupCommit {
    /// Starts the task that makes the changes. It ends when the last clone is dropped. `instance` is the name of the
    /// process in the audit log.
    pub(crate) fn start(store: Store, instance: String) -> Self {
        let (sender, mut waiting) = mpsc::channel(QUEUE);
        tokio::spawn(async move {
            let mut changes = Vec::new();
            while waiting.recv_many(&mut changes, LIMIT).await > 0 {
                // Callers that are almost ready join in.
                tokio::task::yield_now().await;
                while changes.len() < LIMIT
                    && let Ok(change) = waiting.try_recv()
                {
                    changes.push(change);
                }
                make(&store, &instance, std::mem::take(&mut changes)).await;
            }
        });
        Self(sender)
    }

    /// Records a credential. The change is made even if the caller stops waiting.
    pub(crate) async fn record(&self, record: Record) -> Result<Recorded, Error> {
        let (sender, outcome) = oneshot::channel();
        self.send(Change::Record(Box::new(record), sender), outcome).await
    }

    /// Records that dStorage has a credential. The change is made even if the caller stops waiting.
    pub(crate) async fn confirm(
        &self,
        external_id: String,
        at: UnixTime,
        actor: String,
    ) -> Result<(), Error> {
        let (sender, outcome) = oneshot::channel();
        let confirmation = Confirmation {
            external_id,
            at,
            actor,
        };
        self.send(Change::Confirm(confirmation, sender), outcome).await
    }

    async fn send<T>(
        &self,
        change: Change,
        outcome: oneshot::Receiver<Result<T, Error>>,
    ) -> Result<T, Error> {
        let stopped = || Error::Database(sqlx::Error::WorkerCrashed);
        self.0.send(change).await.map_err(|_| stopped())?;
        outcome.await.map_err(|_| stopped())?
    }
}

/// Makes changes in one transaction, or each in its own one if that fails.
async fn make(store: &Store, instance: &str, mut changes: Vec<Change>) {
    let failed = match commit(store, instance, &changes).await {
        Ok(earlier) => return answer(changes, earlier),
        Err(error) => error,
    };
    if changes.len() == 1
        && let Some(change) = changes.pop()
    {
        return change.refuse(failed);
    }
    if failed.is_without_connection() {
        // Each of them alone would wait for a connection as long as all of them did.
        for change in changes {
            change.refuse(Error::Database(sqlx::Error::PoolTimedOut));
        }
        return;
    }
    tracing::warn!(error = %failed, changes = changes.len(), "changes failed together; each is made alone");
    for change in changes {
        Box::pin(make(store, instance, vec![change])).await;
    }
}

/// Makes changes in one transaction. Returns, for each record, the earlier credential of an equal request.
async fn commit(store: &Store, instance: &str, changes: &[Change]) -> Result<Vec<Option<Earlier>>, Error> {
    let mut tx = store.write().await?;
    let records: Vec<_> = changes.iter().filter_map(Change::record).collect();
    let confirmations: Vec<_> = changes.iter().filter_map(Change::confirmation).collect();
    let earlier = find_earlier(&mut tx, &records).await?;
    let pairs = records.iter().zip(&earlier);
    let new: Vec<_> = pairs
        .filter(|(_, earlier)| earlier.is_none())
        .map(|(record, _)| *record)
        .collect();
    insert(&mut tx, &new).await?;
    let ids: Vec<_> = confirmations
        .iter()
        .map(|confirmation| &*confirmation.external_id)
        .collect();
    let stored = issuances::set_stored(&mut tx, &ids).await?;
    outbox::delete_all(&mut tx, &ids).await?;
    let prepared = new.iter().map(|record| Entry {
        at: record.issuance.issued_at,
        action: Action::Prepared,
        external_id: &record.issuance.external_id,
        actor: &record.actor,
    });
    // A credential that was revoked during its upload is not prepared any more.
    let confirmed = confirmations
        .iter()
        .filter(|confirmation| stored.contains(&confirmation.external_id))
        .map(|confirmation| Entry {
            at: confirmation.at,
            action: Action::Stored,
            external_id: &confirmation.external_id,
            actor: &confirmation.actor,
        });
    let entries: Vec<_> = prepared.chain(confirmed).collect();
    audit::append_all(&mut tx, instance, &entries).await?;
    tx.commit().await?;
    Ok(earlier)
}

/// Takes the locks of equal requests, and finds the earlier credentials, also among these records.
async fn find_earlier(tx: &mut WriteTx, records: &[&Record]) -> Result<Vec<Option<Earlier>>, Error> {
    let names: Vec<_> = records
        .iter()
        .map(|record| format!("request {}", record.issuance.request_ref))
        .collect();
    tx.lock_all(&names).await?;
    let requests: Vec<_> = records.iter().map(|record| record.issuance.request()).collect();
    let mut earlier = issuances::find_earlier(tx.connection(), &requests).await?;
    for (at, record) in records.iter().enumerate() {
        // A record with an earlier credential is not inserted, so no other request can get it.
        let new = records.iter().zip(&earlier).take(at);
        let equal = new
            .filter(|(_, earlier)| earlier.is_none())
            .find(|(other, _)| other.issuance.request_ref == record.issuance.request_ref);
        if let (None, Some((first, _))) = (&earlier[at], equal) {
            earlier[at] = Some(Earlier {
                external_id: first.issuance.external_id.clone(),
                is_stored: false,
            });
        }
    }
    Ok(earlier)
}

async fn insert(tx: &mut WriteTx, records: &[&Record]) -> Result<(), Error> {
    let issuances: Vec<_> = records.iter().map(|record| &record.issuance).collect();
    issuances::insert_all(tx, &issuances).await?;
    let uploads: Vec<_> = records
        .iter()
        .map(|record| NewUpload {
            external_id: &record.issuance.external_id,
            body: &record.body,
            next_at: record.next_at,
        })
        .collect();
    outbox::insert_all(tx, &uploads).await?;
    Ok(())
}

fn answer(changes: Vec<Change>, earlier: Vec<Option<Earlier>>) {
    let mut earlier = earlier.into_iter();
    for change in changes {
        // The caller may have stopped waiting.
        match change {
            Change::Record(record, sender) => {
                let recorded = match earlier.next().flatten() {
                    Some(earlier) => Recorded::Earlier(earlier),
                    None => Recorded::New(record.body),
                };
                let _ = sender.send(Ok(recorded));
            }
            Change::Confirm(_, sender) => {
                let _ = sender.send(Ok(()));
            }
        }
    }
}

impl Change {
    fn record(&self) -> Option<&Record> {
        match self {
            Self::Record(record, _) => Some(record),
            Self::Confirm(..) => None,
        }
    }

    fn confirmation(&self) -> Option<&Confirmation> {
        match self {
            Self::Record(..) => None,
            Self::Confirm(confirmation, _) => Some(confirmation),
        }
    }

    fn refuse(self, error: Error) {
        // The caller may have stopped waiting.
        match self {
            Self::Record(_, sender) => drop(sender.send(Err(error))),
            Self::Confirm(_, sender) => drop(sender.send(Err(error))),
        }
    }
}

#[cfg(test)]
mod tests;
