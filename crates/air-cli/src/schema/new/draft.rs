//! A form under construction. Each answer is checked like a form from a file.

use air_schema::CredentialSchema;
use serde_json::{Map, Value, json};

use crate::schema::compile;

/// The known part of the form.
#[derive(Clone)]
pub(super) struct Draft {
    members: Map<String, Value>,
    attributes: Vec<Value>,
}

impl Draft {
    pub(super) fn new(attributes: impl Iterator<Item = Value>) -> Self {
        Self {
            members: Map::new(),
            attributes: attributes.collect(),
        }
    }

    pub(super) fn has(&self, member: &str) -> bool {
        self.members.contains_key(member)
    }

    /// The number of attributes.
    pub(super) fn count(&self) -> usize {
        self.attributes.len()
    }

    /// Sets a member without checking the form.
    pub(super) fn take(&mut self, member: &str, value: Value) {
        self.members.insert(member.to_owned(), value);
    }

    /// Sets a member if the form is valid with it, or returns the reason why not.
    pub(super) fn set(&mut self, member: &str, value: Value) -> Result<(), String> {
        let mut next = self.clone();
        next.take(member, value);
        next.so_far()?;
        *self = next;
        Ok(())
    }

    /// The draft with another attribute, if the form is valid with it.
    pub(super) fn with(&self, attribute: &Map<String, Value>) -> Result<(Self, CredentialSchema), String> {
        let mut next = self.clone();
        next.attributes.push(Value::Object(attribute.clone()));
        let schema = next.so_far()?;
        Ok((next, schema))
    }

    /// The schema so far, with placeholders for a missing title or missing attributes.
    pub(super) fn so_far(&self) -> Result<CredentialSchema, String> {
        let mut draft = self.clone();
        draft.members.entry("title").or_insert(json!("Title"));
        if draft.attributes.is_empty() {
            draft
                .attributes
                .push(json!({ "name": "attribute", "type": "boolean" }));
        }
        draft.finished()
    }

    /// The form as a schema.
    pub(super) fn finished(&self) -> Result<CredentialSchema, String> {
        let mut form = self.members.clone();
        form.insert("attributes".to_owned(), json!(self.attributes));
        let form = Value::Object(form).to_string();
        let schema = CredentialSchema::from_slice(form.as_bytes()).map_err(|error| error.to_string())?;
        compile(&schema).map_err(|failure| failure.message().to_owned())?;
        Ok(schema)
    }
}
