//! Verifying versions 2.0 and 1.1.

use air_jwt::{JwkSet, jws::Unverified};
use serde_json::{Map, Value};

use super::document::Document;
use crate::{
    Check, Error, Outcome, Report, StatusReference, VerifiedCredential, Verifier,
    data_model::{TYPE, types_of},
    issuer_key::verify_signature,
    payload::payload_of,
    sd_jwt::LENGTH_LIMIT,
    status::{
        BitstringStatusListEntry, BitstringStatusListVerifier, NamedLists, StatusListVerifier, StatusPurpose,
        VerifiedBitstringStatusList,
    },
    verify::{self, reference},
};

/// The most entries of one `credentialStatus`.
const STATUS_LIMIT: usize = 16;

impl<'a> Verifier<'a> {
    pub(crate) fn lists_of_jwt(&self, token: &str) -> Result<NamedLists<'a>, Error> {
        let (token, payload) = (read(token)?, payload_of(token, NOT_AN_OBJECT)?);
        let document = document_of(&token, &payload)?;
        let (issuer, keys) = self.trusted(Some(&document.issuer))?;
        verify_signature(&token, issuer, keys)?;
        named(&document, issuer, keys)
    }

    pub(crate) fn examine_jwt(
        &self,
        jwt: &str,
        now: u64,
        report: &mut Report,
    ) -> Result<VerifiedCredential, Error> {
        let token = report.note_result(Check::Format, read(jwt))?;
        let payload = report.note_result(Check::Format, payload_of(jwt, NOT_AN_OBJECT))?;
        let document = report.note_result(Check::Format, document_of(&token, &payload))?;
        let (issuer, keys) = report.note_result(Check::Issuer, self.trusted(Some(&document.issuer)))?;
        report.note_result(Check::Signature, verify_signature(&token, issuer, keys))?;
        self.accept(&document, issuer, now, report)
    }

    /// All checks after the signature: the same for each way of securing a credential.
    pub(super) fn accept(
        &self,
        document: &Document<'_>,
        issuer: &str,
        now: u64,
        report: &mut Report,
    ) -> Result<VerifiedCredential, Error> {
        report.note_result(Check::Type, self.check_types(&types_of(document.credential)))?;
        report.note(Check::Disclosures, Outcome::NotNeeded("all of it is shown"));
        self.check_requested(document.subject, &[], report)?;
        report.note_result(Check::Validity, document.validity.check(now, self.skew))?;
        self.check_no_binding_demanded(report)?;
        let status = self.check_statuses(document, issuer, now, report)?;
        let mut subject = document.subject.clone();
        subject.remove("id");
        Ok(VerifiedCredential {
            issuer: issuer.to_owned(),
            subject: subject.into(),
            claims: document.payload.clone(),
            validity: document.validity,
            status,
            is_holder_bound: false,
            report: Report::new(),
        })
    }

    fn check_no_binding_demanded(&self, report: &mut Report) -> Result<(), Error> {
        if self.demands_key_binding() {
            return report.note_result(Check::KeyBinding, Err(Error::KeyBindingMissing));
        }
        let reason = "a W3C credential is bound to no key here";
        report.note(Check::KeyBinding, Outcome::NotNeeded(reason));
        Ok(())
    }

    /// `credentialStatus`, and `status` of a JWT: both count where both are.
    fn check_statuses(
        &self,
        document: &Document<'_>,
        issuer: &str,
        now: u64,
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

    /// Whether any entry decided. One that says revoked or suspended says more than one whose list is not there.
    fn check_entries(&self, issuer: &str, entries: Option<&Value>, now: u64) -> Result<bool, Error> {
        let deciding = deciding(entries)?;
        let mut unknown = Ok(!deciding.is_empty());
        for entry in &deciding {
            match check_entry(self.bitstring_lists, issuer, entry, now) {
                Err(decided @ (Error::Revoked | Error::Suspended)) => return Err(decided),
                Err(reason) if unknown.is_ok() => unknown = Err(reason),
                _ => {}
            }
        }
        unknown
    }
}

/// The lists that a document names whose signature is `issuer`'s.
pub(super) fn named<'a>(
    document: &Document<'_>,
    issuer: &'a str,
    keys: &'a JwkSet,
) -> Result<NamedLists<'a>, Error> {
    let reference = reference(document.payload)?;
    let mut lists = NamedLists {
        token: reference.map(|reference| StatusListVerifier::new(issuer, keys, reference.uri)),
        bitstring: Vec::new(),
    };
    for entry in deciding(document.credential.get("credentialStatus"))? {
        if lists.bitstring.iter().all(|named| named.url() != entry.list) {
            let list = BitstringStatusListVerifier::new(issuer, keys, entry.list);
            lists.bitstring.push(list);
        }
    }
    Ok(lists)
}

/// The entries that decide: revocation and suspension do, refreshing and messages inform. What another purpose means is not
/// known, so the credential's state is not either.
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

fn check_entry(
    lists: &[VerifiedBitstringStatusList],
    issuer: &str,
    entry: &BitstringStatusListEntry,
    now: u64,
) -> Result<(), Error> {
    let list = lists
        .iter()
        .find(|list| list.issuer() == issuer && list.url() == entry.list && list.is_fresh(now))
        .ok_or_else(|| Error::StatusNotKnown {
            uri: entry.list.clone(),
        })?;
    match (list.status(entry)?.is_set(), &entry.purpose) {
        (false, _) => Ok(()),
        (true, StatusPurpose::Suspension) => Err(Error::Suspended),
        (true, _) => Err(Error::Revoked),
    }
}

fn read(token: &str) -> Result<Unverified<'_>, Error> {
    let token = Unverified::parse(token, LENGTH_LIMIT).map_err(|_| Error::Format {
        reason: "it is not a signed JWT of at most 256 KiB",
    })?;
    if !token.is_typed(TYPE) && !token.is_typed("JWT") {
        return Err(Error::Format {
            reason: "the header's `typ` is neither vc+jwt nor JWT",
        });
    }
    Ok(token)
}

/// The header's `typ` says which version it is: 2.0 is the payload itself (JOSE and COSE, 3.1.1), 1.1 a claim of it (1.1, 6.3.1).
fn document_of<'p>(token: &Unverified<'_>, payload: &'p Map<String, Value>) -> Result<Document<'p>, Error> {
    if token.is_typed(TYPE) {
        Document::of_version_2(payload)
    } else {
        Document::of_version_1(payload)
    }
}

const NOT_AN_OBJECT: Error = Error::Format {
    reason: "its payload is not a JSON object",
};
