//! Segments of paths.

/// The maximum length of an ID in a path.
const LIMIT: usize = 128;

/// Whether all segments can be IDs. PostgreSQL has no text with the character U+0000.
pub(crate) fn are_ids(segments: &[&str]) -> bool {
    segments
        .iter()
        .all(|segment| segment.len() <= LIMIT && !segment.contains('\0'))
}

#[cfg(test)]
mod tests {
    use super::are_ids;

    #[test]
    fn an_id_is_short_and_has_no_nul() {
        let longest = "a".repeat(128);
        assert!(are_ids(&["a", &longest]));
        assert!(!are_ids(&["a", &format!("{longest}a")]));
        assert!(!are_ids(&["a\0b", "a"]));
    }
}
