//! Derivation beside its steps by hand on the libraries of the native backend.
#![allow(missing_docs, clippy::unwrap_used, reason = "a bench fails by panic")]

use std::hint::black_box;

use air_crypto::{CakContext, ChainId, Curve, LocalWallet, RootSecret};
use aws_lc_rs::{
    agreement::{ECDH_P256, PrivateKey},
    hkdf::{self, HKDF_SHA256},
};
use benches::{context, context_of};
use criterion::{Criterion, criterion_group, criterion_main};
use secp256k1::{Message, PublicKey, SecretKey, ecdsa};
use sha3::{Digest, Keccak256};

const SEED: [u8; 32] = [7; 32];
const WALLET: [u8; 32] = [9; 32];

fn deriving(criterion: &mut Criterion) {
    let (r1, k1) = (context(Curve::Secp256r1), context(Curve::Secp256k1));
    let seed = RootSecret::from_seed(&SEED).unwrap();
    let wallet = RootSecret::from_wallet(LocalWallet::from_bytes(&WALLET).unwrap(), ChainId::TESTNET);

    let mut group = criterion.benchmark_group("derive-seed-secp256r1");
    group.bench_function("air-crypto", |bencher| {
        bencher.iter(|| seed.derive(black_box(&r1)).unwrap());
    });
    group.bench_function("by-hand", |bencher| {
        bencher.iter(|| p256_by_hand(black_box(&SEED), &r1));
    });
    group.finish();

    let mut group = criterion.benchmark_group("derive-seed-secp256k1");
    group.bench_function("air-crypto", |bencher| {
        bencher.iter(|| seed.derive(black_box(&k1)).unwrap());
    });
    group.finish();

    let mut group = criterion.benchmark_group("derive-wallet-secp256k1");
    group.bench_function("air-crypto", |bencher| {
        bencher.iter(|| wallet.derive(black_box(&k1)).unwrap());
    });
    group.bench_function("by-hand", |bencher| {
        bencher.iter(|| k256_by_hand(black_box(&WALLET), &k1));
    });
    group.finish();
}

fn deriving_many(criterion: &mut Criterion) {
    let root = RootSecret::from_seed(&SEED).unwrap();
    let contexts: Vec<CakContext> = (0..10_000)
        .map(|i| context_of(&format!("user-{i:08}"), Curve::Secp256r1))
        .collect();
    let mut group = criterion.benchmark_group("derive-many-10000");
    group.sample_size(10);
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        group.bench_function(format!("threads-{threads}"), |bencher| {
            bencher.iter(|| pool.install(|| root.derive_many(black_box(&contexts))));
        });
    }
    group.finish();
}

/// HKDF, and the public key of its first 32 bytes: less than the specification asks for.
fn p256_by_hand(seed: &[u8], context: &CakContext) -> Vec<u8> {
    let okm = expand(seed, context);
    let key = PrivateKey::from_private_key(&ECDH_P256, &okm[..32]).unwrap();
    key.compute_public_key().unwrap().as_ref().to_vec()
}

/// Keccak of the typed data's four strings, a signature, HKDF, and the public key of its first 32 bytes.
fn k256_by_hand(wallet: &[u8; 32], context: &CakContext) -> [u8; 65] {
    let mut words =
        Keccak256::digest(b"ComplianceAccessKey(string user,string issuer,string schema,string curve)")
            .to_vec();
    for part in [
        context.user().as_str(),
        context.issuer().as_str(),
        context.schema().as_str(),
        context.curve().name(),
    ] {
        words.extend_from_slice(&Keccak256::digest(part.as_bytes()));
    }
    let message = [&[0x19, 0x01][..], &[5; 32], &Keccak256::digest(&words)].concat();
    let digest: [u8; 32] = Keccak256::digest(&message).into();
    let key = SecretKey::from_secret_bytes(*wallet).unwrap();
    let signature = ecdsa::sign(Message::from_digest(digest), &key).serialize_compact();
    let okm = expand(&signature, context);
    let derived = SecretKey::from_secret_bytes(okm[..32].try_into().unwrap()).unwrap();
    PublicKey::from_secret_key(&derived).serialize_uncompressed()
}

fn expand(ikm: &[u8], context: &CakContext) -> [u8; 48] {
    struct Length;
    impl hkdf::KeyType for Length {
        fn len(&self) -> usize {
            48
        }
    }
    let prk = hkdf::Salt::new(HKDF_SHA256, b"AIR-CAK-v1").extract(ikm);
    let context = context.to_bytes();
    let info = [b"key".as_slice(), &context];
    let mut okm = [0; 48];
    prk.expand(&info, Length).unwrap().fill(&mut okm).unwrap();
    okm
}

criterion_group!(benches, deriving, deriving_many);
criterion_main!(benches);
