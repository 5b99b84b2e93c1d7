//! The content of an envelope that an issuer sealed to its holder.

use std::fmt;

use serde_json::{Map, Value};

use crate::{Error, sd_jwt::LENGTH_LIMIT};

/// A credential as its holder opened it. It is personal data, so `Debug` shows its kind only.
///
/// ```rust
/// use air_vc::HeldCredential;
///
/// # fn main() -> Result<(), air_vc::Error> {
/// let opened = HeldCredential::from_plaintext(br#""eyJ0eXAiOiJkYytzZC1qd3QifQ.e30.c2ln~""#)?;
/// assert_eq!(opened.compact(), Some("eyJ0eXAiOiJkYytzZC1qd3QifQ.e30.c2ln~"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum HeldCredential {
    /// An SD-JWT VC in its compact form.
    SdJwtVc(String),
    /// A JSON object: another kind of credential, or a subject that an issuer offers.
    Document(Map<String, Value>),
}

impl HeldCredential {
    /// Reads the plaintext of an envelope. The vendor's issuer service seals an SD-JWT VC as a JSON
    /// string, with quotation marks, and other credentials as a JSON object. The bare compact form
    /// is accepted, too.
    ///
    /// # Errors
    /// [`Error::Format`].
    pub fn from_plaintext(plaintext: &[u8]) -> Result<Self, Error> {
        let malformed = |reason| Error::Format { reason };
        if plaintext.len() > LENGTH_LIMIT {
            return Err(malformed("the opened envelope is too long for a credential"));
        }
        let text = std::str::from_utf8(plaintext)
            .map_err(|_| malformed("the opened envelope is not text"))?
            .trim();
        if !text.starts_with(['"', '{']) {
            return compact(text.to_owned());
        }
        match air_json::read(text.as_bytes()) {
            Ok(Value::String(token)) => compact(token),
            Ok(Value::Object(document)) => Ok(Self::Document(document)),
            _ => Err(malformed(
                "the opened envelope is not JSON, or has a name or a number that JSON readers take differently",
            )),
        }
    }

    /// The SD-JWT VC, if it is one.
    #[must_use]
    pub fn compact(&self) -> Option<&str> {
        match self {
            Self::SdJwtVc(token) => Some(token),
            Self::Document(_) => None,
        }
    }

    /// The plaintext to seal: an SD-JWT VC as a JSON string, as the vendor's issuer service does it.
    #[must_use]
    pub fn to_plaintext(&self) -> String {
        match self {
            Self::SdJwtVc(token) => Value::from(token.as_str()).to_string(),
            Self::Document(document) => Value::from(document.clone()).to_string(),
        }
    }
}

fn compact(token: String) -> Result<HeldCredential, Error> {
    if token.contains('~') && token.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(HeldCredential::SdJwtVc(token))
    } else {
        Err(Error::Format {
            reason: "the opened envelope is neither an SD-JWT VC nor JSON",
        })
    }
}

impl fmt::Debug for HeldCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SdJwtVc(_) => "SdJwtVc(..)",
            Self::Document(_) => "Document(..)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "eyJ0eXAiOiJkYytzZC1qd3QifQ.e30.c2ln~WyJhIl0~";

    #[test]
    fn mismatch_6_an_sd_jwt_vc_is_a_json_string_or_bare() {
        let expected = HeldCredential::SdJwtVc(TOKEN.to_owned());
        for text in [
            format!("\"{TOKEN}\""),
            TOKEN.to_owned(),
            format!(" \"{TOKEN}\"\n"),
            format!("{TOKEN}\n"),
        ] {
            assert_eq!(
                HeldCredential::from_plaintext(text.as_bytes()),
                Ok(expected.clone()),
                "{text}"
            );
        }
        assert_eq!(expected.to_plaintext(), format!("\"{TOKEN}\""));
        let read = HeldCredential::from_plaintext(expected.to_plaintext().as_bytes());
        assert_eq!(read, Ok(expected));
    }

    #[test]
    fn another_credential_is_an_object() {
        let read = HeldCredential::from_plaintext(br#"{"isOver18":true}"#).unwrap();
        assert_eq!(read.compact(), None);
        assert_eq!(read.to_plaintext(), r#"{"isOver18":true}"#);
        assert_eq!(format!("{read:?}"), "Document(..)");
    }

    #[test]
    fn other_content_is_refused() {
        let long = format!("{}~", "a".repeat(LENGTH_LIMIT));
        for text in [
            "",
            "a.b.c",
            "\"a.b.c\"",
            "\"a b~\"",
            "[1]",
            "7",
            "{",
            "\"a~",
            r#"{"a":1,"a":2}"#,
            r#"{"$serde_json::private::RawValue":"\"a.b.c~\""}"#,
            "ä~",
            &long,
        ] {
            assert!(
                matches!(
                    HeldCredential::from_plaintext(text.as_bytes()),
                    Err(Error::Format { .. })
                ),
                "{text:.20}"
            );
        }
        assert!(HeldCredential::from_plaintext(&[0xff, 0xfe]).is_err());
    }
}
