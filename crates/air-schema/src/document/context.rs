//! The JSON-LD context (JSON-LD 1.1).

use serde_json::{Value, json};

use crate::{AttributeType, CredentialSchema, DocumentUris};

const XSD: &str = "http://www.w3.org/2001/XMLSchema#";

/// The type of every W3C credential.
const VERIFIABLE_CREDENTIAL: &str = "VerifiableCredential";

impl CredentialSchema {
    /// The JSON-LD context: the credential's type, and a term with an IRI and a datatype for each
    /// attribute. Terms are protected, so that no other context can redefine them.
    ///
    /// The terms are within the type's context, so that they don't apply to other credentials. A type
    /// that comes after `VerifiableCredential` in the alphabet has them beside the type. JSON-LD
    /// applies the contexts of types in this order, and the one of `VerifiableCredential` ends all
    /// later ones at the subject (JSON-LD 1.1 API, 5.1.2).
    #[must_use]
    pub fn to_json_ld_context(&self, uris: &DocumentUris) -> Value {
        let type_iri = format!("{}#{}", uris.json_ld_context(), self.type_name());
        // JSON-LD compares code points, as `str` does.
        let context: Value = if self.type_name() > VERIFIABLE_CREDENTIAL {
            // An attribute with the name of the type shares its term.
            frame(self.type_name(), json!({ "@id": type_iri }))
                .chain(self.terms(uris.vocabulary(), XSD))
                .collect()
        } else {
            let terms = self.scoped_terms(uris);
            frame(self.type_name(), json!({ "@id": type_iri, "@context": terms })).collect()
        };
        json!({ "@context": [context] })
    }

    /// The context of the type.
    fn scoped_terms(&self, uris: &DocumentUris) -> Value {
        let terms = [
            ("@version", json!(1.1)),
            ("@protected", json!(true)),
            // The attributes belong to the subject, a node below the one that has the type.
            ("@propagate", json!(true)),
            ("id", json!("@id")),
            ("type", json!("@type")),
            ("vocab", json!(uris.vocabulary())),
            ("xsd", json!(XSD)),
        ];
        terms
            .map(|(term, value)| (term.to_owned(), value))
            .into_iter()
            .chain(self.terms("vocab:", "xsd:"))
            .collect()
    }

    /// The term of each attribute, with the prefixes of its IRI and of its datatype.
    fn terms(&self, vocabulary: &str, xsd: &str) -> impl Iterator<Item = (String, Value)> {
        self.attributes().iter().map(move |attribute| {
            let name = attribute.name().to_string();
            let datatype = format!("{xsd}{}", datatype(attribute.kind()));
            let term = json!({ "@id": format!("{vocabulary}{name}"), "@type": datatype });
            (name, term)
        })
    }
}

/// A context with the term of a type.
fn frame(type_name: &str, type_term: Value) -> impl Iterator<Item = (String, Value)> {
    let members = [
        ("@version", json!(1.1)),
        ("@protected", json!(true)),
        ("id", json!("@id")),
        ("type", json!("@type")),
        (type_name, type_term),
    ];
    members.map(|(term, value)| (term.to_owned(), value)).into_iter()
}

/// The datatype of XML Schema, part 2.
const fn datatype(kind: AttributeType) -> &'static str {
    match kind {
        AttributeType::String => "string",
        AttributeType::Number => "double",
        AttributeType::Integer => "integer",
        AttributeType::Boolean => "boolean",
        AttributeType::Date => "date",
        AttributeType::DateTime => "dateTime",
    }
}
