//! Scans the text of a JSON value once, and checks names and numbers as they are written.
//!
//! It checks only as much of the grammar as it needs to follow the structure. The parser checks the
//! rest.

use std::{borrow::Cow, collections::BTreeSet};

use crate::{Error, JsonPointer, name::is_reserved_name, number};

/// The maximum nesting depth, equal to that of `serde_json`.
pub(crate) const LEVELS: usize = 128;

/// The reason why a scan stopped.
pub(crate) enum Stop {
    /// A rule of this crate is broken.
    Broken(Error),
    /// The text is not JSON from this byte offset on.
    Malformed(usize),
}

/// Scans a whole text.
pub(crate) fn scan(json: &[u8]) -> Result<(), Stop> {
    let mut scanner = Scanner {
        json,
        at: 0,
        place: JsonPointer::root(),
        levels: LEVELS,
    };
    scanner.value()?;
    scanner.skip_space();
    match scanner.peek() {
        None => Ok(()),
        Some(_) => Err(scanner.malformed()),
    }
}

struct Scanner<'a> {
    json: &'a [u8],
    at: usize,
    place: JsonPointer<'a>,
    /// The number of further levels of nesting that are allowed.
    levels: usize,
}

impl<'a> Scanner<'a> {
    fn value(&mut self) -> Result<(), Stop> {
        self.skip_space();
        match self.peek() {
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b'"') => self.string().map(drop),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't' | b'f' | b'n') => {
                self.take_while(|byte| byte.is_ascii_lowercase());
                Ok(())
            }
            _ => Err(self.malformed()),
        }
    }

    fn nested(&mut self, inner: fn(&mut Self) -> Result<(), Stop>) -> Result<(), Stop> {
        self.levels = self.levels.checked_sub(1).ok_or_else(|| self.malformed())?;
        self.at += 1;
        inner(self)?;
        self.levels += 1;
        Ok(())
    }

    fn object(&mut self) -> Result<(), Stop> {
        let mut names = BTreeSet::new();
        if self.is_next(b'}') {
            return Ok(());
        }
        loop {
            self.skip_space();
            let name = self.name()?;
            self.place.enter_member(name.clone());
            if is_reserved_name(&name) {
                let pointer = self.place.to_string();
                return Err(Stop::Broken(Error::ReservedMember { pointer }));
            }
            if !names.insert(name) {
                let pointer = self.place.to_string();
                return Err(Stop::Broken(Error::DuplicateMember { pointer }));
            }
            self.expect(b':')?;
            self.value()?;
            self.place.leave();
            if self.is_next(b'}') {
                return Ok(());
            }
            self.expect(b',')?;
        }
    }

    fn array(&mut self) -> Result<(), Stop> {
        if self.is_next(b']') {
            return Ok(());
        }
        for index in 0.. {
            self.place.enter_item(index);
            self.value()?;
            self.place.leave();
            if self.is_next(b']') {
                break;
            }
            self.expect(b',')?;
        }
        Ok(())
    }

    /// Reads a member's name and decodes its escapes: `"\u0061"` is `a`.
    fn name(&mut self) -> Result<Cow<'a, str>, Stop> {
        let quoted = self.string()?;
        let malformed = |_| self.malformed();
        if quoted.contains(&b'\\') {
            serde_json::from_slice::<String>(quoted)
                .map(Cow::Owned)
                .map_err(|_| self.malformed())
        } else {
            let inner = quoted.get(1..quoted.len().saturating_sub(1));
            std::str::from_utf8(inner.unwrap_or_default())
                .map(Cow::Borrowed)
                .map_err(malformed)
        }
    }

    /// Reads a string, including its quotes.
    fn string(&mut self) -> Result<&'a [u8], Stop> {
        let start = self.at;
        if self.peek() != Some(b'"') {
            return Err(self.malformed());
        }
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => self.at += 2,
                Some(_) => self.at += 1,
                None => return Err(self.malformed()),
            }
        }
        self.at += 1;
        Ok(self.json.get(start..self.at).unwrap_or_default())
    }

    fn number(&mut self) -> Result<(), Stop> {
        let text =
            self.take_while(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E'));
        if number::is_exact(std::str::from_utf8(text).unwrap_or_default()) {
            Ok(())
        } else {
            let pointer = self.place.to_string();
            Err(Stop::Broken(Error::InexactNumber { pointer }))
        }
    }

    fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = self.json.get(self.at..).unwrap_or_default();
        let length = rest.iter().take_while(|byte| wanted(**byte)).count();
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    fn skip_space(&mut self) {
        self.take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    }

    /// Skips white space, and consumes the next byte if it is `byte`.
    fn is_next(&mut self, byte: u8) -> bool {
        self.skip_space();
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8) -> Result<(), Stop> {
        if self.is_next(byte) {
            Ok(())
        } else {
            Err(self.malformed())
        }
    }

    fn peek(&self) -> Option<u8> {
        self.json.get(self.at).copied()
    }

    fn malformed(&self) -> Stop {
        Stop::Malformed(self.at.min(self.json.len()))
    }
}
