//! Reading a text.

use serde_json::{Map, Value};

use crate::{
    Error,
    scan::{Stop, scan},
};

/// Reads one JSON value.
///
/// # Errors
/// [`Error::DuplicateMember`] or [`Error::InexactNumber`] for the first one in the text; [`Error::Syntax`].
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
    // The parser accepts nothing that the pass could not follow; if it ever did, its names and numbers were not checked.
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

/// Checks names and numbers of a text that another reader takes. It finds its way by the punctuation alone: text that passes is not
/// necessarily JSON, and the other reader refuses what is not.
///
/// # Errors
/// As [`read`].
pub fn check(json: &[u8]) -> Result<(), Error> {
    let json = without_bom(json);
    scan(json).map_err(|stop| refused(json, stop))
}

/// The text without a byte order mark, which RFC 8259 (8.1) lets a reader ignore.
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
