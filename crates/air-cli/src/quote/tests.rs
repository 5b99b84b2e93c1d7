use air_schema::{CredentialSchema, Validator, parse_subject};
use serde_json::Value;

use super::*;

const FORM: &[u8] = br#"{ "title": "Test", "attributes": [
    { "name": "givenName", "type": "string", "maxLength": 3 },
    { "name": "riskScore", "type": "integer" },
    { "name": "isOver18", "type": "boolean" }
] }"#;

fn schema() -> CredentialSchema {
    CredentialSchema::from_slice(FORM).unwrap()
}

/// The lines without their colours.
fn plain(lines: Vec<String>) -> Vec<String> {
    let strip = |line: String| anstream::adapter::strip_str(&line).to_string();
    lines.into_iter().map(strip).collect()
}

fn of_subject(text: &str, pointer: &str, width: usize) -> Vec<String> {
    let positions = Positions::of(text);
    let place = positions.value(pointer).unwrap();
    plain(Quotes::of_subject(&positions, &schema(), width).at(place))
}

fn of_schema(text: &str, pointer: &str, width: usize) -> Vec<String> {
    let positions = Positions::of(text);
    let place = positions.value(pointer).unwrap();
    plain(Quotes::of_schema(&positions, Level::WARNING, width).at(place))
}

#[test]
fn a_schemas_line_is_shown_as_it_is() {
    let text = "{\n  \"title\": \"KYC basic\",\n  \"type\": \"x y\"\n}";
    assert_eq!(
        of_schema(text, "/title", 80),
        ["2 |   \"title\": \"KYC basic\",", "  |            ^^^^^^^^^^^"]
    );
}

#[test]
fn a_bracket_alone_is_shown_with_the_line_after_it() {
    let text = "{\n  \"attributes\": [\n    {\n      \"name\": \"a\"\n    }\n  ]\n}";
    assert_eq!(
        of_schema(text, "/attributes/0/description", 80),
        ["3 |     {", "  |     ^", "4 |       \"name\": \"a\""]
    );
}

#[test]
fn a_subjects_values_and_foreign_names_are_masked_as_wide_as_they_are() {
    let text =
        "{\n  \"givenName\": \"Grace\", \"nick\\u0020name\": \"Gr\", \"riskScore\": -1.5e3,\n  \"x\": 1\n}";
    assert_eq!(
        of_subject(text, "/givenName", 120),
        [
            "2 |   \"givenName\": \"•••••\", \"••••••••••••••\": \"••\", \"riskScore\": ••••••,",
            "  |                ^^^^^^^",
        ]
    );
    assert_eq!(
        of_subject(text, "/riskScore", 120)[1],
        format!("  |   {}^^^^^^", " ".repeat(59))
    );
}

#[test]
fn names_within_a_value_are_the_subjects_own() {
    let text = r#"{ "givenName": { "givenName": ["Grace", 5, null], "b": {} } }"#;
    assert_eq!(
        of_subject(text, "/givenName/givenName/1", 120),
        [
            r#"1 | { "givenName": { "•••••••••": ["•••••", •, •••••], "•": {} } }"#,
            "  |                                         ^",
        ]
    );
}

#[test]
fn the_width_of_a_literal_does_not_tell_which_it_is() {
    let quoted = |literal: &str| of_subject(&format!("{{\"x\": {literal}, \"givenName\": 5}}"), "/x", 80);
    assert_eq!(quoted("true"), quoted("false"));
    assert_eq!(quoted("true"), quoted("null"));
    assert_eq!(quoted("true")[0], r#"1 | {"•": •••••, "givenName": •}"#);
}

#[test]
fn a_subject_that_lacks_something_is_quoted_without_what_it_has() {
    let text = "{\n  \"nick\": \"Grace\"\n}";
    assert_eq!(of_subject(text, "/givenName", 80), ["1 | {", "  | ^"]);
}

#[test]
fn ends_of_lines_tabs_and_wide_letters_keep_the_mark_below_its_place() {
    let text = "{\r\n\t\"givenName\":\t\"東京e\u{301}\",\t\"riskScore\": true\r\n}\r\n";
    assert_eq!(
        of_subject(text, "/riskScore", 80),
        [
            "2 |     \"givenName\":    \"•••••\",    \"riskScore\": •••••",
            "  |                                              ^^^^^"
        ]
    );
    let text = "{\r\n\t\"title\": \"東京\", \"type\": \"T\"\r\n}";
    assert_eq!(
        of_schema(text, "/type", 80),
        [
            "2 |     \"title\": \"東京\", \"type\": \"T\"",
            "  |                              ^^^"
        ]
    );
}

#[test]
fn a_long_line_is_cut_around_the_place() {
    let many = |count: usize| "\"nick\": \"Grace\", ".repeat(count);
    for (before, after, width) in [
        (0, 500, 80),
        (500, 0, 80),
        (500, 500, 40),
        (3, 3, 60),
        (900, 900, 4000),
    ] {
        let name = "G".repeat(if width == 60 { 500 } else { 5 });
        let text = format!(
            "{{{}\"givenName\": \"{name}\", {}\"riskScore\": 7}}",
            many(before),
            many(after)
        );
        for lines in [
            of_subject(&text, "/givenName", width),
            of_schema(&text, "/givenName", width),
        ] {
            assert_eq!(lines.len(), 2, "{lines:#?}");
            let limit = width.clamp(NARROWEST, WIDEST);
            let widest = lines.iter().map(|line| line.chars().count()).max().unwrap();
            assert!(widest + INDENT <= limit, "{widest} at {width}: {lines:#?}");
            assert!(lines[1].contains("^^^^^"), "{lines:#?}");
            let mark = lines[1].chars().position(|letter| letter == '^').unwrap();
            let marked: String = lines[0].chars().skip(mark - 7).take(8).collect();
            assert_eq!(marked, "Name\": \"", "{lines:#?}");
        }
    }
}

#[test]
fn a_long_line_of_wide_letters_is_cut_as_wide() {
    use unicode_width::UnicodeWidthStr;
    let title = "東京".repeat(200);
    for text in [
        format!("{{\"description\": \"{title}\", \"title\": \"T\", \"type\": \"{title}\"}}"),
        format!("{{\"title\": \"{title}\"}}"),
    ] {
        let lines = of_schema(&text, "/title", 80);
        let widest = lines.iter().map(|line| line.width()).max().unwrap();
        assert!(widest + INDENT <= 80, "{widest}: {lines:#?}");
        let mark = lines[1].find('^').unwrap();
        let before = lines[0].char_indices().map(|(at, _)| &lines[0][..at]);
        let place = before.into_iter().find(|before| before.width() == mark).unwrap();
        assert!(place.ends_with("\"title\": "), "{lines:#?}");
    }
}

#[test]
fn a_file_does_not_steer_the_terminal() {
    let text = "{ \"title\": \"a\u{9b}31mb\u{202e}c\u{7f}\" }";
    let lines = of_schema(text, "/title", 80).join("\n");
    for letter in ['\u{9b}', '\u{202e}', '\u{7f}'] {
        assert!(!lines.contains(letter), "{lines:?}");
    }
}

#[test]
fn rows_of_one_place_share_its_line_and_the_rest_have_no_line() {
    let text = "{\n  \"givenName\": 5\n}";
    let positions = Positions::of(text);
    let (root, name) = (positions.value(""), positions.value("/givenName"));
    let quotes = Quotes::of_subject(&positions, &schema(), 80);
    let row = |place, row: &str| (place, row.to_owned());
    let lines = quotes.below(vec![
        row(root, "a"),
        row(name, "b"),
        row(root, "c"),
        row(None, "d"),
    ]);
    assert_eq!(
        plain(lines),
        [
            "a",
            "c",
            "  1 | {",
            "    | ^",
            "b",
            "  2 |   \"givenName\": •",
            "    |                ^",
            "d",
        ]
    );
}

#[test]
fn beyond_fifty_places_there_are_rows_alone() {
    let text = format!("[{}]", "1,\n".repeat(99) + "1");
    let positions = Positions::of(&text);
    let rows = (0..100).map(|index| (positions.value(&format!("/{index}")), String::new()));
    let lines = Quotes::of_schema(&positions, Level::ERROR, 80).below(rows.collect());
    assert_eq!(lines.len(), 50 * 3 + 50);
}

mod law {
    use proptest::prelude::*;

    use super::*;

    /// Characters that occur in no frame, line number or name of the schema.
    const PERSONAL: &str = "ΑΒΓΔΕЖЗИЙКאבגדה東京漢字😀0123456789zqZQ";

    fn personal() -> impl Strategy<Value = String> {
        let letters: Vec<char> = PERSONAL.chars().collect();
        proptest::collection::vec(proptest::sample::select(letters), 0..12)
            .prop_map(|letters| letters.into_iter().collect())
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            personal().prop_map(Value::from),
            // Integers that every JSON reader represents exactly.
            (-(1_i64 << 53) + 1..1 << 53).prop_map(Value::from),
            any::<bool>().prop_map(Value::from),
            Just(Value::Null),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::vec((personal(), inner), 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    fn subject() -> impl Strategy<Value = Value> {
        let name = prop_oneof![
            Just("givenName".to_owned()),
            Just("riskScore".to_owned()),
            personal()
        ];
        proptest::collection::vec((name, value()), 0..6)
            .prop_map(|members| Value::Object(members.into_iter().collect()))
    }

    proptest! {
        #[test]
        fn no_letter_of_a_subject_shows(subject in subject(), pretty in any::<bool>(), width in 40_usize..200) {
            let text = if pretty { format!("{subject:#}") } else { subject.to_string() };
            let parsed = parse_subject(text.as_bytes()).unwrap();
            let positions = Positions::of(&text);
            let quotes = Quotes::of_subject(&positions, &schema(), width);
            let violations = Validator::new(&schema()).unwrap().validate(&parsed);
            for violation in violations.err().iter().flatten() {
                for place in [positions.value(violation.pointer()), positions.name(violation.pointer())] {
                    let lines = plain(quotes.at(place.unwrap()));
                    // The number of the line is in the margin.
                    let shown = lines.iter().map(|line| line.split_once('|').map_or(line.as_str(), |(_, rest)| rest));
                    for letter in shown.flat_map(str::chars) {
                        prop_assert!(!PERSONAL.contains(letter), "`{letter}` in {lines:#?}");
                    }
                }
            }
        }
    }
}
