//! What a form brings: names and values, in the page's order (URL, 5.1).

use url::form_urlencoded;

/// The fields of a form or a query. A name that is not there is empty, as is a field that nobody filled in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let pairs = form_urlencoded::parse(bytes);
        Self(
            pairs
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect(),
        )
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value.trim())
    }

    /// A text that is there, or nothing.
    pub(crate) fn filled(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// Whether a box is ticked.
    pub(crate) fn is_ticked(&self, name: &str) -> bool {
        self.filled(name).is_some()
    }

    /// A page's number, from 1.
    pub(crate) fn page(&self) -> u32 {
        self.text("page").parse().unwrap_or(1).max(1)
    }

    /// How many rows a form with rows has: those that were there, and one more where that was asked for. A row's fields end in its number.
    pub(crate) fn rows(&self, least: usize, most: usize) -> usize {
        let rows: usize = self.text("rows").parse().unwrap_or(least);
        let more = usize::from(self.text("action") == "add");
        rows.saturating_add(more).clamp(least, most)
    }

    pub(crate) fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let (name, value) = (name.into(), value.into());
        self.0.retain(|(known, _)| *known != name);
        self.0.push((name, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_as_browsers_write_it() {
        let fields = Fields::parse(b"name=Ada+Lovelace&email=ada%40example.com&empty=&box=on&name=second");
        assert_eq!(fields.text("name"), "Ada Lovelace");
        assert_eq!(fields.text("email"), "ada@example.com");
        assert_eq!(fields.filled("empty"), None);
        assert!(fields.is_ticked("box") && !fields.is_ticked("other"));
        assert_eq!(fields.page(), 1);
    }

    #[test]
    fn rows_have_bounds_and_grow_when_asked() {
        assert_eq!(Fields::parse(b"").rows(3, 64), 3);
        assert_eq!(Fields::parse(b"rows=4&action=add").rows(3, 64), 5);
        assert_eq!(Fields::parse(b"rows=64&action=add").rows(3, 64), 64);
        assert_eq!(
            Fields::parse(b"rows=18446744073709551615&action=add").rows(3, 64),
            64
        );
        assert_eq!(Fields::parse(b"rows=-1").rows(3, 64), 3);
    }
}
