//! Subjects: personal data, read with limits and never shown.

use serde_json::{Map, Value};

use crate::SubjectError;

const SIZE_LIMIT: usize = 256 * 1024;

/// Reads a subject from JSON: at most 256 KiB and 128 levels. Numbers must be exact in every reader of JSON, and names unique in their object
/// (the rules of `air-json`). A byte order mark before the JSON is ignored.
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
    air_json::read_object(json).map_err(|error| match error {
        air_json::Error::Syntax { line, column } => SubjectError::NotJson { line, column },
        air_json::Error::NotAnObject => SubjectError::NotAnObject,
        broken => SubjectError::Ambiguous(broken),
    })
}
