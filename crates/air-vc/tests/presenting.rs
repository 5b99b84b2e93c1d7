//! The holder's selection of claims, and the proof of possession of their key.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use air_jwt::SigningKey;
use air_vc::{Challenge, Credential, Enveloped, Error, Inspection, Presentation};
use serde_json::{Value, json};

use crate::support::{NOW, Setup, after, challenge, paths, subject};

fn shown(setup: &Setup, credential: &Credential, texts: &[&str]) -> Value {
    let presentation = credential.present(&paths(texts)).unwrap();
    let verified = setup.verifier().verify(presentation.as_str(), NOW).unwrap();
    Value::Object(verified.subject().clone())
}

#[test]
fn shows_what_was_chosen_and_no_more() {
    let setup = Setup::new();
    let credential = setup.credential();
    assert_eq!(shown(&setup, &credential, &[]), json!({}));
    assert_eq!(
        shown(&setup, &credential, &["isOver18", "address.city"]),
        json!({ "isOver18": true, "address": { "city": "Utopia" } })
    );
    assert_eq!(
        shown(&setup, &credential, &["address"]),
        json!({ "address": subject()["address"] })
    );
    assert_eq!(
        shown(&setup, &credential, &["visas.1.country"]),
        json!({ "visas": [{ "country": "FR" }] })
    );
    assert_eq!(
        shown(&setup, &credential, &["visas.*.country"]),
        json!({ "visas": [{ "country": "AQ" }, { "country": "FR" }] })
    );
    assert_eq!(
        shown(&setup, &credential, &["*.city"]),
        json!({ "address": { "city": "Utopia" } })
    );
    assert_eq!(shown(&setup, &credential, &["*"]), Value::Object(subject()));
}

#[test]
fn refuses_a_path_that_leads_nowhere() {
    let setup = Setup::new();
    for path in ["nickname", "address.street", "visas.2", "isOver18.really"] {
        assert_eq!(
            setup.credential().present(&paths(&[path])).unwrap_err(),
            Error::NoSuchClaim { path: path.into() }
        );
    }
}

#[test]
fn a_presentation_is_presented_again_with_less() {
    let setup = Setup::new();
    let first = setup
        .credential()
        .present(&paths(&["isOver18", "address"]))
        .unwrap();
    let again: Credential = first.as_str().parse().unwrap();
    assert_eq!(shown(&setup, &again, &["isOver18"]), json!({ "isOver18": true }));
    assert!(matches!(
        again.present(&paths(&["riskScore"])),
        Err(Error::NoSuchClaim { .. })
    ));
}

#[test]
fn a_bound_presentation_convinces_the_verifier_that_asked() {
    let setup = Setup::new();
    let credential = setup.issue(&setup.bound(), &subject()).unwrap();
    let presentation = credential
        .present(&paths(&["isOver18"]))
        .unwrap()
        .bind(&setup.holder, &challenge(), NOW)
        .unwrap();
    let verifier = setup.verifier().requiring_key_binding(challenge());
    let verified = verifier.verify(presentation.as_str(), after(10)).unwrap();
    assert!(verified.is_holder_bound());
    assert_eq!(
        Value::Object(verified.subject().clone()),
        json!({ "isOver18": true })
    );
}

#[tokio::test]
async fn a_holders_key_may_live_elsewhere() {
    let setup = Setup::new();
    let credential = setup.issue(&setup.bound(), &subject()).unwrap();
    let presentation = credential
        .present(&[])
        .unwrap()
        .bind_with(&setup.holder, &challenge(), NOW)
        .await
        .unwrap();
    let verifier = setup.verifier().requiring_key_binding(challenge());
    assert!(verifier.verify(presentation.as_str(), NOW).is_ok());
}

#[test]
fn binding_again_replaces_the_old_proof() {
    let setup = Setup::new();
    let credential = setup.issue(&setup.bound(), &subject()).unwrap();
    let another = Challenge {
        nonce: "another".into(),
        ..challenge()
    };
    let presentation = credential
        .present(&[])
        .unwrap()
        .bind(&setup.holder, &challenge(), NOW)
        .and_then(|bound| bound.bind(&setup.holder, &another, NOW))
        .unwrap();
    let verifier = setup.verifier().requiring_key_binding(another);
    assert!(verifier.verify(presentation.as_str(), NOW).is_ok());
}

#[test]
fn only_the_holders_own_key_binds() {
    let setup = Setup::new();
    let bind = |credential: Credential, key: &SigningKey| {
        credential.present(&[]).unwrap().bind(key, &challenge(), NOW)
    };
    let bound = setup.issue(&setup.bound(), &subject()).unwrap();
    let stranger = SigningKey::generate(&mut rand::rng());
    assert_eq!(bind(bound, &stranger).unwrap_err(), Error::WrongHolderKey);
    assert_eq!(
        bind(setup.credential(), &setup.holder).unwrap_err(),
        Error::NoHolderKey
    );
}

#[test]
fn the_envelope_is_the_platforms() {
    let setup = Setup::new();
    let presentation = setup.credential().present(&paths(&["isOver18"])).unwrap();
    let envelope = serde_json::to_value(Enveloped::new(&presentation)).unwrap();
    assert_eq!(
        envelope,
        json!({
            "@context": "https://www.w3.org/ns/credentials/v2",
            "type": "EnvelopedVerifiableCredential",
            "id": format!("data:application/dc+sd-jwt,{}", presentation.as_str()),
        })
    );
    assert_eq!(Enveloped::presentation(&envelope).unwrap(), presentation);
    let list = json!({ "type": ["EnvelopedVerifiableCredential"], "id": envelope["id"] });
    assert_eq!(Enveloped::presentation(&list).unwrap(), presentation);
    for bad in [
        json!({}),
        json!({ "type": "VerifiableCredential", "id": envelope["id"] }),
        json!({ "type": "EnvelopedVerifiableCredential", "id": "data:text/plain,a.b.c~" }),
        json!({ "type": "EnvelopedVerifiableCredential", "id": "data:application/dc+sd-jwt,abc" }),
    ] {
        assert!(
            matches!(Enveloped::presentation(&bad), Err(Error::Format { .. })),
            "{bad}"
        );
    }
}

#[test]
fn an_inspection_says_what_is_withheld_and_where() {
    let setup = Setup::new();
    let credential = setup.issue(&setup.bound(), &subject()).unwrap();
    let presentation = credential.present(&paths(&["address.city"])).unwrap();
    let inspection = Inspection::of(presentation.as_str()).unwrap();
    let withheld: Vec<_> = inspection
        .withheld
        .iter()
        .map(|withheld| {
            (
                withheld.within.as_ref().map(ToString::to_string),
                withheld.digests,
            )
        })
        .collect();
    assert_eq!(withheld, [(Some("address".into()), 1), (None, 5)]);
    let disclosed: Vec<_> = inspection.disclosed.iter().map(ToString::to_string).collect();
    assert_eq!(disclosed, ["address.city", "address"]);
    assert_eq!(
        inspection.holder_key.as_deref(),
        Some(setup.holder.kid().as_str())
    );
    assert!(!inspection.has_key_binding);
}

#[test]
fn a_presentation_is_not_taken_for_a_credential() {
    let setup = Setup::new();
    let credential = setup.issue(&setup.bound(), &subject()).unwrap();
    let bound = credential
        .present(&[])
        .unwrap()
        .bind(&setup.holder, &challenge(), NOW)
        .unwrap();
    assert!(matches!(
        bound.as_str().parse::<Credential>(),
        Err(Error::Format { .. })
    ));
    assert_eq!(bound.as_str().parse::<Presentation>().unwrap(), bound);
}
