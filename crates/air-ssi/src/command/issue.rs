//! `issue`: a credential from a subject.

use air_vc::{
    ClaimPath, UnixTime,
    status::{BitstringStatusListEntry, StatusPurpose},
    w3c::W3cIssueOptions,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Answer, Failure, contexts, done, keys::SecretText, parsed};
use crate::{Error, Issuer, ProofTerms, Suite};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Command {
    suite: String,
    issuer: String,
    verification_method: String,
    key: SecretText,
    subject: Map<String, Value>,
    /// Seconds since 1970.
    valid_from: u64,
    valid_until: Option<u64>,
    created: Option<u64>,
    #[serde(default)]
    types: Vec<String>,
    holder: Option<String>,
    id: Option<String>,
    schema: Option<String>,
    /// The entries of the credential in Bitstring Status Lists.
    #[serde(default)]
    statuses: Vec<StatusEntry>,
    /// The contexts of the credential, after the one of credentials 2.0.
    #[serde(default)]
    context: Vec<String>,
    /// The documents of the contexts.
    #[serde(default)]
    contexts: Map<String, Value>,
    #[serde(default)]
    always_visible: Vec<String>,
}

/// An entry of one bit in a list.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StatusEntry {
    /// The URL of the list.
    list: String,
    index: u64,
    #[serde(default)]
    purpose: Purpose,
}

/// The purposes that decide whether a credential is accepted.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Purpose {
    #[default]
    Revocation,
    Suspension,
}

impl StatusEntry {
    fn to_entry(&self) -> BitstringStatusListEntry {
        let purpose = match self.purpose {
            Purpose::Revocation => StatusPurpose::Revocation,
            Purpose::Suspension => StatusPurpose::Suspension,
        };
        BitstringStatusListEntry::new(purpose, self.list.as_str(), self.index)
    }
}

pub(super) fn run(command: Command) -> Result<Answer, Failure> {
    let suite: Suite = command.suite.parse()?;
    let key = command.key.key(suite)?;
    let pinned = contexts(&command.contexts, Vec::new())?;
    let visible: Vec<ClaimPath> = command
        .always_visible
        .iter()
        .map(|path| path.parse())
        .collect::<Result<_, air_vc::Error>>()?;
    let terms = ProofTerms {
        created: command.created.map(UnixTime::from_secs),
        always_visible: visible,
        ..ProofTerms::new(suite)
    };
    let options = W3cIssueOptions {
        types: command.types,
        contexts: command.context,
        id: command.id,
        holder: command.holder,
        valid_from: UnixTime::from_secs(command.valid_from),
        valid_until: command.valid_until.map(UnixTime::from_secs),
        schema: command.schema,
        statuses: command.statuses.iter().map(StatusEntry::to_entry).collect(),
        ..W3cIssueOptions::default()
    };
    let issuer = Issuer::new(command.issuer, command.verification_method, &key, &pinned);
    let issued = issuer
        .issue(&terms, &options, &command.subject)
        .map_err(|error: Error| Failure::from(error))?;
    Ok(done(json!({
        "credential": parsed(issued.as_str()),
        "publicKeyMultibase": key.public().as_multibase(),
    })))
}
