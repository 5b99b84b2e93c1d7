//! The place of a value in a document, for errors. It costs nothing until it is written.

use std::fmt;

/// A place: the document itself, or a step into the place above.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    parent: Option<&'a Place<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Root,
    Member(&'a str),
    Item(usize),
}

impl<'a> Place<'a> {
    pub(crate) const ROOT: Place<'static> = Place {
        parent: None,
        step: Step::Root,
    };

    /// A member of the object at this place. Only names that a specification defines are written, so
    /// that no value of the input shows up in an error.
    pub(crate) fn member(&'a self, name: &'a str) -> Self {
        Self {
            parent: Some(self),
            step: Step::Member(name),
        }
    }

    /// An item of the array at this place.
    pub(crate) fn item(&'a self, index: usize) -> Self {
        Self {
            parent: Some(self),
            step: Step::Item(index),
        }
    }
}

/// Writes a JSON Pointer (RFC 6901); the whole document is `/`.
impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(parent) = self.parent else {
            return f.write_str("/");
        };
        if parent.parent.is_some() {
            write!(f, "{parent}")?;
        }
        match self.step {
            Step::Root => Ok(()),
            Step::Member(name) => write!(f, "/{name}"),
            Step::Item(index) => write!(f, "/{index}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn writes_a_json_pointer() {
        let credentials = Place::ROOT.member("credentials");
        assert_eq!(Place::ROOT.to_string(), "/");
        assert_eq!(credentials.item(2).member("id").to_string(), "/credentials/2/id");
    }
}
