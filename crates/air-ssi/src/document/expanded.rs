//! The parts of an expanded document that the conversion to RDF would drop.

use ssi::json_ld::{
    ExpandedDocument, Id, Indexed, Node, Object, Value, iref::IriBuf, object::Literal, rdf_types::Id as Valid,
};

use crate::Error;

const XSD: &str = "http://www.w3.org/2001/XMLSchema#";

/// Checks that RDF has every identifier and value of the document, as other implementations convert it.
///
/// # Errors
/// [`Error::NotCovered`] or [`Error::KnownFault`].
pub(super) fn check(document: &ExpandedDocument) -> Result<(), Error> {
    if document.len() != 1 {
        return Err(Error::NotCovered {
            reason: "it is not one object",
        });
    }
    document.iter().try_for_each(object)
}

fn object(indexed: &Indexed<Object>) -> Result<(), Error> {
    if indexed.index().is_some() {
        return Err(Error::NotCovered {
            reason: "an index is dropped",
        });
    }
    match indexed.inner() {
        Object::Node(inner) => node(inner),
        Object::Value(inner) => value(inner),
        Object::List(_) => Err(Error::KnownFault {
            reason: "the items of a list are not signed; write it as a text or as a set",
        }),
    }
}

fn node(node: &Node) -> Result<(), Error> {
    node.id.iter().chain(node.types()).try_for_each(identifier)?;
    if node.graph.is_some() || node.included.is_some() || node.reverse_properties.is_some() {
        return Err(Error::KnownFault {
            reason: "it has a graph or a reversed property within it; take another context",
        });
    }
    for (property, objects) in &node.properties {
        identifier(property)?;
        objects.iter().try_for_each(object)?;
    }
    Ok(())
}

/// An absolute IRI. A relative one is dropped, and the label of a blank node is not signed.
fn identifier(id: &Id) -> Result<(), Error> {
    match id {
        Id::Valid(Valid::Iri(_)) => Ok(()),
        Id::Valid(Valid::Blank(_)) | Id::Invalid(_) => Err(Error::NotCovered {
            reason: "an `id`, a `type` or a reference is not an absolute URL, and is dropped",
        }),
    }
}

fn value(value: &Value) -> Result<(), Error> {
    let (literal, datatype) = match value {
        Value::Literal(literal, datatype) => (literal, datatype.as_ref().map(IriBuf::as_str)),
        Value::LangString(text) => {
            let is_tagged = text.language().is_some_and(|tag| tag.as_well_formed().is_some());
            return if is_tagged && text.direction().is_none() {
                Ok(())
            } else {
                Err(Error::NotCovered {
                    reason: "a language that is malformed, or the direction of a text, is dropped",
                })
            };
        }
        Value::Json(_) => {
            return Err(Error::KnownFault {
                reason: "a value is a JSON literal; take another context",
            });
        }
    };
    if matches!(literal, Literal::String(_))
        && datatype.is_some_and(|datatype| datatype.strip_prefix(XSD) == Some("double"))
    {
        // `jsonld` parses it as a number, which JSON-LD 1.1 API, 8.6 does not say.
        return Err(Error::KnownFault {
            reason: "a text has the datatype xsd:double, which other libraries convert; write a number",
        });
    }
    let is = |name: &str| datatype.is_none_or(|datatype| datatype.strip_prefix(XSD) == Some(name));
    let fits = match literal {
        Literal::Null => false,
        Literal::String(_) => true,
        Literal::Boolean(_) => is("boolean"),
        Literal::Number(number) => is("double") || (is("integer") && number.as_i64().is_some()),
    };
    if fits {
        Ok(())
    } else {
        Err(Error::KnownFault {
            reason: "a number or a boolean has another datatype than xsd:integer, xsd:double or xsd:boolean; write it as a text",
        })
    }
}
