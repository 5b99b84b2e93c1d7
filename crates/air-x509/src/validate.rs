//! Path validation (RFC 5280, section 6) and the rules of HAIP.

use std::time::Duration;

use air_ids::UnixTime;
use air_jwt::Jwk;
use rustls_pki_types::{CertificateDer, TrustAnchor};
use webpki::{EndEntityCert, ExtendedKeyUsageValidator, KeyPurposeIdIter, VerifiedPath};

use crate::{
    Anchors, Certificate, CertificateChain, Error, PublicKeyType, Purpose, algorithms::ALGORITHMS,
    anchors::Anchor,
};

/// Validates chains under given anchors.
#[derive(Clone, Debug)]
pub struct Validator<'a> {
    anchors: &'a Anchors,
    profile: Profile,
    purpose: Option<Purpose>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Profile {
    Rfc5280,
    Haip,
}

/// A verified path.
struct Path<'a, 'c> {
    intermediates: Vec<&'c Certificate>,
    anchor: &'a Certificate,
}

/// A chain that an anchor issued.
#[derive(Clone, Debug)]
pub struct ValidChain {
    chain: CertificateChain,
    anchor: Certificate,
}

impl<'a> Validator<'a> {
    /// Applies the rules of RFC 5280: validity, order, signatures, authorities and their path
    /// lengths, name constraints, key usage and critical extensions. Revocation is not checked.
    #[must_use]
    pub fn new(anchors: &'a Anchors) -> Self {
        Self {
            anchors,
            profile: Profile::Rfc5280,
            purpose: None,
        }
    }

    /// Also applies the rules of the High Assurance Interoperability Profile (OpenID4VC HAIP 1.0):
    /// the leaf is not self-signed, the chain does not contain the anchor, and the leaf's key is on
    /// P-256. A chain with a certificate that is not part of the path is refused;
    /// [`Self::new`] drops such certificates.
    #[must_use]
    pub fn haip(anchors: &'a Anchors) -> Self {
        Self {
            profile: Profile::Haip,
            ..Self::new(anchors)
        }
    }

    /// Requires an extended key usage of the leaf. Without it, any is accepted.
    #[must_use]
    pub fn for_purpose(mut self, purpose: Purpose) -> Self {
        self.purpose = Some(purpose);
        self
    }

    /// Validates a chain at `now`.
    ///
    /// # Errors
    /// The variant of the first rule that is broken, in this order: rules of the profile, order,
    /// authorities, leaf, times, path.
    pub fn validate(&self, chain: CertificateChain, now: UnixTime) -> Result<ValidChain, Error> {
        if self.profile == Profile::Haip {
            self.check_haip(&chain)?;
        }
        chain.check_order()?;
        if !chain.intermediates().iter().all(Certificate::may_certify) {
            return Err(Error::IssuerNotAuthority);
        }
        self.check_leaf(chain.leaf())?;
        check_times(&chain, now)?;
        let path = self.find_path(&chain, now)?;
        let unused = chain
            .intermediates()
            .iter()
            .position(|certificate| !path.intermediates.contains(&certificate));
        if let (Profile::Haip, Some(position)) = (self.profile, unused) {
            return Err(Error::UnusedCertificate { index: position + 1 });
        }
        let anchor = path.anchor.clone();
        let intermediates = path.intermediates.into_iter().cloned().collect();
        let chain = chain.with_intermediates(intermediates);
        Ok(ValidChain { chain, anchor })
    }

    fn check_haip(&self, chain: &CertificateChain) -> Result<(), Error> {
        let leaf = chain.leaf();
        if leaf.is_self_issued() {
            return Err(Error::LeafSelfSigned);
        }
        let is_anchor = |certificate: &Certificate| {
            certificate.is_self_issued()
                || self
                    .anchors
                    .certificates()
                    .any(|anchor| anchor.is_same_authority(certificate))
        };
        if let Some(index) = chain.iter().position(is_anchor) {
            return Err(Error::ContainsAnchor { index });
        }
        match leaf.key_type() {
            PublicKeyType::P256 => Ok(()),
            found => Err(Error::LeafKeyNotP256 { found }),
        }
    }

    fn check_leaf(&self, leaf: &Certificate) -> Result<(), Error> {
        if leaf.is_authority() {
            return Err(Error::LeafIsAuthority);
        }
        if !leaf.may_sign() {
            return Err(Error::LeafKeyUsage);
        }
        match self.purpose {
            Some(required) if !leaf.is_for(required) => Err(Error::WrongPurpose { required }),
            _ => Ok(()),
        }
    }

    /// Builds and verifies the path from the leaf to an anchor.
    fn find_path<'c>(&self, chain: &'c CertificateChain, now: UnixTime) -> Result<Path<'a, 'c>, Error> {
        let named: Vec<&Anchor> = self
            .anchors
            .as_slice()
            .iter()
            .filter(|anchor| is_issuer(&anchor.certificate, chain))
            .collect();
        let valid: Vec<&Anchor> = named
            .iter()
            .copied()
            .filter(|anchor| is_valid_at(&anchor.certificate, now))
            .collect();
        if valid.is_empty() && !named.is_empty() {
            return Err(Error::AnchorNotValid);
        }
        let anchors: Vec<TrustAnchor<'_>> = valid.iter().map(|anchor| anchor.anchor.clone()).collect();
        let leaf = CertificateDer::from(chain.leaf().der());
        let intermediates: Vec<CertificateDer<'_>> = chain
            .intermediates()
            .iter()
            .map(|certificate| CertificateDer::from(certificate.der()))
            .collect();
        let leaf = EndEntityCert::try_from(&leaf).map_err(refusal)?;
        let time = rustls_pki_types::UnixTime::since_unix_epoch(Duration::from_secs(now.as_secs()));
        // The library does not read the path length of an anchor.
        let anchor_of = |path: &VerifiedPath<'_>| {
            let intermediates = on_path(path, chain)?;
            let authorities = intermediates.iter().filter(|one| !one.is_self_issued());
            let count = authorities.count();
            valid
                .iter()
                .find(|anchor| anchor.is(path.anchor()) && anchor.certificate.may_have_below(count))
                .map(|anchor| (intermediates, &anchor.certificate))
        };
        let check_length = |path: &VerifiedPath<'_>| match anchor_of(path) {
            Some(_) => Ok(()),
            None => Err(webpki::Error::PathLenConstraintViolated),
        };
        let path = leaf
            .verify_for_usage(
                ALGORITHMS,
                &anchors,
                &intermediates,
                time,
                AnyPurpose,
                None,
                Some(&check_length),
            )
            .map_err(refusal)?;
        let (intermediates, anchor) = anchor_of(&path).ok_or(Error::PathTooLong)?;
        Ok(Path {
            intermediates,
            anchor,
        })
    }
}

/// The intermediate certificates of a path; all are of the chain.
fn on_path<'c>(path: &VerifiedPath<'_>, chain: &'c CertificateChain) -> Option<Vec<&'c Certificate>> {
    path.intermediate_certificates()
        .map(|used| {
            chain
                .intermediates()
                .iter()
                .find(|certificate| certificate.der() == used.der().as_ref())
        })
        .collect()
}

impl ValidChain {
    /// The certificate whose key signed the token.
    #[must_use]
    pub fn leaf(&self) -> &Certificate {
        self.chain.leaf()
    }

    /// The leaf's key, to verify the token with.
    ///
    /// # Errors
    /// [`Error::UnsupportedKey`]. A leaf that follows HAIP has a supported one.
    pub fn jwk(&self) -> Result<Jwk, Error> {
        self.leaf().jwk()
    }

    /// The leaf and the intermediate certificates of the verified path. Every signature was verified
    /// up to [`Self::anchor`]: other certificates that the sender added are not in it.
    #[must_use]
    pub fn chain(&self) -> &CertificateChain {
        &self.chain
    }

    /// The anchor that issued the chain.
    #[must_use]
    pub fn anchor(&self) -> &Certificate {
        &self.anchor
    }
}

fn check_times(chain: &CertificateChain, now: UnixTime) -> Result<(), Error> {
    for (index, certificate) in chain.iter().enumerate() {
        if now < certificate.not_before() {
            let ahead = certificate.not_before().abs_diff(now).as_secs();
            return Err(Error::NotYetValid { index, ahead });
        }
        if now > certificate.not_after() {
            let ago = now.abs_diff(certificate.not_after()).as_secs();
            return Err(Error::Expired { index, ago });
        }
    }
    Ok(())
}

fn is_valid_at(certificate: &Certificate, now: UnixTime) -> bool {
    (certificate.not_before()..=certificate.not_after()).contains(&now)
}

/// Whether the anchor has the name of the issuer of a certificate of the chain.
fn is_issuer(anchor: &Certificate, chain: &CertificateChain) -> bool {
    chain
        .iter()
        .any(|certificate| certificate.names_as_issuer(anchor))
}

/// Accepts every extended key usage in the path. The leaf's was checked before, and the purposes of
/// an intermediate certificate say nothing about signatures of tokens.
struct AnyPurpose;

impl ExtendedKeyUsageValidator for AnyPurpose {
    fn validate(&self, mut purposes: KeyPurposeIdIter<'_, '_>) -> Result<(), webpki::Error> {
        purposes.try_for_each(|purpose| purpose.map(drop))
    }
}

/// Converts the library's error.
fn refusal(error: webpki::Error) -> Error {
    use webpki::Error as Webpki;
    match error {
        Webpki::UnknownIssuer => Error::UnknownAuthority,
        Webpki::InvalidSignatureForPublicKey => Error::BadSignature,
        Webpki::UnsupportedSignatureAlgorithmContext(_)
        | Webpki::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => Error::UnsupportedAlgorithm,
        Webpki::UnsupportedCriticalExtension => Error::CriticalExtension,
        Webpki::EndEntityUsedAsCa => Error::IssuerNotAuthority,
        Webpki::CaUsedAsEndEntity => Error::LeafIsAuthority,
        Webpki::PathLenConstraintViolated | Webpki::MaximumPathDepthExceeded => Error::PathTooLong,
        Webpki::NameConstraintViolation => Error::NameConstraint,
        error => Error::InvalidChain {
            reason: format!("{error:?}"),
        },
    }
}
