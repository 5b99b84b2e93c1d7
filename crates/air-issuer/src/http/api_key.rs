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
        .rate
        .count(caller.header(), &name)
        .map_err(Refusal::too_many)?;
    Ok(name)
}
