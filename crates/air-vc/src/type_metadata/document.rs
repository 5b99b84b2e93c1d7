//! One document.

use serde::Deserialize;
use serde_json::Value;

use super::{
    claim::ClaimMetadata,
    display::{Display, DisplayMembers, ITEM_LIMIT, displays, invalid},
};
use crate::Error;

/// The maximum length of a document in bytes.
pub const DOCUMENT_LIMIT: usize = 256 * 1024;
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
