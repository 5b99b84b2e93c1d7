//! The fields of forms and queries.

use url::form_urlencoded;

use crate::text::to_storable;

/// The fields of a form or a query. An absent field equals an empty one. It has no `Debug`, because the form of the sign-in has a key.
#[derive(Clone, Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(super) fn parse(bytes: &[u8]) -> Self {
        let pairs = form_urlencoded::parse(bytes);
        let pairs = pairs.map(|(name, value)| (name.into_owned(), to_storable(&value)));
        Self(pairs.collect())
    }

    /// The text without the white space around it.
    pub(super) fn text(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value.trim())
    }

    /// The fields with a text.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.0.iter().map(|(name, value)| (name.as_str(), value.trim()));
        pairs.filter(|(_, value)| !value.is_empty())
    }

    /// The number of the page, from 1.
    pub(super) fn page(&self) -> u64 {
        self.text("page").parse().unwrap_or(1).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_as_browsers_write_it() {
        let fields =
            Fields::parse(b"reason=left+the%20company&holder=did%3Aair%3A1&empty=&page=0&reason=x&nul=a%00b");
        assert_eq!(fields.text("reason"), "left the company");
        assert_eq!(fields.text("holder"), "did:air:1");
        assert_eq!((fields.text("empty"), fields.text("absent")), ("", ""));
        assert_eq!(fields.text("nul"), "ab");
        assert_eq!(fields.page(), 1);
        assert_eq!(Fields::parse(b"page=7").page(), 7);
        assert!(fields.pairs().all(|(name, _)| name != "empty"));
    }
}
