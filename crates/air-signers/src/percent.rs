//! Percent-encoding (RFC 3986, 2.1).

use std::fmt::Write;

/// Encodes each byte that is neither unreserved (RFC 3986, 2.3) nor in `also`.
pub(crate) fn encode(bytes: &[u8], also: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for byte in bytes {
        let is_plain = byte.is_ascii_alphanumeric() || b"-._~".contains(byte) || also.contains(byte);
        if is_plain {
            text.push(char::from(*byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

/// Encodes every byte.
pub(crate) fn encode_all(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "%{byte:02X}");
        text
    })
}

/// Decodes; `None` if a `%` is not followed by two hex digits.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let mut digit = || char::from(bytes.next()?).to_digit(16);
        let value = digit()? * 16 + digit()?;
        decoded.push(u8::try_from(value).ok()?);
    }
    Some(decoded)
}

/// As [`decode`], for UTF-8.
pub(crate) fn decode_text(text: &str) -> Option<String> {
    String::from_utf8(decode(text)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_what_rfc_3986_allows() {
        assert_eq!(decode_text("a%20b%2Fc%c3%a9").as_deref(), Some("a b/cé"));
        for text in ["%", "%2", "%zz", "a%2", "%+1"] {
            assert_eq!(decode(text), None, "{text}");
        }
        assert_eq!(decode_text("%ff"), None);
    }

    #[test]
    fn what_is_encoded_decodes_to_the_same_bytes() {
        let all: Vec<u8> = (0..=255).collect();
        let text = encode(&all, b"/");
        assert!(text.bytes().all(|byte| byte.is_ascii_graphic()));
        assert_eq!(decode(&text), Some(all));
    }
}
