//! `air wallet present --type-metadata`: the names of the presented type and its claims.

use serde_json::json;

use super::{filled, issuer::VCT, verifier};

#[test]
fn the_report_has_the_names_of_the_type() {
    let env = filled();
    let document = json!({
        "vct": VCT, "display": [{ "locale": "en", "name": "Identity" }],
        "claims": [{ "path": ["name"], "display": [{ "locale": "en", "label": "Full name" }] }],
    });
    env.write("type.json", document.to_string());
    let verifier = verifier::Verifier::start(verifier::Terms::default());
    let present = ["wallet", "present", "--yes", "--json", "--type-metadata"];
    let run = env.air(&[&present[..], &["type.json", &verifier.link()]].concat());
    let report = run.succeeded().json();
    let names = &report["presented"][0]["typeMetadata"];
    assert_eq!(names["name"], "Identity", "{report}");
    assert_eq!(names["labels"]["name"], "Full name", "{report}");
    assert_eq!(verifier.received()["name"], "Ada");

    // The verifier learns nothing if the document is not the type's.
    let other = verifier::Verifier::start(verifier::Terms::default());
    env.write("type.json", json!({ "vct": "urn:example:other" }).to_string());
    env.air(&[&present[..], &["type.json", &other.link()]].concat())
        .failed_with(3, "the type metadata of `https://issuer.example/pid` is missing");
    assert!(other.is_unanswered());
}
