//! Claims on a committed scalar that need no range proof: it differs from a value, or is one of several.
//!
//! `C = G·v + H·r` is the commitment, and `D = C − G·x` commits to `v − x`.
//!
//! * *Differs from `x`*: the holder knows `w` and `t` with `G = D·w + H·t`. With `v = x`, `D` would be a multiple of
//!   `H`, and the holder would know the discrete logarithm of `G`.
//! * *One of `x_1`, …, `x_n`*: the holder knows `r` with `D_i = H·r` for one `i`, by a proof of each whose challenges
//!   add up to the presentation's (Cramer, Damgård and Schoenmakers, CRYPTO '94).

use ark_bls12_381::{Fr, G1Affine};
use ark_ec::CurveGroup;
use ark_ff::{Field, UniformRand, Zero};
use ark_std::rand::RngCore;

use crate::{
    Error,
    claim::Claim,
    range::bases,
    wire::{Reader, Writer},
};

/// A commitment with its opening.
pub(crate) struct Opened {
    pub(crate) commitment: G1Affine,
    pub(crate) value: Fr,
    pub(crate) blinding: Fr,
}

impl Opened {
    pub(crate) fn new(value: Fr, rng: &mut impl RngCore) -> Self {
        let (g, h) = bases();
        let blinding = Fr::rand(rng);
        Self {
            commitment: (g * value + h * blinding).into_affine(),
            value,
            blinding,
        }
    }
}

/// The commitment to the difference to a value.
fn difference(commitment: &G1Affine, value: Fr) -> G1Affine {
    (bases().0 * -value + commitment).into_affine()
}

/// A proof before the challenge is known.
pub(crate) enum Started {
    Differs {
        witness: [Fr; 2],
        blindings: [Fr; 2],
    },
    OneOf {
        blinding: Fr,
        /// The index of the value, and the blinding of its proof.
        real: (usize, Fr),
        /// Those of the others; zero at the value's index.
        challenges: Vec<Fr>,
        responses: Vec<Fr>,
    },
}

/// The responses of a proof.
pub(crate) enum Answer {
    Differs([Fr; 2]),
    /// The challenges without the last, and the responses.
    OneOf(Vec<Fr>, Vec<Fr>),
}

impl Started {
    /// Starts the proof of a claim, and returns the points to hash. `None` for a range.
    pub(crate) fn of(
        claim: &Claim,
        opened: &Opened,
        rng: &mut impl RngCore,
    ) -> Option<(Self, Vec<G1Affine>)> {
        match claim {
            Claim::Differs(value) => Some(Self::differs(*value, opened, rng)),
            Claim::OneOf(values) => Some(Self::one_of(values, opened, rng)),
            Claim::AtLeast(_) | Claim::AtMost(_) => None,
        }
    }

    fn differs(value: Fr, opened: &Opened, rng: &mut impl RngCore) -> (Self, Vec<G1Affine>) {
        // Zero has no inverse, and the proof of a false claim does not verify.
        let inverse = (opened.value - value).inverse().unwrap_or_default();
        let blindings = [Fr::rand(rng), Fr::rand(rng)];
        let [first, second] = blindings;
        let point = difference(&opened.commitment, value) * first + bases().1 * second;
        let started = Self::Differs {
            witness: [inverse, -opened.blinding * inverse],
            blindings,
        };
        (started, vec![point.into_affine()])
    }

    fn one_of(values: &[Fr], opened: &Opened, rng: &mut impl RngCore) -> (Self, Vec<G1Affine>) {
        let real = values
            .iter()
            .position(|value| *value == opened.value)
            .unwrap_or_default();
        let real_blinding = Fr::rand(rng);
        let mut challenges = Vec::with_capacity(values.len());
        let mut responses = Vec::with_capacity(values.len());
        let mut points = Vec::with_capacity(values.len());
        for (index, value) in values.iter().enumerate() {
            let (challenge, response) = if index == real {
                (Fr::zero(), real_blinding)
            } else {
                (Fr::rand(rng), Fr::rand(rng))
            };
            let point = bases().1 * response - difference(&opened.commitment, *value) * challenge;
            challenges.push(challenge);
            responses.push(response);
            points.push(point.into_affine());
        }
        let started = Self::OneOf {
            blinding: opened.blinding,
            real: (real, real_blinding),
            challenges,
            responses,
        };
        (started, points)
    }

    pub(crate) fn finish(self, challenge: Fr) -> Answer {
        match self {
            Self::Differs { witness, blindings } => {
                let ([first, second], [one, two]) = (blindings, witness);
                Answer::Differs([first + challenge * one, second + challenge * two])
            }
            Self::OneOf {
                blinding,
                real: (real, real_blinding),
                mut challenges,
                mut responses,
            } => {
                let own = challenge - challenges.iter().sum::<Fr>();
                if let (Some(at), Some(response)) = (challenges.get_mut(real), responses.get_mut(real)) {
                    *at = own;
                    *response = real_blinding + own * blinding;
                }
                challenges.pop();
                Answer::OneOf(challenges, responses)
            }
        }
    }
}

impl Answer {
    pub(crate) fn write(&self, writer: &mut Writer) {
        let scalars: Vec<&Fr> = match self {
            Self::Differs(responses) => responses.iter().collect(),
            Self::OneOf(challenges, responses) => challenges.iter().chain(responses).collect(),
        };
        for scalar in scalars {
            writer.scalar(scalar);
        }
    }

    /// Reads the answer to a claim. `None` for a range.
    pub(crate) fn read(claim: &Claim, reader: &mut Reader<'_>) -> Result<Option<Self>, Error> {
        Ok(match claim {
            Claim::Differs(_) => Some(Self::Differs([reader.scalar()?, reader.scalar()?])),
            Claim::OneOf(values) => {
                let challenges = reader.scalars(values.len().saturating_sub(1))?;
                Some(Self::OneOf(challenges, reader.scalars(values.len())?))
            }
            Claim::AtLeast(_) | Claim::AtMost(_) => None,
        })
    }

    /// The points that the holder hashed, if the proof is valid.
    pub(crate) fn points(
        &self,
        claim: &Claim,
        commitment: &G1Affine,
        challenge: Fr,
    ) -> Result<Vec<G1Affine>, Error> {
        let (g, h) = bases();
        match (self, claim) {
            (Self::Differs([first, second]), Claim::Differs(value)) => {
                let point = difference(commitment, *value) * first + h * second - g * challenge;
                Ok(vec![point.into_affine()])
            }
            (Self::OneOf(challenges, responses), Claim::OneOf(values)) => {
                let last = challenge - challenges.iter().sum::<Fr>();
                let all = challenges.iter().chain([&last]);
                let each = values.iter().zip(all).zip(responses);
                let point = |((value, challenge), response): ((&Fr, &Fr), &Fr)| {
                    (h * response - difference(commitment, *value) * challenge).into_affine()
                };
                Ok(each.map(point).collect())
            }
            _ => Err(Error::Malformed),
        }
    }
}
