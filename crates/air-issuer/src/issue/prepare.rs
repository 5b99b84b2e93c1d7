//! The index, the signature, the record, and the sealed credential in the outbox: in one transaction, or in two around
//! the signature of a slow key.

use std::time::Duration;

use air_ids::UnixTime;
use air_jwt::Signer;
use air_vc::StatusReference;
use rand::{Rng, SeedableRng, rngs::StdRng};
use tracing::Instrument;

use super::{
    Failed, NewCredential,
    credential::{Stamp, seal},
    references::References,
};
use crate::{
    Error,
    in_flight::InFlightGuard,
    keys::NamedSigner,
    state::State,
    status::{self, Entry, ReservedEntry},
    store::{
        WriteTx,
        audit::{self, Action},
        issuances::{self, Earlier, NewIssuance},
        outbox::{self, Upload},
    },
};

/// An equal request returns the earlier credential if that is valid for longer than this, or for longer than half of the new one's
/// validity.
const MARGIN: Duration = Duration::from_hours(1);
/// The part of a lease beyond the time limit of the upload.
const LEASE_MARGIN: Duration = Duration::from_secs(5);

/// A credential that is recorded.
pub(super) enum Prepared {
    /// A new one, with its upload and in-flight guard.
    New(Upload, InFlightGuard),
    /// The credential of an earlier, equal request.
    Earlier(Earlier),
}

/// The signed and sealed credential, which is not recorded.
struct Sealed {
    external_id: String,
    nonce: u64,
    entry: Option<Entry>,
    /// The header's `kid`.
    kid: String,
    body: Vec<u8>,
}

impl State {
    /// Prepares a credential, or returns the earlier one of an equal request.
    pub(super) async fn prepare(&self, new: &NewCredential<'_>) -> Result<Prepared, Failed> {
        let signer = self.keys.credentials.signing(new.issued_at);
        let references = References::of(new, &self.reference_key);
        let prepared = async {
            if signer.is_in_memory() {
                self.prepare_at_once(new, &references, signer).await
            } else {
                self.prepare_in_steps(new, &references, signer).await
            }
        };
        prepared.instrument(tracing::info_span!("issuer.prepare")).await
    }

    /// Allocates, signs and records in one transaction: a signature in memory takes less time than a second commit.
    async fn prepare_at_once(
        &self,
        new: &NewCredential<'_>,
        references: &References,
        signer: &NamedSigner,
    ) -> Result<Prepared, Failed> {
        let mut tx = self.store.write().await?;
        if let Some(earlier) = find_earlier(&mut tx, new, references).await? {
            return Ok(Prepared::Earlier(earlier));
        }
        let entry = self.allocate(&mut tx).await?;
        let sealed = self.sign_and_seal(new, signer, entry).await?;
        self.record(tx, new, references, sealed).await
    }

    /// Signs between two transactions, so that a slow key holds no lock. The next credential gets the index of a failed
    /// signature. The record is committed before the upload, as with [`Self::prepare_at_once`].
    async fn prepare_in_steps(
        &self,
        new: &NewCredential<'_>,
        references: &References,
        signer: &NamedSigner,
    ) -> Result<Prepared, Failed> {
        // Equal requests in this process share a signature.
        let _turn = self
            .in_flight
            .lock(&format!("request {}", references.request))
            .await;
        let mut tx = self.store.write().await?;
        if let Some(earlier) = find_earlier(&mut tx, new, references).await? {
            return Ok(Prepared::Earlier(earlier));
        }
        let reserved = self.reserve(tx, 1).await?.pop();
        let entry = reserved.as_ref().map(ReservedEntry::entry);
        let sealed = self.sign_and_seal(new, signer, entry).await?;
        let mut tx = self.store.write().await?;
        // Another instance may have issued it in the meantime.
        if let Some(earlier) = find_earlier(&mut tx, new, references).await? {
            return Ok(Prepared::Earlier(earlier));
        }
        // A commit without a response may have recorded it.
        if let Some(reserved) = reserved {
            reserved.set_used();
        }
        self.record(tx, new, references, sealed).await
    }

    /// Takes an index of a status list for a new credential. `None` without status lists.
    pub(crate) async fn allocate(&self, tx: &mut WriteTx) -> Result<Option<Entry>, Error> {
        let Some(lists) = &self.lists else {
            return Ok(None);
        };
        let mut rng = StdRng::from_rng(&mut rand::rng());
        status::allocate(tx, lists.size(), &mut rng).await.map(Some)
    }

    /// Takes this number of indices, and commits the transaction, so that no lock is held while a slow key signs. Empty
    /// without status lists.
    pub(crate) async fn reserve(&self, mut tx: WriteTx, number: usize) -> Result<Vec<ReservedEntry>, Error> {
        if self.lists.is_none() {
            tx.commit().await?;
            return Ok(Vec::new());
        }
        let mut reserved = Vec::with_capacity(number);
        while reserved.len() < number
            && let Some(spare) = self.spare_entries.take()
        {
            reserved.push(spare);
        }
        let mut allocated = Vec::with_capacity(number - reserved.len());
        while reserved.len() + allocated.len() < number {
            allocated.extend(self.allocate(&mut tx).await?);
        }
        tx.commit().await?;
        reserved.extend(
            allocated
                .into_iter()
                .map(|entry| self.spare_entries.reserve(entry)),
        );
        Ok(reserved)
    }

    /// Draws the nonce of a new credential.
    pub(super) fn stamp<'a>(
        &'a self,
        signer: &'a NamedSigner,
        external_id: &'a str,
        entry: Option<Entry>,
    ) -> Stamp<'a> {
        let entry = entry.zip(self.lists.as_ref());
        Stamp {
            issuer: &self.issuer,
            signer,
            external_id,
            nonce: revocation_nonce(),
            status: entry.map(|(entry, lists)| StatusReference {
                index: entry.index,
                uri: lists.uri(entry.list),
            }),
        }
    }

    async fn sign_and_seal(
        &self,
        new: &NewCredential<'_>,
        signer: &NamedSigner,
        entry: Option<Entry>,
    ) -> Result<Sealed, Failed> {
        let external_id = external_id();
        let stamp = self.stamp(signer, &external_id, entry);
        let body = seal(new, &stamp).await?;
        Ok(Sealed {
            nonce: stamp.nonce,
            entry,
            kid: signer.kid().to_string(),
            body,
            external_id,
        })
    }

    /// Records a credential and its upload, and commits them.
    async fn record(
        &self,
        mut tx: WriteTx,
        new: &NewCredential<'_>,
        references: &References,
        sealed: Sealed,
    ) -> Result<Prepared, Failed> {
        let Sealed {
            external_id, body, ..
        } = sealed;
        let thumbprint = new.holder_key.map(|key| key.thumbprint().to_string());
        let record = NewIssuance {
            external_id: &external_id,
            holder_did: new.holder_did,
            schema_id: new.schema_id,
            vct: new.vct,
            user_ref: &references.user,
            subject_ref: &references.subject,
            request_ref: &references.request,
            cnf_thumbprint: thumbprint.as_deref(),
            nonce: sealed.nonce,
            entry: sealed.entry.map(|entry| (entry.list, entry.index)),
            kid: &sealed.kid,
            issued_at: new.issued_at,
            expires_at: new.expires_at,
        };
        issuances::insert(&mut tx, &record).await?;
        outbox::insert(&mut tx, &external_id, &body, self.lease_end()).await?;
        let audited = audit::Entry {
            at: new.issued_at,
            action: Action::Prepared,
            external_id: &external_id,
            actor: new.actor,
        };
        audit::append(&mut tx, &self.instance, &audited).await?;
        // No other caller knows the credential before the commit, so this does not wait.
        let guard = self.in_flight.lock(&external_id).await;
        tx.commit().await?;
        let upload = Upload {
            external_id,
            body,
            attempts: 1,
            expires_at: new.expires_at,
        };
        Ok(Prepared::New(upload, guard))
    }

    /// The end of a lease that starts now.
    pub(super) fn lease_end(&self) -> UnixTime {
        let lease = self.platform.timeout().saturating_add(LEASE_MARGIN);
        self.clock.now().saturating_add(lease)
    }
}

/// Takes the lock of equal requests, and finds the credential of an earlier one.
async fn find_earlier(
    tx: &mut WriteTx,
    new: &NewCredential<'_>,
    references: &References,
) -> Result<Option<Earlier>, Failed> {
    tx.lock(&format!("request {}", references.request)).await?;
    let validity = new.expires_at.saturating_duration_since(new.issued_at);
    let margin = MARGIN.min(validity / 2);
    let beyond = new.issued_at.saturating_add(margin);
    let earlier = issuances::find_earlier(tx, &references.request, beyond).await?;
    Ok(earlier)
}

/// An identifier of the credential for dStorage, and its `id`: a random UUID.
pub(super) fn external_id() -> String {
    let id = uuid::Builder::from_random_bytes(rand::random()).into_uuid();
    format!("urn:uuid:{id}")
}

/// 63 random bits other than 0.
fn revocation_nonce() -> u64 {
    (rand::rng().next_u64() >> 1).max(1)
}
