//! SD-JWT VCs of twelve claims, and status lists of a million entries.
#![allow(missing_docs, clippy::unwrap_used, reason = "a bench fails by panic")]

use std::{hint::black_box, time::Duration};

use air_jwt::{JwkSet, SigningKey};
use air_vc::{
    Challenge, Credential, IssueOptions, Issuer, UnixTime, Verifier,
    status::{Status, StatusBits, StatusList, StatusListOptions, StatusListToken, StatusListVerifier},
};
use criterion::{Criterion, criterion_group, criterion_main};
use serde_json::{Map, Value};

const ISSUER: &str = "https://issuer.example";
const LIST: &str = "https://issuer.example/statuslist/1";
const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);
const ENTRIES: u64 = 1_000_000;

fn subject() -> Map<String, Value> {
    benches::schema::subject().as_object().unwrap().clone()
}

fn terms(holder: &SigningKey) -> IssueOptions {
    IssueOptions {
        vct: "urn:air:KycIdentity".into(),
        issued_at: NOW,
        expires_at: Some(NOW.saturating_add(Duration::from_hours(24))),
        holder_key: Some(holder.public_jwk()),
        ..IssueOptions::default()
    }
}

fn credentials(criterion: &mut Criterion) {
    let mut rng = rand::rng();
    let (key, holder) = (SigningKey::generate(&mut rng), SigningKey::generate(&mut rng));
    let (subject, terms) = (subject(), terms(&holder));
    let issuer = Issuer::new(ISSUER, &key);
    criterion
        .benchmark_group("credential-issue")
        .bench_function("air-vc", |bencher| {
            bencher.iter(|| issuer.issue(&terms, black_box(&subject), &mut rng).unwrap());
        });

    let credential: Credential = issuer.issue(&terms, &subject, &mut rand::rng()).unwrap();
    let keys = JwkSet::from(key.public_jwk());
    let verifier = Verifier::new(ISSUER, &keys);
    let mut group = criterion.benchmark_group("credential-verify");
    group.bench_function("air-vc", |bencher| {
        bencher.iter(|| verifier.verify(black_box(credential.as_str()), NOW).unwrap());
    });
    let challenge = Challenge {
        nonce: "n".into(),
        audience: "a".into(),
    };
    let bound = credential
        .present(&["*".parse().unwrap()])
        .and_then(|shown| shown.bind(&holder, &challenge, NOW))
        .unwrap();
    let verifier = verifier.requiring_key_binding(challenge);
    group.bench_function("air-vc-bound", |bencher| {
        bencher.iter(|| verifier.verify(black_box(bound.as_str()), NOW).unwrap());
    });
    group.finish();
}

/// One in a hundred is revoked.
fn list() -> StatusList {
    let mut list = StatusList::new(StatusBits::One, ENTRIES).unwrap();
    for n in 0..ENTRIES / 100 {
        // Spread without a pattern that would compress.
        let index = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) % ENTRIES;
        list.set(index, Status::Invalid).unwrap();
    }
    list
}

fn status_lists(criterion: &mut Criterion) {
    let key = SigningKey::generate(&mut rand::rng());
    let keys = JwkSet::from(key.public_jwk());
    let terms = StatusListOptions {
        issued_at: NOW,
        ..StatusListOptions::default()
    };
    let mut group = criterion.benchmark_group("status-list-million");
    group.sample_size(20);
    group.bench_function("build", |bencher| bencher.iter(|| black_box(list())));
    let list = list();
    group.bench_function("sign", |bencher| {
        bencher.iter(|| StatusListToken::sign(&key, LIST, black_box(&list), &terms));
    });
    let token = StatusListToken::sign(&key, LIST, &list, &terms);
    group.bench_function("verify", |bencher| {
        let verifier = StatusListVerifier::new(ISSUER, &keys, LIST);
        bencher.iter(|| verifier.verify(black_box(token.as_str()), NOW).unwrap());
    });
    group.bench_function("check", |bencher| {
        bencher.iter(|| list.status(black_box(123_456)).unwrap());
    });
    group.finish();
}

criterion_group!(benches, credentials, status_lists);
criterion_main!(benches);
