//! `[air]`: the platform, and this issuer's account on it.

use std::time::Duration;

use air_ids::PartnerId;

use super::{ConfigError, Environment, Origin, duration::Seconds, file::AirSection};

/// The vendor's time limit for dStorage.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The platform that holders are registered with and credentials are stored at.
#[derive(Clone, Debug)]
pub(crate) struct AirConfig {
    pub(crate) partner: PartnerId,
    /// The origin of `/v2/auth/initialize-user`. Without it, `/v1/auth/initialize-user` of the other one is called.
    pub(crate) api: Option<Origin>,
    /// The origin of `/v1/dstorage/vcs`.
    pub(crate) chain: Origin,
    pub(crate) timeout: Duration,
}

impl AirConfig {
    pub(super) fn read(environment: &Environment, file: AirSection) -> Result<Self, ConfigError> {
        let name = "PARTNER_ID";
        let partner = environment.get(name).map(str::to_owned).or(file.partner_id);
        let partner = partner
            .ok_or_else(|| ConfigError::missing(name, "set it to the partner id that the dashboard shows"))?;
        let partner = partner
            .parse()
            .map_err(|_| ConfigError::invalid(name, "must be the UUID that the dashboard shows"))?;
        let name = "AIR_API_ORIGIN";
        let api = environment.get(name).map(str::to_owned).or(file.api_origin);
        let api = api.map(|text| Origin::parse(name, &text)).transpose()?;
        let name = "MOCA_CHAIN_API_ORIGIN";
        let chain = environment.get(name).map(str::to_owned).or(file.chain_origin);
        let chain = match chain {
            Some(text) => text,
            None => default_chain_origin(environment.get("NODE_ENV"))?.to_owned(),
        };
        Ok(Self {
            partner,
            api,
            chain: Origin::parse(name, &chain)?,
            timeout: file.timeout.map_or(TIMEOUT, Seconds::duration),
        })
    }
}

/// The origin of the hosted platform that `NODE_ENV` chooses.
fn default_chain_origin(node_env: Option<&str>) -> Result<&'static str, ConfigError> {
    match node_env {
        Some("production") => Ok("https://mocachain-mainnet.api.air3.com"),
        Some("staging") => Err(ConfigError::missing(
            "MOCA_CHAIN_API_ORIGIN",
            "set it: the origin of the staging platform is not public",
        )),
        _ => Ok("https://api.sandbox.mocachain.org"),
    }
}
