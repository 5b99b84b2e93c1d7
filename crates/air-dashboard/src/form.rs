//! The fields of a form: names and values in the page's order (URL, 5.1), and an optional file (RFC 7578).

use std::borrow::Cow;

use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, Multipart, Request},
    http::{HeaderMap, HeaderValue, header},
};
use url::form_urlencoded;

use air_platform::Refusal;

/// The maximum number of parts of a form with a file.
const PARTS: usize = 16;

/// An uploaded file. It excludes the file's name and type, because the browser's values are not trustworthy.
#[derive(Clone)]
pub(crate) struct Upload(pub(crate) Bytes);

/// Returns the media type of a form with a file.
pub(crate) fn upload_type(headers: &HeaderMap) -> Option<&HeaderValue> {
    let media_type = headers.get(header::CONTENT_TYPE)?;
    let essence = media_type.to_str().ok()?.split(';').next()?.trim();
    essence
        .eq_ignore_ascii_case("multipart/form-data")
        .then_some(media_type)
}

/// The fields of a form or a query. An absent field equals an empty one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let pairs = form_urlencoded::parse(bytes);
        Self(
            pairs
                .map(|(name, value)| (name.into_owned(), without_nul(value)))
                .collect(),
        )
    }

    /// Parses a form with a file. The caller must limit the number of bytes. Returns no file if the user
    /// chose none.
    pub(crate) async fn parse_upload(
        media_type: HeaderValue,
        bytes: Bytes,
    ) -> Result<(Self, Option<Upload>), Refusal> {
        let unreadable = |_| Refusal::bad_request("the form is invalid; reload the page and send it again");
        let mut request = Request::new(Body::from(bytes));
        request.headers_mut().insert(header::CONTENT_TYPE, media_type);
        let parts = Multipart::from_request(request, &()).await;
        let mut parts =
            parts.map_err(|_| Refusal::bad_request("the form has no boundary between its parts"))?;
        let (mut fields, mut upload) = (Self::default(), None);
        let mut count = 0;
        while let Some(part) = parts.next_field().await.map_err(unreadable)? {
            count += 1;
            if count > PARTS {
                return Err(Refusal::bad_request("the form has too many parts"));
            }
            let name = part.name().unwrap_or_default().to_owned();
            let is_file = part.file_name().is_some();
            let bytes = part.bytes().await.map_err(unreadable)?;
            if is_file {
                upload = Some(Upload(bytes)).filter(|Upload(bytes)| !bytes.is_empty());
            } else {
                fields
                    .0
                    .push((name, without_nul(String::from_utf8_lossy(&bytes))));
            }
        }
        Ok((fields, upload))
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value.trim())
    }

    /// Returns a field's text, or `None` if it is empty.
    pub(crate) fn filled(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// Returns the fields that are not empty, in the page's order.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.0.iter().map(|(name, value)| (name.as_str(), value.trim()));
        pairs.filter(|(_, value)| !value.is_empty())
    }

    /// Returns whether a checkbox is ticked.
    pub(crate) fn is_ticked(&self, name: &str) -> bool {
        self.filled(name).is_some()
    }

    /// Returns the page's number, from 1.
    pub(crate) fn page(&self) -> u32 {
        self.text("page").parse().unwrap_or(1).max(1)
    }

    /// Returns the number of rows of a form: the rows that were present, and one more if the user added one.
    /// A row's fields end in its number.
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

/// Removes U+0000, which PostgreSQL does not support in text. No browser accepts the character in a field.
fn without_nul(text: Cow<'_, str>) -> String {
    if text.contains('\0') {
        text.replace('\0', "")
    } else {
        text.into_owned()
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
