//! Schemas from Rust types, through `schemars`.

use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Value, json};

use crate::{CredentialSchema, Error, reading};

impl CredentialSchema {
    /// The schema of a type that derives `schemars::JsonSchema` (1.x): a struct with a field for each attribute.
    ///
    /// Doc comments become descriptions, a first line `# …` the title; the struct's name becomes the type, and the title where it
    /// has none. An `Option` is an attribute that may be absent. Enums without data become `enum`; newtypes are what they wrap;
    /// `chrono`'s and `jiff`'s dates are `date` and `date-time`; `#[schemars(length(..), range(..), regex(..), email, ..)]`, and
    /// the same under `#[validate(..)]`, become limits. The version is `1.0` unless `#[schemars(extend("$metadata" = ..))]` has
    /// another.
    ///
    /// # Errors
    /// [`Error::Misfit`] for what the form has no place for, such as a field that is a struct, a list or a map;
    /// [`Error::AttributeName`] where `#[serde(rename_all = "camelCase")]` is missing.
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

/// What an `Option` holds: absent is how an attribute has no value.
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

/// `KycIdentity` as people write it: `Kyc Identity`.
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
