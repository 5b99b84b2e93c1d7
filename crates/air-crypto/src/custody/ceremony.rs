//! What custodians agree on before they make or move a key.

use rand_core::CryptoRng;

use super::{
    Group, ShareIndex,
    group::{check_context, check_threshold},
};
use crate::{
    CakPrivateKey, CakPublicKey, Error, ManagedContext, backend::sha256, context::push_length_prefixed,
};

const DOMAIN: &[u8] = b"AIR-CEREMONY-v1";

/// One run of a generation, a refresh or a reshare: who takes part, and for which key. All custodians must have the same one; its
/// id is signed with every dealing, so that none serves another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ceremony {
    context: ManagedContext,
    threshold: u8,
    custodians: Vec<CakPublicKey>,
    source: Source,
    nonce: [u8; 16],
}

/// Where the key comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// Each custodian adds a part; nobody ever holds the sum.
    Fresh,
    /// The custodians of a group hand their shares on.
    Group(Box<Group>),
}

impl Ceremony {
    /// A new key for `custodians`, which are their own public keys in the order of their numbers.
    ///
    /// # Errors
    /// [`Error::ThresholdOutOfRange`]; [`Error::CurveMismatch`]; [`Error::DuplicateCustodian`].
    pub fn generation(
        context: ManagedContext,
        threshold: u8,
        custodians: Vec<CakPublicKey>,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, Error> {
        Self::with_nonce(context, threshold, custodians, Source::Fresh, nonce(rng))
    }

    /// The same key for other custodians, another threshold, or both. Its public half stays.
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

    /// New shares of the same key for as many custodians under the same threshold: against shares that leaked one by one, and for a
    /// custodian who lost theirs.
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

    /// Whose key it will be.
    #[must_use]
    pub fn context(&self) -> &ManagedContext {
        &self.context
    }

    /// How many custodians it will take to open.
    #[must_use]
    pub fn threshold(&self) -> u8 {
        self.threshold
    }

    /// The public keys of those who will hold shares; the first is number 1.
    #[must_use]
    pub fn custodians(&self) -> &[CakPublicKey] {
        &self.custodians
    }

    /// The group whose key moves; `None` when a new key is made.
    #[must_use]
    pub fn group(&self) -> Option<&Group> {
        match &self.source {
            Source::Fresh => None,
            Source::Group(group) => Some(group),
        }
    }

    /// How many dealings it takes to finish: everyone's for a new key, the old threshold's for one that moves.
    #[must_use]
    pub fn dealings_needed(&self) -> usize {
        match &self.source {
            Source::Fresh => self.custodians.len(),
            Source::Group(group) => usize::from(group.threshold()),
        }
    }

    /// Which custodian's a key is.
    ///
    /// # Errors
    /// [`Error::NotACustodian`].
    pub fn index_of(&self, key: &CakPrivateKey) -> Result<ShareIndex, Error> {
        self.indexed()
            .find_map(|(index, custodian)| (custodian == key.public_key()).then_some(index))
            .ok_or(Error::NotACustodian)
    }

    /// The ceremony's id in hex, 64 digits: custodians compare it by another channel than the one that brought the file, before they
    /// contribute. Two ceremonies have the same fingerprint only when all that they agree on is the same.
    ///
    /// It is SHA-256 over `"AIR-CEREMONY-v1"`, the managed context behind its length, the nonce (16 bytes), the threshold (one
    /// byte), the number of custodians (8 bytes, big-endian), each custodian's public key (65 bytes) and, where a group's key
    /// moves, the digest of [`Group::fingerprint`]. Every dealing is signed over the same 32 bytes.
    ///
    /// # Security
    /// The author of the ceremony chooses who will hold the key. A custodian who contributes without comparing the fingerprint hands
    /// a share to custodians that nobody agreed on.
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

    /// SHA-256 over all of it, the counts before the lists.
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
