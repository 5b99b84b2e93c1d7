//! A wallet's response: documents with their signatures.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{
    DeviceSigned, DocType, Error, IssuerSigned,
    cbor::{Fields, Raw, Writer},
    issuer_signed::decode_base64url,
};

const PART: &str = "DeviceResponse";
/// The only version that is defined.
const VERSION: &str = "1.0";
/// The maximum number of documents in a response.
pub const DOCUMENT_LIMIT: usize = 16;

/// A response (ISO/IEC 18013-5, 8.3.2.1.2.2), not verified. It keeps the bytes that were received,
/// so that a verifier can store them as evidence.
#[derive(Clone, Debug)]
pub struct DeviceResponse {
    bytes: Vec<u8>,
    documents: Vec<Document>,
}

/// A document of a response, not verified.
#[derive(Clone, Debug)]
pub struct Document {
    doc_type: DocType,
    issuer_signed: IssuerSigned,
    device_signed: DeviceSigned,
}

impl DeviceResponse {
    /// Reads a response of at most 1 MiB with 1 to [`DOCUMENT_LIMIT`] documents.
    ///
    /// # Errors
    /// [`Error::Malformed`] and the other errors of the check `format`.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, Error> {
        let fields = Fields::of(Raw::parse(bytes, PART)?, PART)?;
        if fields.required("version", Raw::text)? != VERSION {
            return Err(Error::Malformed {
                part: PART,
                rule: "`version` must be 1.0 (ISO/IEC 18013-5, 8.3.2.1.2.2)",
            });
        }
        let status = fields.required("status", Raw::unsigned)?;
        if status != 0 {
            return Err(Error::ResponseStatus { status });
        }
        let documents = fields.typed("documents", Raw::array)?.unwrap_or_default();
        if !(1..=DOCUMENT_LIMIT).contains(&documents.len()) {
            return Err(Error::DocumentCount {
                count: documents.len(),
                limit: DOCUMENT_LIMIT,
            });
        }
        Ok(Self {
            bytes: bytes.to_vec(),
            documents: documents
                .into_iter()
                .map(Document::parse)
                .collect::<Result<_, _>>()?,
        })
    }

    /// Reads the form of a `vp_token` (OpenID4VP, B.2.5): base64url without padding.
    ///
    /// # Errors
    /// [`Error::Base64`], and as [`Self::from_slice`].
    pub fn from_base64url(text: &str) -> Result<Self, Error> {
        Self::from_slice(&decode_base64url(text, PART)?)
    }

    /// The response in CBOR, as received.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The form of a `vp_token` (OpenID4VP, B.2.5): base64url without padding.
    #[must_use]
    pub fn to_base64url(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.bytes)
    }

    /// The documents, at least one.
    #[must_use]
    pub fn documents(&self) -> &[Document] {
        &self.documents
    }

    /// Puts the documents of several responses into one. OpenID4VC HAIP wants one document in each
    /// response, so this is for verifiers that follow only ISO/IEC 18013-5.
    ///
    /// # Errors
    /// [`Error::DocumentCount`] and [`Error::TooLarge`].
    pub fn joined<'a>(responses: impl IntoIterator<Item = &'a Self>) -> Result<Self, Error> {
        let mut documents = Vec::new();
        for response in responses {
            let fields = Fields::of(Raw::parse(&response.bytes, PART)?, PART)?;
            let found = fields.required("documents", Raw::array)?;
            documents.extend(found.into_iter().map(|document| document.bytes().to_vec()));
        }
        Self::from_slice(&encode(&documents))
    }

    /// A response with one document: `DeviceSigned` was just signed.
    pub(crate) fn of(
        doc_type: &DocType,
        issuer_signed: &IssuerSigned,
        device_signed: &[u8],
    ) -> Result<Self, Error> {
        let document = Writer::default()
            .map(3)
            .text("docType")
            .text(doc_type.as_str())
            .text("issuerSigned")
            .raw(&issuer_signed.to_bytes())
            .text("deviceSigned")
            .raw(device_signed)
            .finish();
        Self::from_slice(&encode(&[document]))
    }
}

fn encode(documents: &[Vec<u8>]) -> Vec<u8> {
    let mut response = Writer::default();
    response
        .map(3)
        .text("version")
        .text(VERSION)
        .text("documents")
        .array(documents.len());
    for document in documents {
        response.raw(document);
    }
    response.text("status").unsigned(0).finish()
}

impl Document {
    fn parse(raw: Raw<'_>) -> Result<Self, Error> {
        let fields = Fields::of(raw, "Document")?;
        Ok(Self {
            doc_type: fields.required("docType", Raw::text)?.parse()?,
            issuer_signed: IssuerSigned::parse(fields.required("issuerSigned", Some)?)?,
            device_signed: DeviceSigned::parse(fields.required("deviceSigned", Some)?)?,
        })
    }

    /// The type that the wallet states.
    #[must_use]
    pub fn doc_type(&self) -> &DocType {
        &self.doc_type
    }

    /// The disclosed elements and the issuer's signature.
    #[must_use]
    pub fn issuer_signed(&self) -> &IssuerSigned {
        &self.issuer_signed
    }

    /// The device's signature.
    #[must_use]
    pub fn device_signed(&self) -> &DeviceSigned {
        &self.device_signed
    }
}
