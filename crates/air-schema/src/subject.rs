//! Subjects: personal data, read with limits and never shown.

use serde_json::{Map, Value};

use crate::SubjectError;

const SIZE_LIMIT: usize = 256 * 1024;

/// Reads a subject from JSON: at most 256 KiB and, by the parser's own limit, 128 levels.
///
/// # Errors
/// [`SubjectError`], which says where the text breaks and not what it holds.
pub fn parse_subject(json: &[u8]) -> Result<Map<String, Value>, SubjectError> {
    if json.len() > SIZE_LIMIT {
        return Err(SubjectError::TooLong {
            length: json.len(),
            limit: SIZE_LIMIT,
        });
    }
    let value: Value = serde_json::from_slice(json).map_err(|error| SubjectError::NotJson {
        line: error.line(),
        column: error.column(),
    })?;
    match value {
        Value::Object(members) => Ok(members),
        _ => Err(SubjectError::NotAnObject),
    }
}
