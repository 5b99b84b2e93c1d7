//! The first transaction: the record, the index, and the sealed credential in the outbox.

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
    state::State,
    status::{self, Entry},
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

impl State {
    /// Prepares a credential, or returns the earlier one of an equal request.
    pub(super) async fn prepare(&self, new: &NewCredential<'_>) -> Result<Prepared, Failed> {
        self.prepare_in_transaction(new)
            .instrument(tracing::info_span!("issuer.prepare"))
            .await
    }

    async fn prepare_in_transaction(&self, new: &NewCredential<'_>) -> Result<Prepared, Failed> {
        let references = References::of(new, &self.reference_key);
        let validity = new.expires_at.saturating_duration_since(new.issued_at);
        let margin = MARGIN.min(validity / 2);
        let mut tx = self.store.write().await?;
        tx.lock(&format!("request {}", references.request)).await?;
        let beyond = new.issued_at.saturating_add(margin);
        if let Some(earlier) = issuances::find_earlier(&mut tx, &references.request, beyond).await? {
            return Ok(Prepared::Earlier(earlier));
        }
        let entry = self.allocate(&mut tx).await?;
        let external_id = external_id();
        let stamp = self.stamp(&external_id, entry);
        let body = seal(new, &stamp).await?;
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
            nonce: stamp.nonce,
            entry: entry.map(|entry| (entry.list, entry.index)),
            kid: self.config.keys.credentials.kid().as_str(),
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

    /// Takes an index of a status list for a new credential. `None` without status lists.
    pub(super) async fn allocate(&self, tx: &mut WriteTx) -> Result<Option<Entry>, Error> {
        let Some(lists) = &self.lists else {
            return Ok(None);
        };
        let mut rng = StdRng::from_rng(&mut rand::rng());
        status::allocate(tx, lists.size(), &mut rng).await.map(Some)
    }

    /// Draws the nonce of a new credential.
    pub(super) fn stamp<'a>(&'a self, external_id: &'a str, entry: Option<Entry>) -> Stamp<'a> {
        let entry = entry.zip(self.lists.as_ref());
        Stamp {
            issuer: &self.issuer,
            signer: &self.config.keys.credentials,
            external_id,
            nonce: revocation_nonce(),
            status: entry.map(|(entry, lists)| StatusReference {
                index: entry.index,
                uri: lists.uri(entry.list),
            }),
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
