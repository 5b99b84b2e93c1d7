//! Issuing a credential.

use air_jwt::{Signer, SigningKey, VerifyingKey};
use rand_core::CryptoRng;

use crate::{
    CredentialStatus, DocType, Elements, Error, IssuerSigned, IssuerSignedItem, KeyAuthorizations,
    MobileSecurityObject, NameSpace, StatusReference, ValidityInfo, X5Chain,
    cbor::Raw,
    cose::{Unsigned, check_signer},
    error::ISSUER_AUTH,
    issuer_signed::IssuerAuth,
    mso::{DigestAlgorithm, ValueDigests},
};

/// The length of `random` in bytes. The minimum is 16 (ISO/IEC 18013-5, 9.1.2.5).
const RANDOM_LENGTH: usize = 32;

/// The content of a credential besides its elements.
#[derive(Clone, Debug)]
pub struct IssueOptions {
    /// The document's type.
    pub doc_type: DocType,
    /// The validity period. Round the times, so that credentials of a batch can't be linked by
    /// them.
    pub validity: ValidityInfo,
    /// The holder's key, on P-256. Take it from a [`air_jwt::Jwk`] by `verifying_key`.
    pub device_key: VerifyingKey,
    /// The elements that the holder's key may sign. Usually none.
    pub key_authorizations: KeyAuthorizations,
    /// The credential's entry in a Token Status List.
    pub status: Option<StatusReference>,
}

/// An issuer: the key that signs its credentials, and the certificates of that key.
#[derive(Debug)]
pub struct Issuer<'k, K = SigningKey> {
    key: &'k K,
    certificates: X5Chain,
}

impl<'k, K> Issuer<'k, K> {
    /// Creates an issuer with an ES256 key and its certificates. This crate does not compare the
    /// key with the certificate.
    #[must_use]
    pub fn new(key: &'k K, certificates: X5Chain) -> Self {
        Self { key, certificates }
    }

    fn prepare(
        &self,
        options: &IssueOptions,
        elements: &Elements,
        rng: &mut impl CryptoRng,
    ) -> Result<Prepared, Error> {
        let mut digests = ValueDigests::new(DigestAlgorithm::Sha256);
        let mut namespaces = Vec::new();
        for (namespace, elements) in elements.iter() {
            let mut items = Vec::new();
            for ((identifier, value), digest_id) in elements.iter().zip(shuffled(elements.len(), rng)) {
                let mut random = [0; RANDOM_LENGTH];
                rng.fill_bytes(&mut random);
                let item = IssuerSignedItem::encode(digest_id, &random, identifier, value)?;
                digests.add(namespace, &item);
                items.push(item);
            }
            namespaces.push((namespace.clone(), items));
        }
        let mso = MobileSecurityObject {
            doc_type: options.doc_type.clone(),
            digests,
            device_key: options.device_key.clone(),
            key_authorizations: options.key_authorizations.clone(),
            validity: options.validity,
            status: options.status.clone().map(CredentialStatus::StatusList),
        };
        let unsigned = Unsigned::attached(mso.encode()?, &self.certificates);
        Ok(Prepared { namespaces, unsigned })
    }
}

impl Issuer<'_> {
    /// Issues a credential. Every element can be withheld. Digest IDs are a random permutation, so
    /// they do not reveal the order of the elements.
    ///
    /// # Errors
    /// [`Error::Algorithm`] for a key that is not for ES256, [`Error::DeviceKey`],
    /// [`Error::ValidityOrder`], [`Error::InvalidTime`], [`Error::TooLarge`], or
    /// [`Error::Malformed`] for a value that verifiers would reject.
    pub fn issue(
        &self,
        options: &IssueOptions,
        elements: &Elements,
        rng: &mut impl CryptoRng,
    ) -> Result<IssuerSigned, Error> {
        check_signer(self.key.algorithm(), ISSUER_AUTH)?;
        let prepared = self.prepare(options, elements, rng)?;
        let signature = self.key.sign(&prepared.unsigned.message(&[]));
        prepared.finish(signature)
    }
}

impl<K: Signer> Issuer<'_, K> {
    /// As [`Issuer::issue`], with a remote key: in a KMS, an HSM or another process.
    ///
    /// # Errors
    /// As [`Issuer::issue`], [`Error::Signer`] and [`Error::SignatureLength`].
    pub async fn issue_with(
        &self,
        options: &IssueOptions,
        elements: &Elements,
        rng: &mut impl CryptoRng,
    ) -> Result<IssuerSigned, Error> {
        check_signer(self.key.algorithm(), ISSUER_AUTH)?;
        let prepared = self.prepare(options, elements, rng)?;
        let signature = self.key.sign(&prepared.unsigned.message(&[])).await?;
        prepared.finish(signature)
    }
}

/// A credential that lacks its signature.
struct Prepared {
    namespaces: Vec<(NameSpace, Vec<IssuerSignedItem>)>,
    unsigned: Unsigned,
}

impl Prepared {
    /// Reads the result as a verifier does, so that an issuer stays within its limits.
    fn finish(self, signature: Vec<u8>) -> Result<IssuerSigned, Error> {
        let issuer_auth = self.unsigned.finish(signature)?;
        let issued = IssuerSigned {
            namespaces: self.namespaces,
            issuer_auth: IssuerAuth::parse(Raw::parse(&issuer_auth, ISSUER_AUTH)?)?,
        };
        IssuerSigned::from_slice(&issued.to_bytes())
    }
}

/// The numbers below `count` in random order (Fisher and Yates).
fn shuffled(count: usize, rng: &mut impl CryptoRng) -> Vec<u64> {
    let mut numbers: Vec<u64> = (0..).take(count).collect();
    for last in (1..numbers.len()).rev() {
        numbers.swap(last, below(last + 1, rng));
    }
    numbers
}

/// A random number below `limit`, each with the same probability.
fn below(limit: usize, rng: &mut impl CryptoRng) -> usize {
    let limit = u64::try_from(limit).unwrap_or(u64::MAX);
    let unbiased = u64::MAX - u64::MAX % limit;
    loop {
        let drawn = rng.next_u64();
        if drawn < unbiased {
            return usize::try_from(drawn % limit).unwrap_or_default();
        }
    }
}
