//! Generators and domains of draft-irtf-cfrg-bbs-signatures (BLS12-381, SHA-256), under an identifier of their own for each use.

use ark_bls12_381::{Bls12_381, Fr, G1Affine, G1Projective, G2Affine, g1};
use ark_ec::{
    AffineRepr,
    hashing::{HashToCurve, curve_maps::wb::WBMap, map_to_curve_hasher::MapToCurveBasedHasher},
};
use ark_ff::field_hashers::DefaultFieldHasher;
use bbs_plus::prelude::SignatureParams23G1;
use sha2::Sha256;

use crate::{
    hash::{compressed, expand_message, hash_to_scalar},
    key::IssuerPublicKey,
};

/// The identifier of the draft's interface, whose first point every use shares.
pub(crate) const DRAFT: &str = "BBS_BLS12381G1_XMD:SHA-256_SSWU_RO_H2G_HM2S_";

type G1Hasher = MapToCurveBasedHasher<G1Projective, DefaultFieldHasher<Sha256, 128>, WBMap<g1::Config>>;

/// What signatures of one kind are made with: the generators, and the domain as the first message.
#[derive(Clone)]
pub(crate) struct Basis {
    /// `h` has the draft's `Q_1`, then one generator for each message.
    pub(crate) params: SignatureParams23G1<Bls12_381>,
    /// The message of `Q_1`: the key, the generators and the header.
    pub(crate) domain: Fr,
}

impl Basis {
    /// The basis for a number of messages.
    pub(crate) fn new(api: &str, key: &IssuerPublicKey, messages: usize, header: &[u8]) -> Self {
        let generators = Generators::new(api, messages);
        let domain = generators.domain(api, key, header);
        Self {
            params: generators.into_params(),
            domain,
        }
    }
}

/// The draft's generators: `Q_1`, then one for each message.
pub(crate) struct Generators(Vec<G1Affine>);

impl Generators {
    /// Section 4.1.1 of the draft.
    pub(crate) fn new(api: &str, messages: usize) -> Self {
        Self(points(api, "MESSAGE_GENERATOR_SEED", messages + 1))
    }

    /// Section 4.2.2 of the draft.
    pub(crate) fn domain(&self, api: &str, key: &IssuerPublicKey, header: &[u8]) -> Fr {
        let length = |length: usize| u64::try_from(length).unwrap_or(u64::MAX).to_be_bytes();
        let mut input = key.to_bytes().to_vec();
        input.extend(length(self.0.len().saturating_sub(1)));
        for point in &self.0 {
            input.extend(compressed(point));
        }
        input.extend(api.as_bytes());
        input.extend(length(header.len()));
        input.extend(header);
        hash_to_scalar(&input, format!("{api}H2S_").as_bytes())
    }

    /// The same, as the library takes them.
    pub(crate) fn into_params(self) -> SignatureParams23G1<Bls12_381> {
        SignatureParams23G1 {
            g1: first_point(),
            g2: G2Affine::generator(),
            h: self.0,
        }
    }
}

/// `P1` of the draft.
fn first_point() -> G1Affine {
    points(DRAFT, "BP_MESSAGE_GENERATOR_SEED", 1)
        .first()
        .copied()
        .expect("one point was asked for")
}

fn points(api: &str, seed: &str, count: usize) -> Vec<G1Affine> {
    let seed_dst = format!("{api}SIG_GENERATOR_SEED_");
    let hasher = G1Hasher::new(format!("{api}SIG_GENERATOR_DST_").as_bytes())
        .expect("the curve's own map has valid parameters");
    let mut state = expand_message(format!("{api}{seed}").as_bytes(), seed_dst.as_bytes());
    let mut points = Vec::with_capacity(count);
    for number in (1_u64..).take(count) {
        let mut input = state.to_vec();
        input.extend(number.to_be_bytes());
        state = expand_message(&input, seed_dst.as_bytes());
        points.push(hasher.hash(&state).expect("every field element maps to a point"));
    }
    points
}

#[cfg(test)]
pub(crate) mod tests;
