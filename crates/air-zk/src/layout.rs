//! The order and the encodings of a schema's attributes.

use air_ids::{IssuerDid, SchemaId};
use air_schema::{AttributeType, CredentialSchema};
use ark_bls12_381::Fr;
use serde_json::{Map, Value as Json};

use crate::{
    Error,
    encoding::{Kind, SCALE_LIMIT, Value},
    error::check_size,
    hash::Fields,
};

const ATTRIBUTE_LIMIT: usize = 64;
const ID_LIMIT: usize = 1024;

/// The attributes of a schema in the schema's order, each with its encoding. Signatures bind all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaLayout {
    schema: SchemaId,
    attributes: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    name: String,
    kind: Kind,
    is_required: bool,
}

impl SchemaLayout {
    /// The layout of a schema. `scales` has the number of decimal places of each attribute of type `number`,
    /// at most 18. Integers have none.
    ///
    /// # Errors
    /// [`Error::Layout`] if a number has no scale, or another attribute has one. [`Error::Size`] if the schema has no
    /// attribute, or more than 64, or its id is longer than 1,024 bytes.
    pub fn new(schema: SchemaId, of: &CredentialSchema, scales: &[(&str, u8)]) -> Result<Self, Error> {
        check_size("the schema's id", schema.as_str().len(), 1, ID_LIMIT)?;
        check_size(
            "the schema's list of attributes",
            of.attributes().len(),
            1,
            ATTRIBUTE_LIMIT,
        )?;
        for (name, _) in scales {
            if !of.attributes().iter().any(|known| known.name().as_str() == *name) {
                return Err(Error::UnknownAttribute {
                    attribute: (*name).into(),
                });
            }
        }
        let entry = |attribute: &air_schema::Attribute| {
            let name = attribute.name().as_str();
            let scale = scales.iter().find(|(of, _)| *of == name).map(|(_, scale)| *scale);
            let kind = kind(attribute.kind(), scale).map_err(|reason| Error::Layout {
                attribute: name.into(),
                reason,
            })?;
            Ok(Entry {
                name: name.into(),
                kind,
                is_required: attribute.is_required(),
            })
        };
        let attributes = of.attributes().iter().map(entry).collect::<Result<_, Error>>()?;
        Ok(Self { schema, attributes })
    }

    /// The schema's id.
    #[must_use]
    pub fn schema(&self) -> &SchemaId {
        &self.schema
    }

    pub(crate) fn len(&self) -> usize {
        self.attributes.len()
    }

    /// The position and the encoding of an attribute.
    pub(crate) fn find(&self, name: &str) -> Result<(usize, Kind), Error> {
        let mut entries = self.attributes.iter().enumerate();
        let found = entries.find(|(_, entry)| entry.name == name);
        let (position, entry) = found.ok_or_else(|| Error::UnknownAttribute {
            attribute: name.into(),
        })?;
        Ok((position, entry.kind))
    }

    /// The name and the encoding at a position.
    pub(crate) fn at(&self, position: usize) -> Option<(&str, Kind)> {
        let entry = self.attributes.get(position)?;
        Some((&entry.name, entry.kind))
    }

    /// The values of a subject, in the layout's order.
    pub(crate) fn read(&self, subject: &Map<String, Json>) -> Result<Vec<Value>, Error> {
        for name in subject.keys() {
            self.find(name)?;
        }
        let value = |entry: &Entry| {
            let refuse = |reason| Error::Value {
                attribute: entry.name.clone(),
                reason,
            };
            match subject.get(&entry.name) {
                Some(json) => entry.kind.read(json).map_err(refuse),
                None if entry.is_required => Err(refuse("the schema requires it")),
                None => Ok(Value::Absent),
            }
        };
        self.attributes.iter().map(value).collect()
    }

    /// What a signature binds besides its messages: issuer, schema, and the whole layout.
    pub(crate) fn header(&self, issuer: &IssuerDid) -> Vec<u8> {
        let mut fields = Fields::new("air-zk credential 1")
            .bytes(issuer.as_str().as_bytes())
            .bytes(self.schema.as_str().as_bytes());
        for entry in &self.attributes {
            fields.push(entry.name.as_bytes());
            fields.push(&[entry.kind.code(), entry.kind.scale(), u8::from(entry.is_required)]);
        }
        fields.into_bytes()
    }
}

fn kind(of: AttributeType, scale: Option<u8>) -> Result<Kind, &'static str> {
    if scale.is_some() && of != AttributeType::Number {
        return Err("only an attribute of type number has a scale");
    }
    match of {
        AttributeType::String => Ok(Kind::Text),
        AttributeType::Boolean => Ok(Kind::Boolean),
        AttributeType::Integer => Ok(Kind::Number { scale: 0 }),
        AttributeType::Number => match scale {
            Some(scale) if scale <= SCALE_LIMIT => Ok(Kind::Number { scale }),
            Some(_) => Err("a scale has at most 18 decimal places"),
            None => Err("a number needs a scale: the number of its decimal places"),
        },
        AttributeType::Date => Ok(Kind::Date),
        AttributeType::DateTime => Ok(Kind::DateTime),
        _ => Err("its type is not known here"),
    }
}

/// The messages of values.
pub(crate) fn scalars(values: &[Value]) -> Vec<Fr> {
    values.iter().map(Value::to_scalar).collect()
}
