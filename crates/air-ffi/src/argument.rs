//! Checks of arguments.

use std::time::{SystemTime, UNIX_EPOCH};

use air_vc::{ClaimPath, UnixTime};

use crate::AirError;

/// The maximum number of entries of a list.
const LIST_LIMIT: usize = 1_000;
/// The maximum number of bytes of a key set or status list.
const TEXT_LIMIT: usize = 4 << 20;

pub(crate) fn list(name: &str, list: &[String]) -> Result<(), AirError> {
    if list.len() > LIST_LIMIT {
        return Err(AirError::too_large(name, list.len(), LIST_LIMIT));
    }
    Ok(())
}

pub(crate) fn text(name: &str, text: &str) -> Result<(), AirError> {
    if text.len() > TEXT_LIMIT {
        return Err(AirError::too_large(name, text.len(), TEXT_LIMIT));
    }
    Ok(())
}

/// The claims that paths such as `address.city` name. `*` names all.
pub(crate) fn paths(name: &str, texts: &[String]) -> Result<Vec<ClaimPath>, AirError> {
    list(name, texts)?;
    texts
        .iter()
        .map(|text| -> Result<ClaimPath, AirError> {
            if text == "*" {
                return Ok(ClaimPath::every());
            }
            Ok(text.parse()?)
        })
        .collect()
}

/// A time in seconds since 1970. Defaults to the current time.
pub(crate) fn time(seconds: Option<u64>) -> Result<UnixTime, AirError> {
    if let Some(seconds) = seconds {
        return Ok(UnixTime::from_secs(seconds));
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.map_err(|_| AirError::argument("now", "given: the device's clock is before 1970"))?;
    Ok(UnixTime::from_secs(now.as_secs()))
}
