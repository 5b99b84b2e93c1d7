//! Texts of others, cut to a length before they are kept or shown.

use std::borrow::Cow;

/// How long a refusal's message may be, in bytes: a part of it may be the caller's own text.
pub(crate) const MESSAGE_LIMIT: usize = 512;
/// Stands for what was cut.
const ELLIPSIS: &str = "…";

/// The text, or its beginning and `…`: at most `limit` bytes.
pub(crate) fn bounded(text: &str, limit: usize) -> Cow<'_, str> {
    if text.len() <= limit {
        return Cow::Borrowed(text);
    }
    let end = text.floor_char_boundary(limit.saturating_sub(ELLIPSIS.len()));
    let beginning = text.get(..end).unwrap_or_default();
    Cow::Owned(format!("{beginning}{ELLIPSIS}"))
}

/// The same of an owned text, which is not copied where it fits.
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
