//! Every rule of a DCQL query, broken once.

use air_oid4vc::{
    Error,
    dcql::{Query, Rule},
};
use serde_json::{Value, json};

/// A valid query with every member.
fn valid() -> Value {
    json!({
        "credentials": [
            {
                "id": "pid", "format": "dc+sd-jwt", "meta": { "vct_values": ["https://example.com/pid"] },
                "multiple": true, "require_cryptographic_holder_binding": false,
                "trusted_authorities": [
                    { "type": "aki", "values": ["s9tIpPmhxdiuNkHMEWNpYim8S8Y"] },
                    { "type": "etsi_tl", "values": ["https://lotl.example.com"] },
                ],
                "claims": [
                    { "id": "a", "path": ["name"], "values": ["Ada", 7, true] },
                    { "id": "b", "path": ["degrees", null, "type"] },
                    { "id": "c", "path": ["nationalities", 1] },
                ],
                "claim_sets": [["a", "b"], ["c"]],
            },
            {
                "id": "mdl", "format": "mso_mdoc", "meta": { "doctype_value": "org.iso.18013.5.1.mDL" },
                "claims": [{ "path": ["org.iso.18013.5.1", "portrait"], "intent_to_retain": false }],
            },
            { "id": "w3c", "format": "ldp_vc", "meta": { "type_values": [["A", "B"], ["C"]] } },
            { "id": "jwt", "format": "jwt_vc_json", "meta": { "type_values": [["A"]] } },
            { "id": "other", "format": "com.example", "meta": { "anything": 1 } },
        ],
        "credential_sets": [
            { "options": [["pid"], ["mdl", "w3c"]] },
            { "options": [["jwt"], ["other"]], "required": false },
        ],
    })
}

/// The valid query with another value at this place; without the member if the value is absent.
fn with(pointer: &str, value: Option<Value>) -> Value {
    let mut query = valid();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = query.pointer_mut(parent).unwrap();
    match (parent, value) {
        (Value::Object(members), Some(value)) => drop(members.insert(name.into(), value)),
        (Value::Object(members), None) => drop(members.remove(name).unwrap()),
        (parent, value) => parent[name.parse::<usize>().unwrap()] = value.unwrap(),
    }
    query
}

#[test]
fn a_query_with_every_member_is_valid() {
    let query = Query::from_value(&valid()).unwrap();
    assert_eq!(query.to_value(), valid());
    assert!(query.accepts_unbound());
    assert_eq!(query.check_repeated_claims(), Ok(()));
}

#[test]
fn unknown_members_are_ignored() {
    let mut query = valid();
    for pointer in [
        "",
        "/credentials/0",
        "/credentials/0/claims/0",
        "/credential_sets/0",
        "/credentials/0/meta",
    ] {
        let members = query.pointer_mut(pointer).unwrap().as_object_mut().unwrap();
        members.insert("future".into(), json!({ "x": [1] }));
    }
    assert_eq!(Query::from_value(&query), Query::from_value(&valid()));
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of all rules")]
fn refuses_each_broken_rule_by_name() {
    let many = |most: usize| Some(Value::from(vec![json!({}); most + 1]));
    let cases = [
        ("/credentials", None, Rule::Credentials),
        ("/credentials", Some(json!([])), Rule::Credentials),
        ("/credentials", Some(json!({})), Rule::Credentials),
        ("/credentials", many(64), Rule::Limit { most: 64 }),
        ("/credentials/0", Some(json!("pid")), Rule::Object),
        ("/credentials/0/id", None, Rule::CredentialId),
        ("/credentials/0/id", Some(json!("")), Rule::CredentialId),
        ("/credentials/0/id", Some(json!("a b")), Rule::CredentialId),
        ("/credentials/0/id", Some(json!("é")), Rule::CredentialId),
        (
            "/credentials/0/id",
            Some(json!("a".repeat(257))),
            Rule::CredentialId,
        ),
        (
            "/credentials/1/id",
            Some(json!("pid")),
            Rule::CredentialIdRepeated,
        ),
        ("/credentials/0/format", None, Rule::Format),
        ("/credentials/0/format", Some(json!(1)), Rule::Format),
        ("/credentials/0/meta", None, Rule::Meta),
        ("/credentials/0/meta", Some(json!([])), Rule::Meta),
        ("/credentials/0/meta/vct_values", Some(json!([])), Rule::VctValues),
        (
            "/credentials/0/meta/vct_values",
            Some(json!(["a", 1])),
            Rule::VctValues,
        ),
        (
            "/credentials/0/meta",
            Some(json!({ "vct_value": ["a"] })),
            Rule::VctValues,
        ),
        (
            "/credentials/1/meta/doctype_value",
            Some(json!("")),
            Rule::DoctypeValue,
        ),
        (
            "/credentials/1/meta",
            Some(json!({ "doctype": "a" })),
            Rule::DoctypeValue,
        ),
        (
            "/credentials/2/meta/type_values",
            Some(json!([])),
            Rule::TypeValues,
        ),
        (
            "/credentials/2/meta/type_values/0",
            Some(json!([])),
            Rule::TypeValues,
        ),
        (
            "/credentials/3/meta/type_values/0",
            Some(json!("A")),
            Rule::TypeValues,
        ),
        ("/credentials/0/multiple", Some(json!("true")), Rule::Multiple),
        (
            "/credentials/0/require_cryptographic_holder_binding",
            Some(json!(null)),
            Rule::HolderBinding,
        ),
        (
            "/credentials/0/trusted_authorities",
            Some(json!([])),
            Rule::TrustedAuthorities,
        ),
        (
            "/credentials/0/trusted_authorities/0",
            Some(json!([])),
            Rule::Object,
        ),
        (
            "/credentials/0/trusted_authorities/0/type",
            None,
            Rule::AuthorityType,
        ),
        (
            "/credentials/0/trusted_authorities/1/values",
            Some(json!([])),
            Rule::AuthorityValues,
        ),
        (
            "/credentials/0/trusted_authorities/1/values/0",
            Some(json!(1)),
            Rule::AuthorityValues,
        ),
        (
            "/credentials/0/trusted_authorities/0/values/0",
            Some(json!("a+/=")),
            Rule::AuthorityKeyId,
        ),
        (
            "/credentials/0/trusted_authorities/0/values/0",
            Some(json!("")),
            Rule::AuthorityKeyId,
        ),
        ("/credentials/0/claims", Some(json!([])), Rule::Claims),
        ("/credentials/0/claims", None, Rule::ClaimSetsWithoutClaims),
        ("/credentials/0/claims", many(256), Rule::Limit { most: 256 }),
        ("/credentials/0/claims/0", Some(json!(1)), Rule::Object),
        ("/credentials/0/claims/0/id", None, Rule::ClaimIdMissing),
        ("/credentials/0/claims/0/id", Some(json!("a.b")), Rule::ClaimId),
        (
            "/credentials/0/claims/1/id",
            Some(json!("a")),
            Rule::ClaimIdRepeated,
        ),
        ("/credentials/0/claims/0/path", None, Rule::Path),
        ("/credentials/0/claims/0/path", Some(json!([])), Rule::Path),
        ("/credentials/0/claims/0/path", Some(json!(["a", -1])), Rule::Path),
        (
            "/credentials/0/claims/0/path",
            Some(json!(["a", 1.5])),
            Rule::Path,
        ),
        (
            "/credentials/0/claims/0/path",
            Some(json!(["a", true])),
            Rule::Path,
        ),
        (
            "/credentials/0/claims/0/path",
            Some(json!(vec!["a"; 33])),
            Rule::Path,
        ),
        ("/credentials/1/claims/0/path", Some(json!(["a"])), Rule::MdocPath),
        (
            "/credentials/1/claims/0/path",
            Some(json!(["a", null])),
            Rule::MdocPath,
        ),
        (
            "/credentials/1/claims/0/path",
            Some(json!(["a", "b", "c"])),
            Rule::MdocPath,
        ),
        (
            "/credentials/1/claims/0/intent_to_retain",
            Some(json!(1)),
            Rule::IntentToRetain,
        ),
        ("/credentials/0/claims/0/values", Some(json!([])), Rule::Values),
        ("/credentials/0/claims/0/values/0", Some(json!(1.5)), Rule::Values),
        (
            "/credentials/0/claims/0/values/0",
            Some(json!(null)),
            Rule::Values,
        ),
        ("/credentials/0/claims/0/values/0", Some(json!({})), Rule::Values),
        ("/credentials/0/claim_sets", Some(json!([])), Rule::ClaimSets),
        ("/credentials/0/claim_sets/0", Some(json!("a")), Rule::ClaimSets),
        ("/credentials/0/claim_sets/0/0", Some(json!(1)), Rule::ClaimSets),
        (
            "/credentials/0/claim_sets/0/0",
            Some(json!("z")),
            Rule::UnknownClaim,
        ),
        ("/credential_sets", Some(json!([])), Rule::CredentialSets),
        ("/credential_sets/0", Some(json!([])), Rule::Object),
        ("/credential_sets/0/options", None, Rule::Options),
        ("/credential_sets/0/options", Some(json!([])), Rule::Options),
        ("/credential_sets/0/options/0", Some(json!([])), Rule::Options),
        ("/credential_sets/0/options/0/0", Some(json!(1)), Rule::Options),
        (
            "/credential_sets/0/options/0/0",
            Some(json!("z")),
            Rule::UnknownCredential,
        ),
        ("/credential_sets/0/required", Some(json!("yes")), Rule::Required),
    ];
    for (pointer, value, expected) in cases {
        let shown = value.as_ref().map(ToString::to_string).unwrap_or_default();
        match Query::from_value(&with(pointer, value)) {
            Err(Error::Query { rule, .. }) => assert_eq!(rule, expected, "{pointer} {shown}"),
            other => panic!("{pointer} {shown}: {other:?}"),
        }
    }
    assert!(matches!(
        Query::from_value(&json!([])),
        Err(Error::Query {
            rule: Rule::Object,
            ..
        })
    ));
}

#[test]
fn an_error_names_the_place_the_rule_and_the_section() {
    let query = with("/credentials/0/claims/1/id", Some(json!("a")));
    assert_eq!(
        Query::from_value(&query).unwrap_err().to_string(),
        "invalid DCQL query: /credentials/0/claims/1/id must differ from the `id` of every other claim \
         (OpenID4VP 1.0, section 6.3)"
    );
}

#[test]
fn reads_strict_json_of_a_limited_length() {
    assert!(matches!(Query::parse(b"{"), Err(Error::Json { .. })));
    let repeated = br#"{"credentials":[],"credentials":[]}"#;
    assert!(matches!(Query::parse(repeated), Err(Error::Json { .. })));
    let long = " ".repeat(256 * 1024 + 1);
    assert!(matches!(
        Query::parse(long.as_bytes()),
        Err(Error::TooLong { .. })
    ));
}

#[test]
fn an_empty_meta_places_no_constraints() {
    for index in 0..4 {
        assert!(Query::from_value(&with(&format!("/credentials/{index}/meta"), Some(json!({})))).is_ok());
    }
}

#[test]
fn a_verifier_points_to_a_claim_only_once() {
    let query = Query::from_value(&with("/credentials/0/claims/1/path", Some(json!(["name"])))).unwrap();
    assert!(matches!(
        query.check_repeated_claims(),
        Err(Error::Query { rule: Rule::ClaimRepeated, pointer }) if pointer == "/credentials/0/claims/1/path"
    ));
}
