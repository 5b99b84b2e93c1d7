//! `air wallet present --trust-list`: verifiers by certificate and DID, each for the types that it
//! may ask for.

use serde_json::{Value, json};

use super::{
    filled,
    issuer::VCT,
    verifier::{self, Client},
};
use crate::support::{Run, TestEnv};

fn present(env: &TestEnv, party: Value, types: Value, verifier: &verifier::Verifier) -> Run {
    let mut party = party;
    party["name"] = json!("Employer");
    party["types"] = types;
    env.write("trust.json", json!({ "verifiers": [party] }).to_string());
    let link = verifier.link();
    env.air(&["wallet", "present", "--yes", "--trust-list", "trust.json", &link])
}

#[test]
fn a_verifier_may_ask_only_for_its_types() {
    let env = filled();
    for client in [Client::Certificate, Client::DidJwk] {
        let verifier = verifier::Verifier::start(verifier::Terms {
            client,
            ..verifier::Terms::default()
        });
        let party = || match client {
            Client::DidJwk => {
                json!({ "did": verifier.client_id().replacen("decentralized_identifier:", "", 1) })
            }
            _ => json!({ "x509": { "anchors": [verifier.anchors()] } }),
        };
        present(&env, party(), json!(["urn:example:other"]), &verifier)
            .failed_with(4, "the verifier is not trusted");
        assert!(verifier.is_unanswered());
        let run = present(&env, party(), json!([VCT]), &verifier).succeeded();
        assert!(!run.stderr.contains("nobody vouches"), "{}", run.stderr);
        assert_eq!(verifier.received()["name"], "Ada");
    }
}

#[test]
fn a_verifier_that_is_not_listed_learns_nothing() {
    let env = filled();
    let other = verifier::Verifier::start(verifier::Terms::default());
    for client in [Client::Certificate, Client::DidJwk] {
        let verifier = verifier::Verifier::start(verifier::Terms {
            client,
            ..verifier::Terms::default()
        });
        let party = json!({ "x509": { "anchors": [other.anchors()] } });
        present(&env, party, json!("*"), &verifier).failed_with(4, "the verifier");
        assert!(verifier.is_unanswered());
    }
}

#[test]
fn nothing_is_fetched_for_a_did_that_the_arguments_exclude() {
    let env = filled();
    let verifier = verifier::Verifier::start(verifier::Terms {
        client: Client::DidWeb,
        ..verifier::Terms::default()
    });
    let party = json!({ "did": "did:web:employer.example" });
    present(&env, party, json!("*"), &verifier).failed_with(4, "the verifier is not trusted");
    env.write("anchors.pem", verifier.anchors());
    let anchored = ["wallet", "present", "--yes", "--verifier-anchors", "anchors.pem"];
    env.air(&[&anchored[..], &[&verifier.link()]].concat())
        .failed_with(4, "has a DID and no certificate");
    assert!(verifier.paths().is_empty(), "{:?}", verifier.paths());

    let did = verifier.client_id().replacen("decentralized_identifier:", "", 1);
    present(&env, json!({ "did": did }), json!([VCT]), &verifier).succeeded();
    assert_eq!(verifier.received()["name"], "Ada");
}
