//! The guarantee of a container: it opens whole and unchanged for its key, context and label, or not at all.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use std::io::Write;

use air_crypto::{CakContext, CakPrivateKey, ChunkSize, Curve, Error, Opener, Sealer};
use proptest::prelude::*;

const HEADER: usize = 115;
const CHUNK: usize = 4096;
const SEALED_CHUNK: usize = CHUNK + 16;

fn context(user: &str, curve: Curve) -> CakContext {
    CakContext::new(
        user.parse().unwrap(),
        "did:x:i".parse().unwrap(),
        "s".parse().unwrap(),
        curve,
    )
}

fn sealed(curve: Curve, length: usize) -> (CakPrivateKey, CakContext, Vec<u8>, Vec<u8>) {
    let mut rng = rand::rng();
    let (key, context) = (CakPrivateKey::generate(curve, &mut rng), context("u", curve));
    let document: Vec<u8> = (0..length).map(|i| u8::try_from(i % 251).unwrap()).collect();
    let chunk = ChunkSize::from_log2(12).unwrap();
    let container = key
        .public_key()
        .seal_in_chunks(&context, b"label", chunk, &document, &mut rng)
        .unwrap();
    (key, context, document, container)
}

/// Both doors must say the same; returns what they say.
fn open(key: &CakPrivateKey, context: &CakContext, label: &[u8], container: &[u8]) -> Result<Vec<u8>, Error> {
    let whole = key
        .open(context, label, container)
        .map(|document| document.to_vec());
    let mut out = Vec::new();
    let streamed = Opener::new(key, context, label, container).and_then(|opener| opener.copy_to(&mut out));
    assert_eq!(whole.is_ok(), streamed.is_ok(), "in memory and streamed differ");
    if let Ok(document) = &whole {
        assert_eq!(document, &out);
    }
    whole
}

#[test]
fn is_115_bytes_and_16_a_chunk_longer_than_its_document() {
    for (length, chunks) in [
        (0, 1),
        (1, 1),
        (CHUNK - 1, 1),
        (CHUNK, 1),
        (CHUNK + 1, 2),
        (3 * CHUNK, 3),
    ] {
        let (key, context, document, container) = sealed(Curve::Secp256r1, length);
        assert_eq!(container.len(), HEADER + length + 16 * chunks, "{length} bytes");
        assert_eq!(open(&key, &context, b"label", &container).unwrap(), document);
    }
}

#[test]
fn refuses_another_key_context_label_or_curve() {
    for curve in [Curve::Secp256r1, Curve::Secp256k1] {
        let (key, context_u, _, container) = sealed(curve, 10);
        let other_key = CakPrivateKey::generate(curve, &mut rand::rng());
        let refusals = [
            open(&other_key, &context_u, b"label", &container),
            open(&key, &context("v", curve), b"label", &container),
            open(&key, &context_u, b"other", &container),
        ];
        for refusal in refusals {
            assert!(matches!(refusal, Err(Error::WrongKey)), "{refusal:?}");
        }
    }
    let (_, _, _, container) = sealed(Curve::Secp256r1, 10);
    let other_curve = CakPrivateKey::generate(Curve::Secp256k1, &mut rand::rng());
    let refusal = open(
        &other_curve,
        &context("u", Curve::Secp256k1),
        b"label",
        &container,
    );
    assert!(matches!(refusal, Err(Error::WrongKey)));
}

#[test]
fn refuses_a_context_for_the_other_curve_before_it_seals() {
    let key = CakPrivateKey::generate(Curve::Secp256r1, &mut rand::rng());
    let refusal = key
        .public_key()
        .seal(&context("u", Curve::Secp256k1), b"", b"", &mut rand::rng());
    assert!(matches!(refusal, Err(Error::CurveMismatch { .. })));
}

#[test]
fn refuses_a_flipped_bit_in_every_byte_of_the_header_and_at_every_region_after() {
    let (key, context, _, container) = sealed(Curve::Secp256k1, 2 * CHUNK + 5);
    let after = [
        0,
        1,
        CHUNK,
        CHUNK + 15,
        SEALED_CHUNK,
        2 * SEALED_CHUNK,
        2 * SEALED_CHUNK + 20,
    ];
    for position in (0..HEADER).chain(after.map(|offset| HEADER + offset)) {
        for bit in [0, 7] {
            let mut spoiled = container.clone();
            spoiled[position] ^= 1 << bit;
            assert!(
                open(&key, &context, b"label", &spoiled).is_err(),
                "byte {position}, bit {bit}"
            );
        }
    }
}

#[test]
fn refuses_every_truncation_and_every_extension() {
    let (key, context, _, container) = sealed(Curve::Secp256r1, CHUNK + 3);
    for length in (0..container.len())
        .step_by(97)
        .chain([HEADER, HEADER + SEALED_CHUNK, container.len() - 1])
    {
        assert!(
            open(&key, &context, b"label", &container[..length]).is_err(),
            "cut to {length}"
        );
    }
    for extra in [1, 16, SEALED_CHUNK] {
        let longer = [container.clone(), vec![0; extra]].concat();
        assert!(
            open(&key, &context, b"label", &longer).is_err(),
            "{extra} bytes longer"
        );
    }
}

#[test]
fn refuses_chunks_in_another_order_or_twice() {
    let (key, context, _, container) = sealed(Curve::Secp256r1, 3 * CHUNK);
    let (header, body) = container.split_at(HEADER);
    let chunks: Vec<&[u8]> = body.chunks(SEALED_CHUNK).collect();
    for order in [vec![1, 0, 2], vec![0, 0, 1, 2], vec![0, 2], vec![0, 1]] {
        let mut spoiled = header.to_vec();
        for &i in &order {
            spoiled.extend_from_slice(chunks[i]);
        }
        let refusal = open(&key, &context, b"label", &spoiled);
        assert!(
            matches!(refusal, Err(Error::ChunkRejected { .. })),
            "{order:?}: {refusal:?}"
        );
    }
}

#[test]
fn a_dropped_sealer_leaves_what_does_not_open() {
    let (mut rng, mut out) = (rand::rng(), Vec::new());
    let (key, context) = (
        CakPrivateKey::generate(Curve::Secp256r1, &mut rng),
        context("u", Curve::Secp256r1),
    );
    let chunk = ChunkSize::from_log2(12).unwrap();
    let mut sealer = Sealer::new(key.public_key(), &context, b"", chunk, &mut out, &mut rng).unwrap();
    sealer.write_all(&vec![1; 3 * CHUNK]).unwrap();
    drop(sealer);
    assert!(out.len() > HEADER, "something was written");
    assert!(open(&key, &context, b"", &out).is_err());
}

/// Where a container's regions begin: magic, version, suite, chunk size, the key's length, the key,
/// the commitment, the first chunk, its tag, the second chunk, its tag; and the end.
fn regions(length: usize) -> Vec<usize> {
    let tag = 16;
    vec![
        0,
        8,
        9,
        15,
        16,
        18,
        83,
        HEADER,
        HEADER + CHUNK,
        HEADER + SEALED_CHUNK,
        length - tag,
        length,
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_flipped_bit_or_a_cut_in_any_region_is_refused_at_once_and_streamed(
        region in 0..11_usize, place: u32, bit in 0..8_u8, cut: bool, second in 1..CHUNK,
    ) {
        let (key, context, _, mut sealed) = sealed(Curve::Secp256r1, CHUNK + second);
        let bounds = regions(sealed.len());
        let at = bounds[region] + place as usize % (bounds[region + 1] - bounds[region]);
        if cut {
            sealed.truncate(at);
        } else {
            sealed[at] ^= 1 << bit;
        }
        prop_assert!(open(&key, &context, b"label", &sealed).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn open_is_the_inverse_of_seal(
        document in proptest::collection::vec(any::<u8>(), 0..3 * CHUNK),
        label in proptest::collection::vec(any::<u8>(), 0..64),
        koblitz: bool,
    ) {
        let curve = if koblitz { Curve::Secp256k1 } else { Curve::Secp256r1 };
        let mut rng = rand::rng();
        let (key, context) = (CakPrivateKey::generate(curve, &mut rng), context("u", curve));
        let chunk = ChunkSize::from_log2(12).unwrap();
        let container =
            key.public_key().seal_in_chunks(&context, &label, chunk, &document, &mut rng).unwrap();
        prop_assert_eq!(open(&key, &context, &label, &container).unwrap(), document);
    }

    #[test]
    fn no_input_makes_the_opener_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..300), keep in 0..=115usize) {
        let (key, context, _, container) = sealed(Curve::Secp256r1, 10);
        let keep = keep.min(bytes.len());
        bytes[..keep].copy_from_slice(&container[..keep]);
        prop_assert!(open(&key, &context, b"label", &bytes).is_err());
    }
}
