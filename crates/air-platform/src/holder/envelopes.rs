//! Credentials that issuers signed themselves and sealed to a user, as the user's pages show them.

use std::time::Duration;

use air_api::sandbox::VerificationStatus;
use air_crypto::holder::HolderPrivateKey;
use air_ids::{StorageId, UnixTime, UserUuid};
use air_schema::CredentialSchema;
use air_store::sealed_credentials::{self, Envelope as Row};
use air_vc::{HeldCredential, Inspection};
use serde_json::{Map, Value};
use tokio::time::timeout;

use super::held::{Claim, named, no_such_credential};
use crate::{
    App, Reason, Refusal, hosted_issuance,
    listed::{Listed, window},
    verification::{Examined, examine_envelope},
};

/// How long a page waits for the issuer's answers about one credential.
const PATIENCE: Duration = Duration::from_secs(8);

/// A credential that an issuer sealed to a user.
#[expect(missing_debug_implementations, reason = "it has personal data")]
pub struct Envelope {
    /// The ID in dStorage.
    pub storage_id: StorageId,
    /// The title of its schema.
    pub title: String,
    /// The issuer's name.
    pub issuer: String,
    /// The claims, in the order of the schema, which are not verified. `None` if the platform does not keep the key that opens it.
    pub claims: Option<Vec<Claim>>,
    /// When the issuer stored it.
    pub stored_at: UnixTime,
    /// The end of its lifetime, as the issuer stored it.
    pub expires_at: UnixTime,
    /// Whether the lifetime has ended.
    pub is_expired: bool,
}

/// The state of a sealed credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnvelopeState {
    /// The issuer signed it, and says that it is valid.
    Valid,
    /// Its lifetime has ended.
    Expired,
    /// Its issuer revoked it.
    Revoked,
    /// Nobody says whether it is valid, with the reason.
    Unknown(String),
}

/// Lists the credentials that issuers sealed to a user, newest first.
pub async fn envelopes(app: &App, user_uuid: &UserUuid, page: u32) -> Result<Listed<Envelope>, Refusal> {
    let now = app.platform_clock.now();
    let mut read = app.store.read().await?;
    let rows = sealed_credentials::envelopes(&mut read, user_uuid, window(page)).await?;
    let total = sealed_credentials::count_envelopes(&mut read, user_uuid).await?;
    drop(read);
    let rows = rows.into_iter().map(|row| shown(row, now));
    Ok(Listed {
        rows: rows.collect::<Result<_, _>>()?,
        total,
    })
}

/// Counts the credentials that issuers sealed to a user.
pub async fn count_envelopes(app: &App, user_uuid: &UserUuid) -> Result<u64, Refusal> {
    Ok(sealed_credentials::count_envelopes(&mut *app.store.read().await?, user_uuid).await?)
}

/// Finds a credential that an issuer sealed to a user, and asks the issuer for its state.
pub async fn envelope(
    app: &App,
    user_uuid: &UserUuid,
    storage_id: &str,
) -> Result<(Envelope, EnvelopeState), Refusal> {
    let found =
        sealed_credentials::find_envelope(&mut *app.store.read().await?, user_uuid, storage_id).await?;
    let row = found.ok_or_else(no_such_credential)?;
    let sealed = row.sealed.clone();
    let envelope = shown(row, app.platform_clock.now())?;
    let state = if envelope.is_expired {
        EnvelopeState::Expired
    } else {
        let asked = timeout(PATIENCE, examine_envelope(app, sealed)).await;
        asked.map_or_else(|_| Ok(late()), state)?
    };
    Ok((envelope, state))
}

/// Deletes a credential that an issuer sealed to a user from the wallet. It is no longer shown to verifiers. The issuer's record and the
/// credential's validity stay.
pub async fn delete_envelope(app: &App, user_uuid: &UserUuid, storage_id: &str) -> Result<(), Refusal> {
    let mut tx = app.store.write().await?;
    let now = app.platform_clock.now();
    if !sealed_credentials::delete(&mut tx, user_uuid, storage_id, now).await? {
        return Err(no_such_credential());
    }
    app.commit(tx).await.map_err(Refusal::from)
}

fn state(examined: Result<Option<Examined>, Refusal>) -> Result<EnvelopeState, Refusal> {
    Ok(match examined {
        Ok(Some(Examined::Accepted(accepted))) if accepted.is_status_known => EnvelopeState::Valid,
        Ok(Some(Examined::Accepted(_))) => EnvelopeState::Unknown(
            "the issuer signed it, and publishes no status, so nobody can see whether it was revoked".into(),
        ),
        Ok(Some(Examined::Ended(VerificationStatus::Expired))) => EnvelopeState::Expired,
        Ok(Some(Examined::Ended(_))) => EnvelopeState::Revoked,
        Ok(None) => EnvelopeState::Unknown(
            "this platform can't check it: the issuer has no registered backend, or another wallet has the key".into(),
        ),
        Err(refusal) if refusal.reason() == Some(Reason::IssuerBackend) => {
            EnvelopeState::Unknown(refusal.message().to_owned())
        }
        Err(refusal) => return Err(refusal),
    })
}

fn late() -> EnvelopeState {
    EnvelopeState::Unknown(format!(
        "the issuer did not answer within {} s; try again later",
        PATIENCE.as_secs()
    ))
}

fn shown(row: Row, now: UnixTime) -> Result<Envelope, Refusal> {
    let schema = CredentialSchema::from_slice(row.form.as_bytes()).map_err(Refusal::internal)?;
    let claims = claims_of(&row).map(|claims| named(&schema, &claims));
    let expires_at = row.sealed.expires_at.to_unix();
    Ok(Envelope {
        title: schema.title().to_owned(),
        issuer: row.issuer_name,
        claims,
        stored_at: row.sealed.created_at,
        expires_at,
        is_expired: expires_at <= now,
        storage_id: row.sealed.storage_id,
    })
}

/// Opens an envelope with the key that the platform keeps, and returns the claims of the subject. Returns `None` if that is impossible.
fn claims_of(row: &Row) -> Option<Map<String, Value>> {
    let key = HolderPrivateKey::from_pkcs8_der(row.custodial_key.as_deref()?).ok()?;
    match hosted_issuance::open(&row.sealed, &key).ok()? {
        HeldCredential::SdJwtVc(compact) => Some(Inspection::of(&compact).ok()?.claims),
        HeldCredential::Document(mut document) => match document.remove("credentialSubject")? {
            Value::Object(subject) => Some(subject),
            _ => None,
        },
        _ => None,
    }
}
