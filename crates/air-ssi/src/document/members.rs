//! The members of a document, before its expansion.

use serde_json::{Map, Number, Value};

use crate::Error;

/// The maximum depth of a document. JSON-LD is processed recursively.
const DEPTH_LIMIT: usize = 32;
/// The maximum number of values of a document.
const VALUES_LIMIT: usize = 2048;

/// A copy of the document with each number in its canonical form.
///
/// # Errors
/// [`Error::NotCovered`] for a member that expansion drops, [`Error::Format`] for a member that is not named by its term,
/// [`Error::KnownFault`] for a number or a text, and [`Error::TooLarge`].
pub(super) fn normalized(document: &Map<String, Value>) -> Result<Map<String, Value>, Error> {
    let mut walk = Walk { values: 0 };
    let mut normal = Map::new();
    for (name, value) in document {
        // The contexts are pinned, so they are compared and not checked.
        let value = if name == "@context" {
            value.clone()
        } else {
            walk.member(name, value, 1)?
        };
        normal.insert(name.clone(), value);
    }
    Ok(normal)
}

struct Walk {
    values: usize,
}

impl Walk {
    fn member(&mut self, name: &str, value: &Value, depth: usize) -> Result<Value, Error> {
        if name.starts_with('@') {
            return Err(Error::NotCovered {
                reason: "only the top level may have `@context`, and keywords of JSON-LD are written as `id` and `type`",
            });
        }
        // JSON-LD reads a term and its URL alike, but the checks of status and dates look for the term.
        if name.contains(':') {
            return Err(Error::Format {
                reason: "the name of a member is a URL or has a prefix; write the term of a context",
            });
        }
        self.value(value, depth)
    }

    fn value(&mut self, value: &Value, depth: usize) -> Result<Value, Error> {
        self.values += 1;
        if self.values > VALUES_LIMIT {
            return Err(Error::TooLarge {
                what: "values",
                limit: VALUES_LIMIT,
            });
        }
        if depth > DEPTH_LIMIT {
            return Err(Error::TooLarge {
                what: "levels",
                limit: DEPTH_LIMIT,
            });
        }
        match value {
            Value::Null => Err(Error::NotCovered {
                reason: "`null` is dropped; leave the member out",
            }),
            Value::String(text) if text.contains(must_be_escaped) => Err(Error::KnownFault {
                reason: "a text has a control character other than a line break; leave the character out",
            }),
            Value::Bool(_) | Value::String(_) => Ok(value.clone()),
            Value::Number(number) => canonical(number).map(Value::Number),
            Value::Array(items) => self.items(items, depth),
            Value::Object(members) => members
                .iter()
                .map(|(name, value)| Ok((name.clone(), self.member(name, value, depth + 1)?)))
                .collect::<Result<Map<_, _>, Error>>()
                .map(Value::Object),
        }
    }

    /// Checks the items of an array, which RDF reads as a set.
    fn items(&mut self, items: &[Value], depth: usize) -> Result<Value, Error> {
        let normal: Vec<Value> = items
            .iter()
            .map(|item| self.value(item, depth + 1))
            .collect::<Result<_, Error>>()?;
        let is_repeated =
            |(place, item): (usize, &Value)| normal.iter().take(place).any(|other| other == item);
        if normal.is_empty() || normal.iter().any(Value::is_array) {
            return Err(Error::NotCovered {
                reason: "an empty array is dropped, and an array within an array is joined to it",
            });
        }
        if normal.iter().enumerate().any(is_repeated) {
            return Err(Error::NotCovered {
                reason: "an array has the same value twice, of which one is dropped",
            });
        }
        Ok(Value::Array(normal))
    }
}

/// Whether the canonical form has an escape for a character (RDF Dataset Canonicalization, 4.3), where the
/// library writes the character itself.
const fn must_be_escaped(character: char) -> bool {
    matches!(
        character,
        '\u{0}'..='\u{9}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{7f}' | '\u{fffe}' | '\u{ffff}'
    )
}

/// The number as JSON-LD converts it to RDF: an integer, or a decimal of at most 15 digits, which every
/// implementation writes alike.
fn canonical(number: &Number) -> Result<Number, Error> {
    const LARGEST: f64 = 9_007_199_254_740_991.0;
    const REFUSED: Error = Error::KnownFault {
        reason: "a number is not an integer up to 2^53 - 1, or a decimal of at most 15 digits; write it as a string",
    };
    if let Some(integer) = number.as_i64() {
        return if integer.unsigned_abs() <= 1 << 53 && !(integer == 0 && number.to_string().starts_with('-'))
        {
            Ok(integer.into())
        } else {
            Err(REFUSED)
        };
    }
    let value = number.as_f64().filter(|value| value.abs() <= LARGEST);
    let value = value.ok_or(REFUSED)?;
    if value.fract() == 0.0 {
        // A whole number up to 2^53 - 1, so its text without a fraction is an `i64`.
        let integer = format!("{value:.0}").parse::<i64>().ok();
        return integer
            .filter(|_| value.is_sign_positive() || value != 0.0)
            .map(Number::from)
            .ok_or(REFUSED);
    }
    let digits = format!("{value:e}");
    let digits = digits.split('e').next().unwrap_or_default();
    let count = digits.chars().filter(char::is_ascii_digit).count();
    if count > 15 {
        return Err(REFUSED);
    }
    // The library panics.
    if count == 1 && value.abs() < 1e-5 {
        return Err(Error::KnownFault {
            reason: "a number below 0.00001 has one digit only; write it as a string",
        });
    }
    Number::from_f64(value).ok_or(REFUSED)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn number(text: &str) -> Result<String, Error> {
        let number: Number = serde_json::from_str(text).unwrap();
        canonical(&number).map(|number| number.to_string())
    }

    #[test]
    fn whole_numbers_lose_their_fraction() {
        for (text, expected) in [
            ("7.0", "7"),
            ("-7.00", "-7"),
            ("7e2", "700"),
            ("5.5", "5.5"),
            ("5.50", "5.5"),
            ("9007199254740991", "9007199254740991"),
        ] {
            assert_eq!(number(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn numbers_that_implementations_write_differently_are_refused() {
        for text in [
            "-0",
            "-0.0",
            "1e20",
            "9007199254740994",
            "0.30000000000000004",
            "1e400",
            "1e-6",
            "-3e-9",
        ] {
            assert!(matches!(number(text), Err(Error::KnownFault { .. })), "{text}");
        }
    }

    #[test]
    fn members_that_expansion_drops_are_refused() {
        for value in [
            json!({ "a": null }),
            json!({ "a": [] }),
            json!({ "a": [[1]] }),
            json!({ "a": ["x", "x"] }),
            json!({ "a": [1, 1.0] }),
            json!({ "a": { "@type": "@json" } }),
            json!({ "@id": "urn:x" }),
        ] {
            let document = value.as_object().unwrap();
            assert!(
                matches!(normalized(document), Err(Error::NotCovered { .. })),
                "{value}"
            );
        }
        let document = json!({ "@context": [null], "a": ["x", "y"] });
        assert_eq!(
            normalized(document.as_object().unwrap()).unwrap(),
            *document.as_object().unwrap()
        );
    }

    #[test]
    fn a_member_is_named_by_its_term() {
        for name in [
            "https://www.w3.org/2018/credentials#credentialStatus",
            "cred:credentialStatus",
        ] {
            for document in [json!({ name: {} }), json!({ "a": [{ name: {} }] })] {
                let refused = normalized(document.as_object().unwrap());
                assert!(matches!(refused, Err(Error::Format { .. })), "{document}");
            }
        }
    }

    #[test]
    fn depth_and_number_of_values_are_limited() {
        let nested = |levels| (0..levels).fold(json!(1), |inner, _| json!({ "a": inner }));
        assert!(normalized(nested(DEPTH_LIMIT).as_object().unwrap()).is_ok());
        assert!(normalized(nested(DEPTH_LIMIT + 1).as_object().unwrap()).is_err());
        let many = |count: usize| json!({ "a": (1..count).collect::<Vec<_>>() });
        assert!(normalized(many(VALUES_LIMIT).as_object().unwrap()).is_ok());
        assert!(normalized(many(VALUES_LIMIT + 1).as_object().unwrap()).is_err());
    }
}
