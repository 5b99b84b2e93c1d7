//! The form while it grows. Each answer meets the checks that a file's form meets.

use air_schema::CredentialSchema;
use serde_json::{Map, Value, json};

use crate::schema::compile;

/// What of the form is known.
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

    /// How many attributes it has.
    pub(super) fn count(&self) -> usize {
        self.attributes.len()
    }

    /// Takes a member as it is said.
    pub(super) fn take(&mut self, member: &str, value: Value) {
        self.members.insert(member.to_owned(), value);
    }

    /// Takes a member that fits, or says why it doesn't.
    pub(super) fn set(&mut self, member: &str, value: Value) -> Result<(), String> {
        let mut next = self.clone();
        next.take(member, value);
        next.so_far()?;
        *self = next;
        Ok(())
    }

    /// The draft with one attribute more, when that fits.
    pub(super) fn with(&self, attribute: &Map<String, Value>) -> Result<(Self, CredentialSchema), String> {
        let mut next = self.clone();
        next.attributes.push(Value::Object(attribute.clone()));
        let schema = next.so_far()?;
        Ok((next, schema))
    }

    /// The schema as far as it is known, with something in place of a title or attributes that are still missing.
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

    /// The schema that the form is.
    pub(super) fn finished(&self) -> Result<CredentialSchema, String> {
        let mut form = self.members.clone();
        form.insert("attributes".to_owned(), json!(self.attributes));
        let form = Value::Object(form).to_string();
        let schema = CredentialSchema::from_slice(form.as_bytes()).map_err(|error| error.to_string())?;
        compile(&schema).map_err(|failure| failure.message().to_owned())?;
        Ok(schema)
    }
}
