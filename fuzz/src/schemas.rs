//! Schemas and subjects: what parses can be written and reads back, and no schema or subject makes
//! the validator panic.

use std::sync::LazyLock;

use air_schema::{
    CredentialSchema, DocumentUris, Draft, JsonSchemaValidator, Validator, compare, parse_subject,
};
use serde_json::Value;

const DRAFTS: [Draft; 2] = [Draft::Draft7, Draft::Draft202012];

/// The form's own validator, and those of its JSON Schema.
static KYC: LazyLock<(Validator, [JsonSchemaValidator; 2])> = LazyLock::new(|| {
    let form = include_bytes!("../../examples/kyc/schema.json");
    let schema = CredentialSchema::from_slice(form).expect("the example is a form");
    let json_schemas = DRAFTS.map(|draft| {
        let document = schema.to_json_schema(draft);
        JsonSchemaValidator::new(&document, draft).expect("its JSON Schema compiles")
    });
    (Validator::new(&schema).expect("it compiles"), json_schemas)
});
static URIS: LazyLock<DocumentUris> =
    LazyLock::new(|| DocumentUris::new("https://e.org/s", "https://e.org/c").expect("two URIs"));

/// A form, or a JSON Schema that may be one.
pub fn schema(data: &[u8]) {
    let forms = [
        CredentialSchema::from_slice(data),
        CredentialSchema::from_json_schema(data),
    ];
    for schema in forms.into_iter().flatten() {
        let json = serde_json::to_vec(&schema).expect("a form serialises");
        let again = CredentialSchema::from_slice(&json).expect("what is written reads back");
        assert_eq!(again, schema);
        assert_eq!(again.content_id(), schema.content_id());
        assert!(compare(&schema, &again).changes().is_empty());
        let _ = schema.lint();
        let _ = schema.to_json_ld_context(&URIS);
        for draft in DRAFTS {
            let document = schema.to_document(&URIS, draft).to_string();
            let read =
                CredentialSchema::from_json_schema(document.as_bytes()).expect("its document is a schema");
            assert_eq!(read, schema);
        }
        let _ = Validator::new(&schema);
    }
}

/// A subject, about which both validators say the same; or a JSON Schema and a subject, with a line
/// break between.
pub fn subject(data: &[u8]) {
    if let Ok(subject) = parse_subject(data) {
        let (form, json_schemas) = &*KYC;
        let found = form.validate(&subject);
        let subject = Value::Object(subject);
        assert!(found.as_ref().err().is_none_or(|found| found.count() > 0));
        for json_schema in json_schemas {
            assert_eq!(json_schema.validate(&subject), found);
        }
    }
    let Some(at) = data.iter().position(|byte| *byte == b'\n') else {
        return;
    };
    let (schema, subject) = data.split_at(at);
    let (Ok(schema), Ok(subject)) = (
        serde_json::from_slice::<Value>(schema),
        serde_json::from_slice::<Value>(subject),
    ) else {
        return;
    };
    for draft in DRAFTS {
        if let Ok(validator) = JsonSchemaValidator::new(&schema, draft)
            && let Err(violations) = validator.validate(&subject)
        {
            assert!(violations.count() > 0 && violations.iter().count() <= 100);
        }
    }
}
