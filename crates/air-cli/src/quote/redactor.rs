//! Masks a subject: each value, and each name that is not in the schema, at its own width.

use std::ops::Range;

use jsonc_parser::{
    ast::{StringLit, Value},
    common::Ranged,
};
use unicode_width::UnicodeWidthChar;

const MASK: &str = "•";
/// The mask of `true`, `false` and `null`, whose widths would reveal the value.
const LITERAL: &str = "•••••";

/// The parts of a text that may be shown. Everything else is masked.
pub(super) struct Redactor(Vec<(Range<usize>, Token)>);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Token {
    /// A name of the schema.
    Known,
    /// A string, without its quotation marks.
    Text,
    /// `true`, `false` or `null`.
    Literal,
}

impl Redactor {
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

    /// Masks a part of the text that begins at `start`.
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

/// Collects the tokens in order. Names at deeper levels are masked like values of the subject.
fn collect(value: &Value<'_>, tokens: &mut Vec<(Range<usize>, Token)>) {
    match value {
        Value::StringLit(StringLit { range, .. }) => tokens.push((within(*range), Token::Text)),
        Value::BooleanLit(_) | Value::NullKeyword(_) => {
            tokens.push((value.start()..value.end(), Token::Literal));
        }
        // Digits may be part of a value.
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

/// The range between the quotation marks.
fn within(range: jsonc_parser::common::Range) -> Range<usize> {
    range.start + 1..range.end - 1
}

fn is_frame(letter: char) -> bool {
    matches!(letter, '{' | '}' | '[' | ']' | ':' | ',' | '"' | ' ' | '\t')
}
