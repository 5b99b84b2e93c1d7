//! Malicious schemas and subjects: each is rejected or processed in time. The time limits are
//! generous, for slow machines without optimisation. Without protection, processing would take
//! years.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]
#![expect(clippy::disallowed_methods, reason = "time is what is tested")]

use std::time::{Duration, Instant};

use air_schema::{CredentialSchema, Draft, Error, JsonSchemaValidator, Rule, Validator, parse_subject};
use serde_json::{Map, Value, json};

fn in_time<T>(what: &str, job: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = job();
    let took = start.elapsed();
    assert!(took < Duration::from_secs(20), "{what} took {took:?}");
    result
}

fn compile(schema: &Value) -> Result<JsonSchemaValidator, Error> {
    in_time("compiling", || {
        JsonSchemaValidator::new(schema, Draft::Draft202012)
    })
}

fn reason(schema: &Value) -> &'static str {
    match compile(schema) {
        Err(Error::NotCompiled { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

fn form_with(attributes: &[Value]) -> CredentialSchema {
    let form = json!({ "title": "t", "attributes": attributes });
    CredentialSchema::from_slice(form.to_string().as_bytes()).unwrap()
}

fn pattern(pattern: &str) -> CredentialSchema {
    form_with(&[json!({ "name": "a", "type": "string", "pattern": pattern })])
}

#[test]
fn patterns_that_make_others_backtrack_run_in_linear_time() {
    let text = "a".repeat(250_000);
    for bomb in [
        "^(a+)+$",
        "^(a|a)*$",
        "^(a|aa)+$",
        "^(.*a){20}$",
        "^([a-z]+)*$",
        r"^(\w+\s?)*$",
        "^(a?){100}a{100}$",
    ] {
        let validator = in_time(bomb, || Validator::new(&pattern(bomb))).unwrap();
        for subject in [json!({ "a": text }), json!({ "a": format!("{text}!") })] {
            let _ = in_time(bomb, || validator.validate_value(&subject));
        }
    }
}

#[test]
fn patterns_that_would_grow_too_large_are_refused() {
    for bomb in [
        "a{1000}{1000}",
        "^(?:[a-z]{1,200}){100}$",
        r"\p{L}{1000}",
        "((a{100}){100}){100}",
        "(x{999}){9}{9}{9}{9}",
    ] {
        let refused = in_time(bomb, || Validator::new(&pattern(bomb)));
        assert!(matches!(refused, Err(Error::NotCompiled { .. })), "{bomb}");
    }
    let nested = format!("{}a{}", "(".repeat(120), ")*".repeat(60));
    assert!(in_time("nested groups", || Validator::new(&pattern(&nested))).is_err());
}

#[test]
fn many_large_patterns_share_the_space_of_a_few() {
    let large = "^(?:[a-z]{1,200}){10}$";
    let attribute = |index: usize| json!({ "name": format!("a{index}"), "type": "string", "pattern": large });
    let of = |count: usize| form_with(&(0..count).map(attribute).collect::<Vec<_>>());
    assert!(in_time("a few", || Validator::new(&of(4))).is_ok());
    assert!(in_time("many", || Validator::new(&of(256))).is_err());
    let patterns: Map<String, Value> = (0..257).map(|index| (format!("x{index}"), json!(true))).collect();
    assert!(reason(&json!({ "patternProperties": patterns })).contains("256 patterns"));
}

#[test]
fn deep_schemas_and_subjects_are_refused() {
    // `json!` would copy everything at each level, and recurse.
    let nested = |levels: usize, name: &str, inner: Value| {
        (0..levels).fold(inner, |inner, _| {
            Value::Object(Map::from_iter([(name.to_owned(), inner)]))
        })
    };
    for keyword in ["not", "items", "additionalProperties", "unheardOf"] {
        assert!(compile(&nested(40, keyword, json!({}))).is_ok(), "{keyword}");
        assert!(
            reason(&nested(2000, keyword, json!({}))).contains("64 levels"),
            "{keyword}"
        );
    }
    let tree = compile(&json!({ "additionalProperties": { "$ref": "#" } })).unwrap();
    assert_eq!(tree.validate(&nested(64, "a", json!(1))), Ok(()));
    let found = tree.validate(&nested(2000, "a", json!(1))).unwrap_err();
    assert_eq!(found.iter().next().unwrap().rule(), Rule::Size);
    let form = Validator::new(&pattern("a")).unwrap();
    assert_eq!(
        form.validate_value(&nested(2000, "a", json!(1)))
            .unwrap_err()
            .count(),
        1
    );
    for bracket in ["[", "{\"a\":"] {
        let bomb = bracket.repeat(30_000);
        assert!(parse_subject(bomb.as_bytes()).is_err());
        assert!(CredentialSchema::from_slice(bomb.as_bytes()).is_err());
        assert!(CredentialSchema::from_json_schema(bomb.as_bytes()).is_err());
    }
}

#[test]
fn references_that_go_round_without_going_down_are_refused() {
    for schema in [
        json!({ "$ref": "#" }),
        json!({ "allOf": [{ "$ref": "#" }] }),
        json!({ "anyOf": [{ "type": "string" }, { "not": { "$ref": "#" } }] }),
        json!({ "$ref": "#/$defs/a", "$defs": { "a": { "if": { "$ref": "#/$defs/b" } }, "b": { "$ref": "#a" , "$anchor": "x" } } }),
        json!({ "$ref": "#/$defs/a", "$defs": { "a": { "$anchor": "a", "dependentSchemas": { "x": { "$ref": "#a" } } } } }),
        json!({ "$dynamicAnchor": "a", "oneOf": [{ "$dynamicRef": "#a" }] }),
        json!({ "$id": "https://json-schema.org/draft/2020-12/x", "not": { "$ref": "x" } }),
    ] {
        assert!(compile(&schema).is_err(), "{schema}");
    }
}

#[test]
fn references_that_multiply_are_refused_before_they_do() {
    let doubled = |reference: &str| json!([{ "$ref": reference }, { "$ref": reference }]);
    for keyword in ["allOf", "anyOf", "oneOf"] {
        let mut defs: Map<String, Value> = (0..60)
            .map(|i| {
                (
                    format!("d{i}"),
                    json!({ keyword: doubled(&format!("#/$defs/d{}", i + 1)) }),
                )
            })
            .collect();
        defs.insert("d60".to_owned(), json!({ "type": "integer" }));
        let laughs = json!({ "$ref": "#/$defs/d0", "$defs": defs });
        assert!(reason(&laughs).contains("10,000 times"), "{keyword}");
        for below in [
            json!({ "properties": { "a": { keyword: doubled("#") } } }),
            json!({ "additionalProperties": { keyword: doubled("#") } }),
            json!({ "items": { keyword: doubled("#") } }),
            json!({ "$dynamicAnchor": "n", "contains": { keyword: [{ "$dynamicRef": "#n" }, { "$ref": "#" }] } }),
            json!({ "$id": "https://json-schema.org/draft/2020-12/schema#", "items": { keyword: doubled("schema") } }),
        ] {
            assert!(reason(&below).contains("10,000 times"), "{below}");
        }
    }
}

#[test]
fn a_schema_that_refers_to_itself_once_a_level_is_welcome() {
    let tree = json!({
        "type": "object",
        "properties": { "left": { "$ref": "#" }, "right": { "$ref": "#" }, "leaf": { "type": "integer" } },
        "additionalProperties": false,
    });
    let tree = compile(&tree).unwrap();
    assert_eq!(
        tree.validate(&json!({ "left": { "right": { "leaf": 1 } } })),
        Ok(())
    );
    let found = tree
        .validate(&json!({ "left": { "right": { "leaf": "x" } } }))
        .unwrap_err();
    assert_eq!(found.iter().next().unwrap().pointer(), "/left/right/leaf");
    let meta = compile(&json!({ "$ref": "https://json-schema.org/draft/2020-12/schema" })).unwrap();
    assert!(meta.validate(&json!({ "type": "object" })).is_ok());
    assert!(meta.validate(&json!({ "type": 1 })).is_err());
}

#[test]
fn nothing_is_fetched() {
    for reference in [
        "https://example.org/x.json",
        "http://127.0.0.1:1/x",
        "file:///etc/passwd",
        "x.json",
        "//example.org/x",
        "#/$defs/none",
        "#none",
    ] {
        for keyword in ["$ref", "$dynamicRef"] {
            let schema = json!({ "properties": { "a": { keyword: reference } } });
            assert!(reason(&schema).contains("nothing is fetched"), "{reference}");
        }
    }
}

#[test]
fn long_lists_are_compared_in_time() {
    let values: Vec<Value> = (0..3_000).map(|i| json!(format!("value {i}"))).collect();
    let of_enum = compile(&json!({ "items": { "enum": values } })).unwrap();
    let absent: Vec<Value> = (0..5_000).map(|i| json!(format!("other {i}"))).collect();
    assert_eq!(
        in_time("enum", || of_enum.validate(&json!(absent)))
            .unwrap_err()
            .count(),
        5_000
    );
    let too_many: Vec<Value> = (0..19_000).map(Value::from).collect();
    assert!(reason(&json!({ "enum": too_many })).contains("10,000 times"));

    let unique = compile(&json!({ "uniqueItems": true })).unwrap();
    let objects: Vec<Value> = (0..4_900).map(|i| json!({ "a": i })).collect();
    assert_eq!(
        in_time("uniqueItems", || unique.validate(&json!(objects))),
        Ok(())
    );
    let numbers: Vec<Value> = (0..9_900).map(|i| json!(f64::from(i) + 0.5)).collect();
    assert_eq!(
        in_time("uniqueItems", || unique.validate(&json!(numbers))),
        Ok(())
    );

    let patterns: Map<String, Value> = (0..256)
        .map(|i| (format!("^(a|aa)+{i}$"), json!({ "type": "integer" })))
        .collect();
    let of_patterns = compile(&json!({ "patternProperties": patterns })).unwrap();
    let names: Map<String, Value> = (0..2_000)
        .map(|i| (format!("{}{i}", "a".repeat(100)), json!("x")))
        .collect();
    assert!(
        in_time("patternProperties", || of_patterns
            .validate(&Value::Object(names)))
        .is_err()
    );
}

#[test]
fn many_violations_within_alternatives_are_reported_in_time() {
    let schema = json!({ "items": { "anyOf": [
        { "type": "object", "required": ["a"] },
        { "oneOf": [{ "type": "string", "minLength": 9 }, { "enum": ["x", "y"] }] },
        { "not": { "type": "integer" } },
    ] } });
    let validator = compile(&schema).unwrap();
    let found = in_time("alternatives", || validator.validate(&json!(vec![7; 9_000]))).unwrap_err();
    assert_eq!((found.iter().count(), found.count()), (100, 9_000));
}

#[test]
fn numbers_beyond_reason_are_compared_in_time() {
    let validator = compile(&json!({ "items": { "multipleOf": 1e-300 } })).unwrap();
    let _ = in_time("multipleOf", || {
        validator.validate(&json!([1e300, 1.5, -0.0, u64::MAX]))
    });
    for number in [
        "1e400",
        "-1e400",
        "9007199254740992",
        "123456789012345678901234567890",
    ] {
        let form =
            format!(r#"{{"title":"t","attributes":[{{"name":"a","type":"number","maximum":{number}}}]}}"#);
        assert!(
            CredentialSchema::from_slice(form.as_bytes()).is_err() || number.len() > 20,
            "{number}"
        );
    }
}
