//! A credential of five claims with each suite: issued, derived and verified. `benches/node/rdf.mjs` of the
//! workspace does the same with Digital Bazaar's suites, and `cargo xtask ssi --bench` compares them.
#![allow(missing_docs, clippy::unwrap_used, reason = "a bench fails by panic")]

use std::hint::black_box;

use air_jwt::SigningKey;
use air_ssi::{Contexts, Issuer, IssuerKey, IssuerKeys, ProofTerms, Suite, Verifier, W3cCredential};
use air_vc::{ClaimPath, UnixTime, w3c::W3cIssueOptions};
use criterion::{Criterion, criterion_group, criterion_main};
use serde_json::{Map, Value};

const ISSUER: &str = "did:web:issuer.example";
const METHOD: &str = "did:web:issuer.example#key-1";
const CONTEXT: &str = "https://issuer.example/kyc.jsonld";
const NOW: UnixTime = UnixTime::from_secs(1_799_971_200);

/// The issuer's side with one suite.
struct Setup {
    suite: Suite,
    key: IssuerKey,
    contexts: Contexts,
    options: W3cIssueOptions,
    subject: Map<String, Value>,
}

impl Setup {
    fn new(suite: Suite) -> Self {
        let document: Value = serde_json::from_str(include_str!("document.json")).unwrap();
        let key = match suite {
            Suite::EddsaRdfc2022 => IssuerKey::ed25519(&[7; 32]),
            Suite::Bbs2023 => IssuerKey::bbs(&[7; 32]).unwrap(),
            _ => IssuerKey::try_from(SigningKey::generate(&mut rand::rng())).unwrap(),
        };
        Self {
            suite,
            key,
            contexts: Contexts::new().with(CONTEXT, &document["context"]).unwrap(),
            options: W3cIssueOptions {
                types: vec!["KycIdentity".to_owned()],
                contexts: vec![CONTEXT.to_owned()],
                valid_from: NOW,
                ..W3cIssueOptions::default()
            },
            subject: document["credential"]["credentialSubject"]
                .as_object()
                .unwrap()
                .clone(),
        }
    }

    fn issue(&self) -> W3cCredential {
        Issuer::new(ISSUER, METHOD, &self.key, &self.contexts)
            .issue(
                &ProofTerms::new(self.suite),
                &self.options,
                black_box(&self.subject),
            )
            .unwrap()
    }

    fn derive(&self, credential: &W3cCredential, claims: &[ClaimPath]) -> String {
        let presented = credential.present(&self.contexts, self.key.public(), claims);
        presented.unwrap().into_string()
    }
}

fn suites(criterion: &mut Criterion) {
    let claims: [ClaimPath; 2] = ["isOver18", "riskScore"].map(|path| path.parse().unwrap());
    for suite in Suite::ALL {
        let setup = Setup::new(suite);
        let mut group = criterion.benchmark_group(suite.name());
        group.bench_function("issue", |bencher| bencher.iter(|| setup.issue()));
        let credential = setup.issue();
        let shown = if suite.is_selective() {
            group.bench_function("derive", |bencher| {
                bencher.iter(|| setup.derive(black_box(&credential), &claims));
            });
            setup.derive(&credential, &claims)
        } else {
            credential.into_string()
        };
        let keys = IssuerKeys::new().with(METHOD, setup.key.public().clone());
        let verifier = Verifier::new(ISSUER, &keys, &setup.contexts);
        group.bench_function("verify", |bencher| {
            bencher.iter(|| verifier.verify(black_box(&shown), NOW).unwrap());
        });
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = suites
}
criterion_main!(benches);
