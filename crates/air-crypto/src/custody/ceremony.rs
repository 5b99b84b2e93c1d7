//! The parameters that custodians agree on before they generate or move a key.

use rand_core::CryptoRng;

use super::{
    Group, ShareIndex,
    group::{check_context, check_threshold},
};
use crate::{
    CakPrivateKey, CakPublicKey, Error, ManagedContext, backend::sha256, context::push_length_prefixed,
};

const DOMAIN: &[u8] = b"AIR-CEREMONY-v1";

/// The parameters of one generation, refresh or reshare: the custodians and the key. All custodians
/// must have the same ceremony. Every dealing signs the ceremony's id, so it is valid in no other
/// ceremony.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ceremony {
    context: ManagedContext,
    threshold: u8,
    custodians: Vec<CakPublicKey>,
    source: Source,
    nonce: [u8; 16],
}

/// The origin of the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// Each custodian contributes a part. Nobody ever holds the sum.
    Fresh,
    /// The custodians of an existing group pass their shares on.
    Group(Box<Group>),
}

impl Ceremony {
    /// Prepares a new key for `custodians`. These are the custodians' own public keys; custodian
    /// `i` has the key at index `i − 1`.
    ///
    /// # Errors
    /// [`Error::ThresholdOutOfRange`] unless 2 ≤ threshold ≤ custodians ≤ 255;
    /// [`Error::CurveMismatch`] for a custodian's key on another curve than the context's;
    /// [`Error::DuplicateCustodian`] for a repeated key.
    pub fn generation(
        context: ManagedContext,
        threshold: u8,
        custodians: Vec<CakPublicKey>,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, Error> {
        Self::with_nonce(context, threshold, custodians, Source::Fresh, nonce(rng))
    }

    /// Prepares to move a group's key to other custodians, another threshold, or both. The public
    /// key stays the same.
    ///
    /// # Errors
    /// As [`Ceremony::generation`].
    pub fn reshare(
        group: Group,
        threshold: u8,
        custodians: Vec<CakPublicKey>,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, Error> {
        let context = group.context().clone();
        Self::with_nonce(
            context,
            threshold,
            custodians,
            Source::Group(Box::new(group)),
            nonce(rng),
        )
    }

    /// Prepares new shares of the same key for the same number of custodians and the same
    /// threshold. Use it after single shares have leaked, or when a custodian has lost a share.
    ///
    /// # Errors
    /// [`Error::CustodianCount`] for another number of custodians; and as [`Ceremony::generation`].
    pub fn refresh(
        group: Group,
        custodians: Vec<CakPublicKey>,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, Error> {
        let (count, expected) = (custodians.len(), usize::from(group.shares()));
        if count != expected {
            return Err(Error::CustodianCount { count, expected });
        }
        let threshold = group.threshold();
        Self::reshare(group, threshold, custodians, rng)
    }

    pub(super) fn with_nonce(
        context: ManagedContext,
        threshold: u8,
        custodians: Vec<CakPublicKey>,
        source: Source,
        nonce: [u8; 16],
    ) -> Result<Self, Error> {
        check_threshold(threshold, custodians.len())?;
        check_context(&context)?;
        for (place, custodian) in custodians.iter().enumerate() {
            if custodian.curve() != context.curve() {
                return Err(Error::CurveMismatch {
                    context: context.curve(),
                    key: custodian.curve(),
                });
            }
            if custodians.iter().take(place).any(|earlier| earlier == custodian) {
                return Err(Error::DuplicateCustodian {
                    index: ShareIndex::new(place as u64 + 1)?,
                });
            }
        }
        Ok(Self {
            context,
            threshold,
            custodians,
            source,
            nonce,
        })
    }

    /// The managed context of the key.
    #[must_use]
    pub fn context(&self) -> &ManagedContext {
        &self.context
    }

    /// The number of custodians that will be needed to open a container.
    #[must_use]
    pub fn threshold(&self) -> u8 {
        self.threshold
    }

    /// The public keys of the custodians who will hold shares. The first is custodian 1.
    #[must_use]
    pub fn custodians(&self) -> &[CakPublicKey] {
        &self.custodians
    }

    /// The group whose key moves; `None` for a new key.
    #[must_use]
    pub fn group(&self) -> Option<&Group> {
        match &self.source {
            Source::Fresh => None,
            Source::Group(group) => Some(group),
        }
    }

    /// The number of dealings that [`Ceremony::finish`] needs: one from each custodian for a new
    /// key, as many as the old threshold for a key that moves.
    #[must_use]
    pub fn dealings_needed(&self) -> usize {
        match &self.source {
            Source::Fresh => self.custodians.len(),
            Source::Group(group) => usize::from(group.threshold()),
        }
    }

    /// The index of the custodian that `key` belongs to.
    ///
    /// # Errors
    /// [`Error::NotACustodian`] when the ceremony does not list the public half of `key`.
    pub fn index_of(&self, key: &CakPrivateKey) -> Result<ShareIndex, Error> {
        self.indexed()
            .find_map(|(index, custodian)| (custodian == key.public_key()).then_some(index))
            .ok_or(Error::NotACustodian)
    }

    /// The ceremony's id as 64 hex digits. Custodians compare it before they contribute, over
    /// another channel than the one that delivered the file. Ceremonies with equal fingerprints
    /// have equal parameters.
    ///
    /// It is SHA-256 over `"AIR-CEREMONY-v1"`, the managed context behind its length, the nonce (16
    /// bytes), the threshold (one byte), the number of custodians (8 bytes, big-endian), each
    /// custodian's public key (65 bytes) and, where a group's key moves, the digest of
    /// [`Group::fingerprint`]. Every dealing is signed over the same 32 bytes.
    ///
    /// # Security
    /// The author of the ceremony chooses who will hold the key. A custodian who contributes
    /// without comparing the fingerprint may give shares to custodians whom nobody agreed on.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        hex::encode(self.id())
    }

    pub(super) fn source(&self) -> &Source {
        &self.source
    }

    pub(super) fn indexed(&self) -> impl Iterator<Item = (ShareIndex, &CakPublicKey)> {
        let count = u8::try_from(self.custodians.len()).unwrap_or(u8::MAX);
        ShareIndex::first(count).zip(&self.custodians)
    }

    pub(super) fn nonce(&self) -> &[u8; 16] {
        &self.nonce
    }

    /// SHA-256 over all parameters. Each list follows its length.
    pub(super) fn id(&self) -> [u8; 32] {
        let mut bytes = DOMAIN.to_vec();
        push_length_prefixed(&mut bytes, &self.context.to_bytes());
        bytes.extend_from_slice(&self.nonce);
        bytes.push(self.threshold);
        bytes.extend_from_slice(&(self.custodians.len() as u64).to_be_bytes());
        for custodian in &self.custodians {
            bytes.extend_from_slice(custodian.as_uncompressed());
        }
        if let Source::Group(group) = &self.source {
            bytes.extend_from_slice(&group.digest());
        }
        sha256(&bytes)
    }
}

fn nonce(rng: &mut impl CryptoRng) -> [u8; 16] {
    let mut nonce = [0; 16];
    rng.fill_bytes(&mut nonce);
    nonce
}
