//! The rules that a credential or a status list token breaks, without any key.

use air_ids::UnixTime;
use air_jwt::jws::Unverified;
use serde_json::{Map, Value};

use crate::{
    Error, Inspection,
    format::{SD_JWT_VC, SD_JWT_VC_OLD},
    payload::payload_of,
    sd_jwt::{LENGTH_LIMIT, Parts},
    status::StatusList,
    validity::{self, Validity},
    verify::{beginning, end, reference},
};

/// The specification of SD-JWT VC.
const VC: &str = "SD-JWT VC";
/// The specification of status lists.
const LIST: &str = "Token Status List";
/// The typ of a status list token.
const LIST_TYPE: &str = "statuslist+jwt";
/// The maximum length of a status list token.
const LIST_LIMIT: usize = 4 * 1024 * 1024;

/// A rule that a credential, a presentation or a status list token breaks. It contains no claim's value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BrokenRule {
    /// The specification that states the rule.
    pub specification: &'static str,
    /// The section.
    pub section: &'static str,
    /// The rule, and how to follow it.
    pub message: String,
}

impl BrokenRule {
    fn new(specification: &'static str, section: &'static str, message: impl Into<String>) -> Self {
        Self {
            specification,
            section,
            message: message.into(),
        }
    }
}

/// Checks an SD-JWT VC, or a presentation of one, at `now` as far as that is possible
/// without the issuer's key: type, required claims, digests and disclosures, times, the reference to a
/// status list, and the proof of possession, whose key is in the credential. The nonce and the audience of
/// the proof are not checked.
///
/// # Errors
/// [`Error::Format`] if the text is not an SD-JWT.
pub fn diagnose(compact: &str, now: UnixTime) -> Result<Vec<BrokenRule>, Error> {
    let not_a_jwt = || Error::Format {
        reason: "its first part is not a signed JWT",
    };
    let parts = Parts::parse(compact)?;
    let token = Unverified::parse(parts.issuer_jwt, LENGTH_LIMIT).map_err(|_| not_a_jwt())?;
    let payload = payload_of(parts.issuer_jwt, not_a_jwt())?;
    let mut broken = Vec::new();
    if !token.is_typed(SD_JWT_VC) {
        let remedy = if token.is_typed(SD_JWT_VC_OLD) {
            "`typ` is the older vc+sd-jwt; issue credentials as dc+sd-jwt"
        } else {
            "`typ` must be dc+sd-jwt"
        };
        broken.push(BrokenRule::new(VC, "2.2.1", remedy));
    }
    if !payload.get("vct").is_some_and(Value::is_string) {
        broken.push(BrokenRule::new(
            VC,
            "2.2.2.1",
            "the claim `vct`, the type, must be present",
        ));
    }
    if payload.get("aka_vcts").is_some_and(|types| !is_types(types)) {
        broken.push(BrokenRule::new(
            VC,
            "2.2.2.2",
            "`aka_vcts`, the other types, must be an array of strings",
        ));
    }
    if !payload.contains_key("iss") && !token.header().contains_key("x5c") {
        broken.push(BrokenRule::new(
            VC,
            "2.5",
            "the credential must name its issuer: by `iss`, or by a certificate in the header's `x5c`",
        ));
    }
    if token.header().get("alg").is_some_and(|alg| alg == "none") {
        broken.push(BrokenRule::new(
            "RFC 9901",
            "4.1",
            "the credential is not signed (`alg` has the value none)",
        ));
    }
    if payload
        .get("cnf")
        .is_some_and(|confirmation| confirmation.get("jwk").is_none())
    {
        let message = "`cnf` must have `jwk`, the holder's key, as HAIP requires";
        broken.push(BrokenRule::new("HAIP 1.0", "6.1", message));
    }
    if let Err(error) = Inspection::of(compact) {
        broken.push(BrokenRule::new("RFC 9901", "7.1", error.to_string()));
    }
    broken.extend(broken_validity(&payload, now, "credential"));
    if let Err(error) = reference(&payload) {
        broken.push(BrokenRule::new(LIST, "6.2", error.to_string()));
    }
    if parts.key_binding.is_some()
        && let Err(error) = crate::key_binding::check_alone(&parts, &payload, now)
    {
        broken.push(BrokenRule::new("RFC 9901", "7.3", error.to_string()));
    }
    Ok(broken)
}

fn is_types(value: &Value) -> bool {
    let types = value.as_array();
    types.is_some_and(|types| types.iter().all(Value::is_string))
}

/// Checks a status list token at `now` as far as that is possible without the key of
/// its publisher: type, required claims, times, and the list itself.
///
/// # Errors
/// [`Error::StatusListToken`] if the text is not a JWT.
pub fn diagnose_status_list(token: &str, now: UnixTime) -> Result<Vec<BrokenRule>, Error> {
    let jwt = Unverified::parse(token, LIST_LIMIT).map_err(Error::StatusListToken)?;
    let payload = jwt.dangerous_payload().map_err(Error::StatusListToken)?;
    let mut broken = Vec::new();
    if !jwt.is_typed(LIST_TYPE) {
        broken.push(BrokenRule::new(LIST, "5.1", "`typ` must be statuslist+jwt"));
    }
    if !payload.get("sub").is_some_and(Value::is_string) {
        broken.push(BrokenRule::new(
            LIST,
            "5.1",
            "`sub`, the list's URI, must be present",
        ));
    }
    if !payload.get("iat").is_some_and(Value::is_number) {
        broken.push(BrokenRule::new(
            LIST,
            "5.1",
            "`iat`, the time of issuance, must be present",
        ));
    }
    if payload
        .get("ttl")
        .is_some_and(|ttl| ttl.as_f64().is_none_or(|ttl| ttl <= 0.0))
    {
        broken.push(BrokenRule::new(
            LIST,
            "5.1",
            "`ttl` must be a positive number of seconds",
        ));
    }
    match payload.get("status_list").and_then(Value::as_object) {
        None => broken.push(BrokenRule::new(LIST, "5.1", "`status_list` must be an object")),
        Some(claim) => {
            if let Err(error) = StatusList::from_claim(claim) {
                broken.push(BrokenRule::new(LIST, "4.2", error.to_string()));
            }
        }
    }
    broken.extend(broken_validity(&payload, now, "status list"));
    Ok(broken)
}

fn broken_validity(payload: &Map<String, Value>, now: UnixTime, what: &str) -> Option<BrokenRule> {
    let period = || {
        let from = [beginning(payload, "nbf")?, beginning(payload, "iat")?];
        let validity = Validity {
            from: from.into_iter().flatten().max(),
            until: end(payload, "exp")?,
        };
        validity.check(now, validity::USUAL_SKEW)
    };
    let error: Error = period().err()?;
    let section = match error {
        Error::Expired { .. } => "4.1.4",
        Error::NotYetValid { .. } => "4.1.5",
        _ => "2",
    };
    let message = match error {
        Error::Expired { ago } => format!("the {what} expired {ago} s ago"),
        Error::NotYetValid { ahead } => format!("the {what} becomes valid in {ahead} s"),
        error => error.to_string(),
    };
    Some(BrokenRule::new("RFC 7519", section, message))
}
