//! A proof covers every member of the document, or the document is refused.

use air_ssi::{Error, Suite};
use serde_json::{Value, json};

use crate::support::{Setup, append};

type Change = fn(&mut Value);

/// Changes that leave the RDF dataset as it is, so that the proof alone would not notice them.
const UNNOTICED: &[(&str, Change)] = &[
    ("an undefined member", |d| {
        d["credentialSubject"]["nickName"] = json!("Ada");
    }),
    ("an undefined member of the credential", |d| {
        d["isAdmin"] = json!(true);
    }),
    ("an undefined type", |d| append(&mut d["type"], json!("Admin"))),
    ("null", |d| d["credentialSubject"]["givenName2"] = Value::Null),
    ("null for a defined member", |d| d["description"] = Value::Null),
    ("an empty array", |d| d["description"] = json!([])),
    ("the same value twice", |d| {
        d["credentialSubject"]["isOver18"] = json!([true, true]);
    }),
    ("an array in an array", |d| {
        d["credentialSubject"]["isOver18"] = json!([[true]]);
    }),
    ("a relative id", |d| d["id"] = json!("x")),
    ("a blank id", |d| d["credentialSubject"]["id"] = json!("_:b7")),
    ("a keyword as a name", |d| {
        d["credentialSubject"]["@index"] = json!("x");
    }),
    ("a context within", |d| {
        d["credentialSubject"]["@context"] = json!({});
    }),
    ("another context", |d| {
        append(
            &mut d["@context"],
            json!("https://www.w3.org/ns/credentials/examples/v2"),
        );
    }),
    ("an inline context", |d| {
        append(&mut d["@context"], json!({ "x": "urn:x" }));
    }),
    ("a member of the proof", |d| d["proof"]["note"] = json!("x")),
    ("an id of the proof", |d| d["proof"]["id"] = json!("urn:x")),
    ("a nonce", |d| d["proof"]["nonce"] = json!("x")),
];

/// Changes of what is signed.
const NOTICED: &[(&str, Change)] = &[
    ("a claim", |d| d["credentialSubject"]["givenName"] = json!("Eve")),
    ("a number", |d| d["credentialSubject"]["riskScore"] = json!(13)),
    ("a boolean", |d| d["credentialSubject"]["isOver18"] = json!(false)),
    ("a removed claim", |d| {
        d["credentialSubject"].as_object_mut().unwrap().remove("ratio");
    }),
    ("a subject", |d| {
        d["credentialSubject"]["id"] = json!("did:example:eve");
    }),
    ("a date", |d| d["validFrom"] = json!("2020-01-01T00:00:00Z")),
    ("an expiry", |d| d["validUntil"] = json!("2099-01-01T00:00:00Z")),
    ("a time of the proof", |d| {
        d["proof"]["created"] = json!("2020-01-01T00:00:00Z");
    }),
    ("an expiry of the proof", |d| {
        d["proof"]["expires"] = json!("2099-01-01T00:00:00Z");
    }),
];

#[test]
fn changes_that_rdf_does_not_show_are_refused() {
    for suite in Suite::ALL {
        let setup = Setup::new(suite);
        let shown = setup.shown();
        for (name, change) in UNNOTICED {
            let mut changed = shown.clone();
            change(&mut changed);
            let refused = setup.examine(&changed).result;
            assert!(refused.is_err(), "{suite}: {name}");
            assert!(!matches!(refused, Err(Error::Library { .. })), "{suite}: {name}");
        }
    }
}

#[test]
fn changes_of_what_is_signed_are_refused() {
    for suite in Suite::ALL {
        let setup = Setup::new(suite);
        let shown = setup.shown();
        for (name, change) in NOTICED {
            let mut changed = shown.clone();
            change(&mut changed);
            assert!(
                matches!(setup.examine(&changed).result, Err(Error::BadProof)),
                "{suite}: {name}"
            );
        }
    }
}

#[test]
fn a_key_in_the_proof_is_not_trusted() {
    let setup = Setup::new(Suite::EddsaRdfc2022);
    let mut shown = setup.shown();
    shown["proof"]["verificationMethod"] = json!({
        "type": "Multikey",
        "id": crate::support::METHOD,
        "controller": crate::support::ISS,
        "publicKeyMultibase": setup.key.public().as_multibase(),
    });
    assert!(matches!(setup.examine(&shown).result, Err(Error::Format { .. })));
}

#[test]
fn nothing_is_signed_that_a_verifier_would_refuse() {
    for suite in Suite::ALL {
        let setup = Setup::new(suite);
        for subject in [
            json!({ "nickName": "Ada" }),
            json!({ "givenName": null }),
            json!({ "givenName": [] }),
            json!({ "ratio": 0.300_000_000_000_000_04 }),
            json!({ "isOver18": 1 }),
            json!({ "riskScore": true }),
            json!({ "riskScore": 1.5 }),
        ] {
            let issued = setup.issue(&crate::support::object(&subject));
            assert!(issued.is_err(), "{suite}: {subject}");
        }
    }
}

#[test]
fn garbage_is_refused_without_a_panic() {
    let proof_values = [
        "z",
        "u",
        "u2V0B",
        "u2V0D",
        "u2V0Dgw",
        "z1111",
        "uAAAA",
        "u2V0DhUEA",
        "🦀",
    ];
    for suite in Suite::ALL {
        let setup = Setup::new(suite);
        let shown = setup.shown();
        for value in proof_values {
            let mut changed = shown.clone();
            changed["proof"]["proofValue"] = json!(value);
            assert!(setup.examine(&changed).result.is_err(), "{suite}: {value}");
        }
        for text in ["", "{}", "[]", "null", r#"{"proof":{}}"#, "\u{0}"] {
            assert!(
                setup.verifier().verify(text, crate::support::NOW).is_err(),
                "{text}"
            );
        }
    }
}

/// Each byte of a proof counts, or its place in a base64 text is padding.
#[test]
fn no_changed_character_of_a_proof_verifies() {
    for suite in Suite::ALL {
        let setup = Setup::new(suite);
        let shown = setup.shown();
        let value = shown["proof"]["proofValue"].as_str().unwrap();
        for place in (1..value.len() - 1).step_by(7) {
            let other = if &value[place..=place] == "A" { "B" } else { "A" };
            let changed_value = format!("{}{other}{}", &value[..place], &value[place + 1..]);
            let mut changed = shown.clone();
            changed["proof"]["proofValue"] = json!(changed_value);
            assert!(setup.examine(&changed).result.is_err(), "{suite}: {place}");
        }
    }
}
