//! What hides a subject: each value, and each name that the schema doesn't have, as wide as it is.

use std::ops::Range;

use jsonc_parser::{
    ast::{StringLit, Value},
    common::Ranged,
};
use unicode_width::UnicodeWidthChar;

const MASK: &str = "•";
/// `true` and `false` differ in their width: it would be their value.
const LITERAL: &str = "•••••";

/// Which parts of a text may show. What it doesn't know of stays hidden.
pub(super) struct Veil(Vec<(Range<usize>, Token)>);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Token {
    /// A name of the schema.
    Known,
    /// What stands between quotation marks.
    Text,
    /// `true`, `false` or `null`.
    Literal,
}

impl Veil {
    pub(super) fn over(root: Option<&Value<'_>>, is_known: impl Fn(&str) -> bool) -> Self {
        let mut tokens = Vec::new();
        match root {
            Some(Value::Object(object)) => {
                for member in &object.properties {
                    let token = if is_known(member.name.as_str()) {
                        Token::Known
                    } else {
                        Token::Text
                    };
                    tokens.push((within(member.name.range()), token));
                    collect(&member.value, &mut tokens);
                }
            }
            Some(value) => collect(value, &mut tokens),
            None => {}
        }
        Self(tokens)
    }

    /// A part of the text that begins at `start`, masked.
    pub(super) fn cover(&self, part: &str, start: usize) -> String {
        let mut covered = String::with_capacity(part.len());
        for (index, letter) in part.char_indices() {
            let offset = start + index;
            match self.at(offset) {
                Some((_, Token::Known)) => covered.push(letter),
                Some((range, Token::Literal)) if offset > range.start.max(start) => {}
                Some((_, Token::Literal)) => covered.push_str(LITERAL),
                None if is_frame(letter) => covered.push(letter),
                _ => covered.push_str(&MASK.repeat(letter.width().unwrap_or_default())),
            }
        }
        covered
    }

    fn at(&self, offset: usize) -> Option<&(Range<usize>, Token)> {
        let next = self.0.partition_point(|(range, _)| range.end <= offset);
        self.0.get(next).filter(|(range, _)| range.contains(&offset))
    }
}

/// In the text's order. Names further down are the subject's own, whatever the schema has.
fn collect(value: &Value<'_>, tokens: &mut Vec<(Range<usize>, Token)>) {
    match value {
        Value::StringLit(StringLit { range, .. }) => tokens.push((within(*range), Token::Text)),
        Value::BooleanLit(_) | Value::NullKeyword(_) => {
            tokens.push((value.start()..value.end(), Token::Literal));
        }
        // Digits are no part of the frame.
        Value::NumberLit(_) => {}
        Value::Array(array) => array.elements.iter().for_each(|value| collect(value, tokens)),
        Value::Object(object) => {
            for member in &object.properties {
                tokens.push((within(member.name.range()), Token::Text));
                collect(&member.value, tokens);
            }
        }
    }
}

/// Between the quotation marks.
fn within(range: jsonc_parser::common::Range) -> Range<usize> {
    range.start + 1..range.end - 1
}

fn is_frame(letter: char) -> bool {
    matches!(letter, '{' | '}' | '[' | ']' | ':' | ',' | '"' | ' ' | '\t')
}
