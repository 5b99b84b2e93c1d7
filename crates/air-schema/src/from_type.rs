//! Schemas from Rust types, through `schemars`.

use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Value, json};

use crate::{CredentialSchema, Error, reading};

impl CredentialSchema {
    /// Creates the schema of a type that derives `schemars::JsonSchema` (1.x): a struct with a
    /// field for each attribute.
    ///
    /// Doc comments become descriptions, and a first line `# …` becomes the title. The struct's
    /// name becomes the type, and the title if there is no other. An `Option` is an optional
    /// attribute. Enums without data become `enum`, and a newtype has the type of its field. The
    /// dates of `chrono` and `jiff` become `date` and `date-time`. `#[schemars(length(..),
    /// range(..), regex(..), email, ..)]` and the same attributes under `#[validate(..)]` become
    /// limits. The version is `1.0`, unless `#[schemars(extend("$metadata" = ..))]` sets another.
    ///
    /// # Errors
    /// [`Error::Misfit`] for a field that the form can't express, such as a struct, a list or a
    /// map; [`Error::AttributeName`] for a name that is not allowed, for example because
    /// `#[serde(rename_all = "camelCase")]` is missing.
    pub fn from_type<T: JsonSchema>() -> Result<Self, Error> {
        let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
        let mut document = Value::from(settings.into_generator().into_root_schema_for::<T>());
        name_after_type(&mut document, &T::schema_name());
        if let Some(Value::Object(properties)) = document.get_mut("properties") {
            properties.values_mut().for_each(without_null);
        }
        reading::read(&document, None)
    }
}

fn name_after_type(document: &mut Value, name: &str) {
    let Some(members) = document.as_object_mut() else {
        return;
    };
    if members.get("title").is_some_and(|title| title == name) {
        members.insert("title".to_owned(), spaced(name).into());
    }
    members
        .entry("$metadata")
        .or_insert_with(|| json!({ "type": name }));
}

/// The schema of the value in an `Option`. A subject has no `null`: an attribute without a value is
/// absent.
fn without_null(schema: &mut Value) {
    let Some(members) = schema.as_object_mut() else {
        return;
    };
    if let Some(Value::Array(types)) = members.get_mut("type") {
        types.retain(|name| name != "null");
    }
    if let Some(Value::Array(values)) = members.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    for alternatives in ["anyOf", "oneOf"] {
        if let Some(Value::Array(schemas)) = members.get_mut(alternatives) {
            schemas.retain(|schema| schema.get("type").is_none_or(|name| name != "null"));
        }
    }
}

/// Splits a type's name into words: `KycIdentity` becomes `Kyc Identity`.
fn spaced(name: &str) -> String {
    let mut spaced = String::new();
    let mut after_small = false;
    for letter in name.chars() {
        if letter.is_uppercase() && after_small {
            spaced.push(' ');
        }
        after_small = !letter.is_uppercase();
        spaced.push(letter);
    }
    spaced
}
