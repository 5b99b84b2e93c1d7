//! The parser of escapes: the characters after a backslash.

use super::{
    super::{Error, category::Categories, set::Item},
    Look, Parsed, Parser,
};

pub(super) enum Escape {
    Look(Look),
    Item(Item),
    Char(char),
}

impl Parser<'_> {
    pub(super) fn escape(&mut self) -> Parsed<Escape> {
        let letter = self.next()?;
        if let Some(item) = Item::escape(letter) {
            return Ok(Escape::Item(item));
        }
        Ok(match letter {
            'b' => Escape::Look(Look::WordEdge),
            'B' => Escape::Look(Look::NoWordEdge),
            'p' | 'P' => Escape::Item(self.property(letter == 'P')?),
            'f' => Escape::Char('\u{c}'),
            'n' => Escape::Char('\n'),
            'r' => Escape::Char('\r'),
            't' => Escape::Char('\t'),
            'v' => Escape::Char('\u{b}'),
            'c' => {
                let control = self.next()?;
                let control = u8::try_from(control).map_err(|_| Error::Syntax)?;
                if !control.is_ascii_alphabetic() {
                    return Err(Error::Syntax);
                }
                Escape::Char(char::from(control % 32))
            }
            'x' => Escape::Char(self.code(2)?),
            'u' if self.eat('{') => {
                let mut digits = String::new();
                while let Some(digit) = self.rest.next_if(char::is_ascii_hexdigit) {
                    digits.push(digit);
                }
                self.expect('}')?;
                Escape::Char(character(&digits)?)
            }
            'u' => Escape::Char(self.code(4)?),
            // The `regex` crate reads these two as word boundaries.
            '<' | '>' => return Err(Error::EscapedAngleBracket),
            ' ' => Escape::Char(' '),
            mark if mark.is_ascii_punctuation() => Escape::Char(mark),
            _ => return Err(Error::Syntax),
        })
    }

    fn code(&mut self, digits: usize) -> Parsed<char> {
        let digits = (0..digits).map(|_| self.next()).collect::<Parsed<String>>()?;
        if digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            character(&digits)
        } else {
            Err(Error::Syntax)
        }
    }

    /// Parses `{L}`, `{Letter}`, `{gc=L}` or `{General_Category=L}`.
    fn property(&mut self, is_negated: bool) -> Parsed<Item> {
        self.expect('{')?;
        let mut text = String::new();
        while let Some(c) = self
            .rest
            .next_if(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '='))
        {
            text.push(c);
        }
        self.expect('}')?;
        let name = match text.split_once('=') {
            None => text.as_str(),
            Some(("gc" | "General_Category", name)) => name,
            Some(_) => return Err(Error::UnicodeProperty),
        };
        let of = Categories::named(name).ok_or(Error::UnicodeProperty)?;
        Ok(Item::Categories { of, is_negated })
    }
}

fn character(digits: &str) -> Parsed<char> {
    let code = u32::from_str_radix(digits, 16).map_err(|_| Error::Syntax)?;
    char::from_u32(code).ok_or(Error::Syntax)
}
