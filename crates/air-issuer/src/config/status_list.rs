//! `[status-list]`: the size and the lifetime of status lists.

use std::time::Duration;

use super::{ConfigError, Environment, duration::Seconds, file::StatusListSection};

const TTL: u64 = 300;
const LIFETIME: Duration = Duration::from_hours(24);
/// The maximum number of entries of a status list.
const LARGEST_PARTITION: u64 = 16 * 1024 * 1024;

/// The status lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StatusListConfig {
    /// Entries of each list. It never changes.
    pub(crate) size: u64,
    /// Seconds for which verifiers may cache a list.
    pub(crate) ttl: u64,
    /// The time for which a signed list is valid.
    pub(crate) lifetime: Duration,
}

/// Reads the section. Without a size, status lists are off.
pub(super) fn read(
    environment: &Environment,
    file: &StatusListSection,
    warnings: &mut Vec<String>,
) -> Result<Option<StatusListConfig>, ConfigError> {
    let name = "SD_JWT_TSL_PARTITION_SIZE";
    let size = match environment.get(name) {
        Some(text) => Some(
            text.parse()
                .map_err(|_| ConfigError::invalid(name, "must be a number of entries, such as 80000"))?,
        ),
        None => file.partition_size,
    };
    let Some(size) = size else {
        if file.ttl.is_some() || file.lifetime.is_some() {
            return Err(ConfigError::missing(
                "status-list.partition-size",
                "set it to the entries of each list, such as 80000, or remove [status-list]",
            ));
        }
        warnings.push(
            "status lists are off, which can't be changed after the first credential; set `partition-size` in \
             [status-list], such as 80000, unless your verifiers only read `revocation-status`"
                .to_owned(),
        );
        return Ok(None);
    };
    if size == 0 || !size.is_multiple_of(8) || size > LARGEST_PARTITION {
        return Err(ConfigError::invalid(
            name,
            format!("must be a multiple of 8 from 8 to {LARGEST_PARTITION}, such as 80000"),
        ));
    }
    let ttl = file.ttl.map_or(TTL, |ttl| ttl.0);
    let lifetime = file.lifetime.map_or(LIFETIME, Seconds::duration);
    if lifetime < Duration::from_secs(2 * ttl) {
        return Err(ConfigError::invalid(
            "status-list.lifetime",
            "must be at least twice `ttl`, so that a cached list does not expire",
        ));
    }
    Ok(Some(StatusListConfig { size, ttl, lifetime }))
}
