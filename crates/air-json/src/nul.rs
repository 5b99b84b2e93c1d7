//! The character U+0000 in JSON texts.

/// Whether a string of a JSON text contains the character U+0000, which only an escape can represent
/// (RFC 8259, 7). SQLite stores the character, but PostgreSQL does not support it in text.
#[must_use]
pub fn has_nul(json: &[u8]) -> bool {
    let mut bytes = json.iter();
    while let Some(byte) = bytes.next() {
        if *byte != b'\\' {
            continue;
        }
        if bytes.next() == Some(&b'u') && bytes.as_slice().starts_with(b"0000") {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::has_nul;

    #[test]
    fn finds_u_0000_in_json_and_no_escaped_backslash() {
        for json in [
            r#""\u0000""#,
            r#"{"a\u0000":1}"#,
            r#""\\\u0000""#,
            r#""\n\u0000""#,
        ] {
            assert!(has_nul(json.as_bytes()), "{json}");
        }
        for json in [
            r#""\\u0000""#,
            r#""\u0001""#,
            r#""u0000""#,
            r#""\u00000""#.replace("00000", "0010").as_str(),
            "\\",
            r"\u000",
        ] {
            assert!(!has_nul(json.as_bytes()), "{json}");
        }
    }
}
