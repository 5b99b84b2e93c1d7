//! A credential schema: the checked values of a form.

use crate::{Attribute, Error, form::Form};

const SIZE_LIMIT: usize = 256 * 1024;

/// A credential schema: title, type, version, description and attributes.
#[derive(Clone, Debug, PartialEq)]
pub struct CredentialSchema {
    pub(crate) title: String,
    pub(crate) type_name: String,
    pub(crate) version: String,
    pub(crate) description: Option<String>,
    pub(crate) attributes: Vec<Attribute>,
}

impl CredentialSchema {
    /// Reads a form from at most 256 KiB of JSON, with the rules of `air-json` for numbers and
    /// names.
    ///
    /// # Errors
    /// The first rule that the form breaks.
    pub fn from_slice(json: &[u8]) -> Result<Self, Error> {
        check_size(json)?;
        if let Err(error) = air_json::check(json)
            && error.pointer().is_some()
        {
            let reason = error.to_string();
            return Err(Error::Form { reason });
        }
        let form: Form =
            serde_json::from_slice(air_json::without_bom(json)).map_err(|error| Error::Form {
                reason: error.to_string(),
            })?;
        Self::try_from(form)
    }

    /// The title.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The type, in PascalCase. It is derived from the title if the form has none.
    #[must_use]
    pub fn type_name(&self) -> &str {
        &self.type_name
    }

    /// The version; defaults to `1.0`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The purpose of the credential.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// The attributes, in the form's order.
    #[must_use]
    pub fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }
}

/// Checks that a schema does not exceed the size limit.
pub(crate) fn check_size(json: &[u8]) -> Result<(), Error> {
    if json.len() > SIZE_LIMIT {
        return Err(Error::TooLong {
            length: json.len(),
            limit: SIZE_LIMIT,
        });
    }
    Ok(())
}
