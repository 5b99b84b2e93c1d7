//! The message that each dealer of a ceremony sends to all: it contains a sealed value for each
//! custodian.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::{
    Ceremony, Share, ShareIndex, ceremony::Source, deal::polynomial, nonce, polynomial::powers_sum,
    proof::Proof, signature,
};
use crate::{
    CakPrivateKey, CakPublicKey, Error,
    backend::{group, sha256, sharing},
    scalar::Scalar,
};

const LABEL: &[u8] = b"AIR-DEALING-v1 share";
/// The domain separation tag of hedged coefficients.
const COEFFICIENT: &[u8] = b"AIR-COEFFICIENT-v1";

/// A dealer's commitments, and one value for each custodian, sealed to that custodian's key. A
/// dealing is public: send it to everyone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dealing {
    pub(super) ceremony: [u8; 32],
    pub(super) dealer: ShareIndex,
    pub(super) commitments: Vec<CakPublicKey>,
    pub(super) sealed: Vec<Vec<u8>>,
    /// Proves that the dealer knows the secret behind its first commitment.
    pub(super) proof: Proof,
    /// Proves the dealer's identity for a new key. `None` for a key that moves, where the first
    /// commitment proves it.
    pub(super) signature: Option<Proof>,
}

impl Ceremony {
    /// Creates a custodian's dealing for a new key. Compare [`Ceremony::fingerprint`] with the
    /// other custodians first.
    ///
    /// # Errors
    /// [`Error::NotACustodian`] when the key is not a custodian's; [`Error::WrongCeremony`] when
    /// the ceremony moves an existing key.
    pub fn deal(&self, key: &CakPrivateKey, rng: &mut impl CryptoRng) -> Result<Dealing, Error> {
        if self.group().is_some() {
            return Err(Error::WrongCeremony {
                needed: "a share of the group",
            });
        }
        let dealer = self.index_of(key)?;
        let part = CakPrivateKey::generate(key.curve(), rng);
        let mut dealing = self.dealing(dealer, &part, rng)?;
        dealing.signature = Some(signature::sign(key, signature::DEALING, &dealing.digest(), rng));
        Ok(dealing)
    }

    /// Creates the dealing with which a custodian of the old group passes their share on to the new
    /// group.
    ///
    /// # Errors
    /// [`Error::ForeignShare`] or [`Error::UnknownCustodian`] when the share does not belong to the
    /// old group; [`Error::WrongCeremony`] when the ceremony is for a new key.
    ///
    /// # Security
    /// The custodians that the ceremony names can use the key afterwards. Before you pass a share
    /// on, compare [`Ceremony::group`] with your own group, and [`Ceremony::fingerprint`] with the
    /// other custodians.
    pub fn hand_on(&self, share: &Share, rng: &mut impl CryptoRng) -> Result<Dealing, Error> {
        let Source::Group(group) = self.source() else {
            return Err(Error::WrongCeremony {
                needed: "a custodian's own key",
            });
        };
        group.verify_share(share)?;
        self.dealing(share.index(), share.key(), rng)
    }

    fn dealing(
        &self,
        dealer: ShareIndex,
        secret: &CakPrivateKey,
        rng: &mut impl CryptoRng,
    ) -> Result<Dealing, Error> {
        let curve = secret.curve();
        let count = u8::try_from(self.custodians().len()).unwrap_or(u8::MAX);
        let ceremony = self.id();
        // The random generator may repeat its output. Two ceremonies must not share one polynomial,
        // because their custodians together could hold enough of its values to compute the key.
        let draw = || nonce::hedged(secret, COEFFICIENT, &ceremony, rng);
        let (coefficients, values) = polynomial(secret, self.threshold(), count, draw);
        let commitments = coefficients
            .into_iter()
            .map(|coefficient| {
                CakPrivateKey::from_scalar(curve, coefficient)
                    .public_key()
                    .clone()
            })
            .collect();
        let sealed = self
            .indexed()
            .zip(&values)
            .map(|((recipient, custodian), value)| {
                let label = share_label(&ceremony, dealer, recipient);
                custodian.seal(self.context(), &label, value.as_slice(), rng)
            })
            .collect::<Result<_, _>>()?;
        let mut dealing = Dealing {
            ceremony,
            dealer,
            commitments,
            sealed,
            proof: [0; 64],
            signature: None,
        };
        dealing.proof = signature::sign(secret, signature::DEALING, &dealing.digest(), rng);
        Ok(dealing)
    }

    /// Checks that a dealing belongs to this ceremony, is complete, and was made by the sender that
    /// it names. Only the recipient can check the value that is sealed to a custodian.
    ///
    /// # Errors
    /// [`Error::ForeignDealing`], [`Error::UnknownCustodian`] or [`Error::DealingRejected`], which
    /// name the sender.
    pub fn verify_dealing(&self, dealing: &Dealing) -> Result<(), Error> {
        let culprit = dealing.dealer;
        if dealing.ceremony != self.id() {
            return Err(Error::ForeignDealing { culprit });
        }
        let unknown = Error::UnknownCustodian { index: culprit };
        let digest = dealing.digest();
        let first = dealing.commitments.first();
        let authentic = match (self.source(), &dealing.signature) {
            (Source::Fresh, Some(signature)) => {
                let custodian = self.indexed().find(|(index, _)| *index == culprit);
                let (_, key) = custodian.ok_or(unknown)?;
                signature::verify(key, signature::DEALING, &digest, signature)
            }
            (Source::Group(group), None) => {
                let key = group.verifying_key(culprit).ok_or(unknown)?;
                first.is_some_and(|first| first.as_uncompressed() == key)
            }
            _ => false,
        };
        let curve = self.context().curve();
        let well_formed = dealing.commitments.len() == usize::from(self.threshold())
            && dealing.sealed.len() == self.custodians().len()
            && dealing.commitments.iter().all(|key| key.curve() == curve);
        let known =
            first.is_some_and(|first| signature::verify(first, signature::DEALING, &digest, &dealing.proof));
        if authentic && well_formed && known {
            Ok(())
        } else {
            Err(Error::DealingRejected { culprit })
        }
    }

    /// Opens the value that a verified dealing has for a custodian, and checks it against the
    /// commitments.
    pub(super) fn open_dealing(
        &self,
        dealing: &Dealing,
        recipient: ShareIndex,
        key: &CakPrivateKey,
    ) -> Result<Scalar, Error> {
        let rejected = || Error::DealingRejected {
            culprit: dealing.dealer,
        };
        let label = share_label(&dealing.ceremony, dealing.dealer, recipient);
        let sealed = dealing
            .sealed
            .get(usize::from(recipient.get()) - 1)
            .ok_or_else(rejected)?;
        let opened = key.open(self.context(), &label, sealed).map_err(|_| rejected())?;
        let value = <&[u8; 32]>::try_from(opened.as_slice()).map_err(|_| rejected())?;
        let curve = self.context().curve();
        if !group(curve).is_scalar(value) {
            return Err(rejected());
        }
        let expected = powers_sum(sharing(curve), &dealing.commitments, recipient);
        if expected == Some(group(curve).public_point(value)) {
            Ok(Zeroizing::new(*value))
        } else {
            Err(rejected())
        }
    }
}

impl Dealing {
    /// The index of the sender: in this ceremony for a new key, in the old group for a key that
    /// moves.
    #[must_use]
    pub fn dealer(&self) -> ShareIndex {
        self.dealer
    }

    /// SHA-256 over the signed content. Each list follows its length.
    fn digest(&self) -> [u8; 32] {
        let mut bytes = self.ceremony.to_vec();
        bytes.push(self.dealer.get());
        bytes.extend_from_slice(&(self.commitments.len() as u64).to_be_bytes());
        for commitment in &self.commitments {
            bytes.extend_from_slice(commitment.as_uncompressed());
        }
        for sealed in &self.sealed {
            bytes.extend_from_slice(&sha256(sealed));
        }
        sha256(&bytes)
    }
}

/// The label of a sealed value: ceremony, dealer and recipient.
fn share_label(ceremony: &[u8; 32], dealer: ShareIndex, recipient: ShareIndex) -> Vec<u8> {
    [LABEL, ceremony, &[dealer.get(), recipient.get()]].concat()
}

#[cfg(test)]
impl Dealing {
    /// Cheats as a dealer could: seals the value 1 for one custodian, and signs the dealing again.
    pub(super) fn seal_wrongly(&mut self, ceremony: &Ceremony, share: &Share, place: usize) {
        let mut rng = rand::rng();
        let (recipient, custodian) = ceremony.indexed().nth(place).unwrap();
        let label = share_label(&self.ceremony, self.dealer, recipient);
        let one = super::polynomial::ONE;
        self.sealed[place] = custodian
            .seal(ceremony.context(), &label, &one, &mut rng)
            .unwrap();
        self.proof = signature::sign(share.key(), signature::DEALING, &self.digest(), &mut rng);
    }
}
