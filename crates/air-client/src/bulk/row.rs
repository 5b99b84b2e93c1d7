//! A row of an input, and the rules that it can break.

use std::fmt;

use air_ids::UnixTime;
use air_jwt::EmailAddress;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// The maximum length of a pointer; a file may nest deeply, so longer ones are cut.
const POINTER_LIMIT: usize = 256;
/// The maximum length of a rule's message in characters.
const MESSAGE_LIMIT: usize = 300;
/// The maximum length of a member's name that is shown.
const NAME_LIMIT: usize = 64;

/// One credential to issue. Personal data: `Debug` hides it.
#[derive(Clone, PartialEq)]
pub struct Row {
    /// The recipient's e-mail address.
    pub email: EmailAddress,
    /// The claims. They must match the program's schema exactly.
    pub credential_subject: Map<String, Value>,
    /// The end of the credential's validity, for an issuer's own service. A program of the platform decides
    /// on it.
    pub expires_at: Option<UnixTime>,
}

/// A row of an input, or the reason that it is invalid.
#[derive(Clone, Debug)]
pub struct NumberedRow {
    /// The row's number, from 1. The header line and blank lines are not counted.
    pub number: u64,
    /// The line where it starts, from 1.
    pub line: u64,
    /// The row.
    pub content: Result<Row, Refusal>,
}

/// The reason that a row was not issued. It contains no values of the row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The rule that the row breaks.
    pub reason: Reason,
    /// The place as a JSON Pointer (RFC 6901) into `{"email", "credentialSubject": {..}}`; empty for the
    /// whole row. A member whose name cannot be an attribute's name (an address, a sentence) is shown as `…`,
    /// since it may be a value in the wrong place.
    pub pointer: String,
    /// The rule of the schema that the value breaks, with [`Reason::DoesNotFit`].
    pub rule: Option<SchemaRule>,
}

/// A rule of the schema that a claim breaks. It contains no value of the row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaRule {
    /// The rule's name, such as `required`, `format` or `range`.
    pub name: String,
    /// The rest of a sentence that begins with the place: `is not a date; write it as 1990-05-01`.
    pub message: String,
}

/// A rule that a row breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// A row or a cell that is not JSON.
    NotJson,
    /// JSON that is not an object.
    NotAnObject,
    /// A number that a JSON reader may round.
    InexactNumber,
    /// A member that occurs twice in its object.
    DuplicateMember,
    /// A row of more than 1 MiB.
    TooLong,
    /// A row with more or fewer cells than the header line has.
    WrongNumberOfCells,
    /// A quotation mark that is not closed: the rest of the input is in its cell.
    OpenQuote,
    /// A missing member.
    Missing,
    /// An unknown member.
    UnknownMember,
    /// A cell of a boolean claim that is neither `true` nor `false`.
    NotABoolean,
    /// A cell of a numeric claim that is not a JSON number.
    NotANumber,
    /// A cell that is not UTF-8.
    NotUtf8,
    /// The e-mail address is invalid.
    NotAnEmail,
    /// An expiration: the program decides on it.
    ExpirationNotSettable,
    /// An expiration that is not a date or a time.
    NotATime,
    /// An expiration that is not in the future.
    Expired,
    /// A repeated row.
    Duplicate,
    /// Claims that do not fit the schema.
    DoesNotFit,
    /// The platform, or the issuer's service, rejected the row.
    Rejected,
    /// The platform has a credential that it does not replace, or the user denied consent.
    Conflict,
    /// The issuer's own service prepared the credential, but dStorage refused it.
    NotStored,
}

/// SHA-256 of a row in its canonical form.
pub(crate) type RowDigest = [u8; 32];

impl Row {
    /// Returns the row's digest. It does not depend on the order of members or the format of the file.
    pub(crate) fn digest(&self) -> RowDigest {
        let mut bytes = b"{\"credentialSubject\":".to_vec();
        write_object(&self.credential_subject, &mut bytes);
        bytes.extend_from_slice(b",\"email\":");
        write_scalar(&Value::from(self.email.as_str()), &mut bytes);
        if let Some(time) = self.expires_at {
            bytes.extend_from_slice(b",\"expiresAt\":");
            write_scalar(&Value::from(time.as_secs()), &mut bytes);
        }
        bytes.push(b'}');
        Sha256::digest(&bytes).into()
    }
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Row").finish_non_exhaustive()
    }
}

impl Refusal {
    /// Creates a refusal for a broken rule at a place.
    #[must_use]
    pub fn new(reason: Reason, pointer: impl AsRef<str>) -> Self {
        let steps = pointer.as_ref().split('/').skip(1);
        let mut shown = String::new();
        for step in steps {
            if shown.len() > POINTER_LIMIT {
                break;
            }
            shown.push('/');
            shown.push_str(if is_name(step) { step } else { "…" });
        }
        Self {
            reason,
            pointer: shown,
            rule: None,
        }
    }

    /// Adds the rule of the schema that the value breaks. The message is cut after 300 characters.
    #[must_use]
    pub fn with_rule(mut self, name: impl Into<String>, message: &str) -> Self {
        self.rule = Some(SchemaRule {
            name: name.into(),
            message: message.chars().take(MESSAGE_LIMIT).collect(),
        });
        self
    }
}

impl Refusal {
    /// Returns the refusal for the rule of strict JSON that the text at this place breaks.
    pub(super) fn of_json(error: &air_json::Error, place: &str) -> Self {
        let reason = match error {
            air_json::Error::InexactNumber { .. } => Reason::InexactNumber,
            air_json::Error::DuplicateMember { .. } => Reason::DuplicateMember,
            _ => Reason::NotJson,
        };
        Self::new(reason, format!("{place}{}", error.pointer().unwrap_or_default()))
    }
}

/// Checks whether a pointer segment looks like an attribute's name or an index.
fn is_name(step: &str) -> bool {
    step.len() <= NAME_LIMIT
        && step
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotJson => "is not JSON",
            Self::NotAnObject => "is not an object",
            Self::InexactNumber => "is a number that JSON readers may round; write it as a string",
            Self::DuplicateMember => "occurs twice",
            Self::TooLong => "is longer than 1 MiB",
            Self::WrongNumberOfCells => "has a different number of cells than the header",
            Self::OpenQuote => "has an unclosed quotation mark",
            Self::Missing => "is missing",
            Self::UnknownMember => "is not a member of a row",
            Self::NotABoolean => "is neither true nor false",
            Self::NotANumber => "is not a number; write it like 1234.5, with a point and without spaces",
            Self::NotUtf8 => "is not UTF-8; save the file as \"CSV UTF-8\"",
            Self::NotAnEmail => "is not an e-mail address",
            Self::ExpirationNotSettable => "must be empty: the program decides when credentials expire",
            Self::NotATime => "is not a time; write it like 2030-05-01 or 2030-05-01T12:00:00Z",
            Self::Expired => "is not in the future",
            Self::Duplicate => "repeats an earlier row",
            Self::DoesNotFit => "does not conform to the schema",
            Self::Rejected => "was rejected by the server",
            Self::Conflict => {
                "was refused: an existing credential is not replaced, or the user denied consent"
            }
            Self::NotStored => {
                "was refused by dStorage; the service tries again each hour, and its outbox has the reason"
            }
        })
    }
}

/// Appends an escaped member name to a pointer (RFC 6901, 3).
pub(crate) fn pointer(parent: &str, name: &str) -> String {
    format!("{parent}/{}", name.replace('~', "~0").replace('/', "~1"))
}

fn write_value(value: &Value, bytes: &mut Vec<u8>) {
    match value {
        Value::Object(members) => write_object(members, bytes),
        Value::Array(items) => {
            bytes.push(b'[');
            for item in items {
                write_value(item, bytes);
                bytes.push(b',');
            }
            bytes.push(b']');
        }
        scalar => write_scalar(scalar, bytes),
    }
}

/// Writes members in sorted order, because `serde_json` keeps the order of the file if another crate enables
/// `preserve_order`.
fn write_object(members: &Map<String, Value>, bytes: &mut Vec<u8>) {
    let mut sorted: Vec<_> = members.iter().collect();
    sorted.sort_unstable_by_key(|(name, _)| *name);
    bytes.push(b'{');
    for (name, value) in sorted {
        write_scalar(&Value::from(name.as_str()), bytes);
        bytes.push(b':');
        write_value(value, bytes);
        bytes.push(b',');
    }
    bytes.push(b'}');
}

fn write_scalar(value: &Value, bytes: &mut Vec<u8>) {
    serde_json::to_writer(bytes, value).expect("JSON goes into memory");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(email: &str, subject: &str) -> Row {
        Row {
            email: email.parse().unwrap(),
            credential_subject: serde_json::from_str(subject).unwrap(),
            expires_at: None,
        }
    }

    #[test]
    fn a_digest_does_not_depend_on_order_and_does_on_all_else() {
        let one = row("ada@a.bc", r#"{"a":{"x":1,"y":[2,3]},"b":true}"#);
        let same = row("ada@a.bc", r#"{ "b": true, "a": {"y":[2,3], "x":1} }"#);
        assert_eq!(one.digest(), same.digest());
        for other in [
            row("bob@a.bc", r#"{"a":{"x":1,"y":[2,3]},"b":true}"#),
            row("ada@a.bc", r#"{"a":{"x":1,"y":[3,2]},"b":true}"#),
            row("ada@a.bc", r#"{"a":{"x":1,"y":[2,3]},"b":"true"}"#),
            row("ada@a.bc", r#"{"a":{"x":1,"y":[2],"z":3},"b":true}"#),
        ] {
            assert_ne!(one.digest(), other.digest());
        }
        let until = |seconds| Row {
            expires_at: Some(UnixTime::from_secs(seconds)),
            ..one.clone()
        };
        assert_ne!(until(1).digest(), one.digest());
        assert_ne!(until(1).digest(), until(2).digest());
    }

    #[test]
    fn shows_neither_address_nor_claims() {
        let row = row("ada@a.bc", r#"{"familyName":"Nordheim"}"#);
        let shown = format!("{row:?}");
        assert!(!shown.contains("ada") && !shown.contains("Nordheim"), "{shown}");
    }

    #[test]
    fn a_pointer_has_names_and_no_values_and_an_end() {
        let shown = |pointer: &str| Refusal::new(Reason::UnknownMember, pointer).pointer;
        assert_eq!(shown(""), "");
        assert_eq!(
            shown("/credentialSubject/given_name/0"),
            "/credentialSubject/given_name/0"
        );
        assert_eq!(shown("/ada@a.bc"), "/…");
        assert_eq!(
            shown(&pointer("/credentialSubject", "a/b~c")),
            "/credentialSubject/…"
        );
        assert_eq!(shown(&format!("/{}", "x".repeat(65))), "/…");
        assert!(shown(&"/abc".repeat(1000)).len() < 300);
    }
}
