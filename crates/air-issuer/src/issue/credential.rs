//! The credential's bytes: signed, sealed, and wrapped for dStorage.

use air_crypto::holder::HolderEnvelope;
use air_ids::UnixTime;
use air_vc::{IssueOptions, Issuer, StatusReference};
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use rand::{SeedableRng, rngs::StdRng};
use serde::Serialize;

use super::{Content, Failed, NewCredential};
use crate::{Error, keys::NamedSigner};

/// The values that the service assigns to a credential.
#[derive(Debug)]
pub(super) struct Stamp<'a> {
    pub(super) issuer: &'a str,
    pub(super) signer: &'a NamedSigner,
    pub(super) external_id: &'a str,
    pub(super) nonce: u64,
    pub(super) status: Option<StatusReference>,
}

/// The body of `POST /v1/dstorage/vcs`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StoreVc<'a> {
    holder_did: &'a str,
    proof_type: &'static str,
    schema_id: &'a str,
    expires_at: String,
    data: String,
    iv: String,
    auth_tag: String,
    encrypted_key: String,
    external_id: &'a str,
}

/// Signs a credential, seals it to the holder, and returns the bytes to upload.
pub(super) async fn seal(new: &NewCredential<'_>, stamp: &Stamp<'_>) -> Result<Vec<u8>, Failed> {
    // The generator of the thread can't be held while a remote key signs.
    let mut rng = StdRng::from_rng(&mut rand::rng());
    let credential = sign(&new.content(), stamp, &mut rng).await?;
    // The plaintext is a JSON string, with its quotes.
    let plaintext = serde_json::to_vec(&credential).map_err(|_| Failed::EncryptionKey)?;
    let envelope = new
        .encryption_key
        .seal(&plaintext, &mut rng)
        .map_err(|_| Failed::EncryptionKey)?;
    Ok(body(new, &envelope, stamp.external_id))
}

/// Signs a credential, and returns its compact form.
pub(super) async fn sign(
    content: &Content<'_>,
    stamp: &Stamp<'_>,
    rng: &mut StdRng,
) -> Result<String, Error> {
    let options = IssueOptions {
        vct: content.vct.to_owned(),
        vct_integrity: content.vct_integrity.cloned(),
        other_types: Vec::new(),
        holder: Some(content.holder_did.to_owned()),
        id: Some(stamp.external_id.to_owned()),
        revocation_nonce: Some(stamp.nonce),
        issued_at: content.issued_at,
        not_before: None,
        expires_at: Some(content.expires_at),
        holder_key: content.holder_key.cloned(),
        status: stamp.status.clone(),
        always_visible: content.always_visible.to_vec(),
        decoys: content.decoys,
    };
    let credential = Issuer::new(stamp.issuer, stamp.signer)
        .issue_with(&options, content.subject, rng)
        .await
        .map_err(Error::Sign)?;
    Ok(credential.as_str().to_owned())
}

fn body(new: &NewCredential<'_>, envelope: &HolderEnvelope, external_id: &str) -> Vec<u8> {
    let body = StoreVc {
        holder_did: new.holder_did,
        proof_type: "SD_JWT_VC",
        schema_id: new.schema_id,
        expires_at: iso_time(new.expires_at),
        data: STANDARD.encode(envelope.data()),
        iv: STANDARD.encode(envelope.iv()),
        auth_tag: STANDARD.encode(envelope.auth_tag()),
        encrypted_key: STANDARD.encode(envelope.ephemeral_key().to_spki_der()),
        external_id,
    };
    serde_json::to_vec(&body).expect("texts serialise")
}

/// A time in UTC with milliseconds, as JavaScript writes it.
pub(crate) fn iso_time(time: UnixTime) -> String {
    let time = i64::try_from(time.as_secs())
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .unwrap_or(Timestamp::MAX);
    time.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string()
}
