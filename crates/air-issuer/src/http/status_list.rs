//! `GET /statuslist/:partition`: a signed status list.

use std::sync::Arc;

use air_vc::status::StatusListToken;
use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{query::is_digits, refusal::Refusal};
use crate::state::State as Service;

pub(super) async fn status_list(
    State(service): State<Arc<Service>>,
    Path(partition): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let lists = service.lists.as_ref().ok_or_else(Refusal::not_supported)?;
    if !is_digits(&partition) {
        return Err(Refusal::bad_request(
            "Validation failed (numeric string is expected)",
        ));
    }
    let number = partition
        .parse()
        .ok()
        .filter(|number| i64::try_from(*number).is_ok());
    let list = match number {
        Some(number) => lists.get(number).await?,
        None => None,
    };
    let list = list.ok_or_else(|| Refusal::not_found("not_found"))?;
    let etag = list.etag();
    let caching = [
        (header::ETAG, etag.clone()),
        (header::CACHE_CONTROL, format!("max-age={}", list.ttl)),
    ];
    if is_known(&headers, &etag) {
        return Ok((StatusCode::NOT_MODIFIED, caching).into_response());
    }
    let media_type = [(header::CONTENT_TYPE, StatusListToken::MEDIA_TYPE)];
    Ok((media_type, caching, list.token).into_response())
}

/// Whether the caller has the list with this tag (RFC 9110, 13.1.2).
fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let tags = headers.get_all(header::IF_NONE_MATCH).iter();
    tags.filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}
