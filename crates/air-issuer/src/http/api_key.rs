//! Authentication by API key.

use axum::http::HeaderMap;

use super::refusal::Refusal;
use crate::config::ApiKeys;

/// The header of AIR's calls.
pub(super) const HOLDER_ROUTES: &str = "x-api-key";
/// The header of the operator's calls.
pub(super) const ADMIN_ROUTES: &str = "x-admin-api-key";

/// Checks the key in this header. Returns the start of its digest, for the audit log.
pub(super) fn check(headers: &HeaderMap, name: &str, keys: &ApiKeys) -> Result<String, Refusal> {
    let mut values = headers.get_all(name).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(Refusal::forbidden());
    };
    let key = value.to_str().map_err(|_| Refusal::forbidden())?;
    keys.find(key).ok_or_else(Refusal::forbidden)
}
