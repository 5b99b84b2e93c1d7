//! The index, the signature, the record, and the sealed credential in the outbox.

use std::time::Duration;

use air_ids::UnixTime;
use air_jwt::Signer;
use air_vc::StatusReference;
use rand::Rng;
use tracing::Instrument;

use super::{
    Failed, NewCredential,
    credential::{Stamp, seal},
    references::References,
};
use crate::{
    group::{Record, Recorded},
    in_flight::InFlightGuard,
    keys::NamedSigner,
    state::State,
    status::{Entry, ReservedEntry},
    store::{
        issuances::{self, Earlier, EqualRequest, NewIssuance},
        outbox::Upload,
    },
};

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
        let prepared = self.reserve_sign_and_record(new);
        prepared.instrument(tracing::info_span!("issuer.prepare")).await
    }

    /// Takes an index, signs, and records. No lock of the database is held while the key signs. The next credential
    /// gets the index of a failed signature. The record is committed before the upload.
    async fn reserve_sign_and_record(&self, new: &NewCredential<'_>) -> Result<Prepared, Failed> {
        let signer = self.keys.credentials.signing(new.issued_at);
        let references = References::of(new, &self.reference_key);
        // Equal requests in this process share a signature.
        let _turn = self
            .in_flight
            .lock(&format!("request {}", references.request))
            .await;
        // The transaction looks for an earlier credential, too. A signature in memory costs less than another query.
        if !signer.is_in_memory()
            && let Some(earlier) = self.find_earlier(new, &references).await?
        {
            return Ok(Prepared::Earlier(earlier));
        }
        let reserved = self.reserve_one().await?;
        let entry = reserved.as_ref().map(ReservedEntry::entry);
        let sealed = self.sign_and_seal(new, signer, entry).await?;
        // No other caller knows the credential before its commit, so this does not wait.
        let guard = self.in_flight.lock(&sealed.external_id).await;
        // A commit without a response may have recorded it.
        if let Some(reserved) = reserved {
            reserved.set_used();
        }
        let external_id = sealed.external_id.clone();
        let record = self.record(new, references, sealed);
        match self.group.record(record).await? {
            Recorded::New(body) => {
                let upload = Upload {
                    external_id,
                    body,
                    attempts: 1,
                    expires_at: new.expires_at,
                };
                Ok(Prepared::New(upload, guard))
            }
            // Another instance was faster.
            Recorded::Earlier(earlier) => {
                if earlier.external_id != external_id {
                    self.spare_entries.add(entry.into_iter().collect());
                }
                Ok(Prepared::Earlier(earlier))
            }
        }
    }

    async fn find_earlier(
        &self,
        new: &NewCredential<'_>,
        references: &References,
    ) -> Result<Option<Earlier>, Failed> {
        let mut connection = self.store.reader().acquire().await?;
        let request = EqualRequest::new(&references.request, new.issued_at, new.expires_at);
        let found = issuances::find_earlier(&mut connection, &[request]).await?;
        Ok(found.into_iter().next().flatten())
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

    fn record(&self, new: &NewCredential<'_>, references: References, sealed: Sealed) -> Record {
        let issuance = NewIssuance {
            external_id: sealed.external_id,
            holder_did: new.holder_did.to_owned(),
            schema_id: new.schema_id.to_owned(),
            vct: new.vct.to_owned(),
            user_ref: references.user,
            subject_ref: references.subject,
            request_ref: references.request,
            cnf_thumbprint: new.holder_key.map(|key| key.thumbprint().to_string()),
            nonce: sealed.nonce,
            entry: sealed.entry.map(|entry| (entry.list, entry.index)),
            kid: sealed.kid,
            issued_at: new.issued_at,
            expires_at: new.expires_at,
            is_stored: false,
        };
        Record {
            issuance,
            body: sealed.body,
            next_at: self.lease_end(),
            actor: new.actor.to_owned(),
        }
    }

    /// The end of a lease that starts now.
    pub(super) fn lease_end(&self) -> UnixTime {
        let lease = self.platform.timeout().saturating_add(LEASE_MARGIN);
        self.clock.now().saturating_add(lease)
    }
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
