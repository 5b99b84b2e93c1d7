//! A type's JSON Schema accepts a value exactly when its parser does.

mod texts;

use proptest::{
    prelude::*,
    sample::{Index, select},
    test_runner::{Config, TestRunner},
};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A type, its schema and its parser.
struct Contract {
    name: String,
    validator: jsonschema::Validator,
    parses: fn(&Value) -> bool,
}

impl Contract {
    fn of<T: JsonSchema + DeserializeOwned>() -> Self {
        let schema = schemars::schema_for!(T);
        Self::new(&T::schema_name(), schema.as_value(), |value| {
            serde_json::from_value::<T>(value.clone()).is_ok()
        })
    }

    /// Of a type that has its schema elsewhere.
    fn new(name: &str, schema: &Value, parses: fn(&Value) -> bool) -> Self {
        Self {
            name: name.to_owned(),
            validator: jsonschema::options()
                .with_draft(jsonschema::Draft::Draft202012)
                .should_validate_formats(true)
                .build(schema)
                .unwrap(),
            parses,
        }
    }

    /// Fails with the value about which schema and parser disagree.
    fn check(&self, value: &Value) {
        let (by_schema, by_parser) = (self.validator.is_valid(value), (self.parses)(value));
        assert_eq!(
            by_schema, by_parser,
            "{}: the schema says {by_schema}, the parser {by_parser}, of {value}",
            self.name
        );
    }

    /// Checks these values, and texts near them: characters changed, dropped, doubled and inserted.
    fn check_near(&self, examples: &[&str]) {
        for example in examples {
            self.check(&Value::from(*example));
        }
        let edits = prop::collection::vec((any::<Index>(), select(EDITS)), 0..4);
        let examples: Vec<String> = examples.iter().copied().map(String::from).collect();
        let near = (select(examples), edits).prop_map(|(text, edits)| edited(&text, &edits));
        let mut runner = TestRunner::new(Config {
            cases: 1500,
            failure_persistence: None,
            ..Config::default()
        });
        let outcome = runner.run(&near, |text| {
            self.check(&Value::from(text));
            Ok(())
        });
        outcome.unwrap_or_else(|failure| panic!("{failure}"));
    }

    /// Refuses what is no text.
    fn check_other_types(&self) {
        for value in [
            Value::Null,
            true.into(),
            0.into(),
            serde_json::json!([]),
            serde_json::json!({}),
        ] {
            self.check(&value);
        }
    }
}

/// The replacement of a character.
const EDITS: &[&str] = &[
    "",
    "0",
    "1",
    "2",
    "5",
    "6",
    "9",
    "a",
    "f",
    "g",
    "A",
    "F",
    "Z",
    "z",
    "T",
    "t",
    "x",
    "-",
    "_",
    ".",
    "..",
    ":",
    "::",
    "/",
    "//",
    "?",
    "#",
    "@",
    "%",
    "%2F",
    "%zz",
    "[",
    "]",
    "[::1]",
    "+",
    "+01:00",
    " ",
    "\n",
    "\t",
    "\u{0}",
    "\u{7f}",
    "\u{a0}",
    "é",
    "ß",
    "ſ",
    "K",
    "\u{200b}",
    "\u{202e}",
    "\u{ad}",
    "\u{34f}",
    "\u{3002}",
    "\u{ff20}",
    "\u{ff0e}",
    "\u{301}",
    "中",
    "ü",
    "٣",
    "😀",
    "\"",
    "\\",
    "d",
    "y",
    "w",
    "65535",
    "65536",
    "localhost",
    "127.0.0.1",
];

fn edited(text: &str, edits: &[(Index, &str)]) -> String {
    let mut characters: Vec<String> = text.chars().map(String::from).collect();
    for (place, edit) in edits {
        let place = place.index(characters.len() + 1);
        if let Some(character) = characters.get_mut(place) {
            (*edit).clone_into(character);
        } else {
            characters.push((*edit).to_owned());
        }
    }
    characters.concat()
}
