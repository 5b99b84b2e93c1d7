//! Typed data (EIP-712): the order and the spelling of the JSON change neither what is shown nor
//! what is signed.

use std::mem::discriminant;

use air_crypto::{LocalWallet, TypedData};
use serde_json::Value;

/// The longest text that is parsed, in bytes.
const LIMIT: usize = 64 << 10;

/// Typed data as a page brings it: it parses or not, whatever the order of its members. What parses
/// is the same after it was written again.
pub fn typed_data(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let parsed = TypedData::parse(text);
    let Ok(value) = serde_json::from_str::<Value>(text) else {
        assert!(parsed.is_err(), "what is no JSON is refused");
        return;
    };
    if text.len() > LIMIT {
        assert!(parsed.is_err(), "what is too long is refused");
        return;
    }
    match (parsed, TypedData::parse(&reversed(text))) {
        (Ok(parsed), Ok(reversed)) => {
            assert_same(&parsed, &reversed);
            let written = TypedData::parse(&value.to_string());
            assert_same(&parsed, &written.expect("what is written parses again"));
        }
        (Err(error), Err(reversed)) => assert_eq!(discriminant(&error), discriminant(&reversed)),
        (parsed, reversed) => panic!("{parsed:?}, and in another order {reversed:?}"),
    }
}

/// The signature is deterministic (RFC 6979), so equal signatures mean equal digests.
fn assert_same(left: &TypedData, right: &TypedData) {
    assert_eq!(left.primary_type(), right.primary_type());
    assert_eq!(left.domain(), right.domain());
    assert_eq!(left.message(), right.message());
    let wallet = LocalWallet::from_bytes(&[7; 32]).expect("a key");
    let sign = |data: &TypedData| {
        wallet
            .sign_typed_data(data)
            .expect("a signature")
            .as_bytes()
            .to_vec()
    };
    assert_eq!(sign(left), sign(right));
}

/// Valid JSON with the members of each object in reverse order. Names that occur twice and the
/// spelling of values stay.
fn reversed(json: &str) -> String {
    Reader { rest: json }.value()
}

/// Reads JSON that is known to be valid.
struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn value(&mut self) -> String {
        match self.peek() {
            Some('{') => {
                let mut members = self.items('}', |reader| {
                    let name = reader.scalar();
                    reader.skip(':');
                    format!("{name}:{}", reader.value())
                });
                members.reverse();
                format!("{{{}}}", members.join(","))
            }
            Some('[') => format!("[{}]", self.items(']', Self::value).join(",")),
            _ => self.scalar().to_owned(),
        }
    }

    /// Reads the items between the brackets, separated by commas.
    fn items(&mut self, end: char, item: impl Fn(&mut Self) -> String) -> Vec<String> {
        let mut items = Vec::new();
        self.take(1);
        while self.peek().is_some_and(|next| next != end) {
            items.push(item(self));
            self.skip(',');
        }
        self.skip(end);
        items
    }

    fn scalar(&mut self) -> &'a str {
        let is_text = self.peek() == Some('"');
        let mut is_escaped = false;
        let end = self.rest.bytes().enumerate().skip(1).find_map(|(place, byte)| {
            let is_end = if is_text {
                byte == b'"' && !is_escaped
            } else {
                matches!(byte, b',' | b':' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r')
            };
            is_escaped = is_text && byte == b'\\' && !is_escaped;
            is_end.then_some(place + usize::from(is_text))
        });
        self.take(end.unwrap_or(self.rest.len()))
    }

    fn peek(&mut self) -> Option<char> {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
        self.rest.chars().next()
    }

    fn skip(&mut self, expected: char) {
        if self.peek() == Some(expected) {
            self.take(expected.len_utf8());
        }
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_reversed_and_nothing_else() {
        for (json, expected) in [
            (r#" { "a" : 1 , "b" : [ 1 , 2 ] } "#, r#"{"b":[1,2],"a":1}"#),
            (
                r#"{"a":{"b":"\"}","c":-0.0},"a":null}"#,
                r#"{"a":null,"a":{"c":-0.0,"b":"\"}"}}"#,
            ),
            (r#"["\\", {}, [], true]"#, r#"["\\",{},[],true]"#),
            ("7", "7"),
        ] {
            assert_eq!(reversed(json), expected);
        }
    }
}
