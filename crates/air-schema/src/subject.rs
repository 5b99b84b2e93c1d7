//! Parsing of subjects. They are personal data, so errors don't show them.

use serde_json::{Map, Value};

use crate::SubjectError;

const SIZE_LIMIT: usize = 256 * 1024;

/// Parses a subject from at most 256 KiB of JSON with at most 128 levels. All JSON readers must
/// read its numbers exactly, and names must be unique in their object (the rules of `air-json`). A
/// byte order mark before the JSON is ignored.
///
/// # Errors
/// [`SubjectError`], which has the position of the problem and no part of the text.
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
