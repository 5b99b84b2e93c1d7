//! Positions in a JSON file: the line and column of the value at a JSON Pointer.

use jsonc_parser::{
    CollectOptions, ParseOptions,
    ast::{Object, ObjectProp, Value},
    common::Ranged,
    parse_to_ast,
};

/// Strict JSON (RFC 8259), with which the files were parsed.
const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// A position in a text, counted from 1; columns are characters. The bytes from `start` to `end`
/// are a whole scalar or name, or the opening bracket of an object or array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// A parsed file.
pub(crate) struct Positions<'t> {
    text: &'t str,
    root: Option<Value<'t>>,
}

impl<'t> Positions<'t> {
    /// Parses a text that is known to be JSON, without a byte order mark. Other texts have no positions.
    pub(crate) fn of(text: &'t str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let root = parse_to_ast(text, &CollectOptions::default(), &STRICT);
        Self {
            text,
            root: root.ok().and_then(|parsed| parsed.value),
        }
    }

    /// The text.
    pub(crate) fn text(&self) -> &'t str {
        self.text
    }

    /// The text as a JSON value.
    pub(crate) fn root(&self) -> Option<&Value<'t>> {
        self.root.as_ref()
    }

    /// The position of the value at a pointer (RFC 6901), or of the object that lacks it.
    pub(crate) fn value(&self, pointer: &str) -> Option<Position> {
        let value = self.find(pointer)?;
        let end = match value {
            Value::Object(_) | Value::Array(_) => value.start() + 1,
            _ => value.end(),
        };
        Some(self.position(value.start(), end))
    }

    /// The position of the name of the member at a pointer, or else that of [`Self::value`].
    pub(crate) fn name(&self, pointer: &str) -> Option<Position> {
        let (parent, name) = pointer.rsplit_once('/')?;
        let object = self.find(parent)?.as_object();
        match object.and_then(|object| member(object, &unescaped(name))) {
            Some(member) => Some(self.position(member.name.start(), member.name.end())),
            None => self.value(pointer),
        }
    }

    fn find(&self, pointer: &str) -> Option<&Value<'t>> {
        let mut value = self.root.as_ref()?;
        for token in pointer.split('/').skip(1) {
            let inner = match value {
                Value::Object(object) => member(object, &unescaped(token)).map(|member| &member.value),
                Value::Array(array) => token
                    .parse()
                    .ok()
                    .and_then(|index: usize| array.elements.get(index)),
                _ => None,
            };
            match inner {
                Some(inner) => value = inner,
                None => break,
            }
        }
        Some(value)
    }

    fn position(&self, start: usize, end: usize) -> Position {
        let before = self.text.get(..start).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Position {
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
            start,
            end,
        }
    }
}

/// The last member with this name: JSON parsers use the last of several.
fn member<'o, 't>(object: &'o Object<'t>, name: &str) -> Option<&'o ObjectProp<'t>> {
    object
        .properties
        .iter()
        .rfind(|member| member.name.as_str() == name)
}

fn unescaped(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "{\n  \"ä\": [1, {\"b/c\": true}],\n  \"d\": \"x\"\n}";

    fn at(position: Option<Position>) -> Option<(usize, usize)> {
        position.map(|position| (position.line, position.column))
    }

    #[test]
    fn values_and_names_are_found_and_what_is_missing_stands_at_its_object() {
        let positions = Positions::of(TEXT);
        for (pointer, value, name) in [
            ("", (1, 1), None),
            ("/d", (3, 8), Some((3, 3))),
            ("/ä/0", (2, 9), Some((2, 9))),
            ("/ä/1/b~1c", (2, 20), Some((2, 13))),
            ("/none", (1, 1), Some((1, 1))),
            ("/ä/1/none", (2, 12), Some((2, 12))),
            ("/ä/9", (2, 8), Some((2, 8))),
        ] {
            assert_eq!(at(positions.value(pointer)), Some(value), "{pointer}");
            assert_eq!(at(positions.name(pointer)), name, "{pointer}");
        }
    }

    #[test]
    fn scalars_and_names_stand_there_whole_and_of_the_rest_a_bracket() {
        let positions = Positions::of(TEXT);
        let stands = |position: Option<Position>| position.and_then(|at| TEXT.get(at.start..at.end));
        for (pointer, value, name) in [
            ("", "{", None),
            ("/d", "\"x\"", Some("\"d\"")),
            ("/ä", "[", Some("\"ä\"")),
            ("/ä/1/b~1c", "true", Some("\"b/c\"")),
            ("/none", "{", Some("{")),
        ] {
            assert_eq!(stands(positions.value(pointer)), Some(value), "{pointer}");
            assert_eq!(stands(positions.name(pointer)), name, "{pointer}");
        }
    }

    #[test]
    fn what_is_no_json_has_no_positions() {
        for text in ["", "{", "{a: 1}", "[1,]", "// x\n1"] {
            assert_eq!(Positions::of(text).value(""), None, "{text}");
        }
    }
}
