//! Opening with custodians: every proof verified, the partials combined, 1 KiB opened.
#![allow(missing_docs, clippy::unwrap_used, reason = "a bench fails by panic")]

use std::hint::black_box;

use air_crypto::{ContainerHeader, Curve, ManagedContext, custody};
use criterion::{Criterion, criterion_group, criterion_main};

fn opening(criterion: &mut Criterion) {
    let mut rng = rand::rng();
    for (curve, name) in [(Curve::Secp256r1, "secp256r1"), (Curve::Secp256k1, "secp256k1")] {
        for (threshold, shares) in [(3, 5), (67, 100)] {
            let context = ManagedContext::new("did:x:i".parse().unwrap(), "vault".parse().unwrap(), curve);
            let (group, shares_of) = custody::generate(&context, threshold, shares, &mut rng).unwrap();
            let container = group
                .public_key()
                .seal(&context, b"", &[7; 1024], &mut rng)
                .unwrap();
            let header = ContainerHeader::read(&mut container.as_slice()).unwrap();
            let partials: Vec<_> = shares_of
                .iter()
                .take(usize::from(threshold))
                .map(|share| share.partial(&group, &header, &mut rng).unwrap())
                .collect();
            let mut bench = criterion.benchmark_group(format!("custody-{name}"));
            bench.sample_size(20);
            bench.bench_function(format!("open-{threshold}-of-{shares}"), |bencher| {
                bencher.iter(|| group.open(black_box(&partials), b"", &container).unwrap());
            });
            if threshold == 3 {
                bench.bench_function("partial", |bencher| {
                    bencher.iter(|| shares_of[0].partial(&group, black_box(&header), &mut rand::rng()));
                });
            }
            bench.finish();
        }
    }
}

criterion_group!(benches, opening);
criterion_main!(benches);
