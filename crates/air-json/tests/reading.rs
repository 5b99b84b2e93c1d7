//! Accepted texts, and the places of errors in the refused ones.

use air_json::{Error, JsonPointer, check, check_members, check_value, read, read_object};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn duplicate(pointer: &str) -> Error {
    Error::DuplicateMember {
        pointer: pointer.to_owned(),
    }
}

fn inexact(pointer: &str) -> Error {
    Error::InexactNumber {
        pointer: pointer.to_owned(),
    }
}

#[test]
fn refuses_a_number_that_a_reader_rounds_by_its_place() {
    for (text, pointer) in [
        (r#"{"taxId": 12345678901234567890123}"#, "/taxId"),
        (r#"{"a":{"b":[1,2,-9007199254740992]}}"#, "/a/b/2"),
        ("[0.1, 0.123456789012345678]", "/1"),
        ("1e400", ""),
        (r#"{"x":1e-400}"#, "/x"),
        (r#"{"ada@example.com":9007199254740993}"#, "/…"),
    ] {
        assert_eq!(read(text.as_bytes()), Err(inexact(pointer)), "{text}");
        assert_eq!(check(text.as_bytes()), Err(inexact(pointer)), "{text}");
    }
    let exact = read(b"[9007199254740991, 0.1, 1e2, -0.5]").unwrap();
    let doubles: Vec<f64> = exact
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_f64)
        .collect();
    assert_eq!(doubles, [9_007_199_254_740_991.0, 0.1, 100.0, -0.5]);
    assert_eq!(exact[0], 9_007_199_254_740_991_u64);
}

#[test]
fn refuses_a_member_that_occurs_twice_at_every_level() {
    for (text, pointer) in [
        (r#"{"a":1,"a":1}"#, "/a"),
        (r#"{"a":1,"b":2,"\u0061":1}"#, "/a"),
        (r#"{"a":{"x":[{"c":1,"c":2}]}}"#, "/a/x/0/c"),
        (r#"{"":1,"":2}"#, "/…"),
    ] {
        assert_eq!(read(text.as_bytes()), Err(duplicate(pointer)), "{text}");
    }
    assert!(read(br#"{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}],"A":0}"#).is_ok());
}

/// With `arbitrary_precision`, `serde_json` would read the first as the number 1e400. With
/// `raw_value`, it would read the second as an object with a member twice.
#[test]
fn refuses_a_name_that_serde_json_reserves_at_every_level() {
    let reserved = |pointer: &str| Error::ReservedMember {
        pointer: pointer.to_owned(),
    };
    for (text, pointer) in [
        (r#"{"$serde_json::private::Number":"1e400"}"#, "/…"),
        (
            r#"{"a":[{"$serde_json::private::RawValue":"{\"b\":1,\"b\":2}"}]}"#,
            "/a/0/…",
        ),
        (r#"{"a":1,"\u0024serde_json::private::Number":"1"}"#, "/…"),
    ] {
        assert_eq!(read(text.as_bytes()), Err(reserved(pointer)), "{text}");
        assert_eq!(check(text.as_bytes()), Err(reserved(pointer)), "{text}");
    }
    assert!(read(br#"{"$serde_json":1,"private::Number":"1"}"#).is_ok());

    let mut members = Map::new();
    members.insert("$serde_json::private::Number".into(), "1".into());
    assert_eq!(check_members(&members), Err(reserved("/…")));
    let value = json!({ "a": [Value::Object(members)] });
    assert_eq!(check_value(&value).unwrap_err().pointer(), Some("/a/0/…"));
    let inner = Error::ReservedMember {
        pointer: "/b".to_owned(),
    };
    let mut parent = JsonPointer::root();
    parent.enter_member("a");
    assert_eq!(inner.within(&parent), reserved("/a/b"));
}

#[test]
fn ignores_a_byte_order_mark_before_the_text_only() {
    assert_eq!(read(b"\xef\xbb\xbf{}").unwrap(), json!({}));
    assert_eq!(check(b"\xef\xbb\xbf{}"), Ok(()));
    assert!(read(b"\xef\xbb\xbf\xef\xbb\xbf{}").is_err());
    assert!(read(b"{\xef\xbb\xbf}").is_err());
}

#[test]
fn says_where_text_is_not_json_and_shows_none_of_it() {
    for text in [
        "",
        "{",
        "{\"a\":1,}",
        "[1 2]",
        "{\"a\" 1}",
        "\"open",
        "{}{}",
        "nul",
        "{1:2}",
        "01",
    ] {
        let error = read(text.as_bytes()).unwrap_err();
        assert!(matches!(error, Error::Syntax { .. }), "{text}: {error}");
    }
    assert_eq!(check(b"{\n\"a\" 1}"), Err(Error::Syntax { line: 2, column: 5 }));
    assert_eq!(read_object(b"[]"), Err(Error::NotAnObject));
}

#[test]
fn nesting_ends_where_the_parser_ends_it() {
    let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    let parses = |levels| serde_json::from_str::<Value>(&nested(levels)).is_ok();
    for levels in [126, 127, 128, 129, 100_000] {
        assert_eq!(
            read(nested(levels).as_bytes()).is_ok(),
            parses(levels),
            "{levels}"
        );
    }
    let deep = (0..129).fold(json!(1), |inner, _| json!([inner]));
    assert_eq!(check_value(&deep), Err(Error::TooDeep));
}

#[test]
fn judges_converted_numbers_by_the_text_that_they_are_written_as() {
    assert_eq!(
        check_value(&json!({ "a": [0.1, 9_007_199_254_740_991_u64, 1e300] })),
        Ok(())
    );
    for (value, pointer) in [
        (json!({ "a": u64::MAX }), "/a"),
        (json!({ "a": { "b": i64::MIN } }), "/a/b"),
        // Of 12345678901234567890123.
        (json!({ "a": [1.234_567_890_123_456_8e22] }), "/a/0"),
    ] {
        assert_eq!(check_value(&value), Err(inexact(pointer)));
        assert_eq!(check_members(value.as_object().unwrap()), Err(inexact(pointer)));
    }
}

/// Any value whose numbers are exact.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        (-1e9..1e9).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn reads_whatever_the_parser_writes(value in value(), pretty: bool) {
        let text = if pretty { format!("{value:#}") } else { value.to_string() };
        prop_assert_eq!(read(text.as_bytes()), Ok(value.clone()));
        prop_assert_eq!(check_value(&value), Ok(()));
    }

    /// Whatever is read is what `serde_json` reads, and the text of each number survives.
    #[test]
    fn reads_a_double_as_itself(double in -9e15..9e15_f64) {
        let text = format!("[{double:?}]");
        prop_assert_eq!(read(text.as_bytes()).unwrap()[0].as_f64(), Some(double));
        let text = format!("[{double:.16e}]");
        prop_assert_eq!(read(text.as_bytes()).unwrap()[0].as_f64(), Some(double));
    }

    #[test]
    fn never_panics_and_never_accepts_more_than_the_parser(bytes in prop::collection::vec(
        prop::sample::select(b"{}[]\",:\\ u0061-+.eE9tfn\xef\xbb\xbf\n".to_vec()), 0..40)) {
        let _ = check(&bytes);
        if let Ok(value) = read(&bytes) {
            let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
            prop_assert_eq!(serde_json::from_slice::<Value>(text).unwrap(), value);
        }
    }
}
