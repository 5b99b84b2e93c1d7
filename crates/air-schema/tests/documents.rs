//! Documents from forms, and forms from JSON Schema.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use air_schema::{CredentialSchema, DocumentUris, Draft, Error};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::generated::{Dice, form, schema};

const DRAFTS: [Draft; 2] = [Draft::Draft7, Draft::Draft202012];

fn uris() -> DocumentUris {
    DocumentUris::new("https://example.org/kyc.json", "https://example.org/kyc.jsonld").unwrap()
}

fn read(document: &Value) -> Result<CredentialSchema, Error> {
    CredentialSchema::from_json_schema(document.to_string().as_bytes())
}

/// The attribute of a form that a property becomes.
fn attribute(property: &Value) -> Value {
    let read = read(&json!({ "title": "t", "properties": { "a": property } }));
    let form = serde_json::to_value(read.unwrap_or_else(|error| panic!("{error}: {property}"))).unwrap();
    let mut attribute = form["attributes"][0].clone();
    let members = attribute.as_object_mut().unwrap();
    members.retain(|name, value| name != "name" && *value != false);
    attribute
}

/// The place and the keyword that a form can't express.
fn misfit(document: &Value) -> (String, String) {
    match read(document) {
        Err(Error::Misfit { pointer, keyword, .. }) => (pointer, keyword),
        other => panic!("{document}: {other:?}"),
    }
}

fn property_misfit(property: &Value) -> (String, String) {
    misfit(&json!({ "title": "t", "properties": { "a": property } }))
}

#[test]
fn the_document_is_that_of_a_whole_credential() {
    let schema = schema(&json!({
        "title": "KYC basic", "type": "KycBasic", "version": "2.1", "description": "Checked.",
        "attributes": [
            { "name": "zone", "type": "string", "required": true, "maxLength": 9 },
            { "name": "age", "type": "integer", "title": "Age" },
        ],
    }));
    for draft in DRAFTS {
        let document = schema.to_document(&uris(), draft);
        assert_eq!(document["$schema"], draft.uri());
        assert_eq!(
            document["$metadata"],
            json!({
                "uris": {
                    "jsonLdContext": "https://example.org/kyc.jsonld",
                    "jsonSchema": "https://example.org/kyc.json",
                },
                "version": "2.1",
                "type": "KycBasic",
            })
        );
        assert_eq!(
            (&document["title"], &document["description"]),
            (&json!("KYC basic"), &json!("Checked."))
        );
        let subject = &document["properties"]["credentialSubject"];
        let names: Vec<&String> = subject["properties"].as_object().unwrap().keys().collect();
        assert_eq!(names, ["id", "zone", "age"]);
        assert_eq!(subject["properties"]["id"]["format"], "uri");
        assert_eq!(subject["required"], json!(["zone"]));
        assert_eq!(subject["additionalProperties"], false);
        assert!(
            document["required"]
                .as_array()
                .unwrap()
                .contains(&json!("credentialSubject"))
        );
        assert!(jsonschema::meta::is_valid(&document));
    }
}

#[test]
fn a_context_protects_a_term_of_the_right_datatype_for_each_attribute() {
    let kinds = ["string", "number", "integer", "boolean", "date", "date-time"];
    let attributes: Vec<Value> = kinds
        .iter()
        .enumerate()
        .map(|(index, kind)| json!({ "name": format!("a{index}"), "type": kind }))
        .collect();
    let schema = schema(&json!({ "title": "t", "type": "Kyc", "attributes": attributes }));
    let uris = uris().with_vocabulary("https://example.org/terms/").unwrap();
    let document = schema.to_json_ld_context(&uris);
    let context = &document["@context"][0];
    assert_eq!(context["@protected"], true);
    assert_eq!(context["Kyc"]["@id"], "https://example.org/kyc.jsonld#Kyc");
    let terms = &context["Kyc"]["@context"];
    assert_eq!(terms["@protected"], true);
    assert_eq!(terms["vocab"], "https://example.org/terms/");
    let datatypes = ["string", "double", "integer", "boolean", "date", "dateTime"];
    for (index, datatype) in datatypes.iter().enumerate() {
        let expected = json!({ "@id": format!("vocab:a{index}"), "@type": format!("xsd:{datatype}") });
        assert_eq!(terms[format!("a{index}")], expected);
    }
}

/// The same IRIs as within the context of a type, which JSON-LD would not apply to the subject.
#[test]
fn a_type_after_verifiable_credential_has_its_terms_beside_it() {
    for (name, is_after) in [
        ("KycIdentity", false),
        ("VerifiableAge", false),
        ("VerifiableCredentials", true),
        ("VisaIdentity", true),
        ("WorkPermit", true),
        ("kycIdentity", true),
        ("Ärzteausweis", true),
    ] {
        let schema = schema(&json!({
            "title": "t",
            "type": name,
            "attributes": [{ "name": "age", "type": "integer" }],
        }));
        let uris = uris().with_vocabulary("https://example.org/terms/").unwrap();
        let document = schema.to_json_ld_context(&uris);
        let context = &document["@context"][0];
        assert_eq!(
            context[name]["@id"],
            format!("https://example.org/kyc.jsonld#{name}")
        );
        assert_eq!(context["@protected"], true, "{name}");
        assert_eq!(context[name].get("@context").is_none(), is_after, "{name}");
        assert_eq!(context.get("vocab"), None, "{name}");
        let term = json!({
            "@id": "https://example.org/terms/age",
            "@type": "http://www.w3.org/2001/XMLSchema#integer",
        });
        assert_eq!(context.get("age"), is_after.then_some(&term), "{name}");
    }
}

#[test]
fn an_attribute_with_the_name_of_its_type_has_one_term() {
    let schema = schema(&json!({
        "title": "t",
        "type": "WorkPermit",
        "attributes": [{ "name": "WorkPermit", "type": "string" }],
    }));
    let document = schema.to_json_ld_context(&uris());
    assert_eq!(
        document["@context"][0]["WorkPermit"],
        json!({
            "@id": "https://example.org/kyc.jsonld#WorkPermit",
            "@type": "http://www.w3.org/2001/XMLSchema#string",
        })
    );
}

#[test]
fn reads_a_document_that_others_published() {
    // The structure of documents from iden3's schema builder.
    let document = json!({
        "$metadata": {
            "uris": { "jsonLdContext": "ipfs://QmContext" },
            "version": "1.0",
            "type": "KYCAge",
        },
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Age",
        "properties": {
            "@context": { "type": ["string", "array", "object"] },
            "id": { "type": "string" },
            "issuer": { "type": ["string", "object"], "format": "uri", "required": ["id"] },
            "credentialSubject": {
                "title": "Credential subject",
                "properties": {
                    "id": { "type": "string", "format": "uri" },
                    "type": { "type": "string" },
                    "documentType": { "type": "integer" },
                    "birthday": { "type": "integer", "title": "Birthday" },
                },
                "required": ["id", "birthday"],
                "type": "object",
            },
        },
        "required": ["@context", "issuer", "credentialSubject"],
        "type": "object",
    });
    let schema = read(&document).unwrap();
    assert_eq!(
        (schema.title(), schema.type_name(), schema.version()),
        ("Age", "KYCAge", "1.0")
    );
    let attributes: Vec<(&str, bool)> = schema
        .attributes()
        .iter()
        .map(|attribute| (attribute.name().as_str(), attribute.is_required()))
        .collect();
    assert_eq!(attributes, [("documentType", false), ("birthday", true)]);
}

#[test]
fn the_order_of_the_file_is_the_order_of_the_attributes() {
    let json = br#"{"title":"t","properties":{"zone":{"type":"string"},"age":{"type":"integer"},"mass":{"type":"number"}}}"#;
    let schema = CredentialSchema::from_json_schema(json).unwrap();
    let names: Vec<&str> = schema
        .attributes()
        .iter()
        .map(|attribute| attribute.name().as_str())
        .collect();
    assert_eq!(names, ["zone", "age", "mass"]);
}

#[test]
fn a_form_or_a_json_schema_is_read() {
    let read = CredentialSchema::from_form_or_json_schema;
    let form = r#"{"title":"t","attributes":[{"name":"age","type":"integer"}]}"#;
    let json_schema = r#"{"title":"t","properties":{"age":{"type":"integer"}}}"#;
    for document in [form, json_schema] {
        let schema = read(document.as_bytes()).unwrap();
        assert_eq!(schema.attributes()[0].name().as_str(), "age", "{document}");
    }
    let misfit = br#"{"title":"t","properties":{"age":{"type":"array"}}}"#;
    assert!(matches!(read(misfit), Err(Error::Misfit { .. })));
    assert!(read(b"{").is_err());
}

#[test]
fn what_says_the_same_in_other_words_fits() {
    for (property, expected) in [
        (
            json!({ "type": "string", "format": "date" }),
            json!({ "type": "date" }),
        ),
        (
            json!({ "type": "string", "format": "date-time" }),
            json!({ "type": "date-time" }),
        ),
        (json!({ "type": ["string"] }), json!({ "type": "string" })),
        (
            json!({ "type": ["integer", "number"] }),
            json!({ "type": "number" }),
        ),
        (
            json!({ "enum": ["x", "y"] }),
            json!({ "type": "string", "enum": ["x", "y"] }),
        ),
        (
            json!({ "enum": [1, 2] }),
            json!({ "type": "integer", "enum": [1, 2] }),
        ),
        (
            json!({ "enum": [1, 2.5] }),
            json!({ "type": "number", "enum": [1, 2.5] }),
        ),
        (
            json!({ "const": true }),
            json!({ "type": "boolean", "enum": [true] }),
        ),
        (
            json!({ "oneOf": [{ "const": "x", "title": "X" }, { "enum": ["y", "z"] }] }),
            json!({ "type": "string", "enum": ["x", "y", "z"] }),
        ),
        (
            json!({ "anyOf": [{ "type": "string", "maxLength": 3 }] }),
            json!({ "type": "string", "maxLength": 3 }),
        ),
        (
            json!({ "allOf": [{ "type": "string", "title": "inner" }, { "maxLength": 3.0 }], "title": "outer" }),
            json!({ "title": "outer", "type": "string", "maxLength": 3 }),
        ),
        (
            json!({ "type": "number", "multipleOf": 1 }),
            json!({ "type": "integer" }),
        ),
        (
            json!({ "type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 9.5 }),
            json!({ "type": "integer", "minimum": 1, "maximum": 9.5 }),
        ),
        (
            json!({ "type": "integer", "exclusiveMinimum": 1.0, "minimum": 5, "exclusiveMaximum": 10, "maximum": 20 }),
            json!({ "type": "integer", "minimum": 5, "maximum": 9 }),
        ),
        (
            json!({ "type": "integer", "format": "uint8", "minimum": 7 }),
            json!({ "type": "integer", "minimum": 7, "maximum": 255 }),
        ),
        (
            json!({ "type": "number", "format": "double" }),
            json!({ "type": "number" }),
        ),
        (
            json!({ "type": "string", "$comment": "c", "default": "d", "examples": ["e"], "x-order": 3 }),
            json!({ "type": "string" }),
        ),
    ] {
        assert_eq!(attribute(&property), expected, "{property}");
    }
}

#[test]
fn references_within_the_document_are_followed() {
    let document = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$ref": "#/definitions/Person",
        "definitions": {
            "Person": {
                "title": "Person",
                "type": "object",
                "properties": {
                    "a/b": { "$ref": "#/definitions/Name" },
                    "name": { "$ref": "#/definitions/Name", "title": "Outer" },
                },
            },
            "Name": { "$ref": "#/definitions/Text", "title": "Inner" },
            "Text": { "type": "string", "maxLength": 9 },
        },
    });
    // `a/b` is not a valid attribute name, whatever it refers to.
    assert_eq!(read(&document), Err(Error::AttributeName { name: "a/b".into() }));
    let mut document = document;
    document["definitions"]["Person"]["properties"]
        .as_object_mut()
        .unwrap()
        .shift_remove("a/b");
    let schema = read(&document).unwrap();
    let name = &schema.attributes()[0];
    assert_eq!(
        (name.title(), name.constraints().max_length),
        (Some("Outer"), Some(9))
    );
}

#[test]
fn a_misfit_names_the_place_and_the_keyword() {
    for (property, pointer, keyword) in [
        (json!({ "type": "array", "items": {} }), "/type", "type"),
        (json!({ "type": "object" }), "/type", "type"),
        (json!({ "type": ["string", "null"] }), "/type", "type"),
        (json!({ "type": ["string", "integer"] }), "/type", "type"),
        (json!({ "title": "x" }), "", "type"),
        (json!({ "enum": ["x", 1] }), "", "type"),
        (json!(true), "", "true"),
        (json!({ "type": "string", "format": "iri" }), "/format", "format"),
        (
            json!({ "type": "integer", "format": "date" }),
            "/format",
            "format",
        ),
        (
            json!({ "type": "boolean", "pattern": "x" }),
            "/pattern",
            "pattern",
        ),
        (
            json!({ "type": "string", "format": "date", "minLength": 1 }),
            "/minLength",
            "minLength",
        ),
        (
            json!({ "type": "string", "minLength": -1 }),
            "/minLength",
            "minLength",
        ),
        (
            json!({ "type": "string", "minLength": 4_294_967_296_u64 }),
            "/minLength",
            "minLength",
        ),
        (json!({ "type": "string", "minimum": 1 }), "/minimum", "minimum"),
        (
            json!({ "type": "number", "exclusiveMinimum": 1 }),
            "/exclusiveMinimum",
            "exclusiveMinimum",
        ),
        (
            json!({ "type": "number", "multipleOf": 0.5 }),
            "/multipleOf",
            "multipleOf",
        ),
        (json!({ "type": "number", "maximum": "1" }), "/maximum", "maximum"),
        (json!({ "type": "string", "not": {} }), "/not", "not"),
        (json!({ "type": "string", "if": {} }), "/if", "if"),
        (
            json!({ "oneOf": [{ "type": "string" }, { "type": "integer" }] }),
            "/oneOf",
            "oneOf",
        ),
        (
            json!({ "oneOf": [{ "const": "x", "minLength": 2 }, { "const": "y" }] }),
            "/oneOf/0/minLength",
            "minLength",
        ),
        (json!({ "enum": ["x"], "const": "x" }), "/enum", "enum"),
        (
            json!({ "type": "string", "$ref": "https://example.org/x.json" }),
            "/$ref",
            "$ref",
        ),
        (
            json!({ "type": "string", "$ref": "#/$defs/none" }),
            "/$ref",
            "$ref",
        ),
        (json!({ "$ref": "#/properties/a" }), "", "$ref"),
        (
            json!({ "allOf": [{ "type": "string" }, { "type": "integer" }] }),
            "/allOf/1/type",
            "type",
        ),
        (
            json!({ "type": "string", "maxlength": 3 }),
            "/maxlength",
            "maxlength",
        ),
        (json!({ "type": "string", "$id": "x" }), "/$id", "$id"),
        (
            json!({ "type": "string", "contentEncoding": "base64" }),
            "/contentEncoding",
            "contentEncoding",
        ),
        (json!({ "type": "string", "title": 1 }), "/title", "title"),
    ] {
        let expected = (format!("/properties/a{pointer}"), keyword.to_owned());
        assert_eq!(property_misfit(&property), expected, "{property}");
    }
}

#[test]
fn a_misfit_of_the_whole_schema_is_named_too() {
    let whole = |member: &str, value: Value| {
        let mut document = json!({ "title": "t", "properties": { "a": { "type": "string" } } });
        document[member] = value;
        misfit(&document)
    };
    for (member, value) in [
        ("type", json!("array")),
        ("additionalProperties", json!(true)),
        ("unevaluatedProperties", json!({ "type": "string" })),
        ("patternProperties", json!({ "x": {} })),
        ("dependentRequired", json!({ "a": ["b"] })),
        ("required", json!(["b"])),
        ("minProperties", json!(1)),
        ("$schema", json!("http://json-schema.org/draft-04/schema#")),
        ("$dynamicRef", json!("#x")),
        ("oneOf", json!([{ "required": ["a"] }, { "required": ["b"] }])),
        ("typo", json!(1)),
    ] {
        assert_eq!(whole(member, value), (format!("/{member}"), member.to_owned()));
    }
    assert_eq!(
        misfit(&json!({ "properties": {} })),
        (String::new(), "title".to_owned())
    );
}

#[test]
fn draft_7_ignores_what_is_beside_a_reference_and_so_it_is_refused() {
    let document = |draft: Draft| {
        json!({
            "$schema": draft.uri(),
            "title": "t",
            "properties": { "a": { "$ref": "#/$defs/x", "maxLength": 3, "title": "A" } },
            "$defs": { "x": { "type": "string" } },
        })
    };
    assert_eq!(misfit(&document(Draft::Draft7)).0, "/properties/a/maxLength");
    let schema = read(&document(Draft::Draft202012)).unwrap();
    assert_eq!(schema.attributes()[0].constraints().max_length, Some(3));
}

#[test]
fn a_document_without_a_title_is_read_under_one_that_is_given() {
    let document = include_bytes!("cases/no_title.json");
    let refused = CredentialSchema::from_json_schema(document).unwrap_err();
    assert!(refused.to_string().contains("must have a title"), "{refused}");
    let schema = CredentialSchema::from_json_schema_titled(document, "Date of birth").unwrap();
    assert_eq!(
        (schema.title(), schema.type_name()),
        ("Date of birth", "DateOfBirth")
    );
    let names: Vec<&str> = schema
        .attributes()
        .iter()
        .map(|one| one.name().as_str())
        .collect();
    assert_eq!(names, ["birthday"]);
}

#[test]
fn a_document_that_readers_read_differently_is_refused() {
    for (text, said) in [
        (
            r#"{"title":"t","properties":{"a":{"type":"string"},"a":{"type":"integer"}}}"#,
            "/properties/a",
        ),
        (
            r#"{"title":"t","properties":{"a":{"enum":[12345678901234567890123]}}}"#,
            "/properties/a/enum/0",
        ),
    ] {
        let refused = CredentialSchema::from_json_schema(text.as_bytes()).unwrap_err();
        assert!(refused.to_string().contains(said), "{refused}");
    }
    let marked = b"\xef\xbb\xbf{\"title\":\"t\",\"properties\":{\"total_volume\":{\"type\":\"integer\"}}}";
    let schema = CredentialSchema::from_json_schema(marked).unwrap();
    assert_eq!(schema.attributes()[0].name().as_str(), "total_volume");
}

#[test]
fn what_the_form_refuses_is_refused_here_too() {
    let names = |name: &str| {
        read(&json!({ "title": "t", "properties": { name: { "type": "string" } } })).unwrap_err()
    };
    assert_eq!(
        names("given-name"),
        Error::AttributeName {
            name: "given-name".into()
        }
    );
    assert_eq!(names("iss"), Error::ReservedName { name: "iss".into() });
    assert_eq!(names("id"), Error::ReservedName { name: "id".into() });
    assert_eq!(
        read(&json!({ "title": "t" })),
        Err(Error::AttributeCount { count: 0, limit: 256 })
    );
    let wrong =
        json!({ "title": "t", "properties": { "a": { "type": "string", "minLength": 2, "maxLength": 1 } } });
    assert!(matches!(read(&wrong), Err(Error::Constraint { .. })));
    for text in [
        "",
        "[]",
        "1",
        "{\"title\":\"t\",\"properties\":[]}",
        "{\"title\":\"t\",\"properties\":{\"a\":1}}",
    ] {
        let refused = CredentialSchema::from_json_schema(text.as_bytes());
        assert!(
            matches!(refused, Err(Error::NotJsonSchema { .. })),
            "{text}: {refused:?}"
        );
    }
    let long = vec![b' '; 256 * 1024 + 1];
    assert!(matches!(
        CredentialSchema::from_json_schema(&long),
        Err(Error::TooLong { .. })
    ));
}

#[test]
fn a_circle_of_references_is_refused_whichever_way_it_goes() {
    let laughs: serde_json::Map<String, Value> = (0..40)
        .map(|i| {
            let next = json!({ "$ref": format!("#/$defs/d{}", i + 1) });
            (format!("d{i}"), json!({ "allOf": [next, next] }))
        })
        .collect();
    for defs in [
        json!({ "d0": { "$ref": "#/$defs/d0" } }),
        json!({ "d0": { "allOf": [{ "$ref": "#/$defs/d1" }] }, "d1": { "anyOf": [{ "$ref": "#/$defs/d0" }] } }),
        Value::Object(laughs),
    ] {
        let document =
            json!({ "title": "t", "properties": { "a": { "$ref": "#/$defs/d0" } }, "$defs": defs });
        assert_eq!(misfit(&document), ("/properties/a".to_owned(), "$ref".to_owned()));
    }
}

proptest! {
    #[test]
    fn a_document_reads_back_as_the_form_it_was_made_from(seed: u64) {
        let schema = schema(&form(&mut Dice(seed)));
        for draft in DRAFTS {
            let document = schema.to_document(&uris(), draft);
            prop_assert_eq!(&read(&document).unwrap(), &schema);
            prop_assert!(jsonschema::meta::is_valid(&document));
            // The subject's schema alone has neither type nor version.
            let alone = read(&schema.to_json_schema(draft)).unwrap();
            prop_assert_eq!(alone.attributes(), schema.attributes());
            prop_assert_eq!((alone.title(), alone.description()), (schema.title(), schema.description()));
        }
    }

    #[test]
    fn a_form_reads_back_with_the_same_id(seed: u64) {
        let schema = schema(&form(&mut Dice(seed)));
        let again = CredentialSchema::from_slice(&serde_json::to_vec(&schema).unwrap()).unwrap();
        prop_assert_eq!(&again, &schema);
        prop_assert_eq!(again.content_id(), schema.content_id());
    }
}
