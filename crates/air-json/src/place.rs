//! Where a value is: a JSON Pointer (RFC 6901) that shows no values.

use std::{borrow::Cow, fmt};

/// Longer names are not shown.
const NAME_LIMIT: usize = 64;
/// Longer pointers are cut: the author of a text may nest as deep as they like.
const POINTER_LIMIT: usize = 256;

/// The place of a value. `Display` writes a JSON Pointer; a name that does not look like an attribute's (an address, a sentence) appears as
/// `…`, because it may be a value in the wrong place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place<'a>(Vec<Step<'a>>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step<'a> {
    Member(Cow<'a, str>),
    Item(usize),
}

impl<'a> Place<'a> {
    /// The whole text.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// Goes down to a member of an object.
    pub fn enter_member(&mut self, name: impl Into<Cow<'a, str>>) {
        self.0.push(Step::Member(name.into()));
    }

    /// Goes down to an item of an array, from 0.
    pub fn enter_item(&mut self, index: usize) {
        self.0.push(Step::Item(index));
    }

    /// Goes up again.
    pub fn leave(&mut self) {
        self.0.pop();
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut left = POINTER_LIMIT;
        for step in &self.0 {
            let step = match step {
                Step::Member(name) if is_name(name) => Cow::Borrowed(&**name),
                Step::Member(_) => Cow::Borrowed("…"),
                Step::Item(index) => Cow::Owned(index.to_string()),
            };
            write!(f, "/{step}")?;
            left = left.saturating_sub(step.len() + 1);
            if left == 0 {
                return f.write_str("/…");
            }
        }
        Ok(())
    }
}

/// The names of attributes and of registered claims.
fn is_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'@' | b'#');
    let is_address = name.contains('@') && !name.starts_with('@');
    (1..=NAME_LIMIT).contains(&name.len()) && name.bytes().all(fits) && !is_address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_names_and_indexes_and_no_values_and_ends() {
        let mut place = Place::root();
        assert_eq!(place.to_string(), "");
        place.enter_member("credentialSubject");
        place.enter_item(3);
        place.enter_member("given_name");
        assert_eq!(place.to_string(), "/credentialSubject/3/given_name");
        place.enter_member("ada@example.com");
        assert_eq!(place.to_string(), "/credentialSubject/3/given_name/…");
        place.leave();
        place.leave();
        assert_eq!(place.to_string(), "/credentialSubject/3");
        for _ in 0..1000 {
            place.enter_member("deeper");
        }
        assert!(place.to_string().len() < 300);
    }
}
