//! The JSON-LD context (JSON-LD 1.1).

use serde_json::{Map, Value, json};

use super::object;
use crate::{AttributeType, CredentialSchema, DocumentUris};

const XSD: &str = "http://www.w3.org/2001/XMLSchema#";

impl CredentialSchema {
    /// The JSON-LD context: the credential's type, and within it a term with an IRI and a datatype
    /// for each attribute. Terms are protected, so that no other context can redefine them.
    #[must_use]
    pub fn to_json_ld_context(&self, uris: &DocumentUris) -> Value {
        let mut terms = Map::new();
        for (term, value) in [
            ("@version", json!(1.1)),
            ("@protected", json!(true)),
            // The attributes belong to the subject, a node below the one that has the type.
            ("@propagate", json!(true)),
            ("id", json!("@id")),
            ("type", json!("@type")),
            ("vocab", json!(uris.vocabulary())),
            ("xsd", json!(XSD)),
        ] {
            terms.insert(term.to_owned(), value);
        }
        terms.extend(self.attributes().iter().map(|attribute| {
            let name = attribute.name().to_string();
            let term = json!({ "@id": format!("vocab:{name}"), "@type": datatype(attribute.kind()) });
            (name, term)
        }));
        let of_type = json!({
            "@id": format!("{}#{}", uris.json_ld_context(), self.type_name()),
            "@context": terms,
        });
        let context = object([
            ("@version", Some(json!(1.1))),
            ("@protected", Some(json!(true))),
            ("id", Some(json!("@id"))),
            ("type", Some(json!("@type"))),
            (self.type_name(), Some(of_type)),
        ]);
        json!({ "@context": [context] })
    }
}

/// The datatype of XML Schema, part 2.
const fn datatype(kind: AttributeType) -> &'static str {
    match kind {
        AttributeType::String => "xsd:string",
        AttributeType::Number => "xsd:double",
        AttributeType::Integer => "xsd:integer",
        AttributeType::Boolean => "xsd:boolean",
        AttributeType::Date => "xsd:date",
        AttributeType::DateTime => "xsd:dateTime",
    }
}
