//! Issuance by an issuer's own backend to a user of a page: the preview, and the credential that
//! the backend stores in dStorage.
//!
//! The platform keeps the keys of users of its pages, so it opens the preview and the credential
//! for them. It stores neither.

use std::time::Duration;

use air_api::{IsoTime, ProofType, StoragePath, sandbox::Issue};
use air_crypto::holder::{HolderEnvelope, HolderPrivateKey};
use air_ids::{SchemaId, StorageId};
use air_schema::CredentialSchema;
use air_vc::{HeldCredential, Inspection};
use serde_json::{Map, Value};
use tokio::time::{Instant, timeout};

use super::{
    App, Reason, Refusal,
    holder_keys::{self, Custodial},
    issuance::{self, Preview},
    issuer_backends::calls::{self, Holder},
    sealed_credentials::storage_path,
};
use air_store::{
    holder_keys::Owner,
    issuer_backends::{self, IssuerBackend},
    partners::Partner,
    sealed_credentials::{self, SealedCredential},
    users::User,
};

/// The time limit for the envelope after the backend's response.
const ENVELOPE_TIMEOUT: Duration = Duration::from_secs(5);
/// The time limit if the backend failed, or may issue nothing new.
const SHORT_ENVELOPE_TIMEOUT: Duration = Duration::from_secs(2);
/// The interval between two searches for an envelope that another process stored.
const POLL: Duration = Duration::from_millis(250);
/// The number of a user's earlier envelopes of one schema that are distinguished from a new one.
const EARLIER_LIMIT: u64 = 1000;

/// The subject that the issuer offers.
#[expect(missing_debug_implementations, reason = "it has personal data")]
pub struct HostedPreview {
    /// The program's schema.
    pub schema: CredentialSchema,
    /// The claims. The issuer's backend decides them.
    pub claims: Map<String, Value>,
}

/// A credential that the issuer stored.
#[expect(missing_debug_implementations, reason = "it has personal data")]
pub struct HostedCredential {
    /// The program's schema.
    pub schema: CredentialSchema,
    /// The ID of the schema.
    pub schema_id: SchemaId,
    /// Its path in dStorage.
    pub storage_path: StoragePath,
    /// The end of its validity, as the issuer stored it.
    pub expires_at: IsoTime,
    /// The claims, which are not verified here.
    pub claims: Map<String, Value>,
}

/// A call to issue by a partner's own backend.
pub(crate) struct HostedOrder<'a> {
    app: &'a App,
    partner: &'a Partner,
    user: &'a User,
    user_id: &'a str,
    request: &'a Issue,
    backend: IssuerBackend,
}

impl<'a> HostedOrder<'a> {
    /// Returns the order if the call names the DID of the partner's registered backend as its issuer.
    pub(crate) async fn find(
        app: &'a App,
        partner: &'a Partner,
        user: &'a User,
        partner_user_id: Option<&'a str>,
        request: &'a Issue,
    ) -> Result<Option<Self>, Refusal> {
        let mut read = app.store.read().await?;
        let found = issuer_backends::find(&mut read, partner.partner_id.as_str()).await?;
        let Some(backend) = found.filter(|backend| backend.did == request.issuer_did) else {
            return Ok(None);
        };
        if !request.credential_subject.is_empty() {
            return Err(Refusal::bad_request(
                "credentialSubject must be empty ({}) for an issuer with a backend of its own, which decides the claims",
            ));
        }
        Ok(Some(Self {
            app,
            partner,
            user,
            user_id: partner_user_id.unwrap_or(user.email.as_str()),
            request,
            backend,
        }))
    }

    /// Requests the offered claims from the backend. The backend changes nothing.
    pub(crate) async fn preview(&self) -> Result<HostedPreview, Refusal> {
        let Preview { program, schema } = self.program().await?;
        let keys = holder_keys::custodial(self.app, self.owner()).await?;
        let pub_key = keys.encryption.public_key().to_string();
        let holder = self.holder(&pub_key, program.schema_id.as_str());
        let claims = calls::available_vc(self.app, &self.backend, &holder, &keys.encryption).await?;
        Ok(HostedPreview { schema, claims })
    }

    /// Requests the credential from the backend, and waits until it is in dStorage.
    pub(crate) async fn issue(&self) -> Result<HostedCredential, Refusal> {
        let Preview { program, schema } = self.program().await?;
        let schema_id = program.schema_id.clone();
        let Custodial { encryption, signing } = holder_keys::custodial(self.app, self.owner()).await?;
        let pub_key = encryption.public_key().to_string();
        let signing_key = holder_keys::public_jwk(&signing)?;
        let holder = Holder {
            signing_key: Some(&signing_key),
            ..self.holder(&pub_key, schema_id.as_str())
        };
        let earlier = self.stored(&schema_id).await?;
        let deleted = self.deleted(&schema_id).await?;
        let issued = calls::issue_vc(self.app, &self.backend, &holder).await;
        let time_limit = match &issued {
            Ok(()) if earlier.is_empty() && deleted.is_none() => ENVELOPE_TIMEOUT,
            Err(failure) if !failure.is_unclear => Duration::ZERO,
            _ => SHORT_ENVELOPE_TIMEOUT,
        };
        // A backend that failed may have stored the credential before.
        let found = self.new_envelope(&schema_id, &earlier, time_limit).await?;
        let envelope = match (found, issued) {
            (Some(envelope), _) => envelope,
            (None, Err(failure)) => return Err(failure.refusal),
            // An issuer need not issue a credential again that the holder has.
            (None, Ok(())) => match self.held(&earlier).await? {
                Some(held) => held,
                None => self.restored(deleted).await?.ok_or_else(not_stored)?,
            },
        };
        Ok(HostedCredential {
            schema,
            schema_id,
            storage_path: storage_path(envelope.storage_id.as_str())?,
            expires_at: envelope.expires_at,
            claims: opened(&envelope, &encryption, &self.user.holder_did)?,
        })
    }

    async fn program(&self) -> Result<Preview, Refusal> {
        issuance::program(self.app, self.partner, self.request).await
    }

    fn owner(&self) -> Owner<'_> {
        Owner {
            user_uuid: &self.user.user_uuid,
            partner_id: &self.partner.partner_id,
        }
    }

    fn holder<'h>(&'h self, pub_key: &'h str, schema_id: &'h str) -> Holder<'h> {
        Holder {
            did: &self.user.holder_did,
            pub_key,
            user_id: self.user_id,
            schema_id,
            proof_type: ProofType::SdJwtVc,
            signing_key: None,
        }
    }

    /// Returns the IDs of the user's envelopes of the schema, newest first.
    async fn stored(&self, schema_id: &SchemaId) -> Result<Vec<StorageId>, Refusal> {
        let Owner {
            user_uuid,
            partner_id,
        } = self.owner();
        let mut read = self.app.store.read().await?;
        let ids =
            sealed_credentials::ids_of_schema(&mut read, user_uuid, partner_id, schema_id, EARLIER_LIMIT);
        Ok(ids.await?)
    }

    async fn new_envelope(
        &self,
        schema_id: &SchemaId,
        earlier: &[StorageId],
        time_limit: Duration,
    ) -> Result<Option<SealedCredential>, Refusal> {
        let until = Instant::now() + time_limit;
        let mut stored = self.app.notifier.listen();
        loop {
            let ids = self.stored(schema_id).await?;
            if let Some(id) = ids.iter().find(|id| !earlier.contains(id)) {
                return self.envelope(id).await;
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            let _ = timeout(left.min(POLL), stored.changed()).await;
        }
    }

    /// Returns the newest of these envelopes, unless it has expired.
    async fn held(&self, ids: &[StorageId]) -> Result<Option<SealedCredential>, Refusal> {
        let Some(id) = ids.first() else {
            return Ok(None);
        };
        let now = self.app.platform_clock.now();
        let newest = self.envelope(id).await?;
        Ok(newest.filter(|envelope| envelope.expires_at.to_unix() > now))
    }

    /// Returns the newest envelope of the schema that the user deleted, unless it has expired.
    async fn deleted(&self, schema_id: &SchemaId) -> Result<Option<StorageId>, Refusal> {
        let Owner {
            user_uuid,
            partner_id,
        } = self.owner();
        let now = self.app.platform_clock.now();
        let mut read = self.app.store.read().await?;
        let newest = sealed_credentials::newest_deleted(&mut read, user_uuid, partner_id, schema_id).await?;
        let valid = newest.filter(|envelope| envelope.expires_at.to_unix() > now);
        Ok(valid.map(|envelope| envelope.storage_id))
    }

    /// Returns a deleted envelope to the wallet, since the user has just accepted the credential again.
    async fn restored(&self, deleted: Option<StorageId>) -> Result<Option<SealedCredential>, Refusal> {
        let Some(id) = deleted else {
            return Ok(None);
        };
        let mut tx = self.app.store.write().await?;
        sealed_credentials::undelete(&mut tx, &id).await?;
        self.app.commit(tx).await?;
        self.envelope(&id).await
    }

    async fn envelope(&self, id: &StorageId) -> Result<Option<SealedCredential>, Refusal> {
        let Owner {
            user_uuid,
            partner_id,
        } = self.owner();
        let mut read = self.app.store.read().await?;
        let found = sealed_credentials::find_of_holder(&mut read, user_uuid, partner_id, id.as_str());
        Ok(found.await?)
    }
}

/// Opens a credential for its holder, and reads its claims without verifying them.
fn opened(
    envelope: &SealedCredential,
    key: &HolderPrivateKey,
    holder_did: &str,
) -> Result<Map<String, Value>, Refusal> {
    let credential = open(envelope, key)?;
    let compact = credential
        .compact()
        .ok_or_else(|| broken("the stored credential is not an SD-JWT VC"))?;
    let claims = Inspection::of(compact)
        .map_err(|error| broken(&format!("the stored credential can't be read: {error}")))?
        .claims;
    if claims.get("sub").and_then(Value::as_str) != Some(holder_did) {
        return Err(broken(
            "the `sub` of the stored credential is not the `holderDID` of the call",
        ));
    }
    Ok(claims)
}

/// Opens an envelope with the key that the platform keeps for its holder.
pub(crate) fn open(envelope: &SealedCredential, key: &HolderPrivateKey) -> Result<HeldCredential, Refusal> {
    let SealedCredential {
        data,
        iv,
        auth_tag,
        encrypted_key,
        ..
    } = envelope;
    let plaintext = HolderEnvelope::from_parts(data, iv, auth_tag, encrypted_key)
        .and_then(|envelope| key.open(&envelope))
        .map_err(|error| {
            broken(&format!(
                "the stored credential does not open with the `pubKey` of the call: {error}"
            ))
        })?;
    HeldCredential::from_plaintext(&plaintext).map_err(|error| broken(&error.to_string()))
}

fn not_stored() -> Refusal {
    broken(&format!(
        "it responded, but stored no credential in dStorage within {} s; see its log",
        ENVELOPE_TIMEOUT.as_secs()
    ))
}

/// Returns the refusal of a backend that broke a rule.
fn broken(reason: &str) -> Refusal {
    Refusal::unavailable(format!("issuer backend unavailable: issue-vc: {reason}"))
        .because(Reason::IssuerBackend)
}
