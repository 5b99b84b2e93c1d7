//! Sealing a file of 256 MiB to a file, beside AWS-LC's AES-256-GCM over the same chunks in memory.
#![allow(missing_docs, clippy::unwrap_used, reason = "a bench fails by panic")]

use std::hint::black_box;

use air_crypto::{CakPrivateKey, Curve};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use benches::{copy_file, seal_file, write_document};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const LENGTH: usize = 256 << 20;
const CHUNK: usize = 1 << 16;

fn streaming(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("document"), folder.path().join("sealed"));
    write_document(&from, LENGTH).unwrap();
    let key = CakPrivateKey::generate(Curve::Secp256r1, &mut rand::rng());
    let cipher = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[7; 32]).unwrap());
    let mut memory = vec![7; LENGTH];

    let mut group = criterion.benchmark_group("stream-256MiB");
    group.sample_size(10).throughput(Throughput::Bytes(LENGTH as u64));
    group.bench_function("air-crypto", |bencher| {
        bencher.iter(|| seal_file(&key, &from, &to).unwrap());
    });
    group.bench_function("read-and-write", |bencher| {
        bencher.iter(|| copy_file(&from, &to).unwrap());
    });
    group.bench_function("aes-in-memory", |bencher| {
        bencher.iter(|| {
            for (i, chunk) in (0_u32..).zip(memory.chunks_mut(CHUNK)) {
                let mut nonce = [0; 12];
                nonce[8..].copy_from_slice(&i.to_be_bytes());
                let nonce = Nonce::assume_unique_for_key(nonce);
                let tag = cipher.seal_in_place_separate_tag(nonce, Aad::from([0]), chunk);
                assert!(black_box(tag).is_ok());
            }
        });
    });
    group.finish();
}

criterion_group!(benches, streaming);
criterion_main!(benches);
