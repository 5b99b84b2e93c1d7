//! The reference to the credential's status (Token Status List, 6.3).

use crate::{
    Error,
    cbor::{Fields, Raw, Writer},
};

const PART: &str = "status";
/// The maximum length of a list's URI in bytes.
const URI_LIMIT: usize = 2048;

/// The credential's entry in a Token Status List.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StatusReference {
    /// The credential's index in the list.
    pub index: u64,
    /// The list's URI, at most 2,048 bytes.
    pub uri: String,
}

/// The issuer's means to publish a revocation.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CredentialStatus {
    /// A Token Status List has the credential's entry.
    StatusList(StatusReference),
    /// A mechanism that this crate does not know. The credential may be revoked, so a verifier that
    /// does not know it either must reject the credential.
    Unknown,
}

impl CredentialStatus {
    pub(super) fn parse(raw: Raw<'_>) -> Result<Self, Error> {
        let Some(list) = Fields::of(raw, PART)?.optional("status_list") else {
            return Ok(Self::Unknown);
        };
        let list = Fields::of(list, PART)?;
        Ok(Self::StatusList(StatusReference {
            index: list.required("idx", Raw::unsigned)?,
            uri: list
                .required("uri", |uri| uri.text().filter(|uri| is_uri(uri)))?
                .to_owned(),
        }))
    }

    pub(super) fn encode(&self, writer: &mut Writer) -> Result<(), Error> {
        let Self::StatusList(StatusReference { index, uri }) = self else {
            return Err(invalid("only a status list can be issued"));
        };
        if !is_uri(uri) {
            return Err(invalid(
                "the URI must have 1 to 2,048 bytes (Token Status List, 6.3)",
            ));
        }
        writer
            .map(1)
            .text("status_list")
            .map(2)
            .text("idx")
            .unsigned(*index)
            .text("uri")
            .text(uri);
        Ok(())
    }
}

fn is_uri(text: &str) -> bool {
    (1..=URI_LIMIT).contains(&text.len())
}

fn invalid(rule: &'static str) -> Error {
    Error::Malformed { part: PART, rule }
}
