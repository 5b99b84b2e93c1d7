//! The choice of a wallet's credentials.

use air_oid4vc::{
    Error,
    dcql::{ClaimMismatch, ClaimsPath, Credential, Mismatch, OptionalSets, PathError, Query, other_types},
};
use serde_json::{Map, Value, json};

use crate::support::object;

const VCT: &str = "https://example.com/id";

fn claims() -> Value {
    json!({
        "name": "Ada", "age": 36, "score": 1.0, "member": true, "nothing": null,
        "address": { "city": "London", "zip": "N1" },
        "degrees": [{ "type": "BSc", "year": 1 }, { "type": "MSc" }],
        "tags": ["a", "b", "c"],
        "mixed": [{ "x": 1 }, 2],
    })
}

fn held(claims: &Map<String, Value>) -> Credential<'_> {
    Credential::sd_jwt_vc(VCT, claims).bound_to_holder(true)
}

fn query(credential: Value) -> Query {
    let mut credential = credential;
    let members = credential.as_object_mut().unwrap();
    members.entry("id").or_insert(json!("q"));
    members.entry("format").or_insert(json!("dc+sd-jwt"));
    members.entry("meta").or_insert(json!({}));
    Query::from_value(&json!({ "credentials": [credential] })).unwrap()
}

/// The places that a query with this claim discloses, or the reason why it has none.
fn disclosed(path: &Value, values: Option<Value>) -> Result<Vec<String>, Mismatch> {
    let mut claim = json!({ "path": path });
    if let Some(values) = values {
        claim["values"] = values;
    }
    let query = query(json!({ "claims": [claim] }));
    let claims = claims();
    let credentials = [held(object(&claims))];
    let matches = query.matches(&credentials);
    if let Some((_, mismatch)) = matches.mismatches("q").next() {
        return Err(mismatch.clone());
    }
    let plan = matches.plan(OptionalSets::Omit).unwrap();
    let places = &plan.presentations[0].selection.disclosures;
    Ok(places.iter().map(ToString::to_string).collect())
}

#[test]
fn discloses_the_places_of_a_path() {
    let cases = [
        (json!(["name"]), vec![r#"["name"]"#]),
        (json!(["nothing"]), vec![r#"["nothing"]"#]),
        (json!(["address", "city"]), vec![r#"["address","city"]"#]),
        (
            json!(["degrees", null, "type"]),
            vec![r#"["degrees",0,"type"]"#, r#"["degrees",1,"type"]"#],
        ),
        (json!(["degrees", null, "year"]), vec![r#"["degrees",0,"year"]"#]),
        (json!(["tags", 2]), vec![r#"["tags",2]"#]),
    ];
    for (path, expected) in cases {
        assert_eq!(disclosed(&path, None).unwrap(), expected, "{path}");
    }
}

#[test]
fn a_path_that_does_not_fit_selects_nothing() {
    let cases = [
        (json!(["absent"]), PathError::Nothing),
        (json!(["name", "x"]), PathError::NotAnObject),
        (json!(["tags", "x"]), PathError::NotAnObject),
        (json!(["address", 0]), PathError::NotAnArray),
        (json!(["address", null]), PathError::NotAnArray),
        (json!(["tags", 3]), PathError::Nothing),
        (json!([null]), PathError::NotAnArray),
        (json!([0]), PathError::NotAnArray),
        // Section 7.1.1: one item of another kind aborts.
        (json!(["mixed", null, "x"]), PathError::NotAnObject),
    ];
    for (path, expected) in cases {
        let mismatch = Mismatch::Claim {
            path: ClaimsPath::from_value(&path).unwrap(),
            reason: ClaimMismatch::Absent(expected),
        };
        assert_eq!(disclosed(&path, None), Err(mismatch));
    }
}

#[test]
fn values_match_by_type_and_value() {
    let matching = [
        (json!(["name"]), json!(["Eve", "Ada"])),
        (json!(["age"]), json!([36])),
        (json!(["score"]), json!([1])),
        (json!(["age"]), json!([36.0])),
        (json!(["member"]), json!([true])),
    ];
    for (path, values) in matching {
        assert!(disclosed(&path, Some(values)).is_ok(), "{path}");
    }
    let others = [
        (json!(["name"]), json!(["ada"])),
        (json!(["age"]), json!(["36", 35, true])),
        (json!(["member"]), json!(["true", 1, false])),
        (json!(["address"]), json!(["London"])),
        (json!(["nothing"]), json!(["null", 0, false])),
    ];
    for (path, values) in others {
        let mismatch = Mismatch::Claim {
            path: ClaimsPath::from_value(&path).unwrap(),
            reason: ClaimMismatch::Value,
        };
        assert_eq!(disclosed(&path, Some(values)), Err(mismatch));
    }
    let chosen = disclosed(&json!(["tags", null]), Some(json!(["b", "z"])));
    assert_eq!(
        chosen.unwrap(),
        [r#"["tags",1]"#],
        "only the items with an accepted value"
    );
}

#[test]
fn presents_the_first_claim_set_that_is_complete() {
    let query = query(json!({
        "claims": [
            { "id": "a", "path": ["age_over_18"] },
            { "id": "b", "path": ["age"] },
            { "id": "c", "path": ["name"] },
        ],
        "claim_sets": [["a"], ["c", "b"], ["c"], []],
    }));
    let claims = claims();
    let credentials = [held(object(&claims))];
    let matches = query.matches(&credentials);
    let sets: Vec<_> = matches
        .of("q")
        .flat_map(|found| &found.selections)
        .map(|set| set.claim_set)
        .collect();
    assert_eq!(sets, [Some(1), Some(2), Some(3)]);
    let plan = matches.plan(OptionalSets::Omit).unwrap();
    let selection = &plan.presentations[0].selection;
    assert_eq!(
        (selection.claim_set, selection.claims.as_slice()),
        (Some(1), &[2, 1][..])
    );
}

#[test]
fn names_the_reason_of_each_mismatch() {
    let claims = claims();
    let (claims, key_id) = (object(&claims), b"key".as_slice());
    let cases = [
        (json!({ "format": "mso_mdoc" }), Mismatch::Format),
        (json!({ "format": "ldp_vc" }), Mismatch::Format),
        (json!({ "format": "com.example" }), Mismatch::Format),
        (
            json!({ "meta": { "vct_values": ["https://example.com/other"] } }),
            Mismatch::Type,
        ),
        (
            json!({ "trusted_authorities": [{ "type": "aki", "values": ["b3RoZXI"] }] }),
            Mismatch::Authority,
        ),
        (
            json!({ "trusted_authorities": [{ "type": "etsi_tl", "values": ["a2V5"] }] }),
            Mismatch::Authority,
        ),
        (
            json!({ "claims": [{ "id": "a", "path": ["x"] }], "claim_sets": [["a"]] }),
            Mismatch::ClaimSets,
        ),
    ];
    for (members, expected) in cases {
        let query = query(members.clone());
        let credentials = [held(claims).with_authority_key_id(key_id)];
        let matches = query.matches(&credentials);
        let found: Vec<_> = matches.mismatches("q").collect();
        assert_eq!(found, [(0, &expected)], "{members}");
        let refused = Err(Error::NoMatch { query: "q".into() });
        assert_eq!(matches.plan(OptionalSets::Include), refused, "{members}");
    }
    let unbound = [Credential::sd_jwt_vc(VCT, claims)];
    let strict = query(json!({}));
    assert_eq!(
        strict.matches(&unbound).mismatches("q").next(),
        Some((0, &Mismatch::HolderBinding))
    );
    let lenient = query(json!({ "require_cryptographic_holder_binding": false }));
    assert!(lenient.matches(&unbound).is_satisfiable());
}

#[test]
fn matches_an_authority_and_an_inherited_type() {
    let claims = claims();
    let credentials = [held(object(&claims))
        .with_authority_key_id(b"key")
        .with_type("https://example.com/base")];
    let query = query(json!({
        "meta": { "vct_values": ["https://example.com/base"] },
        "trusted_authorities": [
            { "type": "etsi_tl", "values": ["https://example.com"] },
            { "type": "aki", "values": ["b3RoZXI", "a2V5"] },
        ],
    }));
    assert!(query.matches(&credentials).is_satisfiable());
}

/// The example of SD-JWT VC, 2.2.2.2.
#[test]
fn matches_a_type_as_which_the_credential_is_also_known() {
    let claims = json!({
        "vct": "urn:example:eudi:pid:aendgard:1", "aka_vcts": ["urn:example:eudi:pid", 7], "given_name": "Ada",
    });
    let claims = object(&claims);
    let credential = || Credential::sd_jwt_vc(claims["vct"].as_str().unwrap(), claims).bound_to_holder(true);
    for (vct, alone, with_others) in [
        ("urn:example:eudi:pid:aendgard:1", true, true),
        ("urn:example:eudi:pid", false, true),
        ("urn:example:other", false, false),
    ] {
        let query = query(json!({ "meta": { "vct_values": [vct] }, "claims": [{ "path": ["given_name"] }] }));
        let matches = |credential| query.matches(&[credential]).is_satisfiable();
        assert_eq!(matches(credential()), alone, "{vct}");
        assert_eq!(matches(credential().with_other_types()), with_others, "{vct}");
    }
    let without = json!({ "vct": VCT, "aka_vcts": "urn:example:eudi:pid" });
    assert_eq!(other_types(object(&without)).count(), 0);
}

#[test]
fn presents_several_credentials_only_if_the_query_allows() {
    let claims = claims();
    let credentials = [held(object(&claims)), held(object(&claims))];
    let presented = |query: &Query| {
        let plan = query.matches(&credentials).plan(OptionalSets::Omit).unwrap();
        plan.presentations
            .iter()
            .map(|planned| planned.credential)
            .collect::<Vec<_>>()
    };
    assert_eq!(presented(&query(json!({}))), [0]);
    assert_eq!(presented(&query(json!({ "multiple": true }))), [0, 1]);
}

#[test]
fn presents_the_users_choice() {
    let claims = claims();
    let credentials = [held(object(&claims)), held(object(&claims))];
    let query = query(json!({}));
    let matches = query.matches(&credentials);
    let plan = matches
        .plan_with(OptionalSets::Omit, |_, found| vec![found[1].clone()])
        .unwrap();
    assert_eq!(plan.presentations[0].credential, 1);
    let none = matches.plan_with(OptionalSets::Omit, |_, _| Vec::new());
    assert_eq!(none, Err(Error::NoMatch { query: "q".into() }));
}

fn sets() -> Query {
    let credential = |id: &str| json!({ "id": id, "format": "dc+sd-jwt", "meta": { "vct_values": [id] } });
    Query::from_value(&json!({
        "credentials": [credential("a"), credential("b"), credential("c"), credential("d")],
        "credential_sets": [
            { "options": [["a"], ["c", "b"]] },
            { "options": [["d"]], "required": false },
        ],
    }))
    .unwrap()
}

#[test]
fn answers_the_first_option_of_each_set() {
    let claims = claims();
    let answered = |types: &[&'static str], optional| {
        let credentials: Vec<_> = types
            .iter()
            .map(|vct| Credential::sd_jwt_vc(vct, object(&claims)).bound_to_holder(true))
            .collect();
        let plan = sets().matches(&credentials).plan(optional);
        plan.map(|plan| {
            plan.presentations
                .into_iter()
                .map(|planned| planned.query)
                .collect::<Vec<_>>()
        })
    };
    let (omit, include) = (OptionalSets::Omit, OptionalSets::Include);
    assert_eq!(answered(&["a", "b", "c", "d"], omit).unwrap(), ["a"]);
    assert_eq!(answered(&["a", "b", "c", "d"], include).unwrap(), ["a", "d"]);
    assert_eq!(answered(&["c", "b"], include).unwrap(), ["b", "c"]);
    assert_eq!(answered(&["b", "d"], include), Err(Error::NoOption { set: 0 }));
}
