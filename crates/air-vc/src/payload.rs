//! Strict parsing of token payloads: the parsed claims are exactly the signed ones.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use crate::Error;

/// The payload of a compact JWT, verified or not. `malformed` is the error for a payload that is
/// not a JSON object.
///
/// # Errors
/// [`Error::DuplicateMember`], [`Error::InexactNumber`] or `malformed`.
pub(crate) fn payload_of(jwt: &str, malformed: Error) -> Result<Map<String, Value>, Error> {
    let json = jwt
        .split('.')
        .nth(1)
        .and_then(|payload| URL_SAFE_NO_PAD.decode(payload).ok());
    match json {
        Some(json) => air_json::read_object(&json).map_err(|error| Error::of_json(error, malformed)),
        None => Err(malformed),
    }
}
