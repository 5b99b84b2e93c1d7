//! The form of a schema as JSON. Forms, JSON Schemas and Rust types all become schemas through it,
//! so that the same checks apply to each.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Number, Value};

use crate::{
    Attribute, AttributeName, AttributeType, Constraints, CredentialSchema, Error, Format,
    number::{plain, plain_value},
};

const ATTRIBUTE_LIMIT: usize = 256;
const TITLE_LIMIT: usize = 200;
const TEXT_LIMIT: usize = 2000;
const VERSION_LIMIT: usize = 32;
/// The type of a schema whose form has no type and whose title has no letters.
const NAMELESS: &str = "Credential";
/// Terms that the JSON-LD contexts of every credential define.
const RESERVED_TYPES: &[&str] = &[
    "id",
    "type",
    "vocab",
    "xsd",
    "VerifiableCredential",
    "VerifiablePresentation",
];

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Form {
    pub(crate) title: String,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(crate) type_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    pub(crate) attributes: Vec<AttributeForm>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AttributeForm {
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    #[serde(rename = "type")]
    pub(crate) kind: AttributeType,
    #[serde(default)]
    pub(crate) required: bool,
    #[serde(rename = "enum", skip_serializing_if = "Option::is_none")]
    pub(crate) allowed: Option<Vec<Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pattern: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) min_length: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max_length: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) minimum: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) maximum: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) format: Option<Format>,
}

impl TryFrom<Form> for CredentialSchema {
    type Error = Error;

    fn try_from(form: Form) -> Result<Self, Error> {
        check_text("title", &form.title, TITLE_LIMIT)?;
        check_optional("version", form.version.as_deref(), VERSION_LIMIT)?;
        check_optional("description", form.description.as_deref(), TEXT_LIMIT)?;
        let type_name = match form.type_name {
            Some(name) => checked_type(name)?,
            None => type_of(&form.title),
        };
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
            title: form.title,
            type_name,
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
                allowed: form
                    .allowed
                    .map(|values| values.into_iter().map(plain_value).collect()),
                pattern: form.pattern,
                min_length: form.min_length,
                max_length: form.max_length,
                minimum: form.minimum.as_ref().map(plain),
                maximum: form.maximum.as_ref().map(plain),
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

/// Checks a type, which is a term of JSON-LD and the end of an IRI.
fn checked_type(name: String) -> Result<String, Error> {
    check_text("type", &name, TITLE_LIMIT)?;
    let term = name
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
    if !term || RESERVED_TYPES.contains(&name.as_str()) {
        return Err(Error::TypeName);
    }
    Ok(name)
}

fn type_of(title: &str) -> String {
    let name: String = pascal_case(title).chars().take(TITLE_LIMIT).collect();
    checked_type(name).unwrap_or_else(|_| NAMELESS.to_owned())
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
