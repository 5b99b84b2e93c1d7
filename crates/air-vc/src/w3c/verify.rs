//! Verifying versions 2.0 and 1.1.

use air_ids::UnixTime;
use air_jwt::jws::Unverified;
use serde_json::{Map, Value};

use super::{document::Document, status::named};
use crate::{
    Check, Error, Outcome, Report, VerifiedCredential, Verifier,
    data_model::{TYPE, types_of},
    issuer_key::verify_signature,
    payload::payload_of,
    sd_jwt::LENGTH_LIMIT,
    status::NamedLists,
};

/// The outcome of [`Check::Disclosures`] for a credential without selective disclosure.
pub(super) const ALL_SHOWN: Outcome = Outcome::NotNeeded("all of it is shown");

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
        now: UnixTime,
        report: &mut Report,
    ) -> Result<VerifiedCredential, Error> {
        let token = report.note_result(Check::Format, read(jwt))?;
        let payload = report.note_result(Check::Format, payload_of(jwt, NOT_AN_OBJECT))?;
        let document = report.note_result(Check::Format, document_of(&token, &payload))?;
        let (issuer, keys) = report.note_result(Check::Issuer, self.trusted(Some(&document.issuer)))?;
        report.note_result(Check::Signature, verify_signature(&token, issuer, keys))?;
        self.accept(&document, issuer, now, ALL_SHOWN, report)
    }

    /// Makes the checks after the signature, which are the same for each securing mechanism.
    pub(super) fn accept(
        &self,
        document: &Document<'_>,
        issuer: &str,
        now: UnixTime,
        disclosures: Outcome,
        report: &mut Report,
    ) -> Result<VerifiedCredential, Error> {
        report.note_result(Check::Type, self.check_types(&types_of(document.credential)))?;
        report.note(Check::Disclosures, disclosures);
        self.check_requested(document.subject, &[], report)?;
        self.check_no_type_metadata(report)?;
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
            key_binding: None,
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

/// The header's `typ` determines the version: in 2.0 the payload is the credential (JOSE and COSE,
/// 3.1.1), in 1.1 it is the claim `vc` (1.1, 6.3.1).
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
