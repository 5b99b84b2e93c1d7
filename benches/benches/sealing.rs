//! Sealing and opening beside the `hpke` crate, which does the same arithmetic without commitment and container: the same
//! KEM, KDF, AEAD, chunks and associated data.
#![allow(missing_docs, clippy::unwrap_used, reason = "a bench fails by panic")]

use std::hint::black_box;

use air_crypto::{CakPrivateKey, Curve};
use benches::context;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use hpke::{Deserializable, OpModeR, OpModeS, aead::AesGcm256, kdf::HkdfSha256, kem::DhP256HkdfSha256};

type Kem = DhP256HkdfSha256;

const CHUNK: usize = 1 << 16;
const SIZES: [usize; 2] = [1 << 10, 1 << 20];

fn sealing(criterion: &mut Criterion) {
    let context = context(Curve::Secp256r1);
    let key = CakPrivateKey::generate(Curve::Secp256r1, &mut rand::rng());
    let public = <Kem as hpke::Kem>::PublicKey::from_bytes(key.public_key().as_uncompressed()).unwrap();
    let info = context.to_bytes();
    let mut group = criterion.benchmark_group("seal");
    for size in SIZES {
        let document = vec![7; size];
        group.throughput(Throughput::Bytes(size as u64));
        group.bench_with_input(
            BenchmarkId::new("air-crypto", size),
            &document,
            |bencher, document| {
                bencher.iter(|| {
                    key.public_key()
                        .seal(&context, b"", black_box(document), &mut rand::rng())
                });
            },
        );
        group.bench_with_input(BenchmarkId::new("hpke", size), &document, |bencher, document| {
            bencher.iter(|| seal_with_peer(&public, &info, black_box(document)));
        });
    }
    group.finish();
}

fn opening(criterion: &mut Criterion) {
    let context = context(Curve::Secp256r1);
    let key = CakPrivateKey::generate(Curve::Secp256r1, &mut rand::rng());
    let secret = <Kem as hpke::Kem>::PrivateKey::from_bytes(key.expose_secret()).unwrap();
    let public = <Kem as hpke::Kem>::PublicKey::from_bytes(key.public_key().as_uncompressed()).unwrap();
    let info = context.to_bytes();
    let mut group = criterion.benchmark_group("open");
    for size in SIZES {
        let document = vec![7; size];
        let container = key
            .public_key()
            .seal(&context, b"", &document, &mut rand::rng())
            .unwrap();
        let (enc, chunks) = seal_with_peer(&public, &info, &document);
        group.throughput(Throughput::Bytes(size as u64));
        group.bench_with_input(
            BenchmarkId::new("air-crypto", size),
            &container,
            |bencher, container| {
                bencher.iter(|| key.open(&context, b"", black_box(container)).unwrap());
            },
        );
        group.bench_with_input(BenchmarkId::new("hpke", size), &chunks, |bencher, chunks| {
            bencher.iter(|| open_with_peer(&secret, &enc, &info, black_box(chunks)));
        });
    }
    group.finish();
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

criterion_group!(benches, sealing, opening);
criterion_main!(benches);
