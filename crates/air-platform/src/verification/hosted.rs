//! Verification of a credential that an issuer's own backend signed and sealed to the user: opened with the key that the platform keeps
//! for the user, presented with key binding for the verification program, and verified like any presentation.

use air_api::{
    PlatformTime, ProofType,
    sandbox::{DisclosedData, MissingCakReason, VerificationResult, VerificationStatus},
};
use air_fetch::{Accept, Fetcher, Request};
use air_ids::{IssuerDid, SchemaId, UnixTime, UserUuid};
use air_jwt::JwkSet;
use air_ledger::merkle;
use air_vc::{
    Challenge, ClaimPath, Credential, Error, Inspection, Verifier,
    did::{DidWeb, Resolver},
    status::VerifiedStatusList,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use url::Url;

use super::{PendingQuery, ended, find_program, parse_conditions, shown};
use crate::{
    App, Reason, Refusal, conditions,
    holder_keys::{self, Custodial},
    hosted_issuance, ids,
    stored::find_stored_schema,
};
use air_store::{
    ReadTx, WriteTx, credentials,
    holder_keys::Owner,
    issuer_backends::{self, IssuerBackend},
    ledger,
    programs::VerificationProgram,
    sealed_credentials::{self, SealedCredential},
    verifications::{self, Verification},
};

/// The maximum size of a status list.
const LIST_LIMIT: usize = 4 * 1024 * 1024;
/// The maximum size of a backend's response about a status.
const STATUS_LIMIT: usize = 16 * 1024;

/// The result of a verification, apart from the program's conditions.
pub(crate) enum Examined {
    /// The credential is valid.
    Accepted(Accepted),
    /// It has expired or was revoked.
    Ended(VerificationStatus),
}

/// A verified credential.
pub(crate) struct Accepted {
    pub(super) issuer_did: IssuerDid,
    /// The credential's type: the ID of its schema.
    pub(super) vct: String,
    pub(super) claims: Map<String, Value>,
    /// The SHA-256 of the issuer-signed JWT, in hex.
    pub(super) hash: String,
    /// Whether the issuer's list, or its backend, says that the credential is not revoked.
    pub(crate) is_status_known: bool,
}

impl Accepted {
    pub(super) fn issued_at(&self) -> UnixTime {
        self.time("iat").unwrap_or(UnixTime::EPOCH)
    }

    pub(super) fn expires_at(&self) -> Option<UnixTime> {
        self.time("exp")
    }

    fn time(&self, claim: &str) -> Option<UnixTime> {
        Some(UnixTime::from_secs(self.claims.get(claim)?.as_u64()?))
    }
}

/// The user's newest credential of a schema from the backend of the schema's partner.
struct Held {
    backend: IssuerBackend,
    envelope: SealedCredential,
    compact: String,
    keys: Custodial,
}

/// Returns the claims of the user's credential without verifying them, for the user to see.
pub(super) async fn claims(
    tx: &mut ReadTx,
    user_uuid: &UserUuid,
    schema_id: &SchemaId,
) -> Result<Option<Map<String, Value>>, Refusal> {
    let Some(held) = find(tx, user_uuid, schema_id).await? else {
        return Ok(None);
    };
    let read = Inspection::of(&held.compact).map_err(|error| refused(&error.to_string()))?;
    Ok(Some(read.claims))
}

/// Verifies the user's credential from an issuer's backend. Returns `None` if the user has decided, or has a credential of the platform.
pub(super) async fn examine_pending(
    app: &App,
    pending: PendingQuery<'_>,
    verification_id: &str,
) -> Result<Option<Examined>, Refusal> {
    let PendingQuery {
        user_uuid,
        partner_id,
    } = pending;
    let (user_uuid, program) = {
        let mut read = app.store.read().await?;
        let run = verifications::find(&mut read, verification_id).await?;
        let run = run.filter(|run| {
            run.user_uuid.as_str() == user_uuid
                && run.partner_id.as_str() == partner_id
                && run.consent == "asked"
        });
        // The transaction returns the error.
        let Some(run) = run else { return Ok(None) };
        let program = find_program(&mut read, run.program_id.as_str()).await?;
        if program.predicate_proofs_of.is_some() {
            return Ok(None);
        }
        let held = credentials::find_held(&mut read, user_uuid, program.schema_id.as_str()).await?;
        if held.is_some() {
            return Ok(None);
        }
        (run.user_uuid, program)
    };
    examine(app, &user_uuid, &program).await
}

/// Tests the conditions on a credential of an issuer's backend, which was verified before.
pub(super) async fn verify(
    tx: &mut WriteTx,
    program: &VerificationProgram,
    accepted: &Accepted,
    run: &Verification,
    now: UnixTime,
) -> Result<VerificationResult, Refusal> {
    let rules = parse_conditions(program)?;
    if !conditions::all_hold(&rules, &accepted.claims) {
        return Ok(ended(VerificationStatus::NonCompliant));
    }
    let shown = shown(run, &rules)?;
    let subject = accepted.claims.iter().filter(|(name, _)| shown.contains(name));
    let record = json!({ "verification": run.verification_id, "credential": accepted.hash, "at": now });
    let leaf = merkle::leaf_hash(record.to_string().as_bytes());
    ledger::append(tx, &leaf).await?;
    Ok(VerificationResult {
        transaction_hash: Some(format!("0x{}", hex::encode(leaf))),
        // Compliance keys belong to credentials of the platform.
        cak_missing: program
            .require_cak
            .then(|| MissingCakReason::EncryptionOff.into()),
        disclosed_data: Some(DisclosedData {
            credential_subject: subject
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
            credential_type: accepted.vct.clone(),
            issuer_did: accepted.issuer_did.clone(),
            issuance_date: PlatformTime::from_unix(accepted.issued_at()),
            expiration_date: accepted.expires_at().map(PlatformTime::from_unix),
        }),
        ..ended(VerificationStatus::Compliant)
    })
}

/// Verifies a credential for its holder. Returns `None` if its issuer has no registered backend, or the platform can't present it.
pub(crate) async fn examine_envelope(
    app: &App,
    envelope: SealedCredential,
) -> Result<Option<Examined>, Refusal> {
    let held = open(&mut *app.store.read().await?, envelope).await?;
    match held {
        Some(held) => examine_held(app, held, app.public_url.to_string())
            .await
            .map(Some),
        None => Ok(None),
    }
}

/// Verifies the user's credential for a program. Returns `None` if the user has none that the platform can open.
async fn examine(
    app: &App,
    user_uuid: &UserUuid,
    program: &VerificationProgram,
) -> Result<Option<Examined>, Refusal> {
    let held = {
        let mut read = app.store.read().await?;
        find(&mut read, user_uuid, &program.schema_id).await?
    };
    match held {
        Some(held) => examine_held(app, held, program.program_id.to_string())
            .await
            .map(Some),
        None => Ok(None),
    }
}

/// Verifies a credential that is presented to an audience.
async fn examine_held(app: &App, held: Held, audience: String) -> Result<Examined, Refusal> {
    let schema_id = held.envelope.schema_id.as_str();
    if held.envelope.expires_at.to_unix() <= app.platform_clock.now() {
        return Ok(Examined::Ended(VerificationStatus::Expired));
    }
    let challenge = Challenge {
        nonce: ids::bearer_token(),
        audience,
    };
    let issuer = issuer_of(&held)?;
    let keys = keys_of(app, &issuer).await?;
    let now = app.machine_clock.now();
    let presentation = present(&held, &challenge, now).map_err(|error| refused(&error.to_string()))?;
    let verifier = Verifier::new(&issuer, &keys)
        .requiring_type(schema_id)
        .requiring_key_binding(challenge);
    let lists = lists_of(&app.fetcher, &verifier, &held.compact, now).await?;
    let has_list = !lists.is_empty();
    let verified = verifier.with_status_lists(&lists).verify(&presentation, now);
    let claims = match verified {
        Ok(verified) => verified.claims().clone(),
        Err(Error::Revoked | Error::Suspended) => {
            return Ok(Examined::Ended(VerificationStatus::Revoked));
        }
        Err(Error::Expired { .. }) => return Ok(Examined::Ended(VerificationStatus::Expired)),
        Err(error) => return Err(refused(&error.to_string())),
    };
    let is_revoked = if has_list {
        Some(false)
    } else {
        is_revoked(&app.fetcher, &held.backend, &claims).await?
    };
    if is_revoked == Some(true) {
        return Ok(Examined::Ended(VerificationStatus::Revoked));
    }
    let issuer_jwt = held.compact.split('~').next().unwrap_or_default();
    Ok(Examined::Accepted(Accepted {
        vct: schema_id.to_owned(),
        claims,
        hash: hex::encode(Sha256::digest(issuer_jwt)),
        is_status_known: is_revoked.is_some(),
        issuer_did: held.backend.did,
    }))
}

async fn find(tx: &mut ReadTx, user_uuid: &UserUuid, schema_id: &SchemaId) -> Result<Option<Held>, Refusal> {
    let partner_id = &find_stored_schema(tx, schema_id.as_str()).await?.partner_id;
    let ids = sealed_credentials::ids_of_schema(tx, user_uuid, partner_id, schema_id, 1).await?;
    let Some(id) = ids.first() else {
        return Ok(None);
    };
    let envelope = sealed_credentials::find_of_holder(tx, user_uuid, partner_id, id.as_str()).await?;
    match envelope {
        Some(envelope) => open(tx, envelope).await,
        None => Ok(None),
    }
}

/// Opens an SD-JWT VC of a registered backend with the keys that the platform keeps. Returns `None` for other envelopes.
async fn open(tx: &mut ReadTx, envelope: SealedCredential) -> Result<Option<Held>, Refusal> {
    if envelope.proof_type != ProofType::SdJwtVc.as_str() {
        return Ok(None);
    }
    let backend = issuer_backends::find(tx, envelope.partner_id.as_str()).await?;
    let owner = Owner {
        user_uuid: &envelope.user_uuid,
        partner_id: &envelope.partner_id,
    };
    let (Some(backend), Some(keys)) = (backend, holder_keys::kept(tx, owner).await?) else {
        return Ok(None);
    };
    // An envelope that was sealed to the wallet's own key opens in the wallet only.
    let opened = hosted_issuance::open(&envelope, &keys.encryption);
    let Some(compact) = opened
        .ok()
        .and_then(|opened| opened.compact().map(ToOwned::to_owned))
    else {
        return Ok(None);
    };
    Ok(Some(Held {
        backend,
        envelope,
        compact,
        keys,
    }))
}

/// Returns the issuer that the credential names: the registered DID, or the URL of the same host.
fn issuer_of(held: &Held) -> Result<String, Refusal> {
    let read = Inspection::of(&held.compact).map_err(|error| refused(&error.to_string()))?;
    let iss = read.claims.get("iss").and_then(Value::as_str).unwrap_or_default();
    let did = held.backend.did.as_str();
    let is_url_of_did = || {
        let url = Url::parse(iss).ok()?;
        Some(DidWeb::from_url(&url).ok()?.to_string() == did)
    };
    if iss == did || is_url_of_did() == Some(true) {
        return Ok(iss.to_owned());
    }
    Err(refused(
        "its `iss` is neither the registered DID of the issuer's backend nor the URL of the same host",
    ))
}

async fn keys_of(app: &App, issuer: &str) -> Result<JwkSet, Refusal> {
    let resolver = Resolver::new(app.fetcher.clone());
    let resolver = if app.is_local {
        resolver.in_development()
    } else {
        resolver
    };
    let keys = resolver.issuer_keys(issuer).await;
    keys.map_err(|error| refused(&format!("the issuer's keys are not available: {error}")))
}

/// Presents the whole credential to the platform itself, bound to the challenge.
fn present(held: &Held, challenge: &Challenge, now: UnixTime) -> Result<String, Error> {
    let credential: Credential = held.compact.parse()?;
    let presentation = credential.present(&[ClaimPath::every()])?;
    let bound = presentation.bind(&held.keys.signing, challenge, now)?;
    Ok(bound.as_str().to_owned())
}

/// Fetches the status list that the credential names. Fails if the list can't be fetched, because the status must be known.
async fn lists_of(
    fetcher: &Fetcher,
    verifier: &Verifier<'_>,
    compact: &str,
    now: UnixTime,
) -> Result<Vec<VerifiedStatusList>, Refusal> {
    let named = verifier
        .named_lists(compact)
        .map_err(|error| refused(&error.to_string()))?;
    let Some(list) = named.token else {
        return Ok(Vec::new());
    };
    let unknown =
        |reason: &dyn std::fmt::Display| refused(&format!("its status list is not available: {reason}"));
    let fetched = fetcher
        .get(list.uri(), LIST_LIMIT, Accept::StatusList)
        .await
        .map_err(|error| unknown(&error))?;
    let token = std::str::from_utf8(&fetched.bytes).map_err(|_| unknown(&"it is not text"))?;
    let verified = list.verify(token.trim(), now);
    Ok(vec![verified.map_err(|error| unknown(&error))?])
}

/// Asks the backend for the status of a credential without a status list. Returns `None` if it has no URL for that, or the credential
/// has no nonce.
async fn is_revoked(
    fetcher: &Fetcher,
    backend: &IssuerBackend,
    claims: &Map<String, Value>,
) -> Result<Option<bool>, Refusal> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Status {
        is_revoked: bool,
    }
    let Some(url) = &backend.revocation_status_url else {
        return Ok(None);
    };
    let nonce = claims.get("nonce").and_then(Value::as_str);
    let nonce = nonce.ok_or_else(|| {
        refused("it has neither a status list nor the text `nonce`, by which the backend knows its status")
    })?;
    if !(1..=20).contains(&nonce.len()) || !nonce.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(refused("its revocation nonce is not 1 to 20 digits"));
    }
    let url = format!("{}/{nonce}", url.trim_end_matches('/'));
    let unknown = |reason: &str| refused(&format!("revocation-status: {reason}"));
    let answer = fetcher
        .exchange(&Request::get(&url), STATUS_LIMIT)
        .await
        .map_err(|error| unknown(&error.to_string()))?;
    if !answer.is_success() {
        return Err(unknown(&format!("the backend answered {}", answer.status)));
    }
    let status: Status = serde_json::from_slice(&answer.bytes)
        .map_err(|_| unknown("the answer is not `{\"isRevoked\": ..}` as documented"))?;
    Ok(Some(status.is_revoked))
}

fn refused(reason: &str) -> Refusal {
    Refusal::unavailable(format!(
        "the credential of the issuer's backend can't be verified: {reason}"
    ))
    .because(Reason::IssuerBackend)
}

#[cfg(test)]
mod tests {
    use air_fetch::NetworkPolicy;

    use super::*;

    /// An unknown status is not a good one.
    #[tokio::test]
    async fn a_credential_without_a_known_nonce_is_refused_if_the_backend_has_its_status() {
        let fetcher = Fetcher::new(NetworkPolicy::Public).unwrap();
        let mut backend = IssuerBackend {
            partner_id: "7c0f0c52-9d4f-4d0f-8d0e-2f0a4b1c9d3e".parse().unwrap(),
            did: IssuerDid::new("did:web:issuer.example").unwrap(),
            available_vc_url: "https://issuer.example/available-vc".into(),
            issue_vc_url: "https://issuer.example/issue-vc".into(),
            revocation_status_url: Some("https://issuer.example/revocation-status".into()),
            api_key: "k".into(),
        };
        for claims in [json!({}), json!({ "nonce": 7 }), json!({ "nonce": "x" })] {
            let claims = claims.as_object().unwrap();
            let refusal = is_revoked(&fetcher, &backend, claims).await.unwrap_err();
            assert!(refusal.to_string().contains("nonce"), "{refusal}");
        }
        backend.revocation_status_url = None;
        assert_eq!(is_revoked(&fetcher, &backend, &Map::new()).await.unwrap(), None);
    }
}
