//! Hashing to scalars (RFC 9380, section 5), and the text that is hashed.

use ark_bls12_381::{Fr, G1Affine};
use ark_ff::PrimeField;
use ark_serialize::CanonicalSerialize;
use sha2::{Digest, Sha256};

/// The size of a block of SHA-256.
const BLOCK: usize = 64;
/// The size of a hash of SHA-256.
const HASH: usize = 32;
/// RFC 9380, 5.1: 48 bytes for a scalar of 255 bits and 128 bits of security.
pub(crate) const EXPANDED: usize = 48;

/// RFC 9380, 5.3.1: `expand_message_xmd` with SHA-256 and 48 bytes of output. `dst` has at most 255 bytes.
pub(crate) fn expand_message(message: &[u8], dst: &[u8]) -> [u8; EXPANDED] {
    let dst_length = [u8::try_from(dst.len()).unwrap_or(u8::MAX)];
    let first = Sha256::new()
        .chain_update([0; BLOCK])
        .chain_update(message)
        // The length of the output, and a zero.
        .chain_update([0, 48, 0])
        .chain_update(dst)
        .chain_update(dst_length)
        .finalize();
    let block = |before: &[u8], number: u8| {
        Sha256::new()
            .chain_update(before)
            .chain_update([number])
            .chain_update(dst)
            .chain_update(dst_length)
            .finalize()
    };
    let one = block(&first, 1);
    let mixed: Vec<u8> = first.iter().zip(&one).map(|(a, b)| a ^ b).collect();
    let two = block(&mixed, 2);
    let mut output = [0; EXPANDED];
    for (to, from) in output.iter_mut().zip(one.iter().chain(&two)) {
        *to = *from;
    }
    output
}

/// `hash_to_scalar` of draft-irtf-cfrg-bbs-signatures, with the ciphersuite of SHA-256.
pub(crate) fn hash_to_scalar(message: &[u8], dst: &[u8]) -> Fr {
    Fr::from_be_bytes_mod_order(&expand_message(message, dst))
}

/// Bytes to hash, in which each field has its length before it. So two lists of fields never have the same bytes.
#[derive(Clone, Default)]
pub(crate) struct Fields(Vec<u8>);

impl Fields {
    /// Starts with the name of the text's purpose.
    pub(crate) fn new(purpose: &str) -> Self {
        Self::default().bytes(purpose.as_bytes())
    }

    pub(crate) fn bytes(mut self, bytes: &[u8]) -> Self {
        self.push(bytes);
        self
    }

    pub(crate) fn number(self, number: u64) -> Self {
        self.bytes(&number.to_be_bytes())
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.0.extend(length.to_be_bytes());
        self.0.extend(bytes);
    }

    pub(crate) fn push_scalar(&mut self, scalar: &Fr) {
        self.push(&compressed(scalar));
    }

    pub(crate) fn push_point(&mut self, point: &G1Affine) {
        self.push(&compressed(point));
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// The scalar of the fields so far.
    pub(crate) fn to_scalar(&self, dst: &[u8]) -> Fr {
        hash_to_scalar(&self.0, dst)
    }
}

/// The canonical bytes of a point or scalar.
pub(crate) fn compressed(value: &impl CanonicalSerialize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(value.compressed_size());
    value
        .serialize_compressed(&mut bytes)
        .expect("a vector takes any number of bytes");
    bytes
}

const _: () = assert!(EXPANDED > HASH && EXPANDED <= 2 * HASH, "two blocks are enough");
