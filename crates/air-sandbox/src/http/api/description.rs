//! Describes operations by the types of their handlers, and generates the document.

use std::collections::BTreeSet;

use air_api::{ErrorBody, IDEMPOTENT_REPLAYED_HEADER};
use axum::http::header;
pub(crate) use schemars::JsonSchema;
use schemars::{
    Schema, SchemaGenerator,
    generate::SchemaSettings,
    transform::{RecursiveTransform, Transform},
};
use serde_json::{Map, Value, json};

use super::{Operation, document};

/// The described operations.
#[derive(Debug)]
pub(super) struct Operations {
    paths: Map<String, Value>,
    schemas: Schemas,
}

impl Operations {
    pub(super) fn new() -> Self {
        Self {
            paths: Map::new(),
            schemas: Schemas::new(),
        }
    }

    /// Adds an operation. `describe` adds the inputs and outputs of its handler.
    pub(super) fn add<F>(&mut self, operation: Operation<F>, describe: impl FnOnce(&mut Description<'_>)) {
        let (path, method) = (operation.path, operation.name);
        let mut description = Description::new(path, &mut self.schemas);
        describe(&mut description);
        let described = description.finish(operation);
        let item = self.paths.entry(path).or_insert_with(|| json!({}));
        if let Some(methods) = item.as_object_mut() {
            methods.insert(method.to_owned(), described);
        }
    }

    /// Returns the document of the operations.
    #[allow(
        dead_code,
        reason = "the test that calls it needs the routes of some features"
    )]
    pub(super) fn into_document(self) -> Value {
        document::document(&self.paths, &self.schemas.definitions())
    }
}

/// The schemas of inputs and outputs.
#[derive(Debug)]
struct Schemas {
    taken: SchemaGenerator,
    answered: SchemaGenerator,
}

impl Schemas {
    fn new() -> Self {
        let settings = || {
            let mut settings = SchemaSettings::draft2020_12();
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
            settings.with_transform(RecursiveTransform(bound))
        };
        Self {
            taken: settings().for_deserialize().into_generator(),
            answered: settings()
                .for_serialize()
                .with_transform(RecursiveTransform(without_null))
                .into_generator(),
        }
    }

    /// Returns all named schemas. A type that is both input and output has its input schema, which is valid
    /// for outputs, too.
    fn definitions(mut self) -> Map<String, Value> {
        let mut all = self.answered.take_definitions(true);
        all.extend(self.taken.take_definitions(true));
        all
    }
}

/// Adds the maximum of an integer's type, and removes Rust documentation links. The maximum of 64-bit
/// integers is the largest number that a database holds.
fn bound(schema: &mut Schema) {
    let most = match schema.get("format").and_then(Value::as_str) {
        Some("uint16") => u64::from(u16::MAX),
        Some("uint32") => u64::from(u32::MAX),
        Some("uint64") => air_store::sql::LARGEST,
        _ => 0,
    };
    if most > 0 && schema.get("maximum").is_none() {
        schema.insert("maximum".to_owned(), most.into());
    }
    if let Some(text) = schema.get("description").and_then(Value::as_str) {
        let text = text.replace("[`", "`").replace("`]", "`");
        schema.insert("description".to_owned(), text.into());
    }
}

/// Removes `null` from a schema: responses omit absent members.
fn without_null(schema: &mut Schema) {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(choices)) = schema.get_mut("anyOf") {
        choices.retain(|choice| choice.get("type").is_none_or(|kind| kind != "null"));
        if let [only] = choices.as_slice()
            && let Value::Object(only) = only.clone()
        {
            schema.remove("anyOf");
            for (keyword, value) in only {
                schema.insert(keyword, value);
            }
        }
    }
}

/// The description of one operation, while it is built.
#[derive(Debug)]
pub(crate) struct Description<'a> {
    path: &'static str,
    schemas: &'a mut Schemas,
    parameters: Vec<Value>,
    security: Map<String, Value>,
    body: Option<(&'static str, Value)>,
    answer: Option<(&'static str, Value)>,
    is_replayable: bool,
    has_entity_tag: bool,
    success: u16,
    statuses: BTreeSet<u16>,
}

impl<'a> Description<'a> {
    fn new(path: &'static str, schemas: &'a mut Schemas) -> Self {
        Self {
            path,
            schemas,
            parameters: Vec::new(),
            security: Map::new(),
            body: None,
            answer: None,
            is_replayable: false,
            has_entity_tag: false,
            success: 200,
            statuses: BTreeSet::new(),
        }
    }

    /// Adds an optional header.
    pub(crate) fn header(&mut self, name: &str, description: &str, schema: &Value) {
        self.parameters.push(json!({
            "name": name,
            "in": "header",
            "required": false,
            "description": description,
            "schema": schema,
        }));
    }

    /// Adds a required credential: a security scheme of the document.
    pub(crate) fn needs(&mut self, scheme: &str) {
        self.security.insert(scheme.to_owned(), json!([]));
        self.refuses(401);
    }

    pub(crate) fn refuses(&mut self, status: u16) {
        self.statuses.insert(status);
    }

    /// Sets a JSON body.
    pub(crate) fn takes<T: JsonSchema>(&mut self) {
        let schema = self.schemas.taken.subschema_for::<T>();
        self.takes_as("application/json", schema.to_value());
        self.refuses(415);
    }

    /// Sets a body of another media type.
    pub(crate) fn takes_as(&mut self, media_type: &'static str, schema: Value) {
        self.body = Some((media_type, schema));
        self.refuses(400);
        self.refuses(413);
    }

    /// Sets a response of a media type other than JSON.
    pub(crate) fn answers_as(&mut self, media_type: &'static str, schema: Value) {
        self.answer = Some((media_type, schema));
    }

    /// Sets the status 201: a record was created.
    pub(crate) fn is_created(&mut self) {
        self.success = 201;
    }

    /// Adds the header of responses that were stored for an `Idempotency-Key`.
    pub(super) fn is_replayable(&mut self) {
        self.is_replayable = true;
    }

    /// Adds the body of errors to the schemas.
    pub(super) fn has_error_body(&mut self) {
        self.schemas.answered.subschema_for::<ErrorBody>();
    }

    /// Adds the response header `ETag` and the status 304.
    pub(crate) fn has_entity_tag(&mut self) {
        self.has_entity_tag = true;
    }

    /// Sets a JSON response.
    pub(crate) fn answers<T: JsonSchema>(&mut self) {
        let schema = self.schemas.answered.subschema_for::<T>();
        self.answers_as("application/json", schema.to_value());
    }

    /// Adds each property of an object as a query parameter.
    pub(super) fn query<T: JsonSchema>(&mut self) {
        let schema = T::json_schema(&mut self.schemas.taken);
        let mut schema = transformed(schema);
        let required: Vec<Value> = match schema.remove("required") {
            Some(Value::Array(names)) => names,
            _ => Vec::new(),
        };
        let Some(Value::Object(properties)) = schema.remove("properties") else {
            return;
        };
        for (name, mut schema) in properties {
            let description = schema
                .as_object_mut()
                .and_then(|members| members.remove("description"));
            let required = required.contains(&Value::String(name.clone()));
            let mut parameter =
                json!({ "name": name, "in": "query", "required": required, "schema": schema });
            if let (Some(text), Some(members)) = (description, parameter.as_object_mut()) {
                members.insert("description".to_owned(), text);
            }
            self.parameters.push(parameter);
        }
        self.refuses(400);
    }

    /// Adds each placeholder of the path's template as a parameter, in order.
    pub(crate) fn path<T: JsonSchema>(&mut self) {
        let schema = T::json_schema(&mut self.schemas.taken);
        let mut schema = transformed(schema);
        let each = match schema.remove("prefixItems") {
            Some(Value::Array(each)) => each,
            _ => vec![schema.to_value()],
        };
        let names = self
            .path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        for (name, mut schema) in names.zip(each) {
            if let Some(members) = schema.as_object_mut()
                && members.get("type").is_some_and(|kind| kind == "string")
            {
                members.insert("minLength".to_owned(), 1.into());
            }
            self.parameters
                .push(json!({ "name": name, "in": "path", "required": true, "schema": schema }));
        }
        self.refuses(400);
    }

    fn finish<F>(mut self, operation: Operation<F>) -> Value {
        for status in operation.refusals {
            self.refuses(*status);
        }
        if operation.is_set_up || operation.is_watched {
            self.refuses(403);
        }
        if operation.is_watched {
            self.refuses(401);
        }
        for status in [429, 500, 503] {
            self.refuses(status);
        }
        let mut described = json!({
            "operationId": operation.id,
            "summary": operation.summary,
            "tags": [operation.tag.name()],
        });
        let Some(members) = described.as_object_mut() else {
            return described;
        };
        if !self.parameters.is_empty() {
            members.insert("parameters".to_owned(), self.parameters.into());
        }
        if let Some((media_type, schema)) = self.body {
            let content = content(media_type, &schema, operation.example);
            members.insert(
                "requestBody".to_owned(),
                json!({ "required": true, "content": content }),
            );
        }
        let mut responses = Map::new();
        if let Some((media_type, schema)) = self.answer {
            let mut headers = json!({ "x-request-id": { "$ref": "#/components/headers/RequestId" } });
            if self.is_replayable
                && let Some(headers) = headers.as_object_mut()
            {
                let replayed = json!({ "$ref": "#/components/headers/Replayed" });
                headers.insert(IDEMPOTENT_REPLAYED_HEADER.to_owned(), replayed);
            }
            if self.has_entity_tag
                && let Some(headers) = headers.as_object_mut()
            {
                let tag = json!({ "$ref": "#/components/headers/EntityTag" });
                headers.insert(header::ETAG.as_str().to_owned(), tag);
                let unchanged = json!({ "description": "The answer is the one that `If-None-Match` names.", "headers": headers });
                responses.insert("304".to_owned(), unchanged);
            }
            let content = content(media_type, &schema, operation.answer);
            responses.insert(
                self.success.to_string(),
                json!({ "description": "Done.", "headers": headers, "content": content }),
            );
        }
        for status in &self.statuses {
            let reference = json!({ "$ref": format!("#/components/responses/{status}") });
            responses.insert(status.to_string(), reference);
        }
        members.insert("responses".to_owned(), responses.into());
        let security = if operation.is_watched {
            Some(json!([{}, { "AdminToken": [] }, { "PartnerJwt": [] }]))
        } else if operation.is_set_up {
            // A client on loopback needs no credential.
            Some(json!([{}, { "AdminToken": [] }]))
        } else if self.security.is_empty() {
            None
        } else {
            Some(json!([self.security]))
        };
        if let Some(security) = security {
            members.insert("security".to_owned(), security);
        }
        described
    }
}

fn transformed(mut schema: Schema) -> Schema {
    RecursiveTransform(bound).transform(&mut schema);
    schema
}

fn content(media_type: &str, schema: &Value, example: Option<Value>) -> Value {
    let mut content = json!({ "schema": schema });
    if let (Some(example), Some(members)) = (example, content.as_object_mut()) {
        members.insert("example".to_owned(), example);
    }
    json!({ media_type: content })
}
