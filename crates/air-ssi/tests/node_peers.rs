//! Interoperability in both directions with Digital Bazaar's suites. The packages are in `node/`;
//! `cargo xtask ssi` installs them.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use air_ssi::{IssuerKeys, PublicKey, Suite, Verifier, W3cCredential};
use serde_json::{Value, json};

use crate::support::{ISS, METHOD, NOW, Setup, paths, schema, subject, uris};

/// Sends a question to the script and returns its answer.
fn ask(question: &Value) -> Value {
    let mut node = Command::new("node")
        .arg("peer.mjs")
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/node"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = node.stdin.take().unwrap();
    stdin.write_all(question.to_string().as_bytes()).unwrap();
    drop(stdin);
    let output = node.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

fn both_directions(suite: Suite) {
    let setup = Setup::new(suite);
    let base = setup.issue(&subject()).unwrap();
    let base: Value = serde_json::from_str(base.as_str()).unwrap();
    let shown = setup.shown();
    let mut changed = shown.clone();
    changed["credentialSubject"]["givenName"] = json!("Eve");
    let mut unsigned = base.clone();
    unsigned.as_object_mut().unwrap().remove("proof");
    unsigned["credentialSubject"]["id"] = json!("did:example:holder");
    let credentials: Value =
        serde_json::from_str(include_str!("vectors/vc-contexts/credentials-v2.jsonld")).unwrap();
    let answer = ask(&json!({
        "suite": suite.name(),
        "verificationMethod": METHOD,
        "controller": ISS,
        "publicKeyMultibase": setup.key.public().as_multibase(),
        "contexts": {
            "https://www.w3.org/ns/credentials/v2": credentials,
            uris().json_ld_context(): schema().to_json_ld_context(&uris()),
        },
        "date": "2027-01-15T00:00:00Z",
        "mandatoryPointers": ["/issuer", "/validFrom"],
        "selectivePointers": ["/credentialSubject/isOver18", "/credentialSubject/riskScore"],
        "verify": [shown, changed],
        "sign": unsigned,
        "base": if suite.is_selective() { base } else { Value::Null },
    }));
    assert_eq!(answer["verified"][0], "verified", "{suite}");
    assert_ne!(answer["verified"][1], "verified", "{suite}");

    let method = answer["verificationMethod"].as_str().unwrap();
    let theirs = PublicKey::from_multibase(answer["publicKeyMultibase"].as_str().unwrap()).unwrap();
    let keys = IssuerKeys::new()
        .with(method, theirs.clone())
        .with(METHOD, setup.key.public().clone());
    let verifier = Verifier::new(ISS, &keys, &setup.contexts);
    let verified = verifier.verify(&answer["derived"].to_string(), NOW).unwrap();
    let expected = json!({ "isOver18": true, "riskScore": 12 });
    if suite.is_selective() {
        assert_eq!(Value::Object(verified.subject().clone()), expected, "{suite}");
        let ours = verifier
            .verify(&answer["derivedFromOurs"].to_string(), NOW)
            .unwrap();
        assert_eq!(Value::Object(ours.subject().clone()), expected, "{suite}");
        let credential = W3cCredential::parse(&answer["signed"].to_string()).unwrap();
        let presented = credential.present(&setup.contexts, &theirs, &paths(&["isOver18", "riskScore"]));
        let verified = verifier.verify(presented.unwrap().as_str(), NOW).unwrap();
        assert_eq!(Value::Object(verified.subject().clone()), expected, "{suite}");
    } else {
        assert_eq!(verified.subject(), &subject(), "{suite}");
    }
}

#[test]
#[ignore = "needs Node and its packages: cargo xtask ssi installs them"]
fn proofs_over_rdf_verify_in_both_directions() {
    both_directions(Suite::EcdsaRdfc2019);
    both_directions(Suite::EddsaRdfc2022);
}

#[test]
#[ignore = "needs Node and its packages: cargo xtask ssi installs them"]
fn presentations_verify_in_both_directions() {
    both_directions(Suite::EcdsaSd2023);
    both_directions(Suite::Bbs2023);
}
