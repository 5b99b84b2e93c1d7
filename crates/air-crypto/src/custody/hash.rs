//! `hash_to_field` of RFC 9380 (5.2) with expand_message_xmd over SHA-256 (5.3.1), for one scalar.

use crate::{Curve, backend::sha256, scalar};

/// SHA-256's block, in bytes.
const BLOCK: usize = 64;

/// Hashes to 48 bytes and reduces them modulo the order. The result is zero with negligible
/// probability.
pub(super) fn hash_to_scalar(curve: Curve, message: &[u8], dst: &[u8]) -> [u8; 32] {
    let mut uniform = [0; 48];
    expand_message_xmd(message, dst, &mut uniform);
    *scalar::reduce_modulo_order(curve, &uniform)
}

/// Callers must ask for at most 8,160 bytes, with a `dst` of at most 255 bytes. All callers here
/// ask for 48 bytes.
fn expand_message_xmd(message: &[u8], dst: &[u8], out: &mut [u8]) {
    let length = u16::try_from(out.len()).expect("we never ask for more than 48 bytes");
    let dst_length = u8::try_from(dst.len()).expect("a domain separation tag is a short constant");
    let dst_prime = [dst, &[dst_length]].concat();
    let b_0 = sha256(&[&[0; BLOCK], message, &length.to_be_bytes(), &[0], &dst_prime].concat());
    let mut block = [0; 32];
    for (i, out) in (1_u8..).zip(out.chunks_mut(32)) {
        let mixed: Vec<u8> = b_0.iter().zip(block).map(|(a, b)| a ^ b).collect();
        block = sha256(&[mixed.as_slice(), &[i], &dst_prime].concat());
        for (byte, value) in out.iter_mut().zip(block) {
            *byte = value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors of RFC 9380, K.1: expand_message_xmd(SHA-256).
    #[test]
    fn expands_as_the_rfc_does() {
        let dst = b"QUUX-V01-CS02-with-expander-SHA256-128";
        for (message, expected) in [
            (
                "",
                "68a985b87eb6b46952128911f2a4412bbc302a9d759667f87f7a21d803f07235",
            ),
            (
                "abc",
                "d8ccab23b5985ccea865c6c97b6e5b8350e794e603b4b97902f53a8a0d605615",
            ),
        ] {
            let mut out = [0; 32];
            expand_message_xmd(message.as_bytes(), dst, &mut out);
            assert_eq!(hex::encode(out), expected, "{message:?}");
        }
    }
}
