//! Members that credentials and status lists share (Verifiable Credentials Data Model 2.0).

use air_ids::UnixTime;
use jiff::Timestamp;
use serde_json::{Map, Value};

/// The `typ` in the header of version 2.0.
pub(crate) const TYPE: &str = "vc+jwt";
/// The first `@context` of version 2.0.
pub(crate) const CONTEXT: &str = "https://www.w3.org/ns/credentials/v2";
/// The type that every credential has.
pub(crate) const BASE_TYPE: &str = "VerifiableCredential";

/// `issuer` (4.7): a URL, or an object with one as its `id`.
pub(crate) fn issuer_of(document: &Map<String, Value>) -> Option<&str> {
    match document.get("issuer")? {
        Value::String(issuer) => Some(issuer),
        Value::Object(issuer) => issuer.get("id")?.as_str(),
        _ => None,
    }
}

/// `credentialSubject` (4.8): one object, alone or in an array. Several subjects are rejected,
/// because their claims would be read as claims about one.
pub(crate) fn subject_of(document: &Map<String, Value>) -> Result<&Map<String, Value>, &'static str> {
    const NOT_AN_OBJECT: &str = "`credentialSubject` is not an object";
    let subject = match document.get("credentialSubject") {
        Some(Value::Array(subjects)) => match subjects.as_slice() {
            [only] => only,
            [] => return Err("`credentialSubject` has no subject"),
            _ => {
                return Err(
                    "`credentialSubject` has several subjects; only credentials of one subject are read",
                );
            }
        },
        Some(one) => one,
        None => return Err(NOT_AN_OBJECT),
    };
    subject.as_object().ok_or(NOT_AN_OBJECT)
}

/// `type` (4.5): one name or several.
pub(crate) fn types_of(document: &Map<String, Value>) -> Vec<&str> {
    match document.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// A `dateTimeStamp` in UTC, in whole seconds, up to the year 9999.
pub(crate) fn date_time(time: UnixTime) -> String {
    let time = i64::try_from(time.as_secs())
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok());
    let latest = || Timestamp::from_second(Timestamp::MAX.as_second()).unwrap_or_default();
    time.unwrap_or_else(latest).to_string()
}

/// Reads a time with a time zone. A time before 1970 becomes 1970-01-01T00:00:00Z.
pub(crate) fn parse_date_time(value: &Value) -> Option<UnixTime> {
    let time: Timestamp = value.as_str()?.parse().ok()?;
    Some(UnixTime::from_secs(u64::try_from(time.as_second()).unwrap_or(0)))
}
