//! Which claims are hidden, how deep they may nest, and how they are shown again.

use serde_json::{Map, Value};
use ssi_sd_jwt::{DisclosureDescription, JsonPointerBuf, RevealError, SdJwt};

use crate::Error;

/// The most disclosures of a credential, and the most levels of objects and arrays in it all told: revealing recurses.
pub(crate) const DISCLOSURE_LIMIT: usize = 512;
pub(crate) const DEPTH_LIMIT: usize = 256;

/// Pointers to every claim of the subject: members of objects at every level, and the items of arrays.
pub(crate) fn pointers(subject: &Map<String, Value>) -> Vec<JsonPointerBuf> {
    let mut found = Vec::new();
    collect_members(&JsonPointerBuf::default(), subject, &mut found);
    found
}

fn collect_members(parent: &JsonPointerBuf, object: &Map<String, Value>, found: &mut Vec<JsonPointerBuf>) {
    for (name, value) in object {
        let mut pointer = parent.clone();
        pointer.push(name);
        match value {
            Value::Object(members) => collect_members(&pointer, members, found),
            Value::Array(items) => collect_items(&pointer, items.len(), found),
            _ => {}
        }
        found.push(pointer);
    }
}

/// An item is hidden as a whole, with what is nested in it.
fn collect_items(parent: &JsonPointerBuf, length: usize, found: &mut Vec<JsonPointerBuf>) {
    for index in 0..length {
        let mut pointer = parent.clone();
        pointer.push_index(index);
        found.push(pointer);
    }
}

/// The digests' order would tell the claims' (RFC 9901, 4.2.4.1): sort them, at every level.
pub(crate) fn sort_digests(object: &mut Map<String, Value>) {
    for (name, value) in object {
        match value {
            Value::Array(digests) if name == "_sd" => digests.sort_by(|a, b| a.as_str().cmp(&b.as_str())),
            Value::Object(members) => sort_digests(members),
            _ => {}
        }
    }
}

/// How many levels of objects and arrays a value has; 0 for a scalar. JSON that was parsed has at most 128.
pub(crate) fn depth(value: &Value) -> usize {
    let deepest = match value {
        Value::Object(members) => members.values().map(depth).max(),
        Value::Array(items) => items.iter().map(depth).max(),
        _ => return 0,
    };
    1 + deepest.unwrap_or(0)
}

/// The payload with what the disclosures show. `payload` was verified before; the disclosures are checked here.
pub(crate) fn reveal(compact: &str, payload: &Map<String, Value>) -> Result<Map<String, Value>, Error> {
    let token = SdJwt::new(compact).map_err(|_| Error::Format {
        reason: "the form is <JWT>~<disclosure>~…~, in base64url",
    })?;
    let decoded = token.decode().map_err(|_| malformed())?;
    let nesting: usize = decoded
        .disclosures
        .iter()
        .map(|disclosure| disclosed_depth(&disclosure.desc))
        .sum();
    let payload_depth = payload.values().map(depth).max().unwrap_or(0);
    if decoded.disclosures.len() > DISCLOSURE_LIMIT || nesting + payload_depth > DEPTH_LIMIT {
        return Err(Error::Disclosure {
            reason: "there are too many, or they nest too deeply",
        });
    }
    let revealed = decoded.reveal_any().map_err(|error| Error::Disclosure {
        reason: reason(&error),
    })?;
    let Ok(Value::Object(mut claims)) = serde_json::to_value(revealed.claims()) else {
        return Err(malformed());
    };
    // ssi reads dates as floats: registered claims are never hidden, so take them as they were signed.
    for (name, value) in payload
        .iter()
        .filter(|(name, value)| !name.starts_with("_sd") && depth(value) == 0)
    {
        claims.insert(name.clone(), value.clone());
    }
    Ok(claims)
}

fn disclosed_depth(disclosed: &DisclosureDescription) -> usize {
    match disclosed {
        DisclosureDescription::ObjectEntry { value, .. } | DisclosureDescription::ArrayItem(value) => {
            depth(value)
        }
    }
}

fn malformed() -> Error {
    Error::Disclosure {
        reason: "one is malformed",
    }
}

/// ssi's errors print what was disclosed; ours say the rule alone.
fn reason(error: &RevealError) -> &'static str {
    match error {
        RevealError::UnusedDisclosure(_) => "one belongs to no digest of the signed payload",
        RevealError::Collision => "one has the name of a claim that is there already",
        RevealError::DisclosureUsedMultipleTimes => "one belongs to two digests",
        RevealError::ExpectedObjectEntryDisclosure | RevealError::ExpectedArrayItemDisclosure => {
            "one is for an array where an object is, or the reverse"
        }
        _ => "one is malformed",
    }
}
