//! Responses of wallets (OpenID4VP 1.0, sections 8.2 and 8.3).

use air_jwt::jwe::{DecryptionKey, Jwe};
use air_oid4vc::{
    dcql::{Credential, Query},
    vp::{AuthorizationRequest, AuthorizationResponse, Presentation, ResponseBody, TransactionData, VpToken},
};
use axum::{
    Json,
    extract::{Path, Request, State},
    http::StatusCode,
    response::IntoResponse,
};
use serde_json::json;

use super::{
    Answer, Channel, FinishError, Outcome, Presented, SPECIFICATION, VerifiedPresentation, VerifierBackend,
    VerifyError, find, refused,
};
use crate::{
    body,
    rejection::{Rejection, no_store},
};

/// The maximum length of a response in bytes.
pub(super) const BODY_LIMIT: usize = 1024 * 1024;
/// The formats that backends verify. Their presentations are strings.
const FORMATS: [&str; 2] = ["dc+sd-jwt", "mso_mdoc"];

pub(super) async fn post<B: VerifierBackend>(
    State(backend): State<B>,
    Path((id, request_id)): Path<(String, String)>,
    http: Request,
) -> Answer {
    // A request that has ended costs no reading of a body.
    let open = find(&backend, &id, &request_id).await?;
    let (head, body) = http.into_parts();
    body::check_form(&head.headers)?;
    let body = body::read(&head.headers, body, BODY_LIMIT).await?;
    let body = ResponseBody::parse(&body).map_err(|error| refused(&error, "8.2"))?;
    let received = Received {
        request: &open.request,
        key: open.key.as_ref(),
        channel: Channel::ResponseUri(open.request.response_uri().unwrap_or_default()),
    };
    finish(&backend, &id, &request_id, &received, body).await
}

/// The expectations for a response.
pub(super) struct Received<'a> {
    pub(super) request: &'a AuthorizationRequest,
    pub(super) key: Option<&'a DecryptionKey>,
    pub(super) channel: Channel<'a>,
}

/// Checks a response, and stores the outcome.
pub(super) async fn finish<B: VerifierBackend>(
    backend: &B,
    id: &str,
    request_id: &str,
    received: &Received<'_>,
    body: ResponseBody,
) -> Answer {
    let request = received.request;
    body.check_mode(request).map_err(|error| refused(&error, "8.2"))?;
    let response = decrypted(received, body)?;
    response
        .check_state(request)
        .map_err(|error| refused(&error, "8.2"))?;
    let outcome = match response {
        AuthorizationResponse::Refused { error, .. } => Outcome::Refused(error),
        AuthorizationResponse::Presented { vp_token, .. } => {
            Outcome::Presented(verified(backend, [id, request_id], received, &vp_token).await?)
        }
    };
    let redirect_uri = backend
        .finish(id, request_id, outcome)
        .await
        .map_err(|error| match error {
            FinishError::Ended => invalid("the request has a response already, or has ended", "8.2"),
            FinishError::Failure(failure) => failure.into(),
        })?;
    let answer = match redirect_uri {
        Some(uri) => json!({ "redirect_uri": uri }),
        None => json!({}),
    };
    Ok((no_store(), Json(answer)).into_response())
}

/// Decrypts an encrypted response with the request's own key.
fn decrypted(received: &Received<'_>, body: ResponseBody) -> Result<AuthorizationResponse, Rejection> {
    let jwe = match body {
        ResponseBody::Plain(response) => return Ok(response),
        ResponseBody::Encrypted(jwe) => jwe,
    };
    let undecryptable = || {
        invalid(
            "the encrypted response does not decrypt with the request's key",
            "8.3",
        )
    };
    let key = received.key.ok_or_else(undecryptable)?;
    let plaintext = Jwe::parse(&jwe, BODY_LIMIT)
        .and_then(|jwe| jwe.decrypt(key))
        .map_err(|_| undecryptable())?;
    AuthorizationResponse::parse_json(&plaintext).map_err(|error| refused(&error, "8.2"))
}

type Verified = Vec<(String, Vec<VerifiedPresentation>)>;

/// Verifies each presentation, and checks them against the whole query. The IDs are those of the
/// verifier and of the request.
async fn verified<B: VerifierBackend>(
    backend: &B,
    [id, request_id]: [&str; 2],
    received: &Received<'_>,
    token: &VpToken,
) -> Result<Verified, Rejection> {
    let request = received.request;
    let query = request.query();
    token.check_shape(query).map_err(|error| refused(&error, "8.2"))?;
    let origin = match received.channel {
        Channel::DcApi(origin) => Some(origin),
        Channel::ResponseUri(_) => None,
    };
    let audience = request.audience(origin).unwrap_or_default();
    let nonce = request.nonce().as_str();
    let key = received.key.filter(|_| request.response_mode().is_encrypted());
    let encryption_key = key.map(|key| key.encryption_key().thumbprint_bytes());
    let mut verified = Vec::new();
    for (query_id, presentations) in token.presentations() {
        let format = query
            .credential(query_id)
            .map_or("", |query| query.meta().format());
        let mut credentials = Vec::with_capacity(presentations.len());
        for presentation in presentations {
            let Presentation::Text(presentation) = presentation else {
                return Err(invalid("a presentation in this format must be a string", "8.1"));
            };
            if !FORMATS.contains(&format) {
                return Err(invalid(
                    "only presentations of the formats dc+sd-jwt and mso_mdoc are verified",
                    "11.1",
                ));
            }
            let presented = Presented {
                request: request_id,
                format,
                presentation,
                nonce,
                audience: &audience,
                channel: received.channel,
                encryption_key,
            };
            credentials.push(backend.verify(id, presented).await.map_err(unverified)?);
        }
        verified.push((query_id.to_owned(), credentials));
    }
    check_query(query, &verified).map_err(|error| refused(&error, "8.2"))?;
    check_transactions(request, &verified).map_err(|error| refused(&error, "8.2"))?;
    Ok(verified)
}

fn check_transactions(request: &AuthorizationRequest, verified: &Verified) -> Result<(), air_oid4vc::Error> {
    let bound: Vec<_> = verified
        .iter()
        .flat_map(|(id, credentials)| {
            let claims = credentials
                .iter()
                .map(|credential| &credential.key_binding_claims);
            claims.map(move |claims| (id.as_str(), claims))
        })
        .collect();
    TransactionData::check_authorized(&request.options().transaction_data, &bound)
}

fn check_query(query: &Query, verified: &Verified) -> Result<(), air_oid4vc::Error> {
    let presented: Vec<_> = verified
        .iter()
        .map(|(id, credentials)| {
            let credentials = credentials.iter().map(as_credential).collect();
            (id.as_str(), credentials)
        })
        .collect();
    query.check(&presented).map(drop)
}

fn as_credential(verified: &VerifiedPresentation) -> Credential<'_> {
    let credential = verified.content.as_credential();
    let credential = verified
        .authority_key_ids
        .iter()
        .fold(credential, |credential, id| credential.with_authority_key_id(id));
    credential.bound_to_holder(verified.is_holder_bound)
}

fn unverified(error: VerifyError) -> Rejection {
    match error {
        VerifyError::Invalid { reason } => invalid(&reason, "8.6"),
        VerifyError::Failure(failure) => failure.into(),
    }
}

/// 400 for a response that breaks a rule of this section of OpenID4VP 1.0.
pub(super) fn invalid(description: &str, section: &str) -> Rejection {
    Rejection::new(StatusCode::BAD_REQUEST, "invalid_request")
        .describe(description)
        .cite(SPECIFICATION, section)
}
