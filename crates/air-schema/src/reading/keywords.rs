//! The keywords of one schema, merged with those of all schemas that it refers to.

use serde_json::{Map, Value};

use crate::{Draft, Error, truncated::on_one_line};

/// The most schemas that `$ref` and `allOf` may merge into one.
const MEETING: usize = 64;
const NAME_SHOWN: usize = 64;
/// Ignored keywords: they don't affect validity, or only contain other schemas.
const LEFT_OUT: &[&str] = &[
    "$schema",
    "$metadata",
    "$comment",
    "$anchor",
    "$vocabulary",
    "$defs",
    "definitions",
    "default",
    "deprecated",
    "examples",
    "readOnly",
    "writeOnly",
];

/// The document that is converted.
pub(super) struct Source<'a> {
    document: &'a Value,
    draft: Draft,
}

impl<'a> Source<'a> {
    pub(super) fn new(document: &'a Value) -> Result<Self, Error> {
        let draft = match document.get("$schema") {
            None => Draft::Draft202012,
            Some(uri) => uri
                .as_str()
                .and_then(Draft::from_uri)
                .ok_or_else(|| misfit("/$schema", "$schema", "drafts 7 and 2020-12 are read"))?,
        };
        Ok(Self { document, draft })
    }

    /// Returns a function that reads a member of `$metadata`, which the platform writes.
    pub(super) fn metadata(&self) -> impl Fn(&str) -> Option<String> + use<'a> {
        let metadata = self.document.get("$metadata");
        move |name| Some(metadata?.get(name)?.as_str()?.to_owned())
    }

    /// The keywords of the schema at a pointer, with references followed.
    pub(super) fn keywords(&self, pointer: &str, schema: &'a Value) -> Result<Keywords<'a>, Error> {
        let mut keywords = Keywords {
            pointer: pointer.to_owned(),
            found: Vec::new(),
        };
        let mut waiting = vec![(pointer.to_owned(), schema)];
        let mut met = 0;
        // The schema's own keywords come before those that it refers to, so that the nearest title
        // is used.
        while let Some((pointer, schema)) = waiting.pop() {
            met += 1;
            if met > MEETING {
                let reason = "its references lead in a circle, or too far; write the schema itself here";
                return Err(misfit(&keywords.pointer, "$ref", reason));
            }
            let members = members_of(&pointer, schema)?;
            self.check_reference(&pointer, members)?;
            for (name, value) in members {
                let keyword = Keyword {
                    name,
                    value,
                    pointer: join(&pointer, name),
                };
                match (name.as_str(), value) {
                    ("$ref", _) => waiting.push(self.target(&keyword)?),
                    ("allOf", Value::Array(all)) => waiting.extend(keyword.listed(all).rev()),
                    ("anyOf" | "oneOf", Value::Array(one)) if one.len() == 1 => {
                        waiting.extend(keyword.listed(one));
                    }
                    ("$id", _) if pointer.is_empty() => {}
                    (other, _) if LEFT_OUT.contains(&other) || other.starts_with("x-") => {}
                    _ => keywords.add(keyword)?,
                }
            }
        }
        Ok(keywords)
    }

    /// Checks that in draft 7 no other keyword is beside `$ref`, since validators ignore it.
    fn check_reference(&self, pointer: &str, members: &Map<String, Value>) -> Result<(), Error> {
        let harmless =
            |name: &str| matches!(name, "$ref" | "$id" | "title" | "description") || LEFT_OUT.contains(&name);
        if self.draft == Draft::Draft7
            && members.contains_key("$ref")
            && let Some(ignored) = members.keys().find(|name| !harmless(name))
        {
            let reason = "draft 7 ignores it beside `$ref`; put both under `allOf`";
            return Err(misfit(&join(pointer, ignored), ignored, reason));
        }
        Ok(())
    }

    fn target(&self, reference: &Keyword<'a>) -> Result<(String, &'a Value), Error> {
        let pointer = reference.value.as_str().and_then(|text| text.strip_prefix('#'));
        let target = pointer.and_then(|pointer| Some((pointer.to_owned(), self.document.pointer(pointer)?)));
        target.ok_or_else(|| {
            reference.misfit("it must point into this document (`#/$defs/…`); nothing is fetched")
        })
    }
}

/// A keyword and its location.
pub(super) struct Keyword<'a> {
    name: &'a str,
    pub(super) value: &'a Value,
    pub(super) pointer: String,
}

impl<'a> Keyword<'a> {
    pub(super) fn misfit(&self, reason: &'static str) -> Error {
        misfit(&self.pointer, self.name, reason)
    }

    pub(super) fn members(&self) -> Result<&'a Map<String, Value>, Error> {
        members_of(&self.pointer, self.value)
    }

    /// The strings of a list.
    pub(super) fn texts(&self) -> impl Iterator<Item = &'a str> {
        self.value
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
    }

    /// The schemas of a list, each with its pointer.
    pub(super) fn listed(
        &self,
        schemas: &'a [Value],
    ) -> impl DoubleEndedIterator<Item = (String, &'a Value)> + use<'a> {
        let pointer = self.pointer.clone();
        schemas
            .iter()
            .enumerate()
            .map(move |(index, schema)| (format!("{pointer}/{index}"), schema))
    }
}

/// All keywords that apply to one location. The reader takes the keywords that it knows, and
/// [`Self::finish`] rejects the rest.
pub(super) struct Keywords<'a> {
    pointer: String,
    found: Vec<Keyword<'a>>,
}

impl<'a> Keywords<'a> {
    pub(super) fn get(&self, name: &str) -> Option<&Keyword<'a>> {
        self.found.iter().find(|keyword| keyword.name == name)
    }

    pub(super) fn take(&mut self, name: &str) -> Option<Keyword<'a>> {
        let at = self.found.iter().position(|keyword| keyword.name == name)?;
        Some(self.found.remove(at))
    }

    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, Error> {
        let Some(keyword) = self.take(name) else {
            return Ok(None);
        };
        let text = keyword
            .value
            .as_str()
            .ok_or_else(|| keyword.misfit("it must be a text"))?;
        Ok(Some(text.to_owned()))
    }

    /// The error for a schema without a keyword that the form needs.
    pub(super) fn lacks(&self, keyword: &str, remedy: &'static str) -> Error {
        misfit(&self.pointer, keyword, remedy)
    }

    pub(super) fn finish(&self) -> Result<(), Error> {
        match self.found.first() {
            None => Ok(()),
            Some(keyword) => Err(keyword.misfit(why(keyword.name))),
        }
    }

    fn add(&mut self, keyword: Keyword<'a>) -> Result<(), Error> {
        match self.get(keyword.name) {
            None => self.found.push(keyword),
            Some(_) if matches!(keyword.name, "title" | "description") => {}
            Some(same) if same.value == keyword.value => {}
            Some(_) => {
                return Err(keyword.misfit("the schemas that meet here say two things of it; merge them"));
            }
        }
        Ok(())
    }
}

/// The pointer to a member.
pub(super) fn join(pointer: &str, name: &str) -> String {
    let name = on_one_line(name, NAME_SHOWN)
        .replace('~', "~0")
        .replace('/', "~1");
    format!("{pointer}/{name}")
}

fn members_of<'a>(pointer: &str, schema: &'a Value) -> Result<&'a Map<String, Value>, Error> {
    match schema {
        Value::Object(members) => Ok(members),
        Value::Bool(anything) => Err(misfit(
            pointer,
            if *anything { "true" } else { "false" },
            "an attribute needs a type",
        )),
        _ => Err(Error::NotJsonSchema {
            reason: format!("#{pointer} must be an object"),
        }),
    }
}

pub(super) fn misfit(pointer: &str, keyword: &str, reason: &'static str) -> Error {
    Error::Misfit {
        pointer: pointer.to_owned(),
        keyword: on_one_line(keyword, NAME_SHOWN),
        reason,
    }
}

/// The reason why a form can't express a keyword of JSON Schema, and the alternative.
fn why(keyword: &str) -> &'static str {
    match keyword {
        "$id" => "only the whole document may have one",
        "$dynamicRef" | "$recursiveRef" | "$dynamicAnchor" | "$recursiveAnchor" => {
            "only `$ref` within the document is followed"
        }
        "allOf" | "anyOf" | "oneOf" | "not" => "an attribute has one type and one set of limits",
        "if" | "then" | "else" | "dependencies" | "dependentRequired" | "dependentSchemas" => {
            "an attribute can't depend on another; make two schemas of it"
        }
        "properties" | "required" | "additionalProperties" | "items" | "prefixItems" | "additionalItems" => {
            "an attribute holds one text, number, truth value or date; give each part an attribute of its own"
        }
        "patternProperties" | "propertyNames" | "minProperties" | "maxProperties" => {
            "attributes are listed one by one, each with its name"
        }
        "pattern" | "minLength" | "maxLength" | "format" => "it is for texts",
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf" => "it is for numbers",
        "contentEncoding" | "contentMediaType" | "contentSchema" => "a text is taken as it stands",
        _ => {
            "it says nothing about a single value in drafts 7 and 2020-12; take it away, or let its name begin with `x-`"
        }
    }
}
