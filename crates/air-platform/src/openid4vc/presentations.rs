//! Presentation requests of verification programs, and their results.

use std::time::Duration;

use air_api::{
    PlatformTime, WebUrl,
    sandbox::{
        CreatePresentationRequest, CreatedPresentationRequest, CredentialFormat, PresentationRequestStatus,
        PresentationState, VerificationStatus,
    },
};
use air_jwt::jwe::DecryptionKey;
use air_oid4vc::vp::{
    AuthorizationRequest, ClientId, ClientMetadata, Invocation, Nonce, OPENID4VP, PresentationSession,
    RequestOptions, RequestUriMethod,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use url::Url;

use super::{
    certificates, issuer, presentation_records, presentation_results,
    presented::Verified,
    query::{query, stored_formats},
    transactions,
};
use crate::{
    App, Refusal,
    events::{self, EventKind},
    ids,
    partner_auth::Authenticated,
    verification::{find_program, parse_conditions, status_name},
};
use air_store::{
    WriterGuard,
    partners::Partner,
    presentation_requests::{self, Outcome, PresentationRequest},
    programs::VerificationProgram,
};

/// The lifetime of a request in seconds, unless the partner asks for another.
const LIFETIME: u64 = 600;
const LONGEST_LIFETIME: u64 = 24 * 3600;
/// The maximum number of a partner's requests without response.
const OPEN_LIMIT: u64 = 10_000;
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
    if program.predicate_proofs_of.is_some() {
        return Err(Refusal::conflict(
            "the verification program accepts predicate proofs only, for which OpenID4VP has no format; start a verification",
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
        formats: stored_formats(&request.formats)?,
        random: ids::secret().to_vec(),
        decryption_key: key.map(|key| key.expose_jwk().to_string()),
        created_at: now,
        expires_at: now.saturating_add(Duration::from_secs(lifetime)),
        outcome: None,
        result: None,
        redirect_uri: redirect_uri(request.redirect_uri)?,
        response_code_hash: None,
        transaction_data: transactions::to_stored(&request.transaction_data, &request.formats)?,
    };
    open_request(app, partner, &program, &row).await?;
    let url = link(app, partner, &row.request_id).await?;
    let mut tx = app.store.write().await?;
    if presentation_requests::count_open(&mut tx, &partner.partner_id, now, OPEN_LIMIT).await? >= OPEN_LIMIT {
        return Err(Refusal::insufficient_storage(format!(
            "this partner has {OPEN_LIMIT} open presentation requests, the maximum; wait until one expires"
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

/// Checks that a code can be added to the URL.
fn redirect_uri(uri: Option<WebUrl>) -> Result<Option<WebUrl>, Refusal> {
    match uri {
        Some(uri) if uri.as_str().contains('#') => {
            Err(Refusal::bad_request("invalid redirectUri: must have no fragment"))
        }
        other => Ok(other),
    }
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

/// `GET /sandbox/v1/presentation-requests/{request}`. A result that belongs to a browser session is released with its code only
/// (OpenID4VP 1.0, section 13.3).
pub async fn status(
    app: &App,
    partner: &Partner,
    request_id: &str,
    response_code: Option<&str>,
) -> Result<PresentationRequestStatus, Refusal> {
    let mut read = app.store.read().await?;
    let row = presentation_requests::find(&mut read, &partner.partner_id, request_id)
        .await?
        .ok_or_else(|| {
            Refusal::not_found(
                "this partner has no such presentation request, or it ended more than a day ago",
            )
        })?;
    let Some(hash) = row.response_code_hash.clone() else {
        return status_of(app, row);
    };
    let mut status = status_of(app, row)?;
    match response_code {
        None => status.result = None,
        Some(code) if bool::from(Sha256::digest(code)[..].ct_eq(&hash)) => {}
        Some(_) => {
            return Err(Refusal::forbidden(
                "the response code is not this request's: the response came from another browser session",
            ));
        }
    }
    Ok(status)
}

/// The links of a request.
#[derive(Clone, Debug)]
pub struct Links {
    /// The link for a wallet: `openid4vp://…`.
    pub wallet: String,
    /// The path of the request for the Digital Credentials API.
    pub dc_api_request: String,
    /// The path that takes the browser's response.
    pub dc_api_response: String,
}

/// Returns the status of a request of any partner, and its links. A result that needs a response code is withheld.
pub(crate) async fn status_of_any(
    app: &App,
    request_id: &str,
) -> Result<(PresentationRequestStatus, Links), Refusal> {
    let row = presentation_requests::find_any(&mut *app.store.read().await?, request_id).await?;
    let row = row.ok_or_else(|| {
        Refusal::not_found("no such presentation request, or it ended more than a day ago; make a new one")
    })?;
    let partner = issuer::find_partner(app, row.partner_id.as_str()).await?;
    let partner = partner.ok_or_else(|| Refusal::internal("a presentation request without its partner"))?;
    let path = |name: &str| format!("/oid4vc/{}/{name}/{request_id}/dc-api", partner.partner_id);
    let links = Links {
        wallet: link(app, &partner, request_id).await?,
        dc_api_request: path("requests"),
        dc_api_response: path("responses"),
    };
    let needs_code = row.response_code_hash.is_some();
    let mut status = status_of(app, row)?;
    if needs_code {
        status.result = None;
    }
    Ok((status, links))
}

/// Returns the state that the row of a request stores.
fn session(row: &PresentationRequest) -> PresentationSession {
    match row.outcome.as_deref() {
        Some(PRESENTED) => PresentationSession::Presented,
        Some(_) => PresentationSession::Refused,
        None => PresentationSession::open(row.expires_at),
    }
}

/// Returns the name of a response in the row and in events; `None` for a request without response.
fn outcome_name(session: PresentationSession) -> Option<&'static str> {
    match session {
        PresentationSession::Presented => Some(PRESENTED),
        PresentationSession::Refused => Some(REFUSED),
        PresentationSession::Open { .. } | PresentationSession::Expired => None,
    }
}

fn status_of(app: &App, row: PresentationRequest) -> Result<PresentationRequestStatus, Refusal> {
    let state = match session(&row).at(app.machine_clock.now()) {
        PresentationSession::Open { .. } => PresentationState::Open,
        PresentationSession::Presented => PresentationState::Presented,
        PresentationSession::Refused => PresentationState::Refused,
        PresentationSession::Expired => PresentationState::Expired,
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
    /// The same request through the Digital Credentials API.
    pub dc_api: AuthorizationRequest,
    /// The origin of the page that makes it: that of the platform's public URL.
    pub origin: String,
}

/// Finds a partner's request that has not ended and has no response.
pub async fn find_open(app: &App, partner: &Partner, request_id: &str) -> Result<Option<Open>, Refusal> {
    let mut read = app.store.read().await?;
    let row = presentation_requests::find(&mut read, &partner.partner_id, request_id).await?;
    let now = app.machine_clock.now();
    let Some(row) = row.filter(|row| session(row).is_open(now)) else {
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
    let formats = row.formats.split(' ').map(str::parse);
    let formats = formats.collect::<Result<Vec<CredentialFormat>, _>>();
    let query = query(app, program, &formats.map_err(Refusal::internal)?)?;
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
        transaction_data: transactions::of_stored(row.transaction_data.as_deref())?,
        ..RequestOptions::default()
    };
    let response_uri = format!(
        "{}/oid4vc/{}/responses/{}",
        app.public_url, partner.partner_id, row.request_id
    );
    let nonce = Nonce::from_random(nonce).map_err(Refusal::internal)?;
    let client = ClientId::x509_hash(leaf);
    let unaskable = |error: air_oid4vc::Error| {
        Refusal::bad_request(format!("the program can't be asked for by OpenID4VP: {error}"))
    };
    let origin = origin(app)?;
    // The browser joins request and response, so that no state is needed.
    let dc_api_options = RequestOptions {
        state: None,
        ..options.clone()
    };
    let page = Some((client.clone(), vec![origin.clone()]));
    let dc_api = AuthorizationRequest::dc_api(page, nonce.clone(), query.clone(), dc_api_options);
    let request = AuthorizationRequest::direct_post(client, &response_uri, nonce, query, options);
    Ok(Open {
        request: request.map_err(unaskable)?,
        key,
        dc_api: dc_api.map_err(unaskable)?,
        origin,
    })
}

/// Returns the origin of the platform's pages.
fn origin(app: &App) -> Result<String, Refusal> {
    let url = Url::parse(&app.public_url).map_err(Refusal::internal)?;
    Ok(url.origin().ascii_serialization())
}

/// Signs a request object with the verifier's certificate.
pub async fn sign(app: &App, partner: &Partner, request: &AuthorizationRequest) -> Result<String, Refusal> {
    let identity = certificates::identity(app, partner).await?;
    let signed = request.sign_with_certificates(&identity.key, &identity.chain);
    signed.map_err(Refusal::internal)
}

/// The end of a request.
#[derive(Debug)]
pub struct Finished {
    /// Where the wallet sends the browser, with a fresh response code.
    pub redirect_uri: Option<String>,
}

/// The code of a response, which the browser that follows the redirect brings back.
struct ResponseCode {
    redirect_uri: String,
    hash: [u8; 32],
}

impl ResponseCode {
    /// Returns a fresh code, if the request has somewhere to send it.
    fn of(request: &PresentationRequest) -> Result<Option<Self>, Refusal> {
        let Some(uri) = &request.redirect_uri else {
            return Ok(None);
        };
        let code = URL_SAFE_NO_PAD.encode(ids::secret());
        let mut url = Url::parse(uri.as_str()).map_err(Refusal::internal)?;
        url.query_pairs_mut().append_pair("response_code", &code);
        Ok(Some(Self {
            redirect_uri: url.into(),
            hash: Sha256::digest(&code).into(),
        }))
    }
}

/// Stores the result of presentations that answer the whole query. Returns `None` if the request has a response already, or has ended.
pub async fn finish(
    app: &App,
    partner: &Partner,
    request_id: &str,
    presented: &[Verified],
) -> Result<Option<Finished>, Refusal> {
    let now = app.platform_clock.now();
    let mut tx = app.store.write().await?;
    let Some(row) = presentation_requests::find(&mut tx, &partner.partner_id, request_id).await? else {
        return Ok(None);
    };
    let program = find_program(&mut tx, row.program_id.as_str()).await?;
    let rules = parse_conditions(&program)?;
    let mut results = Vec::with_capacity(presented.len());
    for one in presented {
        let result = presentation_results::of(app, &mut tx, &rules, one, now).await?;
        presentation_records::record(&mut tx, &row, one, status_name(result.status), now).await?;
        results.push(result);
    }
    let mut result = results
        .into_iter()
        .next()
        .ok_or_else(|| Refusal::internal("a response without presentation"))?;
    // A wallet signed their hashes with the credential, so they are authorised if it is valid.
    if result.status == VerificationStatus::Compliant {
        result.transaction_data = transactions::given(row.transaction_data.as_deref())?;
    }
    let json = serde_json::to_string(&result).map_err(Refusal::internal)?;
    let result = Some((json.as_str(), status_name(result.status)));
    store(app, tx, &row, result).await
}

/// Stores that the wallet refused.
pub async fn refuse(app: &App, partner: &Partner, request_id: &str) -> Result<Option<Finished>, Refusal> {
    let mut tx = app.store.write().await?;
    let row = presentation_requests::find(&mut tx, &partner.partner_id, request_id).await?;
    match row {
        Some(row) => store(app, tx, &row, None).await,
        None => Ok(None),
    }
}

/// Stores the end of a request: a presentation with its result, as JSON and as a status, or a refusal.
async fn store(
    app: &App,
    mut tx: WriterGuard,
    row: &PresentationRequest,
    result: Option<(&str, &'static str)>,
) -> Result<Option<Finished>, Refusal> {
    let seconds = app.machine_clock.now();
    let ended = match result {
        Some(_) => session(row).present(seconds),
        None => session(row).refuse(seconds),
    };
    let Some(outcome) = ended.ok().and_then(outcome_name) else {
        return Ok(None);
    };
    let code = ResponseCode::of(row)?;
    // The starter of the request may have sent its link to somebody else, and reads the events.
    let status = result.filter(|_| code.is_none()).map(|(_, status)| status);
    let stored = Outcome {
        name: outcome,
        result: result.map(|(json, _)| json),
        response_code_hash: code.as_ref().map(|code| &code.hash[..]),
    };
    // The statement checks the same again, so that only one outcome is ever stored.
    if !presentation_requests::finish(&mut tx, &row.request_id, stored, seconds).await? {
        return Ok(None);
    }
    let event = EventKind::PresentationReceived {
        request: row,
        outcome,
        status,
    };
    events::record(&mut tx, &event, app.platform_clock.now()).await?;
    app.commit(tx).await?;
    Ok(Some(Finished {
        redirect_uri: code.map(|code| code.redirect_uri),
    }))
}
