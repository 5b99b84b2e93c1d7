//! Conversion of JSON Schemas to forms, with errors that name the keyword that a form can't
//! express.

mod attribute;
mod keywords;
mod numbers;

use serde_json::Value;

use self::keywords::{Keywords, Source};
use crate::{CredentialSchema, Error, form::Form, schema::check_size};

impl CredentialSchema {
    /// Reads a document that the platform published, or any JSON Schema of an object (draft 7 or
    /// 2020-12), at most 256 KiB.
    ///
    /// Properties become attributes, in their order. References within the document are followed,
    /// `allOf` is merged, and `const` and lists of constants become `enum`. Keywords that don't
    /// affect validity and have no field in the form are ignored: `$comment`, `default`,
    /// `examples`, `deprecated`, `readOnly`, `writeOnly`, `$id`, names that begin with `x-`, and
    /// the members of a credential around its subject. A form allows no other attributes than its
    /// own, also if the JSON Schema has no `additionalProperties`.
    ///
    /// # Errors
    /// [`Error::Misfit`] with the location, the keyword and the reason; [`Error::NotJsonSchema`];
    /// and the errors of a form.
    pub fn from_json_schema(json: &[u8]) -> Result<Self, Error> {
        read(&parse(json)?, None)
    }

    /// As [`Self::from_json_schema`], but with this title instead of the document's, which may be
    /// missing.
    ///
    /// # Errors
    /// As [`Self::from_json_schema`].
    pub fn from_json_schema_titled(json: &[u8], title: &str) -> Result<Self, Error> {
        read(&parse(json)?, Some(title))
    }

    /// Reads a form, or else a JSON Schema as [`Self::from_json_schema`] does.
    ///
    /// # Errors
    /// The errors of a form if the document is not a JSON Schema; else those of
    /// [`Self::from_json_schema`].
    pub fn from_form_or_json_schema(json: &[u8]) -> Result<Self, Error> {
        Self::from_slice(json).or_else(|form| {
            Self::from_json_schema(json).map_err(|error| match error {
                Error::NotJsonSchema { .. } => form,
                other => other,
            })
        })
    }
}

fn parse(json: &[u8]) -> Result<Value, Error> {
    check_size(json)?;
    air_json::read(json).map_err(|error| Error::NotJsonSchema {
        reason: error.to_string(),
    })
}

/// Converts a JSON Schema with its own title or the given one. The parser has already limited its
/// depth.
pub(crate) fn read(document: &Value, title: Option<&str>) -> Result<CredentialSchema, Error> {
    let source = Source::new(document)?;
    let mut root = source.keywords("", document)?;
    let metadata = source.metadata();
    let own_title = root.text("title")?;
    let title = title
        .map(str::to_owned)
        .or(own_title)
        .or_else(|| metadata("type"));
    let mut form = Form {
        title: title.ok_or_else(|| root.lacks("title", "it must have a title of up to 200 characters"))?,
        type_name: metadata("type"),
        version: metadata("version"),
        description: root.text("description")?,
        attributes: Vec::new(),
    };
    let (mut subject, filled_in) = match credential_subject(&root) {
        None => (root, &[][..]),
        Some((pointer, subject)) => {
            for member in ["type", "required", "properties", "additionalProperties"] {
                root.take(member);
            }
            root.finish()?;
            (source.keywords(&pointer, subject)?, FILLED_IN)
        }
    };
    read_attributes(&source, &mut subject, filled_in, &mut form)?;
    subject.finish()?;
    CredentialSchema::try_from(form)
}

/// Members of a credential's subject that the platform adds.
const FILLED_IN: &[&str] = &["id", "type"];

/// The schema of the subject, if the document is the schema of a whole credential.
fn credential_subject<'a>(root: &Keywords<'a>) -> Option<(String, &'a Value)> {
    let properties = root.get("properties")?;
    let subject = properties.value.get("credentialSubject")?;
    Some((format!("{}/credentialSubject", properties.pointer), subject))
}

fn read_attributes(
    source: &Source<'_>,
    subject: &mut Keywords<'_>,
    filled_in: &[&str],
    form: &mut Form,
) -> Result<(), Error> {
    subject.take("title");
    subject.take("description");
    if let Some(kind) = subject.take("type")
        && kind.value != "object"
    {
        return Err(kind.misfit("a subject is an object of attributes"));
    }
    for closing in ["additionalProperties", "unevaluatedProperties"] {
        if let Some(keyword) = subject.take(closing)
            && keyword.value != false
        {
            return Err(keyword
                .misfit("the form is closed; list every attribute under `properties`, and say false here"));
        }
    }
    let required = subject.take("required");
    let mut required_names = required
        .iter()
        .flat_map(keywords::Keyword::texts)
        .collect::<Vec<_>>();
    if let Some(properties) = subject.take("properties") {
        for (name, schema) in properties.members()? {
            if filled_in.contains(&name.as_str()) {
                continue;
            }
            let pointer = keywords::join(&properties.pointer, name);
            let keywords = source.keywords(&pointer, schema)?;
            let is_required = required_names.contains(&name.as_str());
            form.attributes
                .push(attribute::read(source, name, keywords, is_required)?);
        }
    }
    required_names.retain(|name| {
        !filled_in.contains(name) && !form.attributes.iter().any(|attribute| attribute.name == *name)
    });
    match required {
        Some(required) if !required_names.is_empty() => {
            Err(required.misfit("it names an attribute that `properties` lacks"))
        }
        _ => Ok(()),
    }
}
