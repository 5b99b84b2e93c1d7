//! A verified document.

use std::{collections::BTreeMap, fmt};

use ciborium::Value;

use crate::{
    CredentialStatus, DocType, ElementIdentifier, MobileSecurityObject, NameSpace, Report, X5Chain,
    device_signed::ElementMap,
};

/// A verified document. Only a [`crate::Verifier`] creates one. It is personal data, so `Debug`
/// shows names only.
#[derive(Clone)]
pub struct VerifiedDocument {
    pub(crate) mso: MobileSecurityObject,
    pub(crate) certificates: X5Chain,
    pub(crate) elements: ElementMap,
    pub(crate) device_elements: ElementMap,
    pub(crate) is_holder_bound: bool,
    pub(crate) report: Report,
}

impl VerifiedDocument {
    /// The document's type.
    #[must_use]
    pub fn doc_type(&self) -> &DocType {
        self.mso.doc_type()
    }

    /// The value of an element that the issuer signed.
    #[must_use]
    pub fn element(&self, namespace: &str, identifier: &str) -> Option<&Value> {
        self.elements.get(namespace)?.get(identifier)
    }

    /// The elements that the issuer signed, by namespace.
    #[must_use]
    pub fn elements(&self) -> &BTreeMap<NameSpace, BTreeMap<ElementIdentifier, Value>> {
        &self.elements
    }

    /// The elements that the device signed with the issuer's permission, by namespace. The issuer
    /// did not see their values.
    #[must_use]
    pub fn device_elements(&self) -> &BTreeMap<NameSpace, BTreeMap<ElementIdentifier, Value>> {
        &self.device_elements
    }

    /// The mobile security object: the device key and the validity period.
    #[must_use]
    pub fn mso(&self) -> &MobileSecurityObject {
        &self.mso
    }

    /// The reference to the credential's status. The caller has to look it up: this crate does not
    /// know whether the credential is revoked.
    #[must_use]
    pub fn status(&self) -> Option<&CredentialStatus> {
        self.mso.status()
    }

    /// The issuer's certificates.
    #[must_use]
    pub fn certificates(&self) -> &X5Chain {
        &self.certificates
    }

    /// Whether the presenter proved possession of the device key in this session.
    #[must_use]
    pub fn is_holder_bound(&self) -> bool {
        self.is_holder_bound
    }

    /// The outcome of each check.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }
}

impl fmt::Debug for VerifiedDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.elements.iter().map(|(namespace, elements)| {
            let identifiers: Vec<_> = elements.keys().collect();
            (namespace, identifiers)
        });
        f.debug_map().entries(names).finish()
    }
}
