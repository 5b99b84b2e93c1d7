//! The schema and subject that the benches of validation share with Node's.

use serde_json::Value;

fn file() -> Value {
    serde_json::from_str(include_str!("../subject.json")).expect("the file is JSON")
}

/// The form, of twelve attributes.
#[must_use]
pub fn form() -> Value {
    file()["schema"].take()
}

/// A subject that fits.
#[must_use]
pub fn subject() -> Value {
    file()["subject"].take()
}
