//! Truncates texts from callers before they are stored or shown.

use std::borrow::Cow;

/// The maximum length of a refusal's message in bytes. The message may contain the caller's text.
pub const MESSAGE_LIMIT: usize = 512;
/// The mark of a truncated text.
const ELLIPSIS: &str = "…";

/// Returns the text, truncated with `…` to at most `limit` bytes.
#[must_use]
pub fn bounded(text: &str, limit: usize) -> Cow<'_, str> {
    if text.len() <= limit {
        return Cow::Borrowed(text);
    }
    let end = text.floor_char_boundary(limit.saturating_sub(ELLIPSIS.len()));
    let beginning = text.get(..end).unwrap_or_default();
    Cow::Owned(format!("{beginning}{ELLIPSIS}"))
}

/// Truncates an owned text like [`bounded`], without a copy if it fits.
pub(crate) fn into_bounded(text: String, limit: usize) -> String {
    match bounded(&text, limit) {
        Cow::Borrowed(_) => text,
        Cow::Owned(shorter) => shorter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_between_characters_at_both_sides_of_the_limit() {
        assert_eq!(bounded("12345", 5), "12345");
        assert_eq!(bounded("123456", 5), "12…");
        assert_eq!(bounded("1éé456", 6), "1é…");
        assert_eq!(bounded("ééé", 5), "é…");
        assert_eq!(bounded("123456", 0), "…");
        assert_eq!(into_bounded("123456".to_owned(), 5), "12…");
    }
}
