//! The location of a value: a JSON Pointer (RFC 6901) that shows no values.

use std::{borrow::Cow, fmt};

/// The longest name that is shown, in bytes.
const NAME_LIMIT: usize = 64;
/// The longest pointer that is shown; longer ones are truncated, because untrusted text may nest
/// deeply.
const POINTER_LIMIT: usize = 256;

/// The location of a value. `Display` writes a JSON Pointer (RFC 6901). A name that does not look
/// like an attribute's, such as an address or a sentence, is written as `…`, because it may be a
/// value at the wrong location.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JsonPointer<'a>(Vec<Step<'a>>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step<'a> {
    Member(Cow<'a, str>),
    Item(usize),
}

impl<'a> JsonPointer<'a> {
    /// The location of the whole document.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// Descends to a member of an object.
    pub fn enter_member(&mut self, name: impl Into<Cow<'a, str>>) {
        self.0.push(Step::Member(name.into()));
    }

    /// Descends to an item of an array, counted from 0.
    pub fn enter_item(&mut self, index: usize) {
        self.0.push(Step::Item(index));
    }

    /// Ascends to the parent.
    pub fn leave(&mut self) {
        self.0.pop();
    }
}

impl fmt::Display for JsonPointer<'_> {
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

/// Whether the text looks like the name of an attribute or of a registered claim.
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
        let mut place = JsonPointer::root();
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
