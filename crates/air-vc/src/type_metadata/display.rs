//! Texts for users, by language.

use serde::Deserialize;

use crate::Error;

/// The maximum number of claims, and of languages of a text.
pub(super) const ITEM_LIMIT: usize = 512;
/// The maximum length of a text in bytes.
const TEXT_LIMIT: usize = 4096;

/// A name in one language, and its description.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Display {
    /// The language tag (RFC 5646), such as `de-AT`.
    pub locale: String,
    /// The name of a type, or the label of a claim.
    pub name: String,
    /// The description.
    pub description: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct DisplayMembers {
    locale: String,
    /// A type has a `name`, a claim a `label`.
    #[serde(alias = "label")]
    name: String,
    description: Option<String>,
}

pub(super) fn displays(members: Vec<DisplayMembers>) -> Result<Vec<Display>, Error> {
    if members.len() > ITEM_LIMIT {
        return Err(invalid("a text has more than 512 languages"));
    }
    let is_long = |text: &str| text.len() > TEXT_LIMIT;
    let displays = members.into_iter().map(|members| {
        if is_long(&members.name) || members.description.as_deref().is_some_and(is_long) {
            return Err(invalid("a text has more than 4096 bytes"));
        }
        Ok(Display {
            locale: members.locale,
            name: members.name,
            description: members.description,
        })
    });
    displays.collect()
}

pub(super) fn invalid(reason: &'static str) -> Error {
    Error::TypeMetadata { reason }
}
