//! mdocs: an `IssuerSigned` or a `DeviceResponse` in base64url.

use air_mdoc::{Check, DeviceResponse, IssuerClaim, IssuerSigned, UntrustedIssuer, Verifier};
use air_x509::Purpose;

use super::{Broken, Explained, Reader, certificate::Chain};
use crate::time;

const STANDARD: &str = "ISO/IEC 18013-5";

pub(super) fn of(text: &str, reader: &Reader) -> Option<Explained> {
    let response = DeviceResponse::from_base64url(text);
    if let Ok(response) = &response {
        let mut explained = new(
            "mdocPresentation",
            "a presentation of mdocs: a DeviceResponse (ISO/IEC 18013-5, 8.3.2.1.2.2)",
        );
        for document in response.documents() {
            describe(&mut explained, document.issuer_signed(), reader);
        }
        explained.unchecked.push(
            "the device's signature, which needs the session: client_id, nonce, response_uri and encryption key"
                .to_owned(),
        );
        return Some(explained);
    }
    let credential = IssuerSigned::from_base64url(text).ok()?;
    let mut explained = new("mdoc", "an mdoc: an IssuerSigned (ISO/IEC 18013-5, 8.3.2.1.2.2)");
    describe(&mut explained, &credential, reader);
    Some(explained)
}

fn new(kind: &'static str, title: &str) -> Explained {
    Explained {
        kind,
        title: title.to_owned(),
        parts: Vec::new(),
        broken: Vec::new(),
        unchecked: Vec::new(),
    }
}

fn describe(explained: &mut Explained, credential: &IssuerSigned, reader: &Reader) {
    let mso = credential.mso();
    explained.part("type", mso.doc_type().as_str().to_owned());
    for (namespace, items) in credential.namespaces() {
        let names: Vec<String> = items
            .iter()
            .map(|item| item.identifier().as_str().to_owned())
            .collect();
        explained.part(
            "elements",
            format!("{}: {}", namespace.as_str(), names.join(", ")),
        );
    }
    explained.part("valid until", time::date_time(mso.validity().valid_until));
    let chain = Chain::of_ders(credential.certificates().iter());
    if let Some(leaf) = chain.leaf() {
        explained.part("signer", leaf.subject().to_owned());
    }
    chain.check(explained, reader, Some(Purpose::MdocSigner));
    // The signature is checked with the certificate's own key, and trust in it is left to the reader.
    let by_certificate = |_: &IssuerClaim<'_>| {
        let key = chain.jwk().map(|jwk| jwk.verifying_key().clone());
        key.ok_or_else(|| UntrustedIssuer::new("the certificate has no key on P-256"))
    };
    let outcome = Verifier::new(&by_certificate).examine_issuer_signed(credential, reader.now);
    if let Err(error) = outcome.result {
        explained.broken.push(Broken {
            specification: Some(STANDARD),
            section: error.check().map(section),
            message: error.to_string(),
        });
    }
    if mso.status().is_some() {
        explained
            .unchecked
            .push("the status, which needs the list".to_owned());
    }
}

/// The clause of a check.
fn section(check: Check) -> &'static str {
    match check {
        Check::Format => "8.3.2.1.2.2",
        Check::Digests | Check::Validity => "9.1.2.4",
        Check::DeviceSignature | Check::KeyAuthorizations => "9.1.3",
        _ => "9.3.1",
    }
}
