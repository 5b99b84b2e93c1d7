//! The erasure: rows, free pages, and the write-ahead log.

use std::collections::BTreeMap;

use super::{Found, Person, UserDataError, open};
use crate::{
    Clock, Config, Error, status,
    store::{
        Store, WriteTx,
        audit::{self, Action, Entry},
        in_use::{InUse, in_use},
        is_missing, issuances,
        user_data::{self, Owned, TABLES},
    },
};

/// The actor in the audit log.
const ACTOR: &str = "erase-user";

/// The outcome of an erasure.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ErasureReport {
    /// The number of rows that were deleted, and of `issuances` that were blanked, by table. Tables without such rows are
    /// not listed.
    pub rows: BTreeMap<&'static str, u64>,
    /// The number of credentials that were revoked.
    pub revoked: u64,
    /// On PostgreSQL, the number of other sessions of the same role before the erasure. If one is of an instance of the
    /// service, the memory of the instance may have values of the person until it ends.
    pub other_sessions: u64,
}

/// Erases everything that the database has of a person, after all instances have stopped. An older database is migrated
/// first. An SQLite database that another program has open is refused. On PostgreSQL, other sessions are counted.
///
/// The record of each credential stays without the holder, the hashes, the key and the reason, and the person's
/// credentials are revoked: nobody can find them later to revoke them. The audit log stays, because each entry has the
/// hash of the one before; it has the ids of credentials.
///
/// A repetition is safe, and overwrites free pages if the first call failed to do it.
///
/// # Errors
/// [`UserDataError`], whose message contains the remedy.
pub async fn erase_user(
    config: &Config,
    clock: &Clock,
    person: &Person,
) -> Result<ErasureReport, UserDataError> {
    if is_missing(&config.database) {
        return Err(UserDataError::NoDatabase);
    }
    let InUse::Sessions(other_sessions) = in_use(&config.database).await? else {
        return Err(UserDataError::InUse);
    };
    let store = open(config).await?;
    let erased = erase(&store, clock, person, other_sessions).await;
    // SQLite deletes its log when the last connection is closed.
    store.close().await;
    erased
}

async fn erase(
    store: &Store,
    clock: &Clock,
    person: &Person,
    other_sessions: u64,
) -> Result<ErasureReport, UserDataError> {
    let mut tx = store.write().await?;
    tx.overwrite_deleted().await?;
    let found = Found::find(&mut tx, person).await?;
    let mut report = ErasureReport {
        rows: BTreeMap::new(),
        revoked: 0,
        other_sessions,
    };
    for offer_id in &found.offers {
        let (offers, links) = user_data::delete_offer(&mut tx, offer_id).await?;
        report.add("credential_offers", offers);
        report.add("offer_issuances", links);
    }
    // An instance of this erasure alone, whose chain of the audit log has one entry for each credential.
    let instance = uuid::Builder::from_random_bytes(rand::random())
        .into_uuid()
        .to_string();
    for credential in &found.credentials {
        if !credential.is_revoked {
            revoke(&mut tx, clock, &instance, credential).await?;
            report.revoked += 1;
        }
        let external_id = &credential.external_id;
        report.add("outbox", user_data::delete_upload(&mut tx, external_id).await?);
        report.add(
            "offer_issuances",
            user_data::delete_link(&mut tx, external_id).await?,
        );
        report.add(
            "idempotency_keys",
            user_data::delete_responses(&mut tx, external_id).await?,
        );
        user_data::blank(&mut tx, external_id).await?;
        report.add("issuances", 1);
    }
    tx.commit().await?;
    if store.compact(&TABLES).await? {
        Ok(report)
    } else {
        Err(UserDataError::LogInUse)
    }
}

/// Revokes a credential. The next start, or the next request for the list, signs the list.
async fn revoke(tx: &mut WriteTx, clock: &Clock, instance: &str, credential: &Owned) -> Result<(), Error> {
    let at = clock.now();
    issuances::revoke(tx, &credential.external_id, at, None).await?;
    if let Some((list, index)) = credential.entry {
        status::set_revoked(tx, list, &[index]).await?;
    }
    let entry = Entry {
        at,
        action: Action::Revoked,
        external_id: &credential.external_id,
        actor: ACTOR,
    };
    Ok(audit::append(tx, instance, &entry).await?)
}

impl ErasureReport {
    fn add(&mut self, table: &'static str, rows: u64) {
        if rows > 0 {
            *self.rows.entry(table).or_default() += rows;
        }
    }
}
