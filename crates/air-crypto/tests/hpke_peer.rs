//! Independent implementations of RFC 9180 open what we seal and seal what we open: the `hpke`
//! crate on secp256r1, `hpke-rs` on both curves. The container is written and read here by the
//! specification's section 4 alone.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use air_crypto::{CakContext, CakPrivateKey, ChunkSize, Curve};

const LOG2: u8 = 12;
const CHUNK: usize = 1 << LOG2;
const LABEL: &[u8] = b"passport.jpg";

fn lp(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap();
    [&length.to_be_bytes(), bytes].concat()
}

fn prefix(curve: Curve) -> Vec<u8> {
    let kem = if curve == Curve::Secp256r1 { 0x10 } else { 0x16 };
    [&b"AIR-SEAL"[..], &[1, 0x00, kem, 0x00, 0x01, 0x00, 0x02, LOG2]].concat()
}

fn info(context: &CakContext) -> Vec<u8> {
    let prefix = lp(&prefix(context.curve()));
    [b"seal".to_vec(), prefix, lp(&context.to_bytes()), lp(LABEL)].concat()
}

fn fixture(curve: Curve, length: usize) -> (CakPrivateKey, CakContext, Vec<u8>) {
    let key = CakPrivateKey::generate(curve, &mut rand::rng());
    let context = CakContext::new(
        "u".parse().unwrap(),
        "i".parse().unwrap(),
        "s".parse().unwrap(),
        curve,
    );
    (key, context, (0..=250).cycle().take(length).collect())
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

type Pass = Box<dyn FnMut(&[u8], &[u8]) -> Vec<u8>>;

/// One side of an HPKE context: a message with its associated data in, the other form out; and the exporter.
struct Peer {
    pass: Pass,
    commit: Vec<u8>,
}

/// A receiver with a private key, and a sender with a public one, which gives the encapsulated key as well.
type Receiver = fn(&CakPrivateKey, &[u8], &[u8]) -> Peer;
type Sender = fn(&CakPrivateKey, &[u8]) -> (Vec<u8>, Peer);

fn both_directions(curve: Curve, receiver: Receiver, sender: Sender) {
    for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK] {
        let (key, context, document) = fixture(curve, length);
        let size = ChunkSize::from_log2(LOG2).unwrap();
        let container = key
            .public_key()
            .seal_in_chunks(&context, LABEL, size, &document, &mut rand::rng())
            .unwrap();
        assert_eq!(container[..16], prefix(curve));
        assert_eq!(container[16..18], [0, 65]);
        let mut peer = receiver(&key, &container[18..83], &info(&context));
        assert_eq!(container[83..115], peer.commit, "{curve}, {length} bytes");
        let opened: Vec<u8> = chunks(&container[115..], CHUNK + 16)
            .into_iter()
            .flat_map(|(chunk, aad)| (peer.pass)(chunk, &aad))
            .collect();
        assert_eq!(opened, document, "{curve}, {length} bytes");

        let (enc, mut peer) = sender(&key, &info(&context));
        let mut container = [prefix(curve), lp(&enc), peer.commit].concat();
        for (chunk, aad) in chunks(&document, CHUNK) {
            container.extend((peer.pass)(chunk, &aad));
        }
        let opened = key.open(&context, LABEL, &container).unwrap();
        assert_eq!(opened.as_slice(), document, "{curve}, {length} bytes");
    }
}

mod rust_hpke {
    use hpke::{
        Deserializable, OpModeR, OpModeS, Serializable, aead::AesGcm256, kdf::HkdfSha256,
        kem::DhP256HkdfSha256 as Kem,
    };

    use super::{CakPrivateKey, Curve, Peer, both_directions};

    fn receiver(key: &CakPrivateKey, enc: &[u8], info: &[u8]) -> Peer {
        let secret = <Kem as hpke::Kem>::PrivateKey::from_bytes(key.expose_secret()).unwrap();
        let enc = <Kem as hpke::Kem>::EncappedKey::from_bytes(enc).unwrap();
        let mut context =
            hpke::setup_receiver::<AesGcm256, HkdfSha256, Kem>(&OpModeR::Base, &secret, &enc, info).unwrap();
        let mut commit = vec![0; 32];
        context.export(b"AIR-SEAL commit", &mut commit).unwrap();
        let pass = Box::new(move |chunk: &[u8], aad: &[u8]| context.open(chunk, aad).unwrap());
        Peer { pass, commit }
    }

    fn sender(key: &CakPrivateKey, info: &[u8]) -> (Vec<u8>, Peer) {
        let public = <Kem as hpke::Kem>::PublicKey::from_bytes(key.public_key().as_uncompressed()).unwrap();
        let (enc, mut context) = hpke::setup_sender_with_rng::<AesGcm256, HkdfSha256, Kem>(
            &OpModeS::Base,
            &public,
            info,
            &mut rand::rng(),
        )
        .unwrap();
        let mut commit = vec![0; 32];
        context.export(b"AIR-SEAL commit", &mut commit).unwrap();
        let pass = Box::new(move |chunk: &[u8], aad: &[u8]| context.seal(chunk, aad).unwrap());
        (enc.to_bytes().to_vec(), Peer { pass, commit })
    }

    #[test]
    fn on_secp256r1() {
        both_directions(Curve::Secp256r1, receiver, sender);
    }
}

mod hpke_rs_crate {
    use hpke_rs::{
        Hpke, HpkePrivateKey, HpkePublicKey, Mode,
        hpke_types::{AeadAlgorithm, KdfAlgorithm, KemAlgorithm},
    };
    use hpke_rs_rust_crypto::HpkeRustCrypto;

    use super::{CakPrivateKey, Curve, Peer, both_directions};

    fn suite(curve: Curve) -> Hpke<HpkeRustCrypto> {
        let kem = match curve {
            Curve::Secp256r1 => KemAlgorithm::DhKemP256,
            Curve::Secp256k1 => KemAlgorithm::DhKemK256,
        };
        Hpke::new(
            Mode::Base,
            kem,
            KdfAlgorithm::HkdfSha256,
            AeadAlgorithm::Aes256Gcm,
        )
    }

    fn receiver(key: &CakPrivateKey, enc: &[u8], info: &[u8]) -> Peer {
        let secret = HpkePrivateKey::new(key.expose_secret().to_vec());
        let mut context = suite(key.curve())
            .setup_receiver(enc, &secret, info, None, None, None)
            .unwrap();
        let commit = context.export(b"AIR-SEAL commit", 32).unwrap();
        let pass = Box::new(move |chunk: &[u8], aad: &[u8]| context.open(aad, chunk).unwrap());
        Peer { pass, commit }
    }

    fn sender(key: &CakPrivateKey, info: &[u8]) -> (Vec<u8>, Peer) {
        let public = HpkePublicKey::new(key.public_key().as_uncompressed().to_vec());
        let (enc, mut context) = suite(key.curve())
            .setup_sender(&public, info, None, None, None)
            .unwrap();
        let commit = context.export(b"AIR-SEAL commit", 32).unwrap();
        let pass = Box::new(move |chunk: &[u8], aad: &[u8]| context.seal(aad, chunk).unwrap());
        (enc, Peer { pass, commit })
    }

    #[test]
    fn on_both_curves() {
        both_directions(Curve::Secp256r1, receiver, sender);
        both_directions(Curve::Secp256k1, receiver, sender);
    }
}
