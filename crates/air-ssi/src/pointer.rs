//! Paths to claims as JSON Pointers into the document.

use air_vc::ClaimPath;
use serde_json::{Map, Value};
use ssi::JsonPointerBuf;

use crate::Error;

/// The maximum number of pointers of a credential or presentation.
const LIMIT: usize = 256;

/// The pointers to the claims of the subject that the paths name.
///
/// # Errors
/// [`Error::NoSuchClaim`] for a path that names none.
pub(crate) fn of_claims(document: &Map<String, Value>, paths: &[ClaimPath]) -> Result<Vec<String>, Error> {
    let subject = document.get("credentialSubject").and_then(Value::as_object);
    let subject = subject.ok_or(Error::Format {
        reason: "`credentialSubject` is not one object",
    })?;
    let mut pointers = Vec::new();
    for path in paths {
        let found = path.pointers(subject);
        if found.is_empty() {
            return Err(Error::NoSuchClaim {
                path: path.to_string(),
            });
        }
        pointers.extend(found.iter().map(|pointer| format!("/credentialSubject{pointer}")));
    }
    Ok(pointers)
}

/// The pointers as the library takes them.
///
/// # Errors
/// [`Error::TooLarge`].
pub(crate) fn parsed(pointers: Vec<String>) -> Result<Vec<JsonPointerBuf>, Error> {
    if pointers.len() > LIMIT {
        return Err(Error::TooLarge {
            what: "claims to disclose",
            limit: LIMIT,
        });
    }
    pointers
        .into_iter()
        .map(|pointer| pointer.parse().map_err(|_| Error::Library { step: "select" }))
        .collect()
}
