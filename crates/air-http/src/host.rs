//! The host of a request.

use air_ids::is_loopback_host;

/// Checks whether an authority, such as the value of `Host`, names this machine: a loopback address
/// or `localhost`, with or without a port.
#[must_use]
pub fn is_local_authority(authority: &str) -> bool {
    let without_port = authority
        .rsplit_once(':')
        .filter(|(_, port)| port.parse::<u16>().is_ok());
    let host = without_port.map_or(authority, |(host, _)| host);
    is_loopback_host(&host.to_ascii_lowercase())
}
