//! Signatures with COSE (RFC 9052): `COSE_Sign1` with ES256.

use air_jwt::{Algorithm, VerifyingKey};

use coset::{
    CborSerializable, CoseSign1, CoseSign1Builder, Header, HeaderBuilder, Label, RegisteredLabelWithPrivate,
    SignatureContext, iana, sig_structure_data,
};

use crate::{Error, X5Chain, cbor::Raw, x5chain::X5CHAIN};

/// The length of an ES256 signature (RFC 9053, 2.1).
const SIGNATURE_LENGTH: usize = 64;

/// The tags of a `COSE_Sign1` (RFC 9052, 2) and of a CWT around it (RFC 8392, 6).
const COSE_SIGN1: u64 = 18;
const CWT: u64 = 61;
/// The label of the type of the payload (RFC 9596, 2).
const TYPE: i64 = 16;

/// A signature as it was received, not verified.
#[derive(Clone, Debug)]
pub(crate) struct Signature {
    /// The name in errors.
    part: &'static str,
    bytes: Vec<u8>,
    sign1: CoseSign1,
}

impl Signature {
    /// Reads an untagged `COSE_Sign1`.
    pub(crate) fn parse(raw: Raw<'_>, part: &'static str) -> Result<Self, Error> {
        let malformed = |rule| Error::Malformed { part, rule };
        let (protected, payload) = raw
            .array()
            .and_then(|items| Some((items.first()?.byte_string()?, *items.get(2)?)))
            .ok_or(malformed("must be an untagged COSE_Sign1 (RFC 9052, 4.2)"))?;
        // `coset` also takes `undefined` for a detached payload.
        if payload.byte_string().is_none() && !payload.is_null() {
            return Err(malformed(
                "the payload must be a byte string or `nil` (RFC 9052, 4.2)",
            ));
        }
        if !protected.is_empty() {
            Raw::parse(protected, part)?;
        }
        let sign1 = CoseSign1::from_slice(raw.bytes())
            .map_err(|_| malformed("must be a COSE_Sign1 with known headers (RFC 9052, 4.2)"))?;
        Ok(Self {
            part,
            bytes: raw.bytes().to_vec(),
            sign1,
        })
    }

    /// Reads a `COSE_Sign1` with or without its tags.
    pub(crate) fn parse_tagged(raw: Raw<'_>, part: &'static str) -> Result<Self, Error> {
        let raw = raw.tagged(CWT).unwrap_or(raw);
        Self::parse(raw.tagged(COSE_SIGN1).unwrap_or(raw), part)
    }

    /// The bytes as received, without tags.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn payload(&self) -> Option<&[u8]> {
        self.sign1.payload.as_deref()
    }

    /// The certificates of the unprotected header.
    pub(crate) fn certificates(&self) -> Option<Result<X5Chain, Error>> {
        let headers = &self.sign1.unprotected.rest;
        let (_, value) = headers.iter().find(|(label, _)| *label == Label::Int(X5CHAIN))?;
        Some(X5Chain::from_value(value))
    }

    /// The certificates of the protected or the unprotected header.
    pub(crate) fn certificates_of_any_header(&self) -> Option<Result<X5Chain, Error>> {
        let mut headers = self.headers().into_iter().flat_map(|header| &header.rest);
        let (_, value) = headers.find(|(label, _)| *label == Label::Int(X5CHAIN))?;
        Some(X5Chain::from_value(value))
    }

    /// The name of the key in the protected or the unprotected header.
    pub(crate) fn key_id(&self) -> Option<&[u8]> {
        let mut names = self.headers().into_iter().map(|header| header.key_id.as_slice());
        names.find(|name| !name.is_empty())
    }

    /// The type of the payload in the protected header, as text.
    pub(crate) fn typ(&self) -> Option<&str> {
        let mut headers = self.sign1.protected.header.rest.iter();
        let (_, value) = headers.find(|(label, _)| *label == Label::Int(TYPE))?;
        value.as_text()
    }

    fn headers(&self) -> [&Header; 2] {
        [&self.sign1.protected.header, &self.sign1.unprotected]
    }

    /// Checks the headers that the signature covers, and the key's type.
    pub(crate) fn check_algorithm(&self, key: &VerifyingKey) -> Result<(), Error> {
        let header = &self.sign1.protected.header;
        if !header.crit.is_empty() {
            return Err(Error::CriticalHeader { part: self.part });
        }
        let is_es256 = matches!(
            header.alg,
            Some(RegisteredLabelWithPrivate::Assigned(
                iana::Algorithm::ES256 | iana::Algorithm::ESP256
            ))
        );
        if is_es256 && key.algorithm() == Algorithm::Es256 {
            Ok(())
        } else {
            Err(Error::Algorithm { part: self.part })
        }
    }

    /// Whether the key signed `payload`. The protected header is taken as received.
    pub(crate) fn verifies(&self, key: &VerifyingKey, payload: &[u8]) -> bool {
        let signed = sig_structure_data(
            SignatureContext::CoseSign1,
            self.sign1.protected.clone(),
            None,
            &[],
            payload,
        );
        key.verify(&signed, &self.sign1.signature)
    }
}

/// A `COSE_Sign1` that lacks its signature.
#[must_use]
pub(crate) struct Unsigned(CoseSign1);

impl Unsigned {
    /// The payload is part of the structure; certificates are in the unprotected header.
    pub(crate) fn attached(payload: Vec<u8>, certificates: &X5Chain) -> Self {
        let certificates = HeaderBuilder::new().value(X5CHAIN, certificates.to_value());
        Self(
            builder()
                .unprotected(certificates.build())
                .payload(payload)
                .build(),
        )
    }

    /// As [`Self::attached`], with the type of the payload and the name of the key.
    pub(crate) fn typed(payload: Vec<u8>, typ: &str, key_id: &str, certificates: Option<&X5Chain>) -> Self {
        let protected = HeaderBuilder::new()
            .algorithm(iana::Algorithm::ES256)
            .value(TYPE, ciborium::Value::from(typ));
        let mut unprotected = HeaderBuilder::new().key_id(key_id.as_bytes().to_vec());
        if let Some(certificates) = certificates {
            unprotected = unprotected.value(X5CHAIN, certificates.to_value());
        }
        let sign1 = CoseSign1Builder::new()
            .protected(protected.build())
            .unprotected(unprotected.build())
            .payload(payload);
        Self(sign1.build())
    }

    /// The payload is not part of the structure.
    pub(crate) fn detached() -> Self {
        Self(builder().build())
    }

    /// The bytes to sign. `payload` is the detached payload, if it is one.
    pub(crate) fn message(&self, payload: &[u8]) -> Vec<u8> {
        sig_structure_data(
            SignatureContext::CoseSign1,
            self.0.protected.clone(),
            None,
            &[],
            self.0.payload.as_deref().unwrap_or(payload),
        )
    }

    /// Adds the signature and encodes the structure.
    pub(crate) fn finish(mut self, signature: Vec<u8>) -> Result<Vec<u8>, Error> {
        if signature.len() != SIGNATURE_LENGTH {
            return Err(Error::SignatureLength);
        }
        self.0.signature = signature;
        Ok(self.0.to_vec().expect("the headers have no label twice"))
    }
}

fn builder() -> CoseSign1Builder {
    let protected = HeaderBuilder::new().algorithm(iana::Algorithm::ES256).build();
    CoseSign1Builder::new().protected(protected)
}

/// Rejects a signer with another algorithm than ES256.
pub(crate) fn check_signer(algorithm: Algorithm, part: &'static str) -> Result<(), Error> {
    if algorithm == Algorithm::Es256 {
        Ok(())
    } else {
        Err(Error::Algorithm { part })
    }
}

#[cfg(test)]
mod tests {
    use ciborium::Value;

    use super::*;

    #[test]
    fn reads_the_certificates_of_the_unprotected_header_only() {
        let chain = X5Chain::new(vec![vec![1], vec![2]]).unwrap();
        let bytes = Unsigned::attached(vec![7], &chain).finish(vec![0; 64]).unwrap();
        let read = Signature::parse(Raw::parse(&bytes, "test").unwrap(), "test").unwrap();
        assert_eq!(read.certificates(), Some(Ok(chain)));
        assert_eq!(read.payload(), Some(&[7][..]));

        let protected = HeaderBuilder::new()
            .algorithm(iana::Algorithm::ES256)
            .value(X5CHAIN, Value::Bytes(vec![1]))
            .build();
        let elsewhere = CoseSign1Builder::new().protected(protected).build();
        let bytes = elsewhere.to_vec().unwrap();
        let read = Signature::parse(Raw::parse(&bytes, "test").unwrap(), "test").unwrap();
        assert_eq!(read.certificates(), None);
    }

    #[test]
    fn a_signature_has_64_bytes() {
        for length in [0, 63, 65, 70] {
            let finished = Unsigned::detached().finish(vec![0; length]);
            assert_eq!(finished, Err(Error::SignatureLength), "{length}");
        }
    }
}
