//! The URIs of a schema's documents.

use crate::Error;

const LIMIT: usize = 2000;

/// The URIs at which a schema's documents are published. The documents refer to each other by them,
/// and credentials refer to the documents.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DocumentUris {
    json_schema: String,
    json_ld_context: String,
    vocabulary: String,
}

impl DocumentUris {
    /// Creates the URIs from those of the JSON Schema document and of the JSON-LD context. The IRIs
    /// of attributes begin with the context's URI; [`Self::with_vocabulary`] changes this.
    ///
    /// # Errors
    /// [`Error::Uri`] for a URI that is not absolute or has a fragment.
    pub fn new(json_schema: &str, json_ld_context: &str) -> Result<Self, Error> {
        for (field, uri) in [("jsonSchema", json_schema), ("jsonLdContext", json_ld_context)] {
            if !is_absolute(uri) || uri.contains('#') {
                return Err(Error::Uri { field, limit: LIMIT });
            }
        }
        Ok(Self {
            json_schema: json_schema.to_owned(),
            vocabulary: format!("{json_ld_context}#"),
            json_ld_context: json_ld_context.to_owned(),
        })
    }

    /// Sets the prefix of the attributes' IRIs, which must end in `#` or `/`.
    ///
    /// # Errors
    /// [`Error::Uri`].
    pub fn with_vocabulary(mut self, vocabulary: &str) -> Result<Self, Error> {
        if !is_absolute(vocabulary) || !vocabulary.ends_with(['#', '/']) {
            return Err(Error::Uri {
                field: "vocabulary",
                limit: LIMIT,
            });
        }
        vocabulary.clone_into(&mut self.vocabulary);
        Ok(self)
    }

    /// The URI of the JSON Schema document.
    #[must_use]
    pub fn json_schema(&self) -> &str {
        &self.json_schema
    }

    /// The URI of the JSON-LD context.
    #[must_use]
    pub fn json_ld_context(&self) -> &str {
        &self.json_ld_context
    }

    /// The prefix of the attributes' IRIs.
    #[must_use]
    pub fn vocabulary(&self) -> &str {
        &self.vocabulary
    }
}

/// Whether the text is an absolute URI (RFC 3986, 4.3). Only the scheme and the set of characters
/// are checked.
fn is_absolute(uri: &str) -> bool {
    let Some((scheme, rest)) = uri.split_once(':') else {
        return false;
    };
    let scheme_fits = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    let rest_fits = !rest.is_empty()
        && rest
            .chars()
            .all(|c| c.is_ascii_graphic() && !r#"<>"{}|\^`"#.contains(c));
    uri.len() <= LIMIT && scheme_fits && rest_fits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_have_absolute_uris_without_a_fragment() {
        let long = |length: usize| format!("https://e.org/{}", "x".repeat(length - 14));
        for good in ["https://e.org/a", "ipfs://QmX", "urn:uuid:1", &long(LIMIT)] {
            assert!(DocumentUris::new(good, good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "kyc",
            "/kyc",
            "https:",
            "1a:b",
            "a b:c",
            "https://e.org/ä",
            "https://e.org/a#b",
            "a:<",
            &long(LIMIT + 1),
        ] {
            assert!(DocumentUris::new(bad, "a:b").is_err(), "{bad}");
            assert!(DocumentUris::new("a:b", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_vocabulary_ends_where_a_name_can_follow() {
        let uris = DocumentUris::new("a:s", "a:c").unwrap();
        assert_eq!(uris.vocabulary(), "a:c#");
        assert_eq!(uris.clone().with_vocabulary("a:v/").unwrap().vocabulary(), "a:v/");
        assert!(uris.with_vocabulary("a:v").is_err());
    }
}
