//! dStorage for issuers that sign credentials themselves: credentials that are sealed to their
//! holders. The platform can read none of them, unless it stores the holder's key.

use air_api::{
    FetchedVc, IsoTime, ProofType, StoragePath, StoreVc, StoredVc,
    sandbox::{HeldVc, HeldVcs},
};
use air_crypto::holder::HolderPublicKey;
use air_ids::{UnixTime, UserUuid};
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use super::{
    App, Refusal,
    events::EventKind,
    idempotency::{Caller, IdempotentResponse, RequestKey},
    partner_auth::Authenticated,
    quotas,
    stored::find_stored_schema,
};
use crate::ids;
use air_store::{
    ReadTx,
    sealed_credentials::{self, SealedCredential},
    users::{self as user_rows, OpenSession},
};

/// The maximum size of a ciphertext in bytes.
const DATA_LIMIT: usize = 128 * 1024;
const EXTERNAL_ID_LIMIT: usize = 255;
/// The maximum length of a list.
const LIST_LIMIT: u64 = 100;
/// The documented version of the envelope.
const ENVELOPE_VERSION: &str = "1";

/// `POST /dstorage/vcs`: once for each `externalId` of the issuer.
pub async fn store(
    app: &App,
    caller: &Authenticated,
    request: StoreVc,
    request_key: Option<RequestKey>,
) -> Result<IdempotentResponse<StoredVc>, Refusal> {
    let partner = &caller.partner;
    let envelope = Envelope::read(&request)?;
    check_names(&request)?;
    app.idempotent(
        Caller::new(partner.partner_id.as_str(), ""),
        request_key,
        async |tx| {
            let fingerprint = fingerprint(&request)?;
            let earlier =
                sealed_credentials::find_by_external_id(tx, &partner.partner_id, &request.external_id)
                    .await?;
            if let Some(earlier) = earlier {
                if earlier.fingerprint != fingerprint {
                    return Err(Refusal::conflict(
                        "this externalId was used for another credential; use a new one",
                    ));
                }
                return describe(&earlier);
            }
            let now = tx.now;
            let user_uuid = find_holder(tx, &request, partner.partner_id.as_str(), now).await?;
            let row = SealedCredential {
                storage_id: ids::short_id(),
                partner_id: partner.partner_id.clone(),
                external_id: request.external_id,
                fingerprint,
                user_uuid,
                schema_id: request.schema_id,
                proof_type: request.proof_type.as_str().to_owned(),
                expires_at: request.expires_at,
                data: envelope.data,
                iv: envelope.iv,
                auth_tag: envelope.auth_tag,
                encrypted_key: envelope.encrypted_key,
                created_at: now,
            };
            quotas::charge(app, tx, &row.partner_id, row.data.len() as u64).await?;
            sealed_credentials::insert(tx, &row).await?;
            tx.record(&EventKind::SealedCredentialStored(&row)).await?;
            describe(&row)
        },
    )
    .await
}

/// `GET /dstorage/{storagePath}`: only for the holder, in a session of the issuer that stored it.
pub async fn fetch(app: &App, session: &OpenSession, storage_id: &str) -> Result<FetchedVc, Refusal> {
    let (user, issuer) = (&session.user.user_uuid, &session.partner_id);
    let mut read = app.store.read().await?;
    let row = sealed_credentials::find_of_holder(&mut read, user, issuer, storage_id)
        .await?
        .ok_or_else(|| Refusal::not_found("this user has no such credential"))?;
    let stored_vc = describe(&row)?;
    Ok(FetchedVc {
        proof_type: proof_type(&row.proof_type)?,
        schema_id: row.schema_id,
        expires_at: row.expires_at,
        data: STANDARD.encode(row.data),
        iv: STANDARD.encode(row.iv),
        auth_tag: STANDARD.encode(row.auth_tag),
        encrypted_key: STANDARD.encode(row.encrypted_key),
        stored: stored_vc,
    })
}

/// `GET /sandbox/v1/users/me/vcs`: lists the credentials that the session's partner stored for the user.
pub async fn of_holder(app: &App, session: &OpenSession) -> Result<HeldVcs, Refusal> {
    let (user, issuer) = (&session.user.user_uuid, &session.partner_id);
    let mut read = app.store.read().await?;
    let rows = sealed_credentials::of_holder(&mut read, user, issuer, LIST_LIMIT).await?;
    let vcs = rows.into_iter().map(|row| {
        Ok(HeldVc {
            storage_path: storage_path(row.storage_id.as_str())?,
            proof_type: proof_type(&row.proof_type)?,
            schema_id: row.schema_id,
            expires_at: row.expires_at,
        })
    });
    Ok(HeldVcs {
        vcs: vcs.collect::<Result<_, Refusal>>()?,
    })
}

/// The parts of an envelope, with valid lengths and formats.
struct Envelope {
    data: Vec<u8>,
    iv: Vec<u8>,
    auth_tag: Vec<u8>,
    encrypted_key: Vec<u8>,
}

impl Envelope {
    fn read(request: &StoreVc) -> Result<Self, Refusal> {
        let data = decode("data", &request.data)?;
        if data.is_empty() || data.len() > DATA_LIMIT {
            return Err(Refusal::bad_request(format!(
                "data is {} bytes long; it must have 1 to {DATA_LIMIT} bytes",
                data.len()
            )));
        }
        let encrypted_key = decode("encryptedKey", &request.encrypted_key)?;
        let refused = |error: air_crypto::Error| Refusal::bad_request(format!("encryptedKey: {error}"));
        let key = HolderPublicKey::from_spki_der(&encrypted_key).map_err(refused)?;
        // No holder can open data that was sealed with a key of low order. Sealing detects such a key.
        key.seal(b"", &mut rand::rng()).map_err(refused)?;
        Ok(Self {
            data,
            iv: decode_exactly("iv", &request.iv, 12)?,
            auth_tag: decode_exactly("authTag", &request.auth_tag, 16)?,
            encrypted_key,
        })
    }
}

fn decode(field: &str, text: &str) -> Result<Vec<u8>, Refusal> {
    STANDARD.decode(text).map_err(|_| {
        Refusal::bad_request(format!(
            "{field} is not base64 with padding (RFC 4648, section 4)"
        ))
    })
}

fn decode_exactly(field: &str, text: &str, length: usize) -> Result<Vec<u8>, Refusal> {
    let bytes = decode(field, text)?;
    if bytes.len() == length {
        return Ok(bytes);
    }
    Err(Refusal::bad_request(format!(
        "{field} is {} bytes long; it must be {length}",
        bytes.len()
    )))
}

fn check_names(request: &StoreVc) -> Result<(), Refusal> {
    let visible = request.external_id.bytes().all(|byte| byte.is_ascii_graphic());
    if !visible || !(1..=EXTERNAL_ID_LIMIT).contains(&request.external_id.len()) {
        return Err(Refusal::bad_request(
            "externalId must be 1 to 255 visible ASCII characters",
        ));
    }
    if !request.holder_did.starts_with("did:") {
        return Err(Refusal::bad_request(
            "holderDid is not a DID; use the DID from the response of initialize-user",
        ));
    }
    Ok(())
}

/// Returns the fingerprint of the whole request.
fn fingerprint(request: &StoreVc) -> Result<Vec<u8>, Refusal> {
    let text = serde_json::to_vec(request).map_err(Refusal::internal)?;
    Ok(Sha256::digest(text).to_vec())
}

/// Finds the holder of a credential that may be stored: it has a schema of the issuer and has not expired.
async fn find_holder(
    tx: &mut ReadTx,
    request: &StoreVc,
    partner_id: &str,
    now: UnixTime,
) -> Result<UserUuid, Refusal> {
    if request.expires_at.to_unix() <= now {
        return Err(Refusal::bad_request(
            "expiresAt has passed; store a credential that has not expired",
        ));
    }
    let schema = find_stored_schema(tx, request.schema_id.as_str()).await?;
    if schema.partner_id.as_str() != partner_id {
        return Err(Refusal::forbidden(
            "the schema belongs to another partner; publish your own schema to issue with it",
        ));
    }
    let holder = user_rows::find_by_did(tx, &request.holder_did).await?;
    holder.map(|user| user.user_uuid).ok_or_else(|| {
        Refusal::not_found("no such holder; create one with initialize-user, which returns its DID")
    })
}

fn describe(row: &SealedCredential) -> Result<StoredVc, Refusal> {
    Ok(StoredVc {
        storage_path: storage_path(row.storage_id.as_str())?,
        state: "STORED".into(),
        envelope_version: ENVELOPE_VERSION.into(),
        created_at: IsoTime::from_unix(row.created_at),
    })
}

pub(crate) fn storage_path(storage_id: &str) -> Result<StoragePath, Refusal> {
    format!("vcs/{storage_id}").parse().map_err(Refusal::internal)
}

fn proof_type(text: &str) -> Result<ProofType, Refusal> {
    serde_json::from_value(text.into()).map_err(Refusal::internal)
}
