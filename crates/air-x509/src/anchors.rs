//! Trust anchors: the certificate authorities that a verifier trusts.

use rustls_pki_types::{CertificateDer, TrustAnchor};

use crate::{Certificate, Error};

/// The maximum number of anchors.
const ANCHOR_LIMIT: usize = 1024;

/// A set of trust anchors.
#[derive(Clone, Debug, Default)]
pub struct Anchors {
    anchors: Vec<Anchor>,
}

#[derive(Clone, Debug)]
pub(crate) struct Anchor {
    pub(crate) certificate: Certificate,
    pub(crate) anchor: TrustAnchor<'static>,
}

impl Anchor {
    /// Whether it has this name and key: certificates of an authority that differ otherwise are the
    /// same anchor.
    pub(crate) fn is(&self, found: &TrustAnchor<'_>) -> bool {
        self.anchor.subject == found.subject
            && self.anchor.subject_public_key_info == found.subject_public_key_info
    }
}

impl Anchors {
    /// Trusts these authorities.
    ///
    /// # Errors
    /// [`Error::AnchorNotAuthority`], [`Error::MalformedCertificate`] or [`Error::TooManyAnchors`].
    pub fn new(certificates: impl IntoIterator<Item = Certificate>) -> Result<Self, Error> {
        let mut anchors = Vec::new();
        for (index, certificate) in certificates.into_iter().enumerate() {
            if index >= ANCHOR_LIMIT {
                return Err(Error::TooManyAnchors { limit: ANCHOR_LIMIT });
            }
            if !certificate.may_certify() {
                return Err(Error::AnchorNotAuthority { index });
            }
            let der = CertificateDer::from(certificate.der());
            let anchor = webpki::anchor_from_trusted_cert(&der)
                .map_err(|_| Error::MalformedCertificate { index })?
                .to_owned();
            anchors.push(Anchor { certificate, anchor });
        }
        Ok(Self { anchors })
    }

    /// Reads all certificates of a PEM file.
    ///
    /// # Errors
    /// [`Error::UnreadableAnchors`], and as [`Self::new`].
    pub fn from_pem(file: &[u8]) -> Result<Self, Error> {
        let certificates = air_pem::certificates(file)?
            .iter()
            .enumerate()
            .map(|(index, block)| Certificate::at_index(block.der(), index))
            .collect::<Result<Vec<_>, Error>>()?;
        Self::new(certificates)
    }

    /// The number of anchors.
    #[must_use]
    pub fn len(&self) -> usize {
        self.anchors.len()
    }

    /// Whether there is no anchor, so that no chain is valid.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.anchors.is_empty()
    }

    /// The certificates of the anchors.
    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.anchors.iter().map(|anchor| &anchor.certificate)
    }

    /// Whether an authority is in both sets. A renewed certificate of the same name and key is the same
    /// authority.
    #[must_use]
    pub fn share_authority(&self, other: &Self) -> bool {
        self.certificates()
            .any(|own| other.certificates().any(|one| one.is_same_authority(own)))
    }

    pub(crate) fn as_slice(&self) -> &[Anchor] {
        &self.anchors
    }
}
