//! Schemas: compiling one and validating a subject of twelve attributes, beside the bare `jsonschema` crate.
#![allow(missing_docs, clippy::unwrap_used, reason = "a bench fails by panic")]

use std::hint::black_box;

use air_schema::{CredentialSchema, Draft, Validator};
use benches::schema::{form, subject};
use criterion::{Criterion, criterion_group, criterion_main};

fn validating(criterion: &mut Criterion) {
    let schema = CredentialSchema::from_slice(form().to_string().as_bytes()).unwrap();
    let document = schema.to_json_schema(Draft::Draft202012);
    let bare = |document| {
        jsonschema::options()
            .with_draft(jsonschema::Draft::Draft202012)
            .should_validate_formats(true)
            .with_pattern_options(jsonschema::PatternOptions::regex())
            .build(document)
            .unwrap()
    };
    let subject = subject();
    let members = subject.as_object().unwrap();

    let mut group = criterion.benchmark_group("schema-compile");
    group.bench_function("air-schema", |bencher| {
        bencher.iter(|| Validator::new(black_box(&schema)).unwrap());
    });
    group.bench_function("jsonschema", |bencher| {
        bencher.iter(|| bare(black_box(&document)));
    });
    group.finish();

    let mut group = criterion.benchmark_group("schema-validate");
    let (ours, theirs) = (Validator::new(&schema).unwrap(), bare(&document));
    group.bench_function("air-schema", |bencher| {
        bencher.iter(|| ours.validate(black_box(members)).unwrap());
    });
    group.bench_function("jsonschema", |bencher| {
        bencher.iter(|| assert!(theirs.is_valid(black_box(&subject))));
    });
    group.finish();
}

criterion_group!(benches, validating);
criterion_main!(benches);
