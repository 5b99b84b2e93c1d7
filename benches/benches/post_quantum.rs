//! Version 1's KEM beside two hybrids with ML-KEM-768: by hand on AWS-LC, and in the `hpke` crate. All of them seal one
//! chunk with HKDF-SHA256 and AES-256-GCM.
#![allow(missing_docs, clippy::unwrap_used, reason = "a bench fails by panic")]

use std::hint::black_box;

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    agreement::{
        self, Algorithm, ECDH_P256, EphemeralPrivateKey, PrivateKey, PublicKey, UnparsedPublicKey, X25519,
    },
    digest::{self, SHA3_256},
    hkdf::{self, HKDF_SHA256},
    kem::{Ciphertext, DecapsulationKey, EncapsulationKey, ML_KEM_768},
    rand::SystemRandom,
};
use benches::context;
use criterion::{Criterion, criterion_group, criterion_main};
use hpke::{
    OpModeR, OpModeS,
    aead::AesGcm256,
    kdf::HkdfSha256,
    kem::{DhP256HkdfSha256, MlKem768P256, XWing},
};

const SEED: [u8; 32] = [7; 32];
const SIZE: usize = 1 << 10;
/// The associated data of the last chunk.
const LAST: [u8; 1] = [1];

/// The bytes that a container's key is bound to.
fn info() -> Vec<u8> {
    context(air_crypto::Curve::Secp256r1).to_bytes()
}

fn in_hpke(criterion: &mut Criterion) {
    peer::<DhP256HkdfSha256>(criterion, "hpke-p256");
    peer::<MlKem768P256>(criterion, "hpke-mlkem768-p256");
    peer::<XWing>(criterion, "hpke-xwing");
}

fn peer<Kem: hpke::Kem>(criterion: &mut Criterion, name: &str) {
    let (secret, public) = Kem::derive_keypair(&SEED);
    let (document, info) = ([7; SIZE], info());
    let seal = |document: &[u8]| {
        let mode = OpModeS::Base;
        let (enc, mut sender) = hpke::setup_sender_with_rng::<AesGcm256, HkdfSha256, Kem>(
            &mode,
            &public,
            &info,
            &mut rand::rng(),
        )
        .unwrap();
        (enc, sender.seal(document, &LAST).unwrap())
    };
    let (enc, sealed) = seal(&document);
    let open = |sealed: &[u8]| {
        let mode = OpModeR::Base;
        let mut receiver =
            hpke::setup_receiver::<AesGcm256, HkdfSha256, Kem>(&mode, &secret, &enc, &info).unwrap();
        receiver.open(sealed, &LAST).unwrap()
    };
    assert_eq!(open(&sealed), document);
    let mut group = criterion.benchmark_group(name);
    group.bench_function("derive", |bencher| {
        bencher.iter(|| Kem::derive_keypair(black_box(&SEED)));
    });
    group.bench_function("seal-1KiB", |bencher| bencher.iter(|| seal(black_box(&document))));
    group.bench_function("open-1KiB", |bencher| bencher.iter(|| open(black_box(&sealed))));
    group.finish();
}

fn by_hand(criterion: &mut Criterion) {
    for (name, curve, is_hybrid) in [
        ("aws-lc-p256", &ECDH_P256, false),
        ("aws-lc-mlkem768-p256", &ECDH_P256, true),
        ("aws-lc-xwing", &X25519, true),
    ] {
        let (key, document, info) = (Key::derive(curve, is_hybrid), [7; SIZE], info());
        let sealed = key.seal(&info, &document);
        assert_eq!(key.open(&info, &sealed), document);
        let mut group = criterion.benchmark_group(name);
        group.bench_function("derive", |bencher| {
            bencher.iter(|| Key::derive(black_box(curve), is_hybrid));
        });
        group.bench_function("seal-1KiB", |bencher| {
            bencher.iter(|| key.seal(&info, black_box(&document)));
        });
        group.bench_function("open-1KiB", |bencher| {
            bencher.iter(|| key.open(&info, black_box(&sealed)));
        });
        group.finish();
    }
}

/// A key pair of a curve, and one of ML-KEM for a hybrid.
struct Key {
    curve: &'static Algorithm,
    secret: PrivateKey,
    public: PublicKey,
    quantum: Option<(DecapsulationKey, EncapsulationKey)>,
}

struct Sealed {
    enc: Vec<u8>,
    quantum: Vec<u8>,
    document: Vec<u8>,
}

impl Key {
    /// The key of the curve is derived from the seed. AWS-LC draws that of ML-KEM: `aws-lc-rs` takes no seed, which costs
    /// an HKDF less.
    fn derive(curve: &'static Algorithm, is_hybrid: bool) -> Self {
        let secret = PrivateKey::from_private_key(curve, &expand(&SEED, b"scalar")).unwrap();
        let public = secret.compute_public_key().unwrap();
        let quantum = is_hybrid.then(|| {
            let secret = DecapsulationKey::generate(&ML_KEM_768).unwrap();
            let public = secret.encapsulation_key().unwrap();
            (secret, public)
        });
        Self {
            curve,
            secret,
            public,
            quantum,
        }
    }

    fn seal(&self, info: &[u8], document: &[u8]) -> Sealed {
        let (quantum, shared) = match &self.quantum {
            None => (Vec::new(), None),
            Some((_, public)) => {
                let (quantum, shared) = public.encapsulate().unwrap();
                (quantum.as_ref().to_vec(), Some(shared))
            }
        };
        let ephemeral = EphemeralPrivateKey::generate(self.curve, &SystemRandom::new()).unwrap();
        let enc = ephemeral.compute_public_key().unwrap().as_ref().to_vec();
        let peer = UnparsedPublicKey::new(self.curve, self.public.as_ref());
        let cipher = agreement::agree_ephemeral(ephemeral, peer, (), |agreed| {
            let quantum = shared.as_ref().map(AsRef::as_ref);
            Ok(self.cipher(agreed, quantum, &enc, info))
        })
        .unwrap();
        let mut document = document.to_vec();
        cipher
            .seal_in_place_append_tag(nonce(), Aad::from(LAST), &mut document)
            .unwrap();
        Sealed {
            enc,
            quantum,
            document,
        }
    }

    fn open(&self, info: &[u8], sealed: &Sealed) -> Vec<u8> {
        let shared = self.quantum.as_ref().map(|(secret, _)| {
            let quantum = Ciphertext::from(sealed.quantum.as_slice());
            secret.decapsulate(quantum).unwrap()
        });
        let peer = UnparsedPublicKey::new(self.curve, &sealed.enc);
        let cipher = agreement::agree(&self.secret, peer, (), |agreed| {
            let quantum = shared.as_ref().map(AsRef::as_ref);
            Ok(self.cipher(agreed, quantum, &sealed.enc, info))
        })
        .unwrap();
        let mut document = sealed.document.clone();
        let opened = cipher.open_in_place(nonce(), Aad::from(LAST), &mut document);
        let length = opened.unwrap().len();
        document.truncate(length);
        document
    }

    /// The cipher of one document. A hybrid hashes both secrets with the curve's public keys, as the drafts do.
    fn cipher(&self, agreed: &[u8], quantum: Option<&[u8]>, enc: &[u8], info: &[u8]) -> LessSafeKey {
        let key = match quantum {
            None => expand(agreed, info),
            Some(quantum) => {
                let mut hash = digest::Context::new(&SHA3_256);
                for part in [quantum, agreed, enc, self.public.as_ref(), &b"hybrid"[..]] {
                    hash.update(part);
                }
                expand(hash.finish().as_ref(), info)
            }
        };
        LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).unwrap())
    }
}

fn expand(secret: &[u8], info: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    let prk = hkdf::Salt::new(HKDF_SHA256, b"").extract(secret);
    prk.expand(&[info], HKDF_SHA256)
        .and_then(|okm| okm.fill(&mut key))
        .unwrap();
    key
}

/// Each document has a key of its own.
fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; 12])
}

criterion_group!(benches, by_hand, in_hpke);
criterion_main!(benches);
