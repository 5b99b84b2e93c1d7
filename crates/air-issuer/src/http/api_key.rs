//! Authentication by API key, and the limit of each key's rate.

use axum::http::HeaderMap;

use super::refusal::Refusal;
use crate::{
    config::{ApiKeys, Config},
    state::State as Service,
};

/// A kind of caller, each with keys of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    /// AIR, which calls for a holder.
    Air,
    /// The operator.
    Admin,
}

impl Caller {
    /// The caller of a route that needs a key.
    fn of(path: &str) -> Option<Self> {
        match path {
            "/available-vc" | "/issue-vc" => Some(Self::Air),
            _ if path.starts_with("/admin/") => Some(Self::Admin),
            _ => None,
        }
    }

    const fn header(self) -> &'static str {
        match self {
            Self::Air => "x-api-key",
            Self::Admin => "x-admin-api-key",
        }
    }

    const fn keys(self, config: &Config) -> &ApiKeys {
        match self {
            Self::Air => &config.api_keys,
            Self::Admin => &config.admin_api_keys,
        }
    }
}

/// Checks the caller's key and its rate. Returns the start of the key's digest, for the audit log.
pub(super) fn check(service: &Service, headers: &HeaderMap, caller: Caller) -> Result<String, Refusal> {
    let mut values = headers.get_all(caller.header()).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(Refusal::forbidden());
    };
    let key = value.to_str().map_err(|_| Refusal::forbidden())?;
    let name = caller
        .keys(&service.config)
        .find(key)
        .ok_or_else(Refusal::forbidden)?;
    service
        .rates
        .count_key(caller.header(), &name)
        .map_err(|wait| Refusal::too_many("too many requests with this API key; slow down", wait))?;
    Ok(name)
}

/// Checks whether a request has the valid key that its route needs. It counts nothing.
pub(super) fn is_known(service: &Service, path: &str, headers: &HeaderMap) -> bool {
    let Some(caller) = Caller::of(path) else {
        return false;
    };
    let keys = caller.keys(&service.config);
    let mut values = headers.get_all(caller.header()).iter();
    values.any(|value| value.to_str().is_ok_and(|key| keys.find(key).is_some()))
}

/// Counts a request for a holder, after the caller's key and the request were checked.
pub(super) fn count_holder(service: &Service, did: &str) -> Result<(), Refusal> {
    let refused = |wait| Refusal::too_many("too many requests for this holder; slow down", wait);
    service.rates.count_holder(did).map_err(refused)
}
