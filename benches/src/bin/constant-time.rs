//! dudect (Reparaz, Balasch, Verbauwhede, 2017): one class of runs works on a fixed secret, the
//! other on random ones. Welch's t over their times tells whether the classes differ; past 10 they
//! certainly do. `control` leaks on purpose: it must be found.

use std::hint::black_box;

use air_crypto::{
    CakContext, CakPrivateKey, ContainerHeader, Curve, ManagedContext, RootSecret,
    custody::{self, Group, Share},
};
use dudect_bencher::{BenchRng, Class, CtRunner, ctbench_main};
use rand::{Rng, RngExt};

const DERIVATIONS: usize = 40_000;
const OPENINGS: usize = 20_000;
const PARTIALS: usize = 10_000;
const FIXED: [u8; 32] = [0x11; 32];

/// A class by a coin, and the secret that goes with it.
fn secret(rng: &mut BenchRng) -> (Class, [u8; 32]) {
    if rng.random::<bool>() {
        return (Class::Left, FIXED);
    }
    let mut secret = [0; 32];
    rng.fill_bytes(&mut secret);
    // Below both orders.
    secret[0] &= 0x7f;
    (Class::Right, secret)
}

fn derive(runner: &mut CtRunner, rng: &mut BenchRng, curve: Curve) {
    let context = benches::context(curve);
    let inputs: Vec<(Class, RootSecret)> = (0..DERIVATIONS)
        .map(|_| {
            let (class, seed) = secret(rng);
            (class, RootSecret::from_seed(&seed).expect("32 bytes are a seed"))
        })
        .collect();
    for (class, root) in &inputs {
        runner.run_one(*class, || root.derive(&context));
    }
}

fn open(runner: &mut CtRunner, rng: &mut BenchRng, curve: Curve) {
    let context = benches::context(curve);
    let inputs: Vec<(Class, CakPrivateKey, Vec<u8>)> = (0..OPENINGS)
        .map(|_| {
            let (class, key) = secret(rng);
            let key = CakPrivateKey::from_bytes(curve, &key).expect("it is below the order");
            let container = sealed(&key, &context, rng);
            (class, key, container)
        })
        .collect();
    for (class, key, container) in &inputs {
        runner.run_one(*class, || key.open(&context, b"", container));
    }
}

fn sealed(key: &CakPrivateKey, context: &CakContext, rng: &mut BenchRng) -> Vec<u8> {
    key.public_key()
        .seal(context, b"", &[7; 64], rng)
        .expect("a short document seals")
}

fn partial(runner: &mut CtRunner, rng: &mut BenchRng, curve: Curve) {
    let context = ManagedContext::new(
        "did:x:i".parse().expect("it is not empty"),
        "vault".parse().expect("nor is this"),
        curve,
    );
    let deal = |key: &[u8; 32], rng: &mut BenchRng| -> (Group, Share) {
        let key = CakPrivateKey::from_bytes(curve, key).expect("it is below the order");
        let (group, shares) = custody::deal(&key, &context, 2, 2, rng).expect("2 of 2 is a threshold");
        (group, shares.into_iter().next().expect("there are two"))
    };
    // The fixed class has one share, the other a new one each time; all answer for the same container.
    let (group, share) = deal(&FIXED, rng);
    let fixed = share.expose_hex();
    let container = group
        .public_key()
        .seal(&context, b"", b"document", rng)
        .expect("a short document seals");
    let header = ContainerHeader::read(&mut container.as_slice()).expect("it is a container");
    let inputs: Vec<(Class, Group, Share)> = (0..PARTIALS)
        .map(|_| {
            let (class, key) = secret(rng);
            let (other, share) = match class {
                Class::Left => {
                    let again = Share::from_hex(curve, share.index(), &fixed).expect("it was a share");
                    (group.clone(), again)
                }
                Class::Right => deal(&key, rng),
            };
            (class, other, share)
        })
        .collect();
    for (class, group, share) in &inputs {
        runner.run_one(*class, || share.partial(group, &header, &mut rand::rng()));
    }
}

fn derive_secp256r1(runner: &mut CtRunner, rng: &mut BenchRng) {
    derive(runner, rng, Curve::Secp256r1);
}

fn derive_secp256k1(runner: &mut CtRunner, rng: &mut BenchRng) {
    derive(runner, rng, Curve::Secp256k1);
}

fn open_secp256r1(runner: &mut CtRunner, rng: &mut BenchRng) {
    open(runner, rng, Curve::Secp256r1);
}

fn open_secp256k1(runner: &mut CtRunner, rng: &mut BenchRng) {
    open(runner, rng, Curve::Secp256k1);
}

fn partial_secp256r1(runner: &mut CtRunner, rng: &mut BenchRng) {
    partial(runner, rng, Curve::Secp256r1);
}

fn partial_secp256k1(runner: &mut CtRunner, rng: &mut BenchRng) {
    partial(runner, rng, Curve::Secp256k1);
}

/// Compares 4 KiB and stops at the first difference, which only the random class has at once.
fn control(runner: &mut CtRunner, rng: &mut BenchRng) {
    let expected: Vec<u8> = FIXED.repeat(128);
    let inputs: Vec<(Class, Vec<u8>)> = (0..DERIVATIONS)
        .map(|_| {
            let (class, secret) = secret(rng);
            (class, secret.repeat(128))
        })
        .collect();
    for (class, secret) in &inputs {
        runner.run_one(*class, || {
            black_box(secret).iter().zip(&expected).all(|(a, b)| a == b)
        });
    }
}

ctbench_main!(
    derive_secp256r1,
    derive_secp256k1,
    open_secp256r1,
    open_secp256k1,
    partial_secp256r1,
    partial_secp256k1,
    control
);
