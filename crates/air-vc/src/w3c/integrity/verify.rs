//! Verifying an embedded proof.

use air_ids::UnixTime;
use air_jwt::{Algorithm, Jwk, JwkSet};
use serde_json::{Map, Value};

use super::{PROOF_TYPE, PURPOSE, SUITE, hash_data};
use crate::{
    Check, Error, Report, VerifiedCredential, Verifier,
    data_model::parse_date_time,
    issuer_key::named,
    sd_jwt::LENGTH_LIMIT,
    status::NamedLists,
    validity::Validity,
    w3c::{document::Document, status::named as named_lists, verify::ALL_SHOWN},
};

impl<'a> Verifier<'a> {
    pub(crate) fn lists_of_proof(&self, json: &str) -> Result<NamedLists<'a>, Error> {
        let Secured { document, proof } = take_apart(json, Some(SUITE))?;
        let credential = Document::of_version_2(&document)?;
        let (issuer, keys) = self.trusted(Some(&credential.issuer))?;
        check_signature(&document, &proof, issuer, keys)?;
        named_lists(&credential, issuer, keys)
    }

    pub(crate) fn examine_proof(
        &self,
        json: &str,
        now: UnixTime,
        report: &mut Report,
    ) -> Result<VerifiedCredential, Error> {
        let Secured { document, proof } = report.note_result(Check::Format, take_apart(json, Some(SUITE)))?;
        let credential = report.note_result(Check::Format, Document::of_version_2(&document))?;
        let (issuer, keys) = report.note_result(Check::Issuer, self.trusted(Some(&credential.issuer)))?;
        report.note_result(Check::Signature, check_signature(&document, &proof, issuer, keys))?;
        let lifetime = report.note_result(Check::Format, lifetime(&proof))?;
        let credential = Document {
            validity: credential.validity.and(lifetime),
            ..credential
        };
        self.accept(&credential, issuer, now, ALL_SHOWN, report)
    }
}

/// A document and its proof. Nothing is verified.
pub(super) struct Secured {
    /// The document without its proof.
    pub(super) document: Map<String, Value>,
    pub(super) proof: Map<String, Value>,
}

/// Reads a document with one proof, by `suite` if it is given.
pub(super) fn take_apart(json: &str, suite: Option<&str>) -> Result<Secured, Error> {
    let malformed = |reason| Error::Format { reason };
    if json.len() > LENGTH_LIMIT {
        return Err(malformed("it is longer than 256 KiB"));
    }
    let mut document = air_json::read_object(json.as_bytes())
        .map_err(|error| Error::of_json(error, malformed("it is not a JSON object")))?;
    let Some(Value::Object(proof)) = document.remove("proof") else {
        return Err(malformed("`proof` is not one object"));
    };
    let text = |name| proof.get(name).and_then(Value::as_str);
    if suite.is_some_and(|suite| text("cryptosuite") != Some(suite)) {
        return Err(malformed(
            "the proof is not a DataIntegrityProof by ecdsa-jcs-2019 for assertionMethod",
        ));
    }
    if text("type") != Some(PROOF_TYPE) || text("proofPurpose") != Some(PURPOSE) {
        return Err(malformed(
            "the proof is not a DataIntegrityProof for assertionMethod",
        ));
    }
    // `domain` and `challenge` bind a proof to one verifier, and `previousProof` chains proofs.
    // Neither is supported.
    if ["domain", "challenge", "previousProof"]
        .iter()
        .any(|name| proof.contains_key(*name))
    {
        return Err(malformed(
            "the proof has a domain, a challenge or a previous proof, which are not read",
        ));
    }
    // 3.3.2: the proof's contexts must be a prefix of the document's. Here they must be equal, so
    // that the document is read as it was signed.
    if proof
        .get("@context")
        .is_some_and(|context| Some(context) != document.get("@context"))
    {
        return Err(malformed("the proof's `@context` is not the document's"));
    }
    Ok(Secured { document, proof })
}

/// Verifies the signature (3.3.2) with one of the verifier's keys of this issuer.
fn check_signature(
    document: &Map<String, Value>,
    proof: &Map<String, Value>,
    issuer: &str,
    keys: &JwkSet,
) -> Result<(), Error> {
    let text = |name| proof.get(name).and_then(Value::as_str);
    let method = text("verificationMethod").unwrap_or_default();
    let key = named(method, issuer, keys)
        .filter(|key| key.algorithm() == Algorithm::Es256)
        .ok_or(Error::ProofKeyUnknown)?;
    let signature = text("proofValue").and_then(signature).ok_or_else(|| bad(key))?;
    let mut options = proof.clone();
    options.remove("proofValue");
    if key
        .verifying_key()
        .verify(&hash_data(&options, document)?, &signature)
    {
        Ok(())
    } else {
        Err(bad(key))
    }
}

fn bad(key: &Jwk) -> Error {
    Error::Signature(air_jwt::Error::BadSignature {
        kid: key.kid().to_string(),
    })
}

/// 64 bytes in base58btc have at most 88 characters.
fn signature(text: &str) -> Option<Vec<u8>> {
    let encoded = text.strip_prefix('z').filter(|encoded| encoded.len() <= 88)?;
    bs58::decode(encoded).into_vec().ok()
}

/// The validity period of the proof itself.
pub(super) fn lifetime(proof: &Map<String, Value>) -> Result<Validity, Error> {
    let date = |name| match proof.get(name) {
        None => Ok(None),
        Some(value) => parse_date_time(value).map(Some).ok_or(Error::Format {
            reason: "a date of the proof is not like 2026-01-19T07:18:45Z",
        }),
    };
    Ok(Validity {
        from: date("created")?,
        until: date("expires")?,
    })
}
