//! Error responses of issuers and authorization servers (OpenID4VCI 1.0, section 8.3.1).

use serde_json::{Map, Value};

use super::{code::ErrorCode, members::Members, rule::Rule};
use crate::{Document, Error};

/// The maximum length of an error response in bytes.
const LENGTH_LIMIT: usize = 64 * 1024;

/// An error response. It is never encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorResponse {
    code: ErrorCode,
    description: Option<String>,
}

impl From<ErrorCode> for ErrorResponse {
    fn from(code: ErrorCode) -> Self {
        let description = None;
        Self { code, description }
    }
}

/// The answer to a message that breaks a rule: its code, and the rule and section as a description.
impl From<&Error> for ErrorResponse {
    fn from(error: &Error) -> Self {
        let code = match error {
            // A claim of a key attestation, which is part of a proof.
            Error::Issuance { place, rule } => match rule.code() {
                ErrorCode::InvalidCredentialRequest if place.starts_with("/key_attestation") => {
                    ErrorCode::InvalidProof
                }
                code => code,
            },
            Error::Authorization { rule, .. } => rule.code(),
            Error::Token { .. }
            | Error::Json {
                document: Document::Proof,
                ..
            }
            | Error::Nul {
                document: Document::Proof,
            } => ErrorCode::InvalidProof,
            _ => ErrorCode::InvalidCredentialRequest,
        };
        let description = error
            .to_string()
            .chars()
            .map(|c| if is_allowed(c) { c } else { '\'' })
            .collect();
        Self {
            code,
            description: Some(description),
        }
    }
}

impl ErrorResponse {
    /// Replaces the code, as for notifications, whose errors are all `invalid_notification_request`.
    #[must_use]
    pub fn with_code(mut self, code: ErrorCode) -> Self {
        self.code = code;
        self
    }

    /// Adds a description for the wallet's developers.
    ///
    /// # Errors
    /// [`Error::Issuance`] with [`Rule::Characters`].
    pub fn with_description(mut self, description: &str) -> Result<Self, Error> {
        check_characters("error_description", description)?;
        self.description = Some(description.to_owned());
        Ok(self)
    }

    /// Reads an error response.
    ///
    /// # Errors
    /// [`Error::TooLong`], [`Error::Json`] or [`Error::Issuance`].
    pub fn parse(json: &[u8]) -> Result<Self, Error> {
        let value = Document::IssuerError.read(json, LENGTH_LIMIT)?;
        let members = Members::of(&value, "")?;
        let code = members.required_text("error")?;
        check_characters("error", code)?;
        Ok(Self {
            code: ErrorCode::parse(code),
            description: members.text("error_description")?.map(str::to_owned),
        })
    }

    /// The response as JSON.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut members = Map::new();
        members.insert("error".into(), self.code.as_str().into());
        if let Some(description) = &self.description {
            members.insert("error_description".into(), description.as_str().into());
        }
        Value::Object(members)
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> &ErrorCode {
        &self.code
    }

    /// The description.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }
}

fn is_allowed(c: char) -> bool {
    matches!(c, '\x20'..='\x21' | '\x23'..='\x5b' | '\x5d'..='\x7e')
}

/// Checks that text has `%x20-21 / %x23-5B / %x5D-7E` only.
pub(super) fn check_characters(name: &'static str, text: &str) -> Result<(), Error> {
    if text.chars().all(is_allowed) {
        return Ok(());
    }
    Err(Error::Issuance {
        place: format!("/{name}"),
        rule: Rule::Characters,
    })
}
