//! dStorage: sealed documents of credentials. The platform has no key that opens them.

use air_api::{CoreClaimHash, sandbox::StoredObject};
use air_crypto::ContainerHeader;
use air_jwt::Scope;
use sha2::{Digest, Sha256};

use super::{
    App, Refusal,
    events::EventKind,
    idempotency::{Caller, IdempotentResponse, RequestKey},
    partner_auth::Authenticated,
    quotas,
};
use crate::ids;
use air_store::{
    ReadTx, credentials,
    objects::{self, Object},
    verifications,
};

const NAME_LIMIT: usize = 255;

/// Stores a sealed document of a credential from this partner.
pub async fn store(
    app: &App,
    caller: &Authenticated,
    core_claim_hash: CoreClaimHash,
    name: String,
    bytes: &[u8],
    request_key: Option<RequestKey>,
) -> Result<IdempotentResponse<StoredObject>, Refusal> {
    check_name(&name)?;
    check_sealed(bytes)?;
    let by = Caller::new(caller.partner.partner_id.as_str(), "");
    app.idempotent(by, request_key, async |tx| {
        credentials::find(tx, &core_claim_hash)
            .await?
            .filter(|credential| credential.partner_id == caller.partner.partner_id)
            .ok_or_else(|| Refusal::not_found("this partner has no credential with this coreClaimHash"))?;
        let object = Object {
            storage_id: ids::short_id(),
            core_claim_hash,
            partner_id: caller.partner.partner_id.clone(),
            name,
            size: bytes.len() as u64,
            sha256: hex::encode(Sha256::digest(bytes)),
        };
        quotas::charge(app, tx, &object.partner_id, bytes.len() as u64).await?;
        let now = tx.now;
        objects::insert(tx, &object, bytes, now).await?;
        tx.record(&EventKind::ObjectStored(&object)).await?;
        Ok(describe(object))
    })
    .await
}

pub(super) fn check_name(name: &str) -> Result<(), Refusal> {
    if name.is_empty() || name.chars().count() > NAME_LIMIT || name.chars().any(char::is_control) {
        return Err(Refusal::bad_request(
            "name must be 1 to 255 characters, without control characters",
        ));
    }
    Ok(())
}

/// Checks that the bytes are sealed, so that an unsealed scan is rejected before it is written.
pub(super) fn check_sealed(mut bytes: &[u8]) -> Result<(), Refusal> {
    ContainerHeader::read(&mut bytes)
        .map(drop)
        .map_err(|error| Refusal::bad_request(format!("body: {error}")))
}

/// Returns a sealed document to its issuer, or to a verifier to which the user consented.
pub async fn fetch(app: &App, caller: &Authenticated, storage_id: &str) -> Result<Vec<u8>, Refusal> {
    let mut read = app.store.read().await?;
    let unknown = || Refusal::not_found("no such object, or this partner has no access to it");
    let object = objects::find(&mut read, storage_id).await?.ok_or_else(unknown)?;
    let caller_id = caller.partner.partner_id.as_str();
    let issues = Scope::Issue.is_granted_by(caller.claims.scope()) && object.partner_id.as_str() == caller_id;
    let verifies = Scope::Verify.is_granted_by(caller.claims.scope())
        && verifications::permits(&mut read, caller_id, storage_id).await?;
    if !(issues || verifies) {
        return Err(unknown());
    }
    Ok(objects::bytes(&mut read, storage_id).await?)
}

pub(crate) async fn of_credential(
    tx: &mut ReadTx,
    core_claim_hash: &CoreClaimHash,
) -> Result<Vec<StoredObject>, Refusal> {
    let objects = objects::of_credential(tx, core_claim_hash).await?;
    Ok(objects.into_iter().map(describe).collect())
}

fn describe(object: Object) -> StoredObject {
    StoredObject {
        storage_id: object.storage_id,
        name: object.name,
        size: object.size,
        sha256: object.sha256,
    }
}
