//! `mandatory` and `sd` of type metadata: which credentials conform, and which checks report it.

use air_vc::{
    Check, Error, Integrity, IssueOptions, Outcome,
    type_metadata::{CredentialType, TypeChain},
};
use serde_json::{Value, json};

use crate::support::{ISS, NOW, Setup, VCT, after, digest, paths, subject};

/// The type [`VCT`] with these claims.
fn type_with(claims: &Value) -> CredentialType {
    let document = json!({ "vct": VCT, "claims": claims }).to_string();
    let mut chain = TypeChain::new(VCT, None);
    chain.add(document.as_bytes()).unwrap();
    chain.finish().unwrap()
}

/// Verifies under the metadata of one claim. Returns the broken rule.
fn broken(setup: &Setup, compact: &str, claim: &Value) -> Option<Error> {
    let credential_type = type_with(&json!([claim]));
    let outcome = setup
        .verifier()
        .with_type_metadata(&credential_type)
        .examine(compact, NOW);
    let noted = outcome.report.outcome(Check::TypeMetadata);
    let error = outcome.result.err();
    let expected = if error.is_some() {
        Outcome::Failed
    } else {
        Outcome::Passed
    };
    assert_eq!(noted, expected, "{error:?}");
    assert!(
        error
            .as_ref()
            .is_none_or(|error| error.check() == Some(Check::TypeMetadata)),
        "{error:?}"
    );
    error
}

#[track_caller]
fn assert_rule(error: Option<Error>, expected_path: &str, part: &str) {
    match error {
        Some(Error::TypeRule { path, rule }) => {
            assert_eq!(path, expected_path);
            assert!(rule.contains(part), "{rule}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn sd_is_compared_with_each_claim_of_the_path() {
    let setup = Setup::new();
    let options = IssueOptions {
        always_visible: paths(&["givenName", "visas.0"]),
        ..setup.options()
    };
    let credential = setup.issue(&options, &subject()).unwrap();
    let found = |path: Value, sd: &str| {
        let claim = json!({ "path": path, "sd": sd });
        broken(&setup, credential.as_str(), &claim)
    };
    for path in [
        json!(["givenName"]),
        json!(["visas"]),
        json!(["visas", 0]),
        json!(["visas", 0, "country"]),
        json!(["vct"]),
    ] {
        assert_eq!(found(path.clone(), "never"), None, "{path}");
        assert_eq!(found(path.clone(), "allowed"), None, "{path}");
        assert_rule(found(path.clone(), "always"), &path.to_string(), "always");
    }
    for path in [
        json!(["isOver18"]),
        json!(["address"]),
        json!(["address", "city"]),
        json!(["visas", 1]),
    ] {
        assert_eq!(found(path.clone(), "always"), None, "{path}");
        assert_eq!(found(path.clone(), "allowed"), None, "{path}");
        assert_rule(found(path.clone(), "never"), &path.to_string(), "never");
    }
    // One item of each kind.
    for sd in ["always", "never"] {
        assert_rule(found(json!(["visas", null]), sd), r#"["visas",null]"#, sd);
    }
    // A claim that the credential does not have breaks nothing.
    for path in [json!(["other"]), json!(["givenName", "first"]), json!([0])] {
        assert_eq!(found(path.clone(), "always"), None, "{path}");
        assert_eq!(found(path.clone(), "never"), None, "{path}");
    }
}

#[test]
fn a_mandatory_claim_is_present_or_may_be_withheld() {
    let setup = Setup::new();
    let credential = setup.credential();
    let mandatory = |path: Value| json!({ "path": path, "mandatory": true });
    for path in [
        json!(["givenName"]),
        json!(["address", "city"]),
        json!(["address", "lines", 1]),
        json!(["visas", null, "country"]),
    ] {
        let claim = mandatory(path.clone());
        assert_eq!(broken(&setup, credential.as_str(), &claim), None, "{path}");
    }
    for path in [
        json!(["familyName"]),
        json!(["address", "country"]),
        json!(["address", "lines", 2]),
        json!(["visas", null, "number"]),
        json!(["givenName", "first"]),
        json!(["address", 0]),
        json!([null]),
    ] {
        let error = broken(&setup, credential.as_str(), &mandatory(path.clone()));
        assert_rule(error, &path.to_string(), "mandatory");
    }
    let optional = json!({ "path": ["familyName"], "mandatory": false });
    assert_eq!(broken(&setup, credential.as_str(), &optional), None);

    // The holder withholds claims at the top level: one of them may be the mandatory claim.
    let shown = credential.present(&paths(&["address.city"])).unwrap();
    let found = |claim: &Value| broken(&setup, shown.as_str(), claim);
    assert_eq!(found(&mandatory(json!(["givenName"]))), None);
    assert_eq!(found(&mandatory(json!(["address", "lines", 0]))), None);
    // A claim that can't be withheld must be present.
    let visible = json!({ "path": ["familyName"], "mandatory": true, "sd": "never" });
    assert_rule(found(&visible), r#"["familyName"]"#, "mandatory");
}

#[test]
fn an_index_says_nothing_beside_withheld_items() {
    let setup = Setup::new();
    let item = json!(["salt", "second"]);
    let payload = json!({
        "iss": ISS, "vct": VCT, "_sd_alg": "sha-256",
        "tags": [{ "...": digest(&json!(["salt", "first"])) }, { "...": digest(&item) }, "third"],
    });
    let compact = setup.forge("dc+sd-jwt", &payload, &[&item]);
    for claim in [
        json!({ "path": ["tags", 0], "sd": "never" }),
        json!({ "path": ["tags", 1], "sd": "always" }),
        json!({ "path": ["tags", 2], "mandatory": true }),
    ] {
        assert_eq!(broken(&setup, &compact, &claim), None, "{claim}");
    }
    let every = json!({ "path": ["tags", null], "sd": "always" });
    assert_rule(broken(&setup, &compact, &every), r#"["tags",null]"#, "always");
}

#[test]
fn the_metadata_is_that_of_the_credential() {
    let setup = Setup::new();
    let document = json!({ "vct": VCT }).to_string();
    let other = json!({ "vct": "urn:example:other" }).to_string();
    let integrity = Integrity::of(document.as_bytes());
    let hash = integrity.to_string();
    let joined = |vct: &str, hash: Option<&str>, document: &str| {
        let mut chain = TypeChain::new(vct, hash);
        chain.add(document.as_bytes()).unwrap();
        chain.finish().unwrap()
    };
    let plain = joined(VCT, None, &document);
    let hashed = joined(VCT, Some(&hash), &document);
    let other = joined("urn:example:other", None, &other);
    assert_eq!((plain.vct(), other.vct()), (VCT, "urn:example:other"));
    let options = IssueOptions {
        vct_integrity: Some(integrity),
        ..setup.options()
    };
    let pinned = setup.issue(&options, &subject()).unwrap();
    let verified = |compact: &str, credential_type: &CredentialType| {
        let verifier = setup.verifier().with_type_metadata(credential_type);
        verifier.verify(compact, NOW).map(drop)
    };
    let credential = setup.credential();
    assert_eq!(verified(credential.as_str(), &plain), Ok(()));
    assert_eq!(verified(credential.as_str(), &hashed), Ok(()));
    assert_eq!(verified(pinned.as_str(), &hashed), Ok(()));
    for (compact, credential_type) in [(pinned.as_str(), &plain), (credential.as_str(), &other)] {
        assert_eq!(
            verified(compact, credential_type),
            Err(Error::TypeMetadataMismatch)
        );
    }
    // Without metadata, the report says so.
    let report = setup.verifier().examine(credential.as_str(), NOW).report;
    assert_eq!(report.outcome(Check::TypeMetadata).name(), "notNeeded");
}

#[test]
fn a_long_path_is_cut_in_the_error() {
    let setup = Setup::new();
    let claim = json!({ "path": ["ä".repeat(1_000)], "mandatory": true });
    match broken(&setup, setup.credential().as_str(), &claim) {
        Some(Error::TypeRule { path, .. }) => assert_eq!(path.chars().count(), 120),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_paths_of_all_claims_visit_a_limited_number_of_items() {
    let setup = Setup::new();
    let payload = json!({
        "iss": ISS,
        "vct": VCT,
        "exp": after(1000).as_secs(),
        "numbers": (0..1_000).collect::<Vec<u32>>(),
    });
    let credential = setup.forge("dc+sd-jwt", &payload, &[]);
    // Each of them visits the array and its items.
    let verified = |claims: usize| {
        let claims: Vec<Value> = (0..claims)
            .map(|claim| json!({ "path": ["numbers", null, claim.to_string()] }))
            .collect();
        let credential_type = type_with(&json!(claims));
        let verifier = setup.verifier().with_type_metadata(&credential_type);
        verifier.verify(&credential, NOW).map(drop)
    };
    assert_eq!(verified(261), Ok(()));
    assert_rule(verified(262).err(), r#"["numbers",null,"261"]"#, "more items");
}
