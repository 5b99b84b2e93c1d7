//! The parameters of encrypted credential requests and responses in an issuer's metadata
//! (OpenID4VCI 1.0, section 12.2.4).

use serde_json::{Map, Value};

use super::{members::Members, rule::Rule};
use crate::Error;

const REQUEST: &str = "credential_request_encryption";
const RESPONSE: &str = "credential_response_encryption";

/// Checks both objects, as far as they are present: each has its required members with their types. The
/// algorithms are not checked, since wallets choose those that they support.
pub(super) fn check(metadata: &Map<String, Value>) -> Result<(), Error> {
    let metadata = Members::of_map(metadata, "");
    if let Some(request) = metadata.object(REQUEST)? {
        let request = Members::of_map(request, "/credential_request_encryption");
        let keys = request
            .object("jwks")?
            .ok_or_else(|| request.refused("jwks", Rule::Missing))?;
        let keys = Members::of_map(keys, "/credential_request_encryption/jwks");
        let are_objects = keys
            .array("keys")?
            .ok_or_else(|| keys.refused("keys", Rule::Missing))?
            .iter()
            .all(Value::is_object);
        if !are_objects {
            return Err(keys.refused("keys", Rule::Type));
        }
        check_common(&request)?;
    }
    if let Some(response) = metadata.object(RESPONSE)? {
        let response = Members::of_map(response, "/credential_response_encryption");
        check_texts(&response, "alg_values_supported")?;
        check_common(&response)?;
    }
    Ok(())
}

/// The members that both objects have.
fn check_common(members: &Members<'_>) -> Result<(), Error> {
    check_texts(members, "enc_values_supported")?;
    let name = "encryption_required";
    if members.boolean(name)?.is_none() {
        return Err(members.refused(name, Rule::Missing));
    }
    Ok(())
}

/// A non-empty array of strings, which must be present.
fn check_texts(members: &Members<'_>, name: &str) -> Result<(), Error> {
    if members.texts(name)?.is_empty() {
        return Err(members.refused(name, Rule::Missing));
    }
    Ok(())
}
