//! The schema: the dashboard's form, read once into types.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Number, Value};

use crate::{Attribute, AttributeName, AttributeType, Constraints, Error, Format};

const SIZE_LIMIT: usize = 256 * 1024;
const ATTRIBUTE_LIMIT: usize = 256;
const TITLE_LIMIT: usize = 200;
const TEXT_LIMIT: usize = 2000;

/// A credential schema: title, type, version, description and attributes.
#[derive(Clone, Debug, PartialEq)]
pub struct CredentialSchema {
    title: String,
    type_name: String,
    version: String,
    description: Option<String>,
    attributes: Vec<Attribute>,
}

impl CredentialSchema {
    /// Reads the form from JSON, at most 256 KiB.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn from_slice(json: &[u8]) -> Result<Self, Error> {
        if json.len() > SIZE_LIMIT {
            return Err(Error::TooLong {
                length: json.len(),
                limit: SIZE_LIMIT,
            });
        }
        let form: Form = serde_json::from_slice(json).map_err(|error| Error::Form {
            reason: error.to_string(),
        })?;
        Self::try_from(form)
    }

    /// What people call it.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Its type, in PascalCase; derived from the title where the form has none.
    #[must_use]
    pub fn type_name(&self) -> &str {
        &self.type_name
    }

    /// Its version, `1.0` where the form has none.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// What it is for.
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

/// The form as it stands in a file.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Form {
    title: String,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    type_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    attributes: Vec<AttributeForm>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AttributeForm {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(rename = "type")]
    kind: AttributeType,
    #[serde(default)]
    required: bool,
    #[serde(rename = "enum", skip_serializing_if = "Option::is_none")]
    allowed: Option<Vec<Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pattern: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_length: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_length: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    minimum: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maximum: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<Format>,
}

impl TryFrom<Form> for CredentialSchema {
    type Error = Error;

    fn try_from(form: Form) -> Result<Self, Error> {
        check_text("title", &form.title, TITLE_LIMIT)?;
        check_optional("type", form.type_name.as_deref(), TITLE_LIMIT)?;
        check_optional("version", form.version.as_deref(), 32)?;
        check_optional("description", form.description.as_deref(), TEXT_LIMIT)?;
        let count = form.attributes.len();
        if !(1..=ATTRIBUTE_LIMIT).contains(&count) {
            return Err(Error::AttributeCount {
                count,
                limit: ATTRIBUTE_LIMIT,
            });
        }
        let attributes = form
            .attributes
            .into_iter()
            .map(Attribute::try_from)
            .collect::<Result<Vec<_>, Error>>()?;
        check_unique(&attributes)?;
        Ok(Self {
            type_name: form.type_name.unwrap_or_else(|| pascal_case(&form.title)),
            title: form.title,
            version: form.version.unwrap_or_else(|| "1.0".to_owned()),
            description: form.description,
            attributes,
        })
    }
}

impl TryFrom<AttributeForm> for Attribute {
    type Error = Error;

    fn try_from(form: AttributeForm) -> Result<Self, Error> {
        check_optional("attribute title", form.title.as_deref(), TITLE_LIMIT)?;
        check_optional("attribute description", form.description.as_deref(), TEXT_LIMIT)?;
        let attribute = Self {
            name: AttributeName::new(form.name)?,
            title: form.title,
            description: form.description,
            kind: form.kind,
            required: form.required,
            constraints: Constraints {
                allowed: form.allowed,
                pattern: form.pattern,
                min_length: form.min_length,
                max_length: form.max_length,
                minimum: form.minimum,
                maximum: form.maximum,
                format: form.format,
            },
        };
        attribute.constraints.check(&attribute)?;
        Ok(attribute)
    }
}

impl From<&Attribute> for AttributeForm {
    fn from(attribute: &Attribute) -> Self {
        let Attribute {
            name,
            title,
            description,
            kind,
            required,
            constraints,
        } = attribute.clone();
        Self {
            name: name.to_string(),
            title,
            description,
            kind,
            required,
            allowed: constraints.allowed,
            pattern: constraints.pattern,
            min_length: constraints.min_length,
            max_length: constraints.max_length,
            minimum: constraints.minimum,
            maximum: constraints.maximum,
            format: constraints.format,
        }
    }
}

impl Serialize for CredentialSchema {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let form = Form {
            title: self.title.clone(),
            type_name: Some(self.type_name.clone()),
            version: Some(self.version.clone()),
            description: self.description.clone(),
            attributes: self.attributes.iter().map(AttributeForm::from).collect(),
        };
        form.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for CredentialSchema {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(Form::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

fn check_text(field: &'static str, text: &str, limit: usize) -> Result<(), Error> {
    if text.trim().is_empty() || text.chars().count() > limit {
        return Err(Error::TextLength { field, limit });
    }
    Ok(())
}

fn check_optional(field: &'static str, text: Option<&str>, limit: usize) -> Result<(), Error> {
    text.map_or(Ok(()), |text| check_text(field, text, limit))
}

fn check_unique(attributes: &[Attribute]) -> Result<(), Error> {
    let mut names: Vec<&AttributeName> = attributes.iter().map(Attribute::name).collect();
    names.sort_unstable();
    let twice = names.windows(2).find_map(|pair| match pair {
        [a, b] if a == b => Some(a.to_string()),
        _ => None,
    });
    twice.map_or(Ok(()), |name| Err(Error::DuplicateAttribute { name }))
}

fn pascal_case(title: &str) -> String {
    let words = title
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    words
        .flat_map(|word| {
            let mut letters = word.chars();
            letters
                .next()
                .into_iter()
                .flat_map(char::to_uppercase)
                .chain(letters)
        })
        .collect()
}
