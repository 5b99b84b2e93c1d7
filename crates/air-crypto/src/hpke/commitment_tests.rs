//! Tests that the container's `commit` prevents an attack: a ciphertext that AES-GCM authenticates
//! under two keys, so that two readers read two documents ("invisible salamanders": Dodis, Grubbs,
//! Ristenpart, Woodage, 2018).

use ghash::{Block, GHash, Key, universal_hash::UniversalHash};

use super::{AeadId, Context, setup_receiver};
use crate::{CakContext, CakPrivateKey, ChunkSize, ContainerHeader, Curve, Error, container};

type Element = [u8; 16];

/// The element x⁰ in the bit order of GCM.
const ONE: Element = [0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

fn add(a: Element, b: Element) -> Element {
    std::array::from_fn(|i| a[i] ^ b[i])
}

/// Multiplies with GHASH: the GHASH of one block is the block times the key.
fn multiply(a: Element, b: Element) -> Element {
    let mut hash = GHash::new(&Key::from(b));
    hash.update(&[Block::from(a)]);
    hash.finalize().into()
}

/// `a^(2^squarings)`.
fn square(a: Element, squarings: usize) -> Element {
    (0..squarings).fold(a, |a, _| multiply(a, a))
}

/// `a^(2^128 − 2)`.
fn invert(a: Element) -> Element {
    (1..128).fold(ONE, |product, power| multiply(product, square(a, power)))
}

/// The GCM state of a key for the next message, as a hostile sealer can compute it with the cipher.
struct Gcm {
    /// The hash key's square.
    h2: Element,
    /// The hash key.
    h: Element,
    /// The value that is added to the hash to form the tag.
    mask: Element,
}

impl Gcm {
    fn of(context: &Context) -> Self {
        let nonce = context.nonce();
        let tag = |aad: &[u8]| context.aead.seal_in_place(&nonce, aad, &mut []).unwrap();
        // The tag of empty input is the mask. Two blocks of additional data that differ by 1 have
        // tags that differ by h².
        let h2 = add(tag(&[0; 16]), tag(&ONE));
        Self {
            h2,
            h: square(h2, 127),
            mask: tag(&[]),
        }
    }

    /// The tag of a ciphertext of whole blocks with one byte of additional data.
    fn tag(&self, aad: u8, ciphertext: &[Element]) -> Element {
        let mut hash = GHash::new(&Key::from(self.h));
        let mut first = [0; 16];
        first[0] = aad;
        hash.update(&[Block::from(first)]);
        for block in ciphertext {
            hash.update(&[Block::from(*block)]);
        }
        let mut lengths = [0; 16];
        lengths[..8].copy_from_slice(&8_u64.to_be_bytes());
        lengths[8..].copy_from_slice(&(128 * ciphertext.len() as u64).to_be_bytes());
        hash.update(&[Block::from(lengths)]);
        add(hash.finalize().into(), self.mask)
    }
}

#[test]
fn a_container_that_gcm_alone_would_open_under_two_keys_is_refused() {
    for curve in [Curve::Secp256r1, Curve::Secp256k1] {
        let mut rng = rand::rng();
        let cak = CakContext::new(
            "u".parse().unwrap(),
            "i".parse().unwrap(),
            "s".parse().unwrap(),
            curve,
        );
        let verifier = CakPrivateKey::generate(curve, &mut rng);
        let regulator = CakPrivateKey::generate(curve, &mut rng);
        let chunk = ChunkSize::default();
        let (header, mut one) =
            ContainerHeader::new_sender(verifier.public_key(), (&cak).into(), b"", chunk, &mut rng).unwrap();
        let info = container::info(curve, (&cak).into(), b"", chunk).unwrap();
        let mut other = setup_receiver(&regulator, AeadId::Aes256Gcm, header.enc(), &info).unwrap();

        // The attacker chooses the first block freely. The second makes the two tags equal.
        let (a, b) = (Gcm::of(&one), Gcm::of(&other));
        let mut blocks = [[0x41; 16], [0; 16]];
        let gap = add(a.tag(1, &blocks), b.tag(1, &blocks));
        blocks[1] = multiply(gap, invert(add(a.h2, b.h2)));
        let tag = a.tag(1, &blocks);
        assert_eq!(tag, b.tag(1, &blocks));

        // GCM alone accepts the ciphertext under both keys.
        let (mut first, mut second) = (blocks.concat(), blocks.concat());
        one.open_in_place(&[1], &mut first, &tag).unwrap();
        other.open_in_place(&[1], &mut second, &tag).unwrap();
        assert_ne!(first, second);

        // The container opens only under the key that it commits to.
        let container = [header.to_bytes(), blocks.concat(), tag.to_vec()].concat();
        assert_eq!(verifier.open(&cak, b"", &container).unwrap().as_slice(), first);
        assert!(matches!(
            regulator.open(&cak, b"", &container),
            Err(Error::WrongKey)
        ));
        let mut turned = container;
        let commit = container::commitment(&other);
        turned[83..115].copy_from_slice(&commit);
        assert_eq!(regulator.open(&cak, b"", &turned).unwrap().as_slice(), second);
        assert!(matches!(verifier.open(&cak, b"", &turned), Err(Error::WrongKey)));
    }
}
