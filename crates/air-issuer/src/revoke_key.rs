//! The revocation of everything that a key signed, after its private half has leaked.

use std::collections::{BTreeMap, BTreeSet};

use air_ids::UnixTime;

use crate::{
    Clock, Config, Error, status,
    store::{
        Store, WriteTx,
        audit::{self, Action, Entry},
        issuances::{self, SignedBy},
        outbox,
    },
};

/// The actor in the audit log.
const ACTOR: &str = "revoke-key";
/// The reason in the records and in the audit log.
const REASON: &str = "the signing key was compromised";
/// The credentials of one transaction. The service may write between two.
const BATCH: u32 = 200;

/// The key, and the time from which others may have used it.
#[derive(Clone, Debug)]
pub struct KeyRevocation {
    /// The id of the key, bare or as a DID URL. The DID URL of another issuer finds imported credentials with exactly this
    /// `kid`.
    pub kid: String,
    /// Credentials that were issued earlier stay valid.
    pub since: UnixTime,
    /// Whether the credentials are only counted.
    pub is_dry_run: bool,
}

/// The outcome of a revocation by key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyRevocationReport {
    /// The number of credentials that were revoked, or that would be.
    pub credentials: u64,
    /// The numbers of the status lists that have changed.
    pub lists: Vec<u64>,
}

/// Revokes the credentials that a key signed from a time on, except expired ones. The service may run: its next
/// response with a status list shows the revocations. Each transaction revokes some credentials completely, so an
/// interrupted call is finished by a repetition.
///
/// Others with the private key can sign credentials that have no record, with any status. Verifiers refuse them only
/// after the key is withdrawn from the published set.
///
/// # Errors
/// [`Error::NoDatabase`], if the configuration names a database without tables of the service: it is not created.
/// [`Error::UnknownKey`], if no credential was signed with the key and it was never published. Otherwise [`Error`], if
/// the database fails. Earlier transactions are committed.
pub async fn revoke_key(
    config: &Config,
    clock: &Clock,
    revocation: &KeyRevocation,
) -> Result<KeyRevocationReport, Error> {
    let store = Store::open_existing(&config.database)
        .await?
        .ok_or(Error::NoDatabase)?;
    let revoked = revoke(&store, &config.did(), clock, revocation).await;
    store.close().await;
    revoked
}

async fn revoke(
    store: &Store,
    did: &str,
    clock: &Clock,
    revocation: &KeyRevocation,
) -> Result<KeyRevocationReport, Error> {
    let given = revocation.kid.as_str();
    let fragment = given.strip_prefix(did).unwrap_or(given).strip_prefix('#');
    let bare = fragment.unwrap_or(given);
    let url = format!("{did}#{bare}");
    // The key of another DID, which imported credentials may have, is no key of this issuer with the same fragment.
    let is_foreign = bare.contains('#');
    let signed_by = SignedBy {
        kids: if is_foreign {
            [given; 2]
        } else {
            [bare, url.as_str()]
        },
        since: revocation.since,
        now: clock.now(),
    };
    if !signed_by.is_known(store).await? {
        return Err(Error::UnknownKey {
            kid: given.to_owned(),
        });
    }
    let mut report = KeyRevocationReport::default();
    if revocation.is_dry_run {
        report.credentials = signed_by.count(store).await?;
        return Ok(report);
    }
    // An instance of this call alone, with a chain of the audit log of its own.
    let instance = uuid::Builder::from_random_bytes(rand::random())
        .into_uuid()
        .to_string();
    let mut lists = BTreeSet::new();
    loop {
        let mut tx = store.write().await?;
        let (credentials, changed) = revoke_some(&mut tx, &signed_by, &instance).await?;
        tx.commit().await?;
        report.credentials += credentials;
        lists.extend(changed);
        // A call of another operator may have revoked some of a batch.
        if credentials == 0 {
            report.lists = lists.into_iter().collect();
            return Ok(report);
        }
    }
}

/// Revokes at most [`BATCH`] credentials. Returns their number, and the lists that have changed.
async fn revoke_some(
    tx: &mut WriteTx,
    signed_by: &SignedBy<'_>,
    instance: &str,
) -> Result<(u64, BTreeSet<u64>), Error> {
    let signed = signed_by.lock(tx, BATCH).await?;
    let mut entries = BTreeMap::<u64, Vec<u64>>::new();
    for credential in &signed {
        let (external_id, at) = (credential.external_id.as_str(), signed_by.now);
        issuances::revoke(tx, external_id, at, Some(REASON)).await?;
        outbox::delete(tx, external_id).await?;
        if let Some((list, index)) = credential.entry {
            entries.entry(list).or_default().push(index);
        }
    }
    for (list, indices) in &entries {
        status::set_revoked(tx, *list, indices).await?;
    }
    let revoked = signed.iter().map(|credential| Entry {
        at: signed_by.now,
        action: Action::Revoked,
        external_id: &credential.external_id,
        actor: ACTOR,
    });
    let revoked: Vec<_> = revoked.collect();
    audit::append_all_with_detail(tx, instance, &revoked, Some(REASON)).await?;
    Ok((signed.len() as u64, entries.into_keys().collect()))
}
