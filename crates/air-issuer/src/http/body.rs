//! Bodies: JSON of at most 100 kB.

use std::time::Duration;

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, header},
};
use serde_json::{Map, Value};
use tokio::time::timeout;

use super::refusal::Refusal;

/// The vendor's limit.
const LIMIT: usize = 100 * 1024;
const TIMEOUT: Duration = Duration::from_secs(30);

/// Reads the members of a JSON object. As in the vendor's service, a body that is not JSON counts
/// as an empty one.
pub(super) async fn read(headers: &HeaderMap, body: Body) -> Result<Map<String, Value>, Refusal> {
    let declared = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse().ok());
    if declared.is_some_and(|length: usize| length > LIMIT) {
        return Err(Refusal::too_large());
    }
    let bytes = timeout(TIMEOUT, to_bytes(body, LIMIT))
        .await
        .map_err(|_| Refusal::too_slow())?
        .map_err(|_| Refusal::too_large())?;
    if bytes.is_empty() || !is_json(headers) {
        return Ok(Map::new());
    }
    air_json::read_object(&bytes).map_err(|error| Refusal::bad_request(&error.to_string()))
}

fn is_json(headers: &HeaderMap) -> bool {
    let media_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    media_type.is_some_and(|value| {
        let essence = value.split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case("application/json")
    })
}
