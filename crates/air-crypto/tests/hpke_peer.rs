//! The `hpke` crate, an independent implementation of RFC 9180, opens what we seal on secp256r1 and seals what we open:
//! the container is written and read here by the specification's section 4 alone.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use air_crypto::{CakContext, CakPrivateKey, ChunkSize, Curve};
use hpke::{
    Deserializable, OpModeR, OpModeS, Serializable, aead::AesGcm256, kdf::HkdfSha256, kem::DhP256HkdfSha256,
};

type Kem = DhP256HkdfSha256;

const LOG2: u8 = 12;
const CHUNK: usize = 1 << LOG2;
const LABEL: &[u8] = b"passport.jpg";

fn lp(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap();
    [&length.to_be_bytes(), bytes].concat()
}

fn prefix() -> Vec<u8> {
    [&b"AIR-SEAL"[..], &[1, 0x00, 0x10, 0x00, 0x01, 0x00, 0x02, LOG2]].concat()
}

fn info(context: &CakContext) -> Vec<u8> {
    [
        b"seal".to_vec(),
        lp(&prefix()),
        lp(&context.to_bytes()),
        lp(LABEL),
    ]
    .concat()
}

fn world(length: usize) -> (CakPrivateKey, CakContext, Vec<u8>) {
    let key = CakPrivateKey::generate(Curve::Secp256r1, &mut rand::rng());
    let context = CakContext::new(
        "u".parse().unwrap(),
        "i".parse().unwrap(),
        "s".parse().unwrap(),
        Curve::Secp256r1,
    );
    let document = (0..length).map(|i| u8::try_from(i % 251).unwrap()).collect();
    (key, context, document)
}

/// Every chunk with whether it is the last; an empty document is one empty chunk.
fn chunks(bytes: &[u8], size: usize) -> Vec<(&[u8], [u8; 1])> {
    let mut chunks: Vec<&[u8]> = bytes.chunks(size).collect();
    if chunks.is_empty() {
        chunks.push(&[]);
    }
    let last = chunks.len() - 1;
    chunks
        .into_iter()
        .enumerate()
        .map(|(i, chunk)| (chunk, [u8::from(i == last)]))
        .collect()
}

#[test]
fn opens_what_we_seal() {
    for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK] {
        let (key, context, document) = world(length);
        let size = ChunkSize::from_log2(LOG2).unwrap();
        let container = key
            .public_key()
            .seal_in_chunks(&context, LABEL, size, &document, &mut rand::rng())
            .unwrap();

        let secret = <Kem as hpke::Kem>::PrivateKey::from_bytes(key.expose_secret()).unwrap();
        assert_eq!(container[..16], prefix());
        assert_eq!(container[16..18], [0, 65]);
        let enc = <Kem as hpke::Kem>::EncappedKey::from_bytes(&container[18..83]).unwrap();
        let mut receiver = hpke::setup_receiver::<AesGcm256, HkdfSha256, Kem>(
            &OpModeR::Base,
            &secret,
            &enc,
            &info(&context),
        )
        .unwrap();
        let mut commit = [0; 32];
        receiver.export(b"AIR-SEAL commit", &mut commit).unwrap();
        assert_eq!(container[83..115], commit, "{length} bytes");
        let opened: Vec<u8> = chunks(&container[115..], CHUNK + 16)
            .into_iter()
            .flat_map(|(chunk, aad)| receiver.open(chunk, &aad).unwrap())
            .collect();
        assert_eq!(opened, document, "{length} bytes");
    }
}

#[test]
fn seals_what_we_open() {
    for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK] {
        let (key, context, document) = world(length);
        let public = <Kem as hpke::Kem>::PublicKey::from_bytes(key.public_key().as_uncompressed()).unwrap();
        let (enc, mut sender) = hpke::setup_sender_with_rng::<AesGcm256, HkdfSha256, Kem>(
            &OpModeS::Base,
            &public,
            &info(&context),
            &mut rand::rng(),
        )
        .unwrap();
        let mut commit = [0; 32];
        sender.export(b"AIR-SEAL commit", &mut commit).unwrap();
        let mut container = [prefix(), lp(&enc.to_bytes()), commit.to_vec()].concat();
        for (chunk, aad) in chunks(&document, CHUNK) {
            container.extend(sender.seal(chunk, &aad).unwrap());
        }
        let opened = key.open(&context, LABEL, &container).unwrap();
        assert_eq!(opened.as_slice(), document, "{length} bytes");
    }
}
