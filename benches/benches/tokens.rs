//! Partner JWTs beside `jsonwebtoken` as one would call it, and beside the bare signature of AWS-LC.
#![allow(missing_docs, clippy::unwrap_used, reason = "a bench fails by panic")]

use std::{hint::black_box, str::FromStr};

use air_jwt::{Algorithm, JwkSet, KeyForm, PartnerId, PartnerToken, Scope, SigningKey, UnixTime, Verifier};
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, ParsedPublicKey,
        RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair,
    },
};
use criterion::{Criterion, criterion_group, criterion_main};
use jsonwebtoken::{DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

const PARTNER: &str = "f0a2c1de-3f64-4a7a-9d55-0f1f4f6f9a11";
const NOW: UnixTime = UnixTime::from_secs(4_000_000_000);

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Claims {
    partner_id: String,
    scope: String,
    email: String,
    iat: u64,
    exp: u64,
}

impl Claims {
    fn new() -> Self {
        Self {
            partner_id: PARTNER.to_owned(),
            scope: "issue on-behalf".to_owned(),
            email: "ada@example.com".to_owned(),
            iat: NOW.as_secs(),
            exp: NOW.as_secs() + 300,
        }
    }
}

/// A key with what the peers need of it.
struct Subject {
    name: &'static str,
    key: SigningKey,
    algorithm: jsonwebtoken::Algorithm,
    encoding: EncodingKey,
    decoding: DecodingKey,
}

fn subjects() -> [Subject; 2] {
    let ec = SigningKey::generate(&mut rand::rng());
    let rsa = include_str!("../../crates/air-jwt/tests/vectors/keys/rsa-pkcs8.pem");
    [ec, SigningKey::from_pem(rsa).unwrap()].map(|key| {
        let pem = key.expose_pkcs8_pem();
        let jwk = serde_json::to_value(key.public_jwk()).unwrap();
        let decoding = DecodingKey::from_jwk(&serde_json::from_value(jwk).unwrap()).unwrap();
        let (name, encoding) = match key.algorithm() {
            Algorithm::Es256 => ("es256", EncodingKey::from_ec_pem(pem.as_bytes())),
            _ => ("rs256", EncodingKey::from_rsa_pem(pem.as_bytes())),
        };
        let algorithm = jsonwebtoken::Algorithm::from_str(key.algorithm().as_str()).unwrap();
        Subject {
            name,
            key,
            algorithm,
            encoding: encoding.unwrap(),
            decoding,
        }
    })
}

fn ours(key: &SigningKey, partner: &PartnerId) -> String {
    let token = PartnerToken::issue_on_behalf(partner.clone(), "ada@example.com".parse().unwrap());
    token.sign(key, NOW).unwrap().expose_secret().to_owned()
}

fn signing(criterion: &mut Criterion) {
    let partner: PartnerId = PARTNER.parse().unwrap();
    for subject in subjects() {
        let mut group = criterion.benchmark_group(format!("token-sign-{}", subject.name));
        group.bench_function("air-jwt", |bencher| {
            bencher.iter(|| ours(black_box(&subject.key), &partner));
        });
        group.bench_function("jsonwebtoken", |bencher| {
            let mut header = Header::new(subject.algorithm);
            header.kid = Some(subject.key.kid().to_string());
            bencher.iter(|| {
                jsonwebtoken::encode(&header, &Claims::new(), black_box(&subject.encoding)).unwrap()
            });
        });
        let token = ours(&subject.key, &partner);
        let input = token.rsplit_once('.').unwrap().0.as_bytes();
        let rng = SystemRandom::new();
        let der = subject.key.expose_der(KeyForm::Pkcs8);
        if subject.key.algorithm() == Algorithm::Es256 {
            let raw = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der).unwrap();
            group.bench_function("raw", |bencher| {
                bencher.iter(|| raw.sign(&rng, black_box(input)).unwrap());
            });
        } else {
            let raw = RsaKeyPair::from_pkcs8(&der).unwrap();
            let mut signature = vec![0; raw.public_modulus_len()];
            group.bench_function("raw", |bencher| {
                bencher.iter(|| {
                    raw.sign(&RSA_PKCS1_SHA256, &rng, black_box(input), &mut signature)
                        .unwrap();
                });
            });
        }
        group.finish();
    }
}

fn verifying(criterion: &mut Criterion) {
    let partner: PartnerId = PARTNER.parse().unwrap();
    for subject in subjects() {
        let mut group = criterion.benchmark_group(format!("token-verify-{}", subject.name));
        let token = ours(&subject.key, &partner);
        let keys = JwkSet::from(subject.key.public_jwk());
        group.bench_function("air-jwt", |bencher| {
            let verifier = Verifier::new(&keys).requiring(Scope::IssueOnBehalf);
            bencher.iter(|| verifier.verify(black_box(&token), NOW).unwrap());
        });
        group.bench_function("jsonwebtoken", |bencher| {
            let validation = Validation::new(subject.algorithm);
            bencher.iter(|| {
                jsonwebtoken::decode::<Claims>(black_box(&token), &subject.decoding, &validation).unwrap()
            });
        });
        let der = subject.key.expose_der(KeyForm::Pkcs8);
        let raw = if subject.key.algorithm() == Algorithm::Es256 {
            let secret = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der).unwrap();
            ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public(&secret))
        } else {
            let secret = RsaKeyPair::from_pkcs8(&der).unwrap();
            ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public(&secret))
        }
        .unwrap();
        let (input, _) = token.rsplit_once('.').unwrap();
        let signature = subject.key.sign(input.as_bytes());
        group.bench_function("raw", |bencher| {
            bencher.iter(|| raw.verify_sig(black_box(input.as_bytes()), &signature).unwrap());
        });
        group.finish();
    }
}

fn public(pair: &impl aws_lc_rs::signature::KeyPair<PublicKey: AsRef<[u8]>>) -> Vec<u8> {
    pair.public_key().as_ref().to_vec()
}

criterion_group!(benches, signing, verifying);
criterion_main!(benches);
