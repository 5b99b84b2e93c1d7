//! A kind of credential: an issuer's key and name, a schema's layout and the epochs.

use std::fmt;

use air_ids::IssuerDid;
use ark_bls12_381::{Fr, G1Affine};

use crate::{
    Error,
    epoch::{self, Epoch, EpochSchedule},
    error::check_size,
    generators::Basis,
    key::IssuerPublicKey,
    layout::SchemaLayout,
};

const API: &str = "AIR_ZK_V1_CREDENTIAL_";
const DID_LIMIT: usize = 1024;

/// The messages of a credential: `Q_1` has the domain, then come three that the schema does not name, then the
/// attributes.
pub(crate) mod message {
    pub(crate) const DOMAIN: usize = 0;
    pub(crate) const HOLDER: usize = 1;
    pub(crate) const CREDENTIAL: usize = 2;
    pub(crate) const REVOCATION: usize = 3;
    pub(crate) const FIRST_ATTRIBUTE: usize = 4;
}

/// What issuer, holder and verifier must know alike. Make it once for many credentials and presentations: it
/// hashes a generator for each attribute.
#[derive(Clone)]
pub struct CredentialScheme {
    key: IssuerPublicKey,
    issuer: IssuerDid,
    layout: SchemaLayout,
    schedule: EpochSchedule,
    basis: Basis,
}

impl CredentialScheme {
    /// The scheme of an issuer's credentials of one schema.
    ///
    /// # Errors
    /// [`Error::Size`] if the DID is longer than 1,024 bytes.
    pub fn new(
        key: IssuerPublicKey,
        issuer: IssuerDid,
        layout: SchemaLayout,
        schedule: EpochSchedule,
    ) -> Result<Self, Error> {
        check_size("the issuer's DID", issuer.as_str().len(), 1, DID_LIMIT)?;
        let messages = message::FIRST_ATTRIBUTE - 1 + layout.len();
        let basis = Basis::new(API, &key, messages, &layout.header(&issuer));
        Ok(Self {
            key,
            issuer,
            layout,
            schedule,
            basis,
        })
    }

    /// The issuer's public key.
    #[must_use]
    pub fn key(&self) -> &IssuerPublicKey {
        &self.key
    }

    /// The issuer.
    #[must_use]
    pub fn issuer(&self) -> &IssuerDid {
        &self.issuer
    }

    /// The schema's layout.
    #[must_use]
    pub fn layout(&self) -> &SchemaLayout {
        &self.layout
    }

    /// The epochs.
    #[must_use]
    pub fn schedule(&self) -> EpochSchedule {
        self.schedule
    }

    pub(crate) fn basis(&self) -> &Basis {
        &self.basis
    }

    pub(crate) fn epoch_basis(&self, epoch: Epoch) -> Basis {
        epoch::basis(&self.key, &self.issuer, self.schedule, epoch)
    }

    /// The generator of the holder's secret.
    pub(crate) fn holder_base(&self) -> G1Affine {
        let base = self.basis.params.h.get(message::HOLDER).copied();
        base.expect("every basis has the generators before the attributes")
    }
}

impl fmt::Debug for CredentialScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CredentialScheme")
            .field("key", &self.key)
            .field("issuer", &self.issuer)
            .field("layout", &self.layout)
            .field("schedule", &self.schedule)
            .finish_non_exhaustive()
    }
}

/// All messages of a credential, in the order of the generators.
pub(crate) fn messages(scheme: &CredentialScheme, fixed: [Fr; 3], values: Vec<Fr>) -> Vec<Fr> {
    let mut messages = vec![scheme.basis.domain];
    messages.extend(fixed);
    messages.extend(values);
    messages
}
