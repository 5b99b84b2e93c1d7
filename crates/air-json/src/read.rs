//! Reads JSON strictly.

use serde_json::{Map, Value};

use crate::{
    Error,
    scan::{Stop, scan},
};

/// Reads one JSON value.
///
/// # Errors
/// [`Error::DuplicateMember`], [`Error::InexactNumber`] or [`Error::ReservedMember`] for the first
/// such member or number in the text; [`Error::Syntax`].
pub fn read(json: &[u8]) -> Result<Value, Error> {
    let json = without_bom(json);
    let scanned = scan(json);
    if let Err(Stop::Broken(error)) = scanned {
        return Err(error);
    }
    let value = serde_json::from_slice(json).map_err(|error| Error::Syntax {
        line: error.line(),
        column: error.column(),
    })?;
    // The parser should accept nothing that the scan refuses. If it did, names and numbers would be
    // unchecked.
    scanned.map_err(|stop| refused(json, stop))?;
    Ok(value)
}

/// Reads one JSON object.
///
/// # Errors
/// As [`read`], and [`Error::NotAnObject`].
pub fn read_object(json: &[u8]) -> Result<Map<String, Value>, Error> {
    match read(json)? {
        Value::Object(members) => Ok(members),
        _ => Err(Error::NotAnObject),
    }
}

/// Checks the names and numbers of a text that another reader parses. It follows only the
/// punctuation, so text that passes is not necessarily JSON: the other reader must refuse what is
/// not.
///
/// # Errors
/// As [`read`].
pub fn check(json: &[u8]) -> Result<(), Error> {
    let json = without_bom(json);
    scan(json).map_err(|stop| refused(json, stop))
}

/// Removes a byte order mark, which a reader may ignore (RFC 8259, 8.1).
#[must_use]
pub fn without_bom(json: &[u8]) -> &[u8] {
    json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json)
}

fn refused(json: &[u8], stop: Stop) -> Error {
    match stop {
        Stop::Broken(error) => error,
        Stop::Malformed(at) => {
            let before = json.get(..at).unwrap_or(json);
            let line = before.split(|byte| *byte == b'\n');
            let column = line.clone().next_back().map_or(0, <[u8]>::len) + 1;
            Error::Syntax {
                line: line.count(),
                column,
            }
        }
    }
}
