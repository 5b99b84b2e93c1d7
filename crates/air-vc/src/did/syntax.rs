//! The syntax of DIDs and of the names of keys (DID Core 1.0, 3.1 and 3.2).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::Error;

/// The maximum length of a DID: a `did:jwk` of an RSA key of 4,096 bits has about 1,000 characters.
const DID_LIMIT: usize = 2048;
/// The maximum length of a fragment: in a `did:key`, it is the encoded key.
const FRAGMENT_LIMIT: usize = 2048;

/// A decentralised identifier, `did:<method>:<method-specific id>`, of at most 2,048 characters. As
/// DID Core requires, DIDs are compared by character.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Did(String);

impl Did {
    /// The method's name, such as `web`.
    #[must_use]
    pub fn method(&self) -> &str {
        self.parts().0
    }

    /// The method-specific id: the text after the method.
    #[must_use]
    pub fn method_specific_id(&self) -> &str {
        self.parts().1
    }

    /// The whole DID.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads a DID of this method.
    pub(super) fn of_method(text: &str, method: &'static str) -> Result<Self, Error> {
        let did: Self = text.parse()?;
        if did.method() == method {
            Ok(did)
        } else {
            Err(Error::InvalidDid {
                reason: "it has another method",
            })
        }
    }

    /// A DID that this crate built from valid characters.
    pub(super) fn from_checked(text: String) -> Self {
        debug_assert!(check(&text).is_ok(), "put together badly: {text}");
        Self(text)
    }

    fn parts(&self) -> (&str, &str) {
        let rest = self.0.strip_prefix(SCHEME).unwrap_or_default();
        rest.split_once(':').unwrap_or_default()
    }
}

const SCHEME: &str = "did:";

fn check(text: &str) -> Result<(), Error> {
    let invalid = |reason| Err(Error::InvalidDid { reason });
    if text.len() > DID_LIMIT {
        return invalid("it is longer than 2048 characters");
    }
    let Some((method, id)) = text.strip_prefix(SCHEME).and_then(|rest| rest.split_once(':')) else {
        return invalid("it must be did:<method>:<id>");
    };
    let of_method = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    if method.is_empty() || !method.bytes().all(of_method) {
        return invalid("the method's name has other characters than a to z and 0 to 9");
    }
    if id.is_empty() || id.ends_with(':') {
        return invalid("the part after the method, or after the last colon, is empty");
    }
    let of_id = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:".contains(&byte);
    if !is_percent_encoded(id, of_id) {
        return invalid(
            "the id has other characters than letters, digits, `.`, `-`, `_`, `:` and percent-encoded octets",
        );
    }
    Ok(())
}

/// Whether each character is an unreserved one or part of `%` and two hexadecimal digits (RFC 3986,
/// 2.1).
fn is_percent_encoded(text: &str, plain: impl Fn(u8) -> bool) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let digit = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_hexdigit());
        let allowed = if byte == b'%' {
            digit(bytes.next()) && digit(bytes.next())
        } else {
            plain(byte)
        };
        if !allowed {
            return false;
        }
    }
    true
}

impl FromStr for Did {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        check(text).map(|()| Self(text.to_owned()))
    }
}

impl TryFrom<String> for Did {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        check(&text).map(|()| Self(text))
    }
}

impl From<Did> for String {
    fn from(did: Did) -> Self {
        did.0
    }
}

impl fmt::Display for Did {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of a key in a DID's document: `<DID>#<fragment>`. Names with a path or a query are
/// rejected.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DidUrl {
    did: Did,
    fragment: String,
}

impl DidUrl {
    /// The DID.
    #[must_use]
    pub fn did(&self) -> &Did {
        &self.did
    }

    /// The fragment: the text after `#`, not decoded.
    #[must_use]
    pub fn fragment(&self) -> &str {
        &self.fragment
    }

    /// Reads a name within the document of `base`: absolute, or `#<fragment>` alone.
    pub(super) fn within(base: &Did, text: &str) -> Result<Self, Error> {
        match text.strip_prefix('#') {
            Some(fragment) => Self::new(base.clone(), fragment),
            None => text.parse(),
        }
    }

    /// The name of a key whose own name may have any characters: characters that a fragment must
    /// not have are percent-encoded.
    pub(super) fn naming(did: &Did, part: &str) -> Self {
        let mut fragment = String::new();
        for byte in part.bytes() {
            if of_fragment(byte) {
                fragment.push(char::from(byte));
            } else {
                use fmt::Write;
                write!(fragment, "%{byte:02X}").expect("a string takes all");
            }
        }
        Self {
            did: did.clone(),
            fragment,
        }
    }

    fn new(did: Did, fragment: &str) -> Result<Self, Error> {
        let invalid = |reason| Err(Error::InvalidDid { reason });
        if fragment.len() > FRAGMENT_LIMIT {
            return invalid("its fragment is longer than 2048 characters");
        }
        if fragment.is_empty() || !is_percent_encoded(fragment, of_fragment) {
            return invalid("its fragment is empty or has characters that must be percent-encoded");
        }
        Ok(Self {
            did,
            fragment: fragment.to_owned(),
        })
    }
}

/// RFC 3986, 3.5, without percent-encoding.
fn of_fragment(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?".contains(&byte)
}

impl FromStr for DidUrl {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (did, fragment) = text.split_once('#').ok_or(Error::InvalidDid {
            reason: "a key's id must end with # and a fragment",
        })?;
        Self::new(did.parse()?, fragment)
    }
}

impl TryFrom<String> for DidUrl {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<DidUrl> for String {
    fn from(url: DidUrl) -> Self {
        url.to_string()
    }
}

impl fmt::Display for DidUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.did, self.fragment)
    }
}
