//! `Idempotency-Key` on the operator's calls (after draft-ietf-httpapi-idempotency-key-header-07): the same call with the same
//! key takes effect once within 24 hours.

use std::{fmt, future::Future, sync::Arc, time::Duration};

use air_api::{IDEMPOTENCY_KEY_HEADER, IDEMPOTENT_REPLAYED_HEADER, IdempotencyKey};
use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value};

use super::refusal::Refusal;
use crate::{
    issue::references::canonical,
    request_context,
    state::State as Service,
    store::idempotency::{self, CallRef, Claim, StoredResponse},
};

/// The part of a lease beyond the calls to the platform.
const LEASE_MARGIN: Duration = Duration::from_secs(30);

/// A successful response without a body.
#[derive(Debug)]
pub(super) struct Answer {
    stored: StoredResponse,
    is_replayed: bool,
}

impl Answer {
    pub(super) fn of(status: StatusCode) -> Self {
        Self {
            stored: StoredResponse {
                status: status.as_u16(),
                location: None,
            },
            is_replayed: false,
        }
    }

    /// 201 with the path of the created resource.
    pub(super) fn created(location: String) -> Self {
        let mut answer = Self::of(StatusCode::CREATED);
        answer.stored.location = Some(location);
        answer
    }
}

/// Reads the key of a call to `path`, if it has one, with a fingerprint of the call. Callers don't share keys.
pub(super) fn read(
    service: &Service,
    headers: &HeaderMap,
    actor: &str,
    path: &str,
    body: &Map<String, Value>,
) -> Result<Option<CallRef>, Refusal> {
    let mut keys = headers.get_all(IDEMPOTENCY_KEY_HEADER).iter();
    let Some(key) = keys.next() else {
        return Ok(None);
    };
    let refused = |reason: &dyn fmt::Display| Refusal::bad_request(&format!("Idempotency-Key: {reason}"));
    if keys.next().is_some() {
        return Err(refused(&"there is more than one"));
    }
    let key: IdempotencyKey = key
        .to_str()
        .unwrap_or_default()
        .parse()
        .map_err(|error: air_api::Error| refused(&error))?;
    // Some clients write the members in another order at each try.
    let body = canonical(body);
    Ok(Some(CallRef {
        key: service
            .reference_key
            .hash("idempotency key", &[actor, key.as_str()]),
        call: service.reference_key.hash("idempotent call", &[path, &body]),
    }))
}

/// Runs `operation` once for each key, and replays its response. A refusal is not stored: the caller can correct the call, or
/// send it again later, with the same key.
pub(super) async fn once(
    service: &Arc<Service>,
    key: Option<CallRef>,
    operation: impl Future<Output = Result<Answer, Refusal>> + Send + 'static,
) -> Result<Answer, Refusal> {
    let Some(of) = key else {
        return operation.await;
    };
    let now = service.clock.now();
    let since = now.saturating_sub(idempotency::LIFETIME);
    let lease = service.platform.timeout().saturating_mul(3) + LEASE_MARGIN;
    let lease_ends = now.saturating_add(lease);
    match idempotency::claim(&service.store, &of, now, since, lease_ends).await? {
        Claim::New => {}
        Claim::InProgress => return Err(Refusal::in_progress()),
        Claim::OtherCall => {
            return Err(Refusal::unprocessable(
                "this Idempotency-Key was used for another call; a new call needs a new key",
            ));
        }
        Claim::Complete(stored) => {
            return Ok(Answer {
                stored,
                is_replayed: true,
            });
        }
    }
    // The call is completed even if the caller disconnects, so that its next try finds the response.
    let call = request_context::spawn({
        let service = service.clone();
        async move {
            let outcome = operation.await;
            let recorded = match &outcome {
                Ok(answer) => {
                    idempotency::complete(&service.store, &of.key, lease_ends, &answer.stored).await
                }
                Err(_) => idempotency::release(&service.store, &of.key, lease_ends).await,
            };
            if let Err(error) = recorded {
                tracing::warn!(%error, "an Idempotency-Key stays in progress until its lease ends");
            }
            outcome
        }
    });
    call.await
        .unwrap_or_else(|error| Err(Refusal::internal("internal", &error)))
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let StoredResponse { status, location } = self.stored;
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        let headers = response.headers_mut();
        if let Some(location) = location.and_then(|path| HeaderValue::try_from(path).ok()) {
            headers.insert(header::LOCATION, location);
        }
        if self.is_replayed {
            let name = HeaderName::from_static(IDEMPOTENT_REPLAYED_HEADER);
            headers.insert(name, HeaderValue::from_static("true"));
        }
        response
    }
}
