//! The documented forms of answers: members, errors, times and ids.

use std::collections::BTreeSet;

use reqwest::StatusCode;
use serde_json::Value;

pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}"))
}

pub(super) fn members(value: &Value) -> BTreeSet<&str> {
    let members = value
        .as_object()
        .unwrap_or_else(|| panic!("not an object: {value}"));
    members.keys().map(String::as_str).collect()
}

#[track_caller]
pub(super) fn has_exactly(value: &Value, documented: &[&str]) {
    assert_eq!(members(value), documented.iter().copied().collect(), "{value}");
}

/// All that is documented, and of the rest no more than what is said to be ours.
#[track_caller]
pub(super) fn has(value: &Value, documented: &[&str], ours: &[&str]) {
    let all: BTreeSet<&str> = documented.iter().chain(ours).copied().collect();
    assert_eq!(members(value), all, "{value}");
}

/// Errors are `{"error": <HTTP status>, "message": "<sentence>"}`.
#[track_caller]
pub(super) fn is_error(code: u16, status: StatusCode, answer: &Value) -> String {
    assert_eq!(status.as_u16(), code, "{answer}");
    has_exactly(answer, &["error", "message"]);
    assert_eq!(answer["error"], code);
    let message = text(&answer["message"]);
    assert!(!message.is_empty());
    message.to_owned()
}

/// `2026-01-19 07:18:45`.
#[track_caller]
pub(super) fn is_time(value: &Value) {
    let form: String = text(value)
        .chars()
        .map(|character| {
            if character.is_ascii_digit() {
                '9'
            } else {
                character
            }
        })
        .collect();
    assert_eq!(form, "9999-99-99 99:99:99", "{value}");
}

#[track_caller]
pub(super) fn is_uuid(value: &Value) {
    let lengths: Vec<usize> = text(value).split('-').map(str::len).collect();
    assert_eq!(lengths, [8, 4, 4, 4, 12], "{value}");
}
