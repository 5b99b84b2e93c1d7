//! Idempotency keys (after draft-ietf-httpapi-idempotency-key-header-07).

use std::fmt;

use crate::Error;

/// The header that carries an [`IdempotencyKey`].
pub const IDEMPOTENCY_KEY_HEADER: &str = "idempotency-key";
/// The header that marks a replayed answer. Its value is `true`.
pub const IDEMPOTENT_REPLAYED_HEADER: &str = "idempotent-replayed";

/// A key that makes repeated calls take effect only once: the same call with the same key gets the
/// same answer for 24 hours. Use a random key, so that nobody else can guess it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The key without quotation marks.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Parses 1 to 255 visible ASCII characters except `"` and `\`. Quotation marks around them are
/// removed, as in a structured field (RFC 9651).
impl std::str::FromStr for IdempotencyKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let inner = text
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'))
            .unwrap_or(text);
        let is_good = (1..=255).contains(&inner.len())
            && inner
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\'));
        if is_good {
            Ok(Self(inner.to_owned()))
        } else {
            Err(Error::InvalidIdempotencyKey)
        }
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_it_bare_and_as_a_structured_field() {
        let read = |text: &str| text.parse::<IdempotencyKey>().map(|key| key.to_string());
        assert_eq!(read("8e03978e-40d5").as_deref(), Ok("8e03978e-40d5"));
        assert_eq!(read("\"8e03978e-40d5\"").as_deref(), Ok("8e03978e-40d5"));
        assert!(read(&"k".repeat(255)).is_ok());
        for bad in ["", "\"\"", "a b", "ключ", "a\nb", "a\"b", &"k".repeat(256)] {
            assert_eq!(read(bad), Err(Error::InvalidIdempotencyKey), "{bad}");
        }
    }
}
