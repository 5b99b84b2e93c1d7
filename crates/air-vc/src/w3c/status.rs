//! Checking the status of a W3C credential.

use air_ids::UnixTime;
use air_jwt::JwkSet;
use serde_json::Value;

use super::document::Document;
#[cfg(feature = "bitstring")]
use crate::status::BitstringStatusListVerifier;
use crate::{
    Check, Error, Outcome, Report, StatusReference, Verifier,
    status::{BitstringStatusListEntry, NamedLists, StatusListVerifier, StatusPurpose},
    verify::{self, reference},
};

/// The maximum number of entries of a `credentialStatus`.
const STATUS_LIMIT: usize = 16;

impl Verifier<'_> {
    /// Checks `credentialStatus`, and `status` of a JWT. If both are present, both are checked.
    pub(super) fn check_statuses(
        &self,
        document: &Document<'_>,
        issuer: &str,
        now: UnixTime,
        report: &mut Report,
    ) -> Result<Option<StatusReference>, Error> {
        let entries = document.credential.get("credentialStatus");
        if entries.is_none() && !document.payload.contains_key("status") {
            report.note(
                Check::Status,
                Outcome::NotNeeded("the credential names no status list"),
            );
            return Ok(None);
        }
        if self.status_left_out {
            report.note(Check::Status, Outcome::LeftOut("the verifier goes without"));
            return Ok(None);
        }
        let decided = self.check_entries(issuer, entries, now);
        let decided = report.note_result(Check::Status, decided)?;
        let reference = report.note_result(Check::Status, reference(document.payload))?;
        if let Some(reference) = &reference {
            let listed = verify::check_listed(self.lists, issuer, reference, now);
            report.note_result(Check::Status, listed)?;
        } else if !decided {
            let reason = "no entry is about revocation or suspension";
            report.note(Check::Status, Outcome::NotNeeded(reason));
        }
        Ok(reference)
    }

    /// Checks the entries and returns whether any is for revocation or suspension. The result
    /// revoked or suspended takes precedence over a missing list.
    fn check_entries(&self, issuer: &str, entries: Option<&Value>, now: UnixTime) -> Result<bool, Error> {
        let deciding = deciding(entries)?;
        let mut unknown = Ok(!deciding.is_empty());
        for entry in &deciding {
            match check_entry(self, issuer, entry, now) {
                Err(decided @ (Error::Revoked | Error::Suspended)) => return Err(decided),
                Err(reason) if unknown.is_ok() => unknown = Err(reason),
                _ => {}
            }
        }
        unknown
    }
}

/// The lists that a document names, whose signature by `issuer` is verified.
pub(super) fn named<'a>(
    document: &Document<'_>,
    issuer: &'a str,
    keys: &'a JwkSet,
) -> Result<NamedLists<'a>, Error> {
    let reference = reference(document.payload)?;
    let entries = deciding(document.credential.get("credentialStatus"))?;
    Ok(NamedLists {
        token: reference.map(|reference| StatusListVerifier::new(issuer, keys, reference.uri)),
        ..bitstring_lists(entries, issuer, keys)
    })
}

#[cfg(feature = "bitstring")]
fn bitstring_lists<'a>(
    entries: Vec<BitstringStatusListEntry>,
    issuer: &'a str,
    keys: &'a JwkSet,
) -> NamedLists<'a> {
    let mut lists = NamedLists::default();
    for entry in entries {
        if lists.bitstring.iter().all(|named| named.url() != entry.list) {
            let list = BitstringStatusListVerifier::new(issuer, keys, entry.list);
            lists.bitstring.push(list);
        }
    }
    lists
}

/// Without the feature `bitstring`, no list can be verified.
#[cfg(not(feature = "bitstring"))]
fn bitstring_lists<'a>(_: Vec<BitstringStatusListEntry>, _: &'a str, _: &'a JwkSet) -> NamedLists<'a> {
    NamedLists::default()
}

/// The entries for revocation and suspension. Refresh and message entries only inform. An unknown
/// purpose is an error, because the credential's status is then unknown.
fn deciding(entries: Option<&Value>) -> Result<Vec<BitstringStatusListEntry>, Error> {
    let entries = match entries {
        None => return Ok(Vec::new()),
        Some(Value::Array(entries)) => entries.as_slice(),
        Some(one) => std::slice::from_ref(one),
    };
    if entries.is_empty() || entries.len() > STATUS_LIMIT {
        return Err(Error::MalformedStatus {
            reason: "`credentialStatus` has no entry, or more than 16",
        });
    }
    let mut found = Vec::new();
    for entry in entries {
        let entry = BitstringStatusListEntry::parse(entry)?;
        match &entry.purpose {
            StatusPurpose::Revocation | StatusPurpose::Suspension => found.push(entry),
            StatusPurpose::Refresh | StatusPurpose::Message => {}
            StatusPurpose::Unknown(_) => {
                return Err(Error::MalformedStatus {
                    reason: "`statusPurpose` must be revocation, suspension, refresh or message",
                });
            }
        }
    }
    Ok(found)
}

#[cfg(feature = "bitstring")]
fn check_entry(
    verifier: &Verifier<'_>,
    issuer: &str,
    entry: &BitstringStatusListEntry,
    now: UnixTime,
) -> Result<(), Error> {
    let list = verifier
        .bitstring_lists
        .iter()
        .find(|list| list.issuer() == issuer && list.url() == entry.list && list.is_fresh(now))
        .ok_or_else(|| not_known(entry))?;
    match (list.status(entry)?.is_set(), &entry.purpose) {
        (false, _) => Ok(()),
        (true, StatusPurpose::Suspension) => Err(Error::Suspended),
        (true, _) => Err(Error::Revoked),
    }
}

/// Without the feature `bitstring`, no list can be provided.
#[cfg(not(feature = "bitstring"))]
fn check_entry(
    _: &Verifier<'_>,
    _: &str,
    entry: &BitstringStatusListEntry,
    _: UnixTime,
) -> Result<(), Error> {
    Err(not_known(entry))
}

fn not_known(entry: &BitstringStatusListEntry) -> Error {
    Error::StatusNotKnown {
        uri: entry.list.clone(),
    }
}
