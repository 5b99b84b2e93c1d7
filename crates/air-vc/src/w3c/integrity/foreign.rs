//! Proofs of suites that this crate does not implement.

use std::fmt;

use air_ids::UnixTime;
use serde_json::{Map, Value};

use super::verify::{Secured, lifetime, take_apart};
use crate::{
    Check, Error, Outcome, Report, VerificationOutcome, VerifiedCredential, Verifier,
    status::NamedLists,
    w3c::{document::Document, status::named as named_lists},
};

/// A document and its embedded proof, for a caller that implements the proof's suite. The verifier
/// trusts the issuer. The proof is not checked yet.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct EmbeddedProof<'d> {
    /// The document without its proof.
    pub document: &'d Map<String, Value>,
    /// The proof: one `DataIntegrityProof` for `assertionMethod`, of any suite.
    pub proof: &'d Map<String, Value>,
    /// The trusted issuer, which the proof must be from.
    pub issuer: &'d str,
}

/// The document is personal data, so `Debug` shows the issuer only.
impl fmt::Debug for EmbeddedProof<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmbeddedProof")
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}

impl<'a> Verifier<'a> {
    /// As [`Verifier::examine`], for a W3C credential 2.0 with an embedded proof of a suite that this
    /// crate does not implement. `check` verifies the proof, and returns the outcome of
    /// [`Check::Disclosures`]. The other checks are the same as for every W3C credential.
    ///
    /// # Security
    /// `check` must verify every member of the document and of the proof with a key of the issuer. The
    /// issuer's set in this verifier is for status lists only.
    #[must_use]
    pub fn examine_embedded_proof(
        &self,
        json: &str,
        now: UnixTime,
        check: impl FnOnce(EmbeddedProof<'_>) -> Result<Outcome, Error>,
    ) -> VerificationOutcome {
        VerificationOutcome::of(|report| self.examine_foreign(json, now, check, report))
    }

    /// As [`Verifier::named_lists`], for a credential as in [`Self::examine_embedded_proof`].
    ///
    /// # Errors
    /// As [`Verifier::named_lists`], and those of `check`.
    pub fn named_lists_of_embedded_proof(
        &self,
        json: &str,
        check: impl FnOnce(EmbeddedProof<'_>) -> Result<Outcome, Error>,
    ) -> Result<NamedLists<'a>, Error> {
        let Secured { document, proof } = take_apart(json, None)?;
        let credential = Document::of_version_2(&document)?;
        let (issuer, keys) = self.trusted(Some(&credential.issuer))?;
        check(EmbeddedProof {
            document: &document,
            proof: &proof,
            issuer,
        })?;
        named_lists(&credential, issuer, keys)
    }

    fn examine_foreign(
        &self,
        json: &str,
        now: UnixTime,
        check: impl FnOnce(EmbeddedProof<'_>) -> Result<Outcome, Error>,
        report: &mut Report,
    ) -> Result<VerifiedCredential, Error> {
        let Secured { document, proof } = report.note_result(Check::Format, take_apart(json, None))?;
        let credential = report.note_result(Check::Format, Document::of_version_2(&document))?;
        let (issuer, _) = report.note_result(Check::Issuer, self.trusted(Some(&credential.issuer)))?;
        let checked = check(EmbeddedProof {
            document: &document,
            proof: &proof,
            issuer,
        });
        let disclosures = report.note_result(Check::Signature, checked)?;
        let lifetime = report.note_result(Check::Format, lifetime(&proof))?;
        let credential = Document {
            validity: credential.validity.and(lifetime),
            ..credential
        };
        self.accept(&credential, issuer, now, disclosures, report)
    }
}
