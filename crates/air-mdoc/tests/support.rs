//! An issuer, a holder and their credential; and CBOR to change what they made.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests fail by panic"
)]

use std::time::Duration;

use air_jwt::{SigningKey, VerifyingKey};
use air_mdoc::{
    DeviceResponse, DocType, Elements, Error, IssueOptions, Issuer, IssuerSigned, KeyAuthorizations,
    PinnedIssuer, RedirectHandover, SessionTranscript, StatusReference, UnixTime, ValidityInfo, Value,
    VerifiedDocument, Verifier, X5Chain, full_date,
};
use coset::{CborSerializable, CoseSign1};

pub(crate) const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);
pub(crate) const DOC_TYPE: &str = "org.iso.18013.5.1.mDL";
pub(crate) const NAMESPACE: &str = "org.iso.18013.5.1";
pub(crate) const ELSEWHERE: &str = "org.example.1";
pub(crate) const SIGNER: &[u8] = include_bytes!("vectors/test-issuer/signer.der");
pub(crate) const ROOT: &[u8] = include_bytes!("vectors/test-issuer/ca.der");
const SIGNER_KEY: &str = include_str!("vectors/test-issuer/signer-key.pem");

pub(crate) fn doc_type() -> DocType {
    DOC_TYPE.parse().unwrap()
}

pub(crate) fn chain() -> X5Chain {
    X5Chain::new(vec![SIGNER.to_vec()]).unwrap()
}

pub(crate) fn elements() -> Elements {
    Elements::new()
        .with(NAMESPACE, "family_name", "Lovelace")
        .unwrap()
        .with(NAMESPACE, "issuing_country", "UT")
        .unwrap()
        .with(NAMESPACE, "birth_date", full_date("1815-12-10").unwrap())
        .unwrap()
        .with(NAMESPACE, "age_over_18", true)
        .unwrap()
        .with(NAMESPACE, "portrait", Value::Bytes(vec![0xff; 300]))
        .unwrap()
        .with(ELSEWHERE, "visits", 3)
        .unwrap()
}

/// The session that presentations are for.
pub(crate) fn transcript() -> SessionTranscript {
    SessionTranscript::from(&handover())
}

pub(crate) fn handover() -> RedirectHandover<'static> {
    RedirectHandover {
        client_id: "x509_san_dns:verifier.example",
        nonce: "fresh-and-random",
        jwk_thumbprint: Some([7; 32]),
        response_uri: "https://verifier.example/response",
    }
}

pub(crate) struct Setup {
    pub(crate) issuer: SigningKey,
    pub(crate) device: SigningKey,
}

impl Setup {
    pub(crate) fn new() -> Self {
        Self {
            issuer: SigningKey::from_pem(SIGNER_KEY).unwrap(),
            device: SigningKey::generate(&mut rand::rng()),
        }
    }

    pub(crate) fn options(&self) -> IssueOptions {
        IssueOptions {
            doc_type: doc_type(),
            validity: ValidityInfo {
                signed: NOW.saturating_sub(Duration::from_mins(1)),
                valid_from: NOW.saturating_sub(Duration::from_mins(1)),
                valid_until: NOW.saturating_add(Duration::from_hours(24)),
                expected_update: Some(NOW.saturating_add(Duration::from_hours(12))),
            },
            device_key: self.device.verifying_key().clone(),
            key_authorizations: KeyAuthorizations::default(),
            status: Some(StatusReference {
                index: 412,
                uri: "https://issuer.example/statuslist/1".into(),
            }),
        }
    }

    pub(crate) fn issue(&self, options: &IssueOptions, elements: &Elements) -> Result<IssuerSigned, Error> {
        Issuer::new(&self.issuer, chain()).issue(options, elements, &mut rand::rng())
    }

    pub(crate) fn credential(&self) -> IssuerSigned {
        self.issue(&self.options(), &elements()).unwrap()
    }

    pub(crate) fn response(&self) -> DeviceResponse {
        let chosen = [(NAMESPACE, "family_name"), (ELSEWHERE, "visits")];
        let presentation = self.credential().present(&chosen).unwrap();
        presentation.sign(&self.device, &transcript()).unwrap()
    }

    pub(crate) fn trusted(&self) -> PinnedIssuer {
        PinnedIssuer::new(self.issuer.verifying_key().clone())
    }

    pub(crate) fn verify(&self, response: &DeviceResponse) -> Result<Vec<VerifiedDocument>, Error> {
        Verifier::new(&self.trusted()).verify(response, &transcript(), NOW)
    }

    /// Reads and verifies bytes.
    pub(crate) fn verify_bytes(&self, bytes: &[u8]) -> Result<Vec<VerifiedDocument>, Error> {
        self.verify(&DeviceResponse::from_slice(bytes)?)
    }

    /// A response of which the mobile security object was changed and signed again.
    pub(crate) fn with_mso(&self, change: impl FnOnce(&mut Value)) -> Vec<u8> {
        self.with_document(|document| {
            let auth = member(member(document, "issuerSigned"), "issuerAuth");
            let mut signed = CoseSign1::from_slice(&encode(auth)).unwrap();
            let mut mso = embedded(&decode(signed.payload.as_ref().unwrap()));
            change(&mut mso);
            signed.payload = Some(encode(&Value::Tag(24, Box::new(Value::Bytes(encode(&mso))))));
            signed.signature = self.issuer.sign(&signed.tbs_data(&[]));
            *auth = decode(&signed.to_vec().unwrap());
        })
    }

    /// A response of which the issuer's signature was changed and signed again.
    pub(crate) fn with_issuer_auth(&self, change: impl FnOnce(&mut CoseSign1)) -> Vec<u8> {
        self.with_document(|document| {
            let auth = member(member(document, "issuerSigned"), "issuerAuth");
            let mut signed = CoseSign1::from_slice(&encode(auth)).unwrap();
            change(&mut signed);
            signed.protected.original_data = None;
            signed.signature = self.issuer.sign(&signed.tbs_data(&[]));
            *auth = decode(&signed.to_vec().unwrap());
        })
    }

    /// A response of which the document was changed.
    pub(crate) fn with_document(&self, change: impl FnOnce(&mut Value)) -> Vec<u8> {
        changed(self.response().as_bytes(), |response| {
            change(&mut member(response, "documents").as_array_mut().unwrap()[0]);
        })
    }
}

pub(crate) fn changed(bytes: &[u8], change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut value = decode(bytes);
    change(&mut value);
    encode(&value)
}

pub(crate) fn decode(bytes: &[u8]) -> Value {
    ciborium::from_reader(bytes).unwrap()
}

pub(crate) fn encode(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}

/// The content of encoded CBOR.
pub(crate) fn embedded(value: &Value) -> Value {
    decode(value.as_tag().unwrap().1.as_bytes().unwrap())
}

/// A member of a structure.
pub(crate) fn member<'v>(value: &'v mut Value, name: &str) -> &'v mut Value {
    let members = value.as_map_mut().unwrap();
    let found = members.iter_mut().find(|(key, _)| key.as_text() == Some(name));
    found.map_or_else(|| panic!("no member {name}"), |(_, value)| value)
}

pub(crate) fn remove(value: &mut Value, name: &str) {
    value
        .as_map_mut()
        .unwrap()
        .retain(|(key, _)| key.as_text() != Some(name));
}

/// Changes the item of `family_name` and keeps its place.
pub(crate) fn change_item(document: &mut Value, change: impl FnOnce(&mut Value)) {
    let namespaces = member(member(document, "issuerSigned"), "nameSpaces");
    let item = &mut member(namespaces, NAMESPACE).as_array_mut().unwrap()[0];
    let mut content = embedded(item);
    change(&mut content);
    *item = Value::Tag(24, Box::new(Value::Bytes(encode(&content))));
}

/// The P-256 key of a certificate in DER.
pub(crate) fn certificate_key(certificate: &[u8]) -> VerifyingKey {
    // AlgorithmIdentifier {id-ecPublicKey, prime256v1} and the head of the bit string.
    let before = hex::decode("301306072a8648ce3d020106082a8648ce3d03010703420004").unwrap();
    let at = certificate
        .windows(before.len())
        .position(|window| window == before)
        .unwrap()
        + before.len()
        - 1;
    VerifyingKey::from_p256_point(&certificate[at..at + 65]).unwrap()
}
