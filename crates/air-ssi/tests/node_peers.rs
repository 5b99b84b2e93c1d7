//! Interoperability in both directions with Digital Bazaar's suites. The packages are in `node/`;
//! `cargo xtask ssi` installs them.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use air_schema::CredentialSchema;
use air_ssi::{Contexts, IssuerKeys, PublicKey, Suite, Verifier, W3cCredential};
use air_vc::w3c::W3cIssueOptions;
use serde_json::{Value, json};

use crate::support::{ISS, METHOD, NOW, Setup, object, options, paths, schema, subject, uris};

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

/// A question to verify `shown`, and to sign `unsigned`.
fn question(setup: &Setup, context: &Value, shown: &[&Value], unsigned: &Value, base: &Value) -> Value {
    let credentials: Value =
        serde_json::from_str(include_str!("vectors/vc-contexts/credentials-v2.jsonld")).unwrap();
    json!({
        "suite": setup.suite.name(),
        "verificationMethod": METHOD,
        "controller": ISS,
        "publicKeyMultibase": setup.key.public().as_multibase(),
        "contexts": {
            "https://www.w3.org/ns/credentials/v2": credentials,
            uris().json_ld_context(): context,
        },
        "date": "2027-01-15T00:00:00Z",
        "mandatoryPointers": ["/issuer", "/validFrom"],
        "selectivePointers": ["/credentialSubject/isOver18", "/credentialSubject/riskScore"],
        "verify": shown,
        "sign": unsigned,
        "base": base,
    })
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
    let selective = if suite.is_selective() { base } else { Value::Null };
    let context = schema().to_json_ld_context(&uris());
    let answer = ask(&question(
        &setup,
        &context,
        &[&shown, &changed],
        &unsigned,
        &selective,
    ));
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

/// The context of a type after `VerifiableCredential` defines the attributes for others, too: the changed
/// claim is signed.
#[test]
#[ignore = "needs Node and its packages: cargo xtask ssi installs them"]
fn claims_of_a_late_type_are_signed() {
    let form = json!({
        "title": "Permit",
        "type": "WorkPermit",
        "attributes": [{ "name": "isOver18", "type": "boolean", "required": true }],
    });
    let schema = CredentialSchema::from_slice(form.to_string().as_bytes()).unwrap();
    let mut setup = Setup::new(Suite::EddsaRdfc2022);
    setup.contexts = Contexts::new().with_schema(&schema, &uris()).unwrap();
    let terms = W3cIssueOptions {
        types: vec!["WorkPermit".to_owned()],
        ..options()
    };
    let claims = object(&json!({ "isOver18": true }));
    let issued = setup.issuer().issue(&setup.terms(), &terms, &claims).unwrap();
    let issued: Value = serde_json::from_str(issued.as_str()).unwrap();
    let mut changed = issued.clone();
    changed["credentialSubject"]["isOver18"] = json!(false);
    let mut unsigned = issued.clone();
    unsigned.as_object_mut().unwrap().remove("proof");
    let context = schema.to_json_ld_context(&uris());
    let shown = [&issued, &changed];
    let answer = ask(&question(&setup, &context, &shown, &unsigned, &Value::Null));
    assert_eq!(answer["verified"][0], "verified");
    assert_ne!(answer["verified"][1], "verified");
}

/// A context with a term for each kind of value.
fn values_context() -> Value {
    let term =
        |name: &str, kind: &str| json!({ "@id": format!("https://issuer.example/v#{name}"), "@type": kind });
    let xsd = |name: &str| format!("http://www.w3.org/2001/XMLSchema#{name}");
    json!({ "@context": {
        "@version": 1.1,
        "@protected": true,
        "id": "@id",
        "type": "@type",
        "Sample": "https://issuer.example/v#Sample",
        "plain": "https://issuer.example/v#plain",
        "part": "https://issuer.example/v#part",
        "whole": term("whole", &xsd("integer")),
        "double": term("double", &xsd("double")),
        "flag": term("flag", &xsd("boolean")),
        "day": term("day", &xsd("date")),
        "link": term("link", "@id"),
        "german": { "@id": "https://issuer.example/v#german", "@language": "de" },
    } })
}

/// Subjects whose values libraries write differently, if they err.
fn values() -> Vec<Value> {
    let texts = [
        "",
        " ",
        "Ada",
        "\u{e4}",
        "e\u{308}",
        "\u{1f600}",
        "\u{ffff}",
        "\n",
        "\r",
        "\t",
        "\u{8}",
        "\u{c}",
        "\u{0}",
        "\u{1f}",
        "\u{7f}",
        "\u{85}",
        "\u{2028}",
        "\"",
        "\\",
        "\\u0041",
        "'",
        "<a>",
        "@en",
        "^^",
        "_:b0",
        "http://e.org/",
    ];
    let numbers = [
        "0",
        "1",
        "-1",
        "42",
        "0.25",
        "0.1",
        "-0.5",
        "1.5",
        "12.75",
        "123.456",
        "0.001",
        "0.000001",
        "0.0000001",
        "1e-7",
        "1e3",
        "1e20",
        "1e21",
        "2.5e-10",
        "100",
        "1000000",
        "123456789",
        "9007199254740991",
        "-9007199254740991",
        "0.30000000000000004",
        "3.14159265358979",
        "1.0",
        "-0.0",
        "1e300",
    ];
    let number = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let texts_of = |name: &'static str| texts.iter().map(move |text| json!({ name: text }));
    let numbers_of = |name: &'static str| numbers.iter().map(move |text| json!({ name: number(text) }));
    texts_of("plain")
        .chain(texts_of("german"))
        .chain(numbers_of("plain"))
        .chain(numbers_of("whole"))
        .chain(numbers_of("double"))
        .chain([
            json!({ "flag": true }),
            json!({ "plain": false }),
            json!({ "day": "2027-01-15" }),
            json!({ "day": "" }),
            json!({ "double": "1" }),
            json!({ "whole": "05" }),
            json!({ "german": ["a", "b"] }),
            json!({ "german": 5 }),
            json!({ "link": "https://e.org/\u{e4}" }),
            json!({ "link": "https://e.org/../a" }),
            json!({ "link": "https://e.org/a?b=c#d" }),
            json!({ "link": "urn:uuid:00000000-0000-4000-8000-000000000000" }),
            json!({ "plain": ["b", "a", "c"] }),
            json!({ "plain": ["1", 1, true] }),
            json!({ "part": { "plain": "a" } }),
            json!({ "part": [{ "plain": "a" }, { "plain": "b", "part": { "whole": 3 } }] }),
            json!({ "id": "did:example:ada", "part": { "id": "urn:a:b", "type": "Sample", "plain": "a" } }),
        ])
        .collect()
}

/// What this crate signs has the same meaning for `jsonld`: expanded, as RDF and in canonical form.
#[test]
#[ignore = "needs Node and its packages: cargo xtask ssi installs them"]
fn each_kind_of_value_means_the_same_to_jsonld() {
    let mut setup = Setup::new(Suite::EddsaRdfc2022);
    let context = values_context();
    setup.contexts = Contexts::new().with(uris().json_ld_context(), &context).unwrap();
    let signed: Vec<Value> = values()
        .into_iter()
        .filter_map(|subject| {
            let mut claims = object(&subject);
            let holder = claims.remove("id").map(|id| id.as_str().unwrap().to_owned());
            let terms = W3cIssueOptions {
                types: vec!["Sample".to_owned()],
                holder,
                ..options()
            };
            // Values of known faults are refused.
            let issued = setup.issuer().issue(&setup.terms(), &terms, &claims).ok()?;
            Some(serde_json::from_str(issued.as_str()).unwrap())
        })
        .collect();
    assert!(signed.len() > 90, "{}", signed.len());
    let mut unsigned = signed[0].clone();
    unsigned.as_object_mut().unwrap().remove("proof");
    let shown: Vec<&Value> = signed.iter().collect();
    let answer = ask(&question(&setup, &context, &shown, &unsigned, &Value::Null));
    for (document, verified) in signed.iter().zip(answer["verified"].as_array().unwrap()) {
        assert_eq!(verified, "verified", "{}", document["credentialSubject"]);
    }
}
