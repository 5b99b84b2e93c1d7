//! Verifying credentials and responses.

use std::time::Duration;

use air_ids::UnixTime;
use air_jwt::VerifyingKey;

use crate::{
    Check, DeviceResponse, DeviceSigned, DocType, Document, Error, IssuerClaim, IssuerSigned,
    MobileSecurityObject, Outcome, Report, SessionTranscript, TrustedIssuers, VerifiedDocument,
    device_signed::{DeviceAuth, ElementMap},
};

/// The default tolerance for clock differences.
const USUAL_SKEW: Duration = Duration::from_secs(30);
/// The maximum skew: more would defeat short expiries.
const SKEW_LIMIT: Duration = Duration::from_mins(5);

/// Verifies documents with the rules of a relying party.
#[derive(Debug)]
pub struct Verifier<'a, T> {
    trusted: &'a T,
    doc_types: Vec<DocType>,
    document_limit: usize,
    skew: Duration,
}

/// The outcome of one document.
#[derive(Debug)]
pub struct DocumentOutcome {
    /// Each check with its outcome.
    pub report: Report,
    /// The document, or the first check that failed.
    pub result: Result<VerifiedDocument, Error>,
}

impl DocumentOutcome {
    /// Runs the checks and stores the report in the document too.
    fn of(run: impl FnOnce(&mut Report) -> Result<VerifiedDocument, Error>) -> Self {
        let mut report = Report::new();
        let result = run(&mut report).map(|document| VerifiedDocument {
            report: report.clone(),
            ..document
        });
        Self { report, result }
    }
}

impl<'a, T: TrustedIssuers> Verifier<'a, T> {
    /// Trusts these issuers, for documents of any type, one in each response.
    #[must_use]
    pub fn new(trusted: &'a T) -> Self {
        Self {
            trusted,
            doc_types: Vec::new(),
            document_limit: 1,
            skew: USUAL_SKEW,
        }
    }

    /// Accepts documents of this type. May be called repeatedly.
    #[must_use]
    pub fn requiring_doc_type(mut self, doc_type: DocType) -> Self {
        self.doc_types.push(doc_type);
        self
    }

    /// Accepts up to this number of documents in a response. OpenID4VC HAIP wants one.
    #[must_use]
    pub fn accepting_documents(mut self, limit: usize) -> Self {
        self.document_limit = limit;
        self
    }

    /// Sets the tolerance for clock differences [default: 30 s].
    ///
    /// # Errors
    /// [`Error::SkewOutOfRange`] above five minutes.
    pub fn with_skew(mut self, skew: Duration) -> Result<Self, Error> {
        if skew > SKEW_LIMIT {
            return Err(Error::SkewOutOfRange {
                seconds: skew.as_secs(),
                limit: SKEW_LIMIT.as_secs(),
            });
        }
        self.skew = skew;
        Ok(self)
    }

    /// Verifies each document of a response that was made for this session. The result has at least
    /// one document.
    ///
    /// # Errors
    /// The first check that failed.
    ///
    /// # Security
    /// Check the status of each document, if it has one ([`VerifiedDocument::status`]), and use a
    /// transcript with a fresh nonce once.
    pub fn verify(
        &self,
        response: &DeviceResponse,
        transcript: &SessionTranscript,
        now: UnixTime,
    ) -> Result<Vec<VerifiedDocument>, Error> {
        self.examine(response, transcript, now)?
            .into_iter()
            .map(|outcome| outcome.result)
            .collect()
    }

    /// As [`Self::verify`], with a report on each document.
    ///
    /// # Errors
    /// [`Error::DocumentCount`].
    pub fn examine(
        &self,
        response: &DeviceResponse,
        transcript: &SessionTranscript,
        now: UnixTime,
    ) -> Result<Vec<DocumentOutcome>, Error> {
        let documents = response.documents();
        if documents.len() > self.document_limit {
            return Err(Error::DocumentCount {
                count: documents.len(),
                limit: self.document_limit,
            });
        }
        Ok(documents
            .iter()
            .map(|document| {
                DocumentOutcome::of(|report| self.examine_document(document, transcript, now, report))
            })
            .collect())
    }

    /// Verifies a credential that was just issued, before its holder stores it.
    ///
    /// # Errors
    /// The first check that failed.
    pub fn verify_issuer_signed(
        &self,
        credential: &IssuerSigned,
        now: UnixTime,
    ) -> Result<VerifiedDocument, Error> {
        self.examine_issuer_signed(credential, now).result
    }

    /// As [`Self::verify_issuer_signed`], with a report.
    #[must_use]
    pub fn examine_issuer_signed(&self, credential: &IssuerSigned, now: UnixTime) -> DocumentOutcome {
        DocumentOutcome::of(|report| {
            let doc_type = credential.mso().doc_type();
            let verified = self.issuer_signed(credential, doc_type, now, report)?;
            let reason = "a credential that is not presented has no device signature";
            report.note(Check::DeviceSignature, Outcome::NotNeeded(reason));
            report.note(Check::KeyAuthorizations, Outcome::NotNeeded(reason));
            note_status(&verified.mso, report);
            Ok(verified)
        })
    }

    fn examine_document(
        &self,
        document: &Document,
        transcript: &SessionTranscript,
        now: UnixTime,
        report: &mut Report,
    ) -> Result<VerifiedDocument, Error> {
        let verified = self.issuer_signed(document.issuer_signed(), document.doc_type(), now, report)?;
        let device_elements = device_signed(document.device_signed(), &verified.mso, transcript, report)?;
        note_status(&verified.mso, report);
        Ok(VerifiedDocument {
            device_elements,
            is_holder_bound: true,
            ..verified
        })
    }

    /// ISO/IEC 18013-5, 9.3.1.
    fn issuer_signed(
        &self,
        signed: &IssuerSigned,
        doc_type: &DocType,
        now: UnixTime,
        report: &mut Report,
    ) -> Result<VerifiedDocument, Error> {
        report.note(Check::Format, Outcome::Passed);
        let mso = signed.mso();
        report.note_result(Check::DocType, self.check_doc_type(doc_type, mso))?;
        let claim = IssuerClaim {
            certificates: signed.certificates(),
            doc_type,
            signed: mso.validity().signed,
        };
        let key = self.trusted.issuer_key(&claim).map_err(Error::UntrustedIssuer);
        let key = report.note_result(Check::Issuer, key)?;
        report.note_result(Check::IssuerSignature, check_signature(signed, &key))?;
        report.note_result(Check::Digests, check_digests(signed))?;
        report.note_result(Check::Validity, mso.validity().check(now, self.skew))?;
        Ok(VerifiedDocument {
            mso: mso.clone(),
            certificates: signed.certificates().clone(),
            elements: elements(signed),
            device_elements: ElementMap::new(),
            is_holder_bound: false,
            report: Report::new(),
        })
    }

    fn check_doc_type(&self, doc_type: &DocType, mso: &MobileSecurityObject) -> Result<(), Error> {
        if doc_type != mso.doc_type() {
            return Err(Error::DocTypeMismatch);
        }
        if !self.doc_types.is_empty() && !self.doc_types.contains(doc_type) {
            return Err(Error::UnexpectedDocType);
        }
        Ok(())
    }
}

fn check_signature(signed: &IssuerSigned, key: &VerifyingKey) -> Result<(), Error> {
    let signature = &signed.issuer_auth.signature;
    signature.check_algorithm(key)?;
    if signature.verifies(key, signature.payload().unwrap_or_default()) {
        Ok(())
    } else {
        Err(Error::IssuerSignature)
    }
}

fn check_digests(signed: &IssuerSigned) -> Result<(), Error> {
    signed
        .namespaces()
        .flat_map(|(namespace, items)| items.iter().map(move |item| (namespace, item)))
        .try_for_each(|(namespace, item)| signed.mso().digests.check(namespace, item))
}

/// ISO/IEC 18013-5, 9.1.3.6, and the elements that the device signed.
fn device_signed(
    signed: &DeviceSigned,
    mso: &MobileSecurityObject,
    transcript: &SessionTranscript,
    report: &mut Report,
) -> Result<ElementMap, Error> {
    report.note_result(Check::DeviceSignature, check_device(signed, mso, transcript))?;
    report.note_result(Check::KeyAuthorizations, check_authorizations(signed, mso))?;
    Ok(signed.elements.clone())
}

fn check_device(
    signed: &DeviceSigned,
    mso: &MobileSecurityObject,
    transcript: &SessionTranscript,
) -> Result<(), Error> {
    let DeviceAuth::Signature(signature) = &signed.auth else {
        return Err(Error::DeviceMac);
    };
    if signature.payload().is_some() {
        return Err(Error::Malformed {
            part: "deviceSignature",
            rule: "the payload must be detached (ISO/IEC 18013-5, 9.1.3.6)",
        });
    }
    signature.check_algorithm(mso.device_key())?;
    if signature.verifies(mso.device_key(), &signed.payload(mso.doc_type(), transcript)) {
        Ok(())
    } else {
        Err(Error::DeviceSignature)
    }
}

fn check_authorizations(signed: &DeviceSigned, mso: &MobileSecurityObject) -> Result<(), Error> {
    for (namespace, elements) in &signed.elements {
        if let Some(identifier) = elements
            .keys()
            .find(|identifier| !mso.key_authorizations().allow(namespace, identifier))
        {
            return Err(Error::NotAuthorized {
                namespace: namespace.to_string(),
                identifier: identifier.to_string(),
            });
        }
    }
    Ok(())
}

fn elements(signed: &IssuerSigned) -> ElementMap {
    signed
        .namespaces()
        .map(|(namespace, items)| {
            let elements = items
                .iter()
                .map(|item| (item.identifier().clone(), item.value().clone()));
            (namespace.clone(), elements.collect())
        })
        .collect()
}

fn note_status(mso: &MobileSecurityObject, report: &mut Report) {
    let outcome = match mso.status() {
        Some(_) => Outcome::LeftOut("the caller looks up the status that the credential names"),
        None => Outcome::NotNeeded("the credential names no status"),
    };
    report.note(Check::Status, outcome);
}
