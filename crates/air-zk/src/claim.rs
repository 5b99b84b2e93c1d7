//! Claims on committed scalars, which range proofs and other proofs show.

use ark_bls12_381::Fr;

/// What is proved of a committed scalar.
#[derive(Clone)]
pub(crate) enum Claim {
    /// It is not this one.
    Differs(Fr),
    /// It is among these.
    OneOf(Vec<Fr>),
    /// It is a number that is this one or greater.
    AtLeast(u64),
    /// It is a number that is this one or less.
    AtMost(u64),
}
