//! The DCQL cases of Multipaz and dcql-ts, and the examples of OpenID4VP 1.0.

use std::fs;

use air_oid4vc::dcql::{ClaimsPath, Matches, OptionalSets, Query};
use serde_json::{Value, json};

use crate::support::{authority_key_ids, credential, object, read, vector, vector_path, with_authority};

#[test]
fn multipaz() {
    let cases = vector("dcql-multipaz/cases.json");
    let cases = cases.as_array().unwrap();
    for case in cases {
        let name = case["name"].as_str().unwrap();
        let query = Query::from_value(&case["query"]).unwrap_or_else(|error| panic!("{name}: {error}"));
        let held = case["credentials"].as_array().unwrap();
        let credentials: Vec<_> = held.iter().map(credential).collect();
        let matches = query.matches(&credentials);
        let is_refused = case["expected"].get("error").is_some();
        assert_eq!(matches.is_satisfiable(), !is_refused, "{name}");
        assert_eq!(matches.plan(OptionalSets::Include).is_ok(), !is_refused, "{name}");
        if !is_refused {
            let mut expected = case["expected"]["credential_sets"].clone();
            sort_matches(&mut expected);
            let mut found = credential_sets(&query, &matches, held);
            sort_matches(&mut found);
            assert_eq!(found, expected, "{name}");
        }
    }
    assert_eq!(cases.len(), 43);
}

/// Multipaz lists the matches of a member in an order of its own.
fn sort_matches(sets: &mut Value) {
    let members = sets.as_array_mut().unwrap().iter_mut().flat_map(|set| {
        let options = set["options"].as_array_mut().unwrap().iter_mut();
        options.flat_map(|option| option.as_array_mut().unwrap())
    });
    for member in members {
        let matches = member.as_array_mut().unwrap();
        matches.sort_by_key(|found| found["credential"].to_string());
    }
}

/// The answer in the form of Multipaz: every option of every set that can be met, with its matches.
fn credential_sets(query: &Query, matches: &Matches<'_>, held: &[Value]) -> Value {
    let member = |index: usize| {
        let query = &query.credentials()[index];
        let found = matches.of(query.id()).map(|found| {
            let claims = found.selections[0]
                .claims
                .iter()
                .map(|claim| query.claims()[*claim].path());
            json!({
                "credential": held[found.credential]["id"],
                "claims": claims.map(ClaimsPath::to_value).collect::<Value>(),
            })
        });
        found.collect::<Value>()
    };
    if query.sets().is_empty() {
        let sets = (0..query.credentials().len())
            .map(|index| json!({ "required": true, "options": [[member(index)]] }));
        return sets.collect();
    }
    let sets = query.sets().iter().filter_map(|set| {
        let options: Vec<Value> = matches
            .options(set)
            .map(|option| set.options()[option].iter().copied().map(member).collect())
            .collect();
        (!options.is_empty()).then(|| json!({ "required": set.is_required(), "options": options }))
    });
    sets.collect()
}

/// The query of dcql-ts in the form of OpenID4VP 1.0: `path` in place of `namespace` and
/// `claim_name`, and an empty `meta` in place of none.
fn final_form(query: &Value) -> Value {
    let mut query = query.clone();
    for credential in query["credentials"].as_array_mut().unwrap() {
        credential
            .as_object_mut()
            .unwrap()
            .entry("meta")
            .or_insert(json!({}));
        let Some(claims) = credential.get_mut("claims").and_then(Value::as_array_mut) else {
            continue;
        };
        for claim in claims.iter_mut().filter_map(Value::as_object_mut) {
            if let Some(namespace) = claim.remove("namespace") {
                let name = claim.remove("claim_name").unwrap();
                claim.insert("path".into(), json!([namespace, name]));
            }
        }
    }
    query
}

#[test]
fn dcql_ts() {
    let cases = vector("dcql-ts/cases.json");
    let mut compared = 0;
    for case in cases.as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        // The format name of drafts before 1.0.
        if case.to_string().contains("vc+sd-jwt") {
            continue;
        }
        let query = final_form(&case["query"]);
        // Two cases name authorities that are not base64url; the library compares their text.
        let is_invalid = query.to_string().contains(r#""values":["one","two"]"#);
        if is_invalid {
            assert!(Query::from_value(&query).is_err(), "{name}");
            continue;
        }
        let query = Query::from_value(&query).unwrap_or_else(|error| panic!("{name}: {error}"));
        let held = case["credentials"].as_array().unwrap();
        let key_ids: Vec<Vec<Vec<u8>>> = held.iter().map(authority_key_ids).collect();
        let credentials: Vec<_> = held
            .iter()
            .zip(&key_ids)
            .map(|(value, ids)| with_authority(value, ids))
            .collect();
        let matches = query.matches(&credentials);
        let expected = &case["expected"];
        assert_eq!(expected["can_be_satisfied"], matches.is_satisfiable(), "{name}");
        for (id, of_query) in object(&expected["credential_matches"]) {
            let matching: Value = matches.of(id).map(|found| found.credential).collect();
            let failing: Value = matches.mismatches(id).map(|(index, _)| index).collect();
            assert_eq!(matching, of_query["matching_credentials"], "{name} {id}");
            assert_eq!(failing, of_query["failing_credentials"], "{name} {id}");
            for found in matches.of(id) {
                let sets = &of_query["valid_claim_sets"][found.credential.to_string()];
                let expected: Vec<&Value> = sets
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|set| &set["claim_set_index"])
                    .collect();
                let ours: Vec<Value> = found
                    .selections
                    .iter()
                    .map(|selection| json!(selection.claim_set))
                    .collect();
                assert_eq!(ours.iter().collect::<Vec<_>>(), expected, "{name} {id}");
            }
        }
        compared += 1;
    }
    assert!(compared >= 12, "{compared}");
}

#[test]
fn claims_path_pointers() {
    let file = vector("dcql-ts/claims-path-pointers.json");
    for case in file["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let path = ClaimsPath::from_value(&case["path"]).unwrap();
        let selected = path.select(object(&file["input"]));
        if case.get("error").is_some() {
            assert!(selected.is_err(), "{name}");
            continue;
        }
        let values = case.get("values").and_then(Value::as_array);
        let mut expected = Vec::new();
        leaves(&case["selected"], &mut expected);
        let mut found = Vec::new();
        for claim in selected.unwrap() {
            if values.is_none_or(|values| values.contains(claim.value)) {
                leaves(claim.value, &mut found);
            }
        }
        assert_eq!(found, expected, "{name}");
    }
}

/// The values within that are neither objects, arrays nor null.
fn leaves<'v>(value: &'v Value, found: &mut Vec<&'v Value>) {
    match value {
        Value::Object(members) => members.values().for_each(|value| leaves(value, found)),
        Value::Array(items) => items.iter().for_each(|value| leaves(value, found)),
        Value::Null => {}
        _ => found.push(value),
    }
}

#[test]
fn examples_of_the_specification_parse_and_print() {
    let folders = ["openid4vp/examples/query_lang", "openid4vp/examples/request"];
    let mut queries = 0;
    for folder in folders {
        for entry in fs::read_dir(vector_path(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if folder.ends_with("request") && !name.starts_with("dcql") {
                continue;
            }
            let json = read(&path);
            let query = Query::parse(&json).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(Query::from_value(&query.to_value()), Ok(query), "{name}");
            queries += 1;
        }
    }
    assert_eq!(queries, 9);
}
