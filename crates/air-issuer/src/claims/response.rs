//! The format of claims in a hook's response and in a line of a table:
//! `{credentialSubject, validFor?|expiresAt?}`.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{ClaimError, Claims, Validity};
use crate::clock::parse_rfc3339;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    credential_subject: Map<String, Value>,
    valid_for: Option<u64>,
    expires_at: Option<String>,
}

/// Reads a response. Numbers that a JSON reader could round, and repeated names, are refused.
pub(super) fn read(json: &[u8]) -> Result<Claims, ClaimError> {
    let members = air_json::read_object(json).map_err(|error| malformed(&error.to_string()))?;
    claims(members)
}

/// Reads the members of a response.
pub(super) fn claims(members: Map<String, Value>) -> Result<Claims, ClaimError> {
    const FORM: &str =
        "must be an object `credentialSubject`, and `validFor` in seconds or a text `expiresAt`";
    const EXPIRES_AT: &str =
        "`expiresAt` must be a time with its offset from 1970 on, such as 2030-01-01T00:00:00Z";
    // The parser's text could quote a claim.
    let response: Response = serde_json::from_value(Value::Object(members)).map_err(|_| malformed(FORM))?;
    let validity = match (response.valid_for, response.expires_at) {
        (None, None) => None,
        (Some(seconds), None) => Some(Validity::For(Duration::from_secs(seconds))),
        (None, Some(text)) => {
            let time = parse_rfc3339(&text).ok_or_else(|| malformed(EXPIRES_AT))?;
            Some(Validity::Until(time))
        }
        (Some(_), Some(_)) => return Err(malformed("`validFor` and `expiresAt` exclude each other")),
    };
    Ok(Claims {
        subject: response.credential_subject,
        validity,
    })
}

pub(super) fn malformed(reason: &str) -> ClaimError {
    ClaimError::Malformed {
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use air_ids::UnixTime;

    use super::*;

    #[test]
    fn a_response_has_claims_and_at_most_one_validity() {
        let claims = read(br#"{"credentialSubject": {"member": true}, "validFor": 60, "other": 1}"#).unwrap();
        assert_eq!(claims.validity, Some(Validity::For(Duration::from_mins(1))));
        let claims = read(br#"{"credentialSubject": {}, "expiresAt": "2030-01-01T00:00:00Z"}"#).unwrap();
        assert_eq!(
            claims.validity,
            Some(Validity::Until(UnixTime::from_secs(1_893_456_000)))
        );
        for bad in [
            "",
            "[]",
            "{}",
            r#"{"credentialSubject": "secret"}"#,
            r#"{"credentialSubject": {}, "validFor": 1, "expiresAt": "2030-01-01T00:00:00Z"}"#,
            r#"{"credentialSubject": {}, "expiresAt": "secret"}"#,
            r#"{"credentialSubject": {}, "expiresAt": "1960-01-01T00:00:00Z"}"#,
            r#"{"credentialSubject": {"a": 1, "a": 2}}"#,
        ] {
            let error = read(bad.as_bytes()).unwrap_err();
            assert!(matches!(error, ClaimError::Malformed { .. }), "{bad}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }
}
