//! Presentation requests of verification programs, and the verification of what wallets present.

use std::{fmt, sync::Arc};

use air_api::{
    PlatformTime,
    sandbox::{
        Condition, CreatePresentationRequest, CreatedPresentationRequest, DisclosedData,
        PresentationRequestStatus, PresentationResult, PresentationState, VerificationStatus,
    },
};
use air_ids::CoreClaimHash;
use air_jwt::{JwkSet, jwe::DecryptionKey};
use air_oid4vc::{
    dcql::Query,
    vp::{
        AuthorizationRequest, ClientId, ClientMetadata, Invocation, Nonce, OPENID4VP, RequestOptions,
        RequestUriMethod,
    },
};
use air_vc::{Challenge, Inspection, Verifier};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{certificates, issuer};
use crate::{
    App, Refusal,
    anchoring::is_anchored,
    conditions,
    events::{self, EventKind},
    ids,
    partner_auth::Authenticated,
    revocation,
    verification::{find_program, parse_conditions, status_name},
};
use air_store::{
    ReadTx,
    credentials::{self, Credential},
    partners::Partner,
    presentation_requests::{self, PresentationRequest},
    programs::VerificationProgram,
};

/// The lifetime of a request in seconds, unless the partner asks for another.
const LIFETIME: u64 = 600;
const LONGEST_LIFETIME: u64 = 24 * 3600;
/// The maximum number of a partner's requests without response.
const OPEN_LIMIT: u64 = 10_000;
/// The ID of the only Credential Query.
const QUERY: &str = "credential";
const PRESENTED: &str = "presented";
const REFUSED: &str = "refused";

/// `POST /sandbox/v1/presentation-requests`.
pub async fn create(
    app: &App,
    caller: &Authenticated,
    request: CreatePresentationRequest,
) -> Result<CreatedPresentationRequest, Refusal> {
    create_for(app, &caller.partner, request).await
}

/// Creates a presentation request of a partner.
pub(crate) async fn create_for(
    app: &App,
    partner: &Partner,
    request: CreatePresentationRequest,
) -> Result<CreatedPresentationRequest, Refusal> {
    let program = find_program(&mut *app.store.read().await?, request.program_id.as_str()).await?;
    if program.partner_id != partner.partner_id {
        return Err(Refusal::forbidden(
            "the verification program belongs to another partner",
        ));
    }
    let lifetime = request.expires_in.map_or(LIFETIME, u64::from);
    if !(1..=LONGEST_LIFETIME).contains(&lifetime) {
        return Err(Refusal::bad_request(format!(
            "invalid expiresIn: must be between 1 and {LONGEST_LIFETIME} seconds"
        )));
    }
    let now = app.machine_clock.now();
    let key = request
        .encrypted
        .then(|| DecryptionKey::generate(&mut rand::rng()));
    let row = PresentationRequest {
        request_id: ids::uuid(),
        partner_id: partner.partner_id.clone(),
        program_id: program.program_id.clone(),
        random: ids::secret().to_vec(),
        decryption_key: key.map(|key| key.expose_jwk().to_string()),
        created_at: now,
        expires_at: now.saturating_add(lifetime),
        outcome: None,
        result: None,
    };
    open_request(app, partner, &program, &row).await?;
    let url = link(app, partner, &row.request_id).await?;
    let mut tx = app.store.write().await?;
    if presentation_requests::count_open(&mut tx, partner.partner_id.as_str(), now, OPEN_LIMIT).await?
        >= OPEN_LIMIT
    {
        return Err(Refusal::insufficient_storage(format!(
            "there are already {OPEN_LIMIT} open presentation requests of this partner, the maximum; they end by themselves"
        )));
    }
    presentation_requests::insert(&mut tx, &row).await?;
    app.commit(tx).await?;
    Ok(CreatedPresentationRequest {
        request_id: row.request_id,
        url,
        expires_at: PlatformTime::from_unix(row.expires_at),
    })
}

/// Returns the link of a partner's request, which has no secret: the wallet's response is encrypted to the request's key.
async fn link(app: &App, partner: &Partner, request_id: &str) -> Result<String, Refusal> {
    let identity = certificates::identity(app, partner).await?;
    let leaf = identity.chain.first().map(Vec::as_slice).unwrap_or_default();
    let link = Invocation::ByReference {
        client_id: ClientId::x509_hash(leaf),
        request_uri: format!(
            "{}/oid4vc/{}/requests/{request_id}",
            app.public_url, partner.partner_id
        ),
        method: RequestUriMethod::Post,
    };
    Ok(link.to_link(OPENID4VP))
}

/// `GET /sandbox/v1/presentation-requests/{request}`.
pub async fn status(
    app: &App,
    partner: &Partner,
    request_id: &str,
) -> Result<PresentationRequestStatus, Refusal> {
    let mut read = app.store.read().await?;
    let row = presentation_requests::find(&mut read, partner.partner_id.as_str(), request_id)
        .await?
        .ok_or_else(|| {
            Refusal::not_found(
                "this partner has no such presentation request, or it ended more than a day ago",
            )
        })?;
    status_of(app, row)
}

/// Returns the status of a request of any partner, and its link.
pub(crate) async fn status_of_any(
    app: &App,
    request_id: &str,
) -> Result<(PresentationRequestStatus, String), Refusal> {
    let row = presentation_requests::find_any(&mut *app.store.read().await?, request_id).await?;
    let row = row.ok_or_else(|| {
        Refusal::not_found("no such presentation request, or it ended more than a day ago; make a new one")
    })?;
    let partner = issuer::find_partner(app, row.partner_id.as_str()).await?;
    let partner = partner.ok_or_else(|| Refusal::internal("a presentation request without its partner"))?;
    let url = link(app, &partner, request_id).await?;
    Ok((status_of(app, row)?, url))
}

fn status_of(app: &App, row: PresentationRequest) -> Result<PresentationRequestStatus, Refusal> {
    let state = match row.outcome.as_deref() {
        Some(PRESENTED) => PresentationState::Presented,
        Some(_) => PresentationState::Refused,
        None if row.expires_at <= app.machine_clock.now() => PresentationState::Expired,
        None => PresentationState::Open,
    };
    let result = row.result.as_deref().map(serde_json::from_str).transpose();
    Ok(PresentationRequestStatus {
        program_id: row.program_id.clone(),
        request_id: row.request_id,
        state,
        result: result.map_err(Refusal::internal)?,
        expires_at: PlatformTime::from_unix(row.expires_at),
    })
}

/// A request without response.
#[derive(Debug)]
pub struct Open {
    /// The request.
    pub request: AuthorizationRequest,
    /// The key that decrypts the response, if it is encrypted.
    pub key: Option<DecryptionKey>,
}

/// Finds a partner's request that has not ended and has no response.
pub async fn find_open(app: &App, partner: &Partner, request_id: &str) -> Result<Option<Open>, Refusal> {
    let mut read = app.store.read().await?;
    let row = presentation_requests::find(&mut read, partner.partner_id.as_str(), request_id).await?;
    let now = app.machine_clock.now();
    let Some(row) = row.filter(|row| row.outcome.is_none() && now < row.expires_at) else {
        return Ok(None);
    };
    let program = find_program(&mut read, row.program_id.as_str()).await?;
    drop(read);
    open_request(app, partner, &program, &row).await.map(Some)
}

async fn open_request(
    app: &App,
    partner: &Partner,
    program: &VerificationProgram,
    row: &PresentationRequest,
) -> Result<Open, Refusal> {
    let identity = certificates::identity(app, partner).await?;
    let leaf = identity.chain.first().map(Vec::as_slice).unwrap_or_default();
    let query = query(app, program)?;
    let mut metadata = ClientMetadata::for_query(&query);
    let key = row
        .decryption_key
        .as_deref()
        .map(|jwk| DecryptionKey::from_jwk(jwk.as_bytes()))
        .transpose()
        .map_err(Refusal::internal)?;
    if let Some(key) = &key {
        let jwk = serde_json::to_value(key.encryption_key()).map_err(Refusal::internal)?;
        metadata.keys = jwk.as_object().cloned().into_iter().collect();
        metadata.enc_values = vec!["A128GCM".into(), "A256GCM".into()];
    }
    // Half of the random bytes is the nonce, the other half the state.
    let (nonce, state) = row.random.split_at(row.random.len() / 2);
    let options = RequestOptions {
        encrypted: key.is_some(),
        state: Some(Nonce::from_random(state).map_err(Refusal::internal)?),
        client_metadata: Some(metadata),
        ..RequestOptions::default()
    };
    let response_uri = format!(
        "{}/oid4vc/{}/responses/{}",
        app.public_url, partner.partner_id, row.request_id
    );
    let nonce = Nonce::from_random(nonce).map_err(Refusal::internal)?;
    let request =
        AuthorizationRequest::direct_post(ClientId::x509_hash(leaf), &response_uri, nonce, query, options);
    let request = request.map_err(|error| {
        Refusal::bad_request(format!("the program can't be asked for by OpenID4VP: {error}"))
    })?;
    Ok(Open { request, key })
}

/// Returns the query for the attributes that the conditions of a program test.
fn query(app: &App, program: &VerificationProgram) -> Result<Query, Refusal> {
    let mut paths: Vec<Value> = Vec::new();
    for condition in parse_conditions(program)? {
        let path = json!({ "path": [condition.attribute] });
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    let mut credential = json!({
        "id": QUERY,
        "format": "dc+sd-jwt",
        "meta": { "vct_values": [issuer::type_url(app, program.schema_id.as_str())] },
    });
    if let (false, Some(members)) = (paths.is_empty(), credential.as_object_mut()) {
        members.insert("claims".into(), paths.into());
    }
    let query = Query::from_value(&json!({ "credentials": [credential] }));
    query.map_err(|error| {
        Refusal::bad_request(format!("the program can't be asked for by OpenID4VP: {error}"))
    })
}

/// Signs a request object with the verifier's certificate.
pub async fn sign(app: &App, partner: &Partner, request: &AuthorizationRequest) -> Result<String, Refusal> {
    let identity = certificates::identity(app, partner).await?;
    let signed = request.sign_with_certificates(&identity.key, &identity.chain);
    signed.map_err(Refusal::internal)
}

/// A verified presentation.
pub struct Verified {
    /// The credential's type.
    pub vct: String,
    /// All disclosed claims.
    pub claims: Map<String, Value>,
    /// Whether the holder proved possession of the credential's key.
    pub is_holder_bound: bool,
    /// The credential's `coreClaimHash`.
    pub core_claim_hash: CoreClaimHash,
}

/// Shows no claims.
impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("vct", &self.vct)
            .finish_non_exhaustive()
    }
}

/// The reason why a presentation was not verified.
#[derive(Debug)]
pub enum NotVerified {
    /// The presentation breaks a rule.
    Invalid(String),
    /// The store or the platform refused.
    Refused(Refusal),
}

impl<E: Into<Refusal>> From<E> for NotVerified {
    fn from(error: E) -> Self {
        Self::Refused(error.into())
    }
}

/// Verifies a presentation: an issuer of this platform signed it, its holder proves possession of its key for this challenge, and it is
/// valid by its own times. Its status is part of the result.
pub async fn verify(app: &App, presentation: &str, challenge: Challenge) -> Result<Verified, NotVerified> {
    let invalid = |reason: &dyn fmt::Display| NotVerified::Invalid(reason.to_string());
    let claims = Inspection::of(presentation)
        .map_err(|error| invalid(&error))?
        .claims;
    let named = claims.get("iss").and_then(Value::as_str).unwrap_or_default();
    let partner = trusted_issuer(app, named).await?;
    let partner = partner.ok_or_else(|| invalid(&"the credential's issuer is not trusted"))?;
    let keys = JwkSet::from(app.cache.issuer_key(&partner)?.public_jwk());
    let verified = Verifier::new(named, &keys)
        .requiring_key_binding(challenge)
        // The store has the status.
        .without_status()
        .verify(presentation, app.machine_clock.now())
        .map_err(|error| invalid(&error))?;
    let issuer_jwt = presentation.split('~').next().unwrap_or_default();
    let claims = verified.claims().clone();
    let vct = claims.get("vct").and_then(Value::as_str).unwrap_or_default();
    Ok(Verified {
        vct: vct.to_owned(),
        is_holder_bound: verified.is_holder_bound(),
        core_claim_hash: CoreClaimHash::from_bytes(Sha256::digest(issuer_jwt).into()),
        claims,
    })
}

/// Returns the partner with this issuer identifier. Each partner of the platform is trusted, as in the platform's own verification.
async fn trusted_issuer(app: &App, named: &str) -> Result<Option<Arc<Partner>>, Refusal> {
    let prefix = format!("{}/oid4vc/", app.public_url);
    match named.strip_prefix(&prefix) {
        // PostgreSQL has no text with the character U+0000.
        Some(partner_id) if partner_id.len() <= 128 && !partner_id.contains('\0') => {
            issuer::find_partner(app, partner_id).await
        }
        _ => Ok(None),
    }
}

/// Stores the result of presentations that answer the whole query. Returns `false` if the request has a response already, or has ended.
pub async fn finish(
    app: &App,
    partner: &Partner,
    request_id: &str,
    presented: &[Verified],
) -> Result<bool, Refusal> {
    let now = app.platform_clock.now();
    let mut tx = app.store.write().await?;
    let Some(row) = presentation_requests::find(&mut tx, partner.partner_id.as_str(), request_id).await?
    else {
        return Ok(false);
    };
    let program = find_program(&mut tx, row.program_id.as_str()).await?;
    let rules = parse_conditions(&program)?;
    let first = presented
        .first()
        .ok_or_else(|| Refusal::internal("a response without presentation"))?;
    let result = result(app, &mut tx, &rules, first, now).await?;
    let json = serde_json::to_string(&result).map_err(Refusal::internal)?;
    let seconds = app.machine_clock.now();
    if !presentation_requests::finish(&mut tx, request_id, PRESENTED, Some(&json), seconds).await? {
        return Ok(false);
    }
    let event = EventKind::PresentationReceived {
        request: &row,
        outcome: PRESENTED,
        status: Some(status_name(result.status)),
    };
    events::tell(&mut tx, &event, now).await?;
    app.commit(tx).await?;
    Ok(true)
}

/// Stores that the wallet refused.
pub async fn refuse(app: &App, partner: &Partner, request_id: &str) -> Result<bool, Refusal> {
    let mut tx = app.store.write().await?;
    let Some(row) = presentation_requests::find(&mut tx, partner.partner_id.as_str(), request_id).await?
    else {
        return Ok(false);
    };
    let seconds = app.machine_clock.now();
    if !presentation_requests::finish(&mut tx, request_id, REFUSED, None, seconds).await? {
        return Ok(false);
    }
    let event = EventKind::PresentationReceived {
        request: &row,
        outcome: REFUSED,
        status: None,
    };
    events::tell(&mut tx, &event, app.platform_clock.now()).await?;
    app.commit(tx).await?;
    Ok(true)
}

/// Tests the conditions on a verified presentation, in the same order as the platform's own verification.
async fn result(
    app: &App,
    tx: &mut ReadTx,
    rules: &[Condition],
    presented: &Verified,
    now: u64,
) -> Result<PresentationResult, Refusal> {
    let ended = |status| PresentationResult {
        status,
        disclosed_data: None,
    };
    let Some(held) = credentials::find(tx, &presented.core_claim_hash).await? else {
        return Ok(ended(VerificationStatus::NotFound));
    };
    if let Some(at) = held.revoked_at {
        let is_under_way = revocation::is_under_way(app, tx, &held, at).await?;
        return Ok(ended(if is_under_way {
            VerificationStatus::Revoking
        } else {
            VerificationStatus::Revoked
        }));
    }
    if !is_anchored(app, tx, &held.core_claim_hash).await? {
        return Ok(ended(VerificationStatus::Pending));
    }
    if held.expires_at.is_some_and(|at| at <= now) {
        return Ok(ended(VerificationStatus::Expired));
    }
    if !conditions::all_hold(rules, &presented.claims) {
        return Ok(ended(VerificationStatus::NonCompliant));
    }
    Ok(PresentationResult {
        status: VerificationStatus::Compliant,
        disclosed_data: Some(disclosed(tx, rules, presented, &held).await?),
    })
}

async fn disclosed(
    tx: &mut ReadTx,
    rules: &[Condition],
    presented: &Verified,
    held: &Credential,
) -> Result<DisclosedData, Refusal> {
    let issuer = air_store::partners::find(tx, held.partner_id.as_str())
        .await?
        .ok_or_else(|| Refusal::internal("a credential without its issuer"))?;
    let is_tested = |name: &str| rules.iter().any(|rule| rule.attribute == name);
    Ok(DisclosedData {
        credential_subject: presented
            .claims
            .iter()
            .filter(|(name, _)| is_tested(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
        credential_type: presented.vct.clone(),
        issuer_did: issuer.issuer_did,
        issuance_date: PlatformTime::from_unix(held.issued_at),
        expiration_date: held.expires_at.map(PlatformTime::from_unix),
    })
}
