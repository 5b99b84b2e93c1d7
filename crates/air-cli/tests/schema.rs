//! Subjects against schemas; credentials with keys of one's own.

mod support;

use support::{Desk, example};

#[test]
fn a_subject_that_fits() {
    let (schema, subject) = (example("schema.json"), example("subject.json"));
    let desk = Desk::new();
    let run = desk
        .air(&["schema", "validate", "--schema", &schema, &subject])
        .succeeded();
    assert!(run.text().contains("fits schema \"KYC Identity\""), "{run:?}");
    let run = desk.air(&["schema", "validate", "--schema", &schema, &subject, "--json"]);
    assert_eq!(
        run.succeeded().json(),
        serde_json::json!({ "valid": true, "violations": [] })
    );
}

#[test]
fn every_violation_is_shown_and_no_value() {
    let (schema, subject) = (example("schema.json"), example("subject-wrong.json"));
    let desk = Desk::new();
    let run = desk.air(&["schema", "validate", "--schema", &schema, &subject]);
    run.failed_with(3, "5 rules broken");
    for pointer in [
        "/birthDate",
        "/documentNumber",
        "/favouriteColour",
        "/kycLevel",
        "/riskScore",
    ] {
        assert!(run.stderr.contains(pointer), "{}", run.stderr);
    }
    for value in ["1991-02-30", "green", "platinum", "Nordheim"] {
        assert!(!run.stderr.contains(value), "{}", run.stderr);
    }
    let run = desk.air(&["schema", "validate", "--schema", &schema, &subject, "--json"]);
    run.failed_with(3, "5 rules broken");
    let report = run.json();
    assert_eq!(report["valid"], false);
    let rules: Vec<&str> = report["violations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|violation| violation["rule"].as_str().unwrap())
        .collect();
    assert_eq!(rules, ["format", "required", "unknownAttribute", "enum", "type"]);
}

#[test]
fn what_is_not_a_subject_or_schema_is_rejected() {
    let schema = example("schema.json");
    let desk = Desk::new();
    let validate =
        |schema: &str, stdin: &str| desk.air_with(&["schema", "validate", "--schema", schema, "-"], stdin);
    validate(&schema, "{").failed_with(3, "not JSON");
    validate(&schema, "[]").failed_with(3, "must be a JSON object");
    desk.write("empty.json", "{}");
    validate("empty.json", "{}").failed_with(3, "empty.json");
    desk.write("none.json", r#"{"title":"x","attributes":[]}"#);
    validate("none.json", "{}").failed_with(3, "1 to ");
    validate("-", "{}").failed_with(2, "can't both come from stdin");
}

#[test]
fn a_credential_of_ones_own_verifies_or_says_which_check_failed() {
    let desk = Desk::new();
    desk.air(&["keys", "generate", "--out", "issuer.pem", "--kid", "k1"])
        .succeeded();
    let set = desk
        .air(&["jwks", "export", "--key", "issuer.pem", "--kid", "k1"])
        .succeeded();
    desk.write("jwks.json", set.stdout);
    let issue = [
        "credential",
        "issue",
        "--key",
        "issuer.pem",
        "--kid",
        "k1",
        "--issuer",
        "https://issuer.example",
        "--vct",
        "urn:example:kyc",
        "--holder",
        "did:example:ada",
        "--expires-in",
        "60",
    ];
    let subject = example("subject.json");
    let credential = desk
        .air(&[&issue[..], &[&subject]].concat())
        .succeeded()
        .text()
        .to_owned();
    let verify = |more: &[&str]| {
        let verify = ["credential", "verify", "--issuer-jwks", "jwks.json"];
        desk.air_with(&[&verify, more, &["-"]].concat(), credential.as_str())
    };
    let verified = verify(&["--issuer", "https://issuer.example", "--vct", "urn:example:kyc"]);
    let verified = verified.succeeded().json();
    assert_eq!(verified["valid"], true);
    assert_eq!(verified["claims"]["familyName"], "Nordheim");
    assert_eq!(verified["claims"]["sub"], "did:example:ada");
    for (arguments, check) in [
        (&["--issuer", "https://other.example"][..], "issuer"),
        (
            &["--issuer", "https://issuer.example", "--vct", "urn:other"],
            "type",
        ),
        (
            &["--issuer", "https://issuer.example", "--at", "4000000000"],
            "validity",
        ),
    ] {
        let run = verify(arguments);
        run.failed_with(4, "credential refused");
        assert_eq!(run.json()["valid"], false);
        assert_eq!(run.json()["failed"], check);
        assert!(!run.stderr.contains("Nordheim"));
    }
}
