//! The notification endpoint (OpenID4VCI 1.0, section 11).

use air_oid4vc::vci::{ErrorCode, NotificationRequest};
use axum::{
    extract::{Path, Request, State},
    http::StatusCode,
    response::IntoResponse,
};

use super::{
    Answer, Grant, IssuerBackend, IssuerProfile, Notification,
    access::{self, with_dpop_nonce},
    check_query, either, metadata,
};
use crate::{
    NonceKey, body,
    rejection::{Rejection, no_store},
};

/// The maximum length of a notification in bytes.
const BODY_LIMIT: usize = 16 * 1024;
/// The label of the values that the key authenticates here.
const LABEL: &str = "notification_id";

/// Returns the identifier of a credential response: its number, and a value that only the issuer can make.
pub(super) fn notification_id(nonces: &NonceKey, grant: &Grant, number: u64) -> String {
    let sealed = nonces.seal(LABEL, &format!("{number} {}", grant.id));
    format!("{number}.{sealed}")
}

/// Returns the number of the response that an identifier names, for this grant.
fn number(nonces: &NonceKey, grant: &Grant, id: &str) -> Option<u64> {
    let number = id.split_once('.')?.0.parse().ok()?;
    // The value is no secret of the caller's: it has the same one for the same grant.
    (notification_id(nonces, grant, number) == id).then_some(number)
}

pub(super) async fn notification<B: IssuerBackend>(
    State(backend): State<B>,
    Path(id): Path<String>,
    request: Request,
) -> Answer {
    let profile = metadata::find(&backend, &id).await?;
    let nonces = backend.nonce_key().await?;
    let answer = record(&backend, &id, &profile, &nonces, request).await;
    let issuer = profile.issuer.as_str();
    Ok(with_dpop_nonce(either(answer), &nonces, issuer, backend.now()))
}

async fn record<B: IssuerBackend>(
    backend: &B,
    id: &str,
    profile: &IssuerProfile,
    nonces: &NonceKey,
    request: Request,
) -> Answer {
    check_query(&request)?;
    let (head, body) = request.into_parts();
    let access = access::identify(backend, id, profile, nonces, "notification", &head.headers).await?;
    if !backend.spend_unissued(id, &access.grant, access.proof).await? {
        return Err(access::proof_used());
    }
    if !body::is_typed(&head.headers, "application/json") {
        return Err(Rejection::bad_request(&ErrorCode::InvalidNotificationRequest)
            .describe("the body must be application/json")
            .cite("OpenID4VCI 1.0", "11.1"));
    }
    let body = body::read(&head.headers, body, BODY_LIMIT).await?;
    let request = NotificationRequest::parse(&body).map_err(|error| {
        Rejection::message(&error, "11.1").with_code(&ErrorCode::InvalidNotificationRequest)
    })?;
    let number = number(nonces, &access.grant, &request.notification_id).ok_or_else(|| {
        Rejection::bad_request(&ErrorCode::InvalidNotificationId)
            .describe("notification_id must be the one of a credential response for this access token")
            .cite("OpenID4VCI 1.0", "11.3")
    })?;
    let event = request.event;
    backend
        .notify(id, &access.grant, Notification { number, event })
        .await?;
    Ok((StatusCode::NO_CONTENT, no_store()).into_response())
}
