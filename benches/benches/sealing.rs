//! Sealing and opening on secp256r1 beside the `hpke` crate, which does the same arithmetic without
//! commitment and container (the same KEM, KDF, AEAD, chunks and associated data), and beside the
//! bare steps by hand on AWS-LC.
#![allow(missing_docs, clippy::unwrap_used, reason = "a bench fails by panic")]

use std::hint::black_box;

use air_crypto::{CakPrivateKey, Curve};
use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    agreement::{self, ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey},
    hkdf::{self, HKDF_SHA256},
    rand::SystemRandom,
};
use benches::context;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hpke::{Deserializable, OpModeR, OpModeS, aead::AesGcm256, kdf::HkdfSha256, kem::DhP256HkdfSha256};

type Kem = DhP256HkdfSha256;

const CHUNK: usize = 1 << 16;
const SIZES: [(&str, usize); 2] = [("1KiB", 1 << 10), ("1MiB", 1 << 20)];

fn sealing(criterion: &mut Criterion) {
    let context = context(Curve::Secp256r1);
    let key = CakPrivateKey::generate(Curve::Secp256r1, &mut rand::rng());
    let public = <Kem as hpke::Kem>::PublicKey::from_bytes(key.public_key().as_uncompressed()).unwrap();
    let info = context.to_bytes();
    for (name, size) in SIZES {
        let document = vec![7; size];
        let mut group = criterion.benchmark_group(format!("seal-{name}"));
        group.throughput(Throughput::Bytes(size as u64));
        group.bench_function("air-crypto", |bencher| {
            bencher.iter(|| {
                key.public_key()
                    .seal(&context, b"", black_box(&document), &mut rand::rng())
            });
        });
        group.bench_function("hpke", |bencher| {
            bencher.iter(|| seal_with_peer(&public, &info, black_box(&document)));
        });
        group.bench_function("by-hand", |bencher| {
            bencher.iter(|| seal_by_hand(key.public_key().as_uncompressed(), &info, black_box(&document)));
        });
        group.finish();
    }
}

fn opening(criterion: &mut Criterion) {
    let context = context(Curve::Secp256r1);
    let key = CakPrivateKey::generate(Curve::Secp256r1, &mut rand::rng());
    let secret = <Kem as hpke::Kem>::PrivateKey::from_bytes(key.expose_secret()).unwrap();
    let public = <Kem as hpke::Kem>::PublicKey::from_bytes(key.public_key().as_uncompressed()).unwrap();
    let info = context.to_bytes();
    for (name, size) in SIZES {
        let document = vec![7; size];
        let container = key
            .public_key()
            .seal(&context, b"", &document, &mut rand::rng())
            .unwrap();
        let (enc, chunks) = seal_with_peer(&public, &info, &document);
        let mut group = criterion.benchmark_group(format!("open-{name}"));
        group.throughput(Throughput::Bytes(size as u64));
        group.bench_function("air-crypto", |bencher| {
            bencher.iter(|| key.open(&context, b"", black_box(&container)).unwrap());
        });
        group.bench_function("hpke", |bencher| {
            bencher.iter(|| open_with_peer(&secret, &enc, &info, black_box(&chunks)));
        });
        group.finish();
    }
}

type Sealed = (<Kem as hpke::Kem>::EncappedKey, Vec<Vec<u8>>);

fn seal_with_peer(public: &<Kem as hpke::Kem>::PublicKey, info: &[u8], document: &[u8]) -> Sealed {
    let (enc, mut sender) = hpke::setup_sender_with_rng::<AesGcm256, HkdfSha256, Kem>(
        &OpModeS::Base,
        public,
        info,
        &mut rand::rng(),
    )
    .unwrap();
    let chunks = document
        .chunks(CHUNK)
        .map(|chunk| sender.seal(chunk, &[0]).unwrap())
        .collect();
    (enc, chunks)
}

fn open_with_peer(
    secret: &<Kem as hpke::Kem>::PrivateKey,
    enc: &<Kem as hpke::Kem>::EncappedKey,
    info: &[u8],
    chunks: &[Vec<u8>],
) -> Vec<u8> {
    let mut receiver =
        hpke::setup_receiver::<AesGcm256, HkdfSha256, Kem>(&OpModeR::Base, secret, enc, info).unwrap();
    let mut document = Vec::with_capacity(chunks.iter().map(Vec::len).sum());
    for chunk in chunks {
        document.extend_from_slice(&receiver.open(chunk, &[0]).unwrap());
    }
    document
}

/// An ephemeral key, ECDH, one HKDF, AES-256-GCM: an ECIES with nothing bound to anything.
fn seal_by_hand(public: &[u8; 65], info: &[u8], document: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let ephemeral = EphemeralPrivateKey::generate(&ECDH_P256, &SystemRandom::new()).unwrap();
    let enc = ephemeral.compute_public_key().unwrap().as_ref().to_vec();
    let peer = UnparsedPublicKey::new(&ECDH_P256, public);
    let key = agreement::agree_ephemeral(ephemeral, peer, (), |shared| {
        let prk = hkdf::Salt::new(HKDF_SHA256, b"").extract(shared);
        let mut key = [0; 32];
        let info = [info];
        prk.expand(&info, HKDF_SHA256)
            .and_then(|okm| okm.fill(&mut key))
            .unwrap();
        Ok(key)
    })
    .unwrap();
    let cipher = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).unwrap());
    let mut sealed = Vec::with_capacity(document.len() + 16 * document.len().div_ceil(CHUNK));
    for (i, chunk) in (0_u32..).zip(document.chunks(CHUNK)) {
        let start = sealed.len();
        sealed.extend_from_slice(chunk);
        let mut nonce = [0; 12];
        nonce[8..].copy_from_slice(&i.to_be_bytes());
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = cipher
            .seal_in_place_separate_tag(nonce, Aad::from([0]), &mut sealed[start..])
            .unwrap();
        sealed.extend_from_slice(tag.as_ref());
    }
    (enc, sealed)
}

criterion_group!(benches, sealing, opening);
criterion_main!(benches);
