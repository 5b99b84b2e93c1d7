//! Texts that every database can store. PostgreSQL has no text with the character U+0000.

const NUL: char = '\0';

/// Checks whether a column of the database can have a text.
pub(crate) fn is_storable(text: &str) -> bool {
    !text.contains(NUL)
}

/// Removes the characters that no column can have.
pub(crate) fn to_storable(text: &str) -> String {
    text.replace(NUL, "")
}
