//! The rules that a credential breaks, as far as they can be checked without its issuer's key.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use air_jwt::jws::{self, X5c};
use air_vc::diagnose;
use serde_json::{Value, json};

use crate::support::{ISS, NOW, Setup, VCT};

const NONE: [(&str, &str); 0] = [];

fn sections(compact: &str) -> Vec<(&'static str, &'static str)> {
    let broken = diagnose(compact, NOW).unwrap();
    broken
        .iter()
        .map(|rule| (rule.specification, rule.section))
        .collect()
}

#[test]
fn the_type_the_other_types_and_the_issuer_have_rules_of_their_own() {
    let setup = Setup::new();
    let broken = |payload: Value| sections(&setup.forge("dc+sd-jwt", &payload, &[]));
    let vc = |section| vec![("SD-JWT VC", section)];
    assert_eq!(broken(json!({ "iss": ISS, "vct": VCT })), NONE);
    assert_eq!(broken(json!({ "iss": ISS })), vc("2.2.2.1"));
    assert_eq!(broken(json!({ "vct": VCT })), vc("2.5"));
    let others = |types: Value| broken(json!({ "iss": ISS, "vct": VCT, "aka_vcts": types }));
    assert_eq!(others(json!(["urn:eudi:pid:1"])), NONE);
    for types in [json!("urn:eudi:pid:1"), json!([7])] {
        assert_eq!(others(types), vc("2.2.2.2"));
    }
    let older = setup.forge("vc+sd-jwt", &json!({ "iss": ISS, "vct": VCT }), &[]);
    assert_eq!(sections(&older), vc("2.2.1"));
}

#[test]
fn a_certificate_names_the_issuer() {
    let setup = Setup::new();
    let x5c = X5c::new(b"leaf", []);
    let jwt = jws::sign_x5c(&setup.key, "dc+sd-jwt", Some(&x5c), &json!({ "vct": VCT }));
    assert_eq!(sections(&format!("{jwt}~")), NONE);
}
