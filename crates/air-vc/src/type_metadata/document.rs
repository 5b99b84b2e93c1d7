//! One document.

use serde::Deserialize;
use serde_json::Value;

use super::claim::ClaimMetadata;
use crate::Error;

/// The maximum length of a document in bytes.
pub const DOCUMENT_LIMIT: usize = 256 * 1024;
/// The maximum number of claims, and of languages of a text.
const ITEM_LIMIT: usize = 512;
/// The maximum length of a text in bytes.
const TEXT_LIMIT: usize = 4096;

/// The metadata of a type, as one document has it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TypeMetadata {
    /// `vct`.
    pub vct: String,
    /// `name`: a name for developers.
    pub name: Option<String>,
    /// `extends`: the type that this type extends.
    pub extends: Option<String>,
    /// `extends#integrity`: the hash of the document of that type.
    pub extends_integrity: Option<String>,
    /// `display`: the names for users, by language.
    pub display: Vec<Display>,
    /// `claims`.
    pub claims: Vec<ClaimMetadata>,
}

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

/// The members that are read. Others are ignored (section 5.2).
#[derive(Deserialize)]
struct Members {
    vct: String,
    name: Option<String>,
    extends: Option<String>,
    #[serde(rename = "extends#integrity")]
    extends_integrity: Option<String>,
    #[serde(default)]
    display: Vec<DisplayMembers>,
    #[serde(default)]
    claims: Vec<ClaimMembers>,
}

#[derive(Deserialize)]
struct DisplayMembers {
    locale: String,
    /// A type has a `name`, a claim a `label`.
    #[serde(alias = "label")]
    name: String,
    description: Option<String>,
}

#[derive(Deserialize)]
struct ClaimMembers {
    path: Vec<Value>,
    #[serde(default)]
    display: Vec<DisplayMembers>,
    sd: Option<String>,
    mandatory: Option<bool>,
}

impl TypeMetadata {
    /// Reads a document of at most [`DOCUMENT_LIMIT`] bytes.
    ///
    /// # Errors
    /// [`Error::TypeMetadata`].
    pub fn parse(json: &[u8]) -> Result<Self, Error> {
        if json.len() > DOCUMENT_LIMIT {
            return Err(invalid("the document is longer than 256 KiB"));
        }
        let members = air_json::read_object(json)
            .map_err(|_| invalid("it is not a JSON object, or repeats a member"))?;
        let members: Members = serde_json::from_value(Value::Object(members)).map_err(|_| {
            invalid(
                "a member is missing or has another type: `vct`, `extends`, `display` with `locale` and `name`, `claims` with `path`",
            )
        })?;
        if members.vct.is_empty() || members.claims.len() > ITEM_LIMIT {
            return Err(invalid("`vct` is empty, or it has more than 512 claims"));
        }
        let claims = members.claims.into_iter().map(ClaimMembers::read);
        Ok(Self {
            vct: members.vct,
            name: members.name,
            extends: members.extends,
            extends_integrity: members.extends_integrity,
            display: displays(members.display)?,
            claims: claims.collect::<Result<_, _>>()?,
        })
    }
}

impl ClaimMembers {
    fn read(self) -> Result<ClaimMetadata, Error> {
        Ok(ClaimMetadata {
            path: ClaimMetadata::read_path(&self.path)?,
            display: displays(self.display)?,
            disclosability: self.sd.as_deref().map(str::parse).transpose()?,
            mandatory: self.mandatory,
        })
    }
}

fn displays(members: Vec<DisplayMembers>) -> Result<Vec<Display>, Error> {
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
