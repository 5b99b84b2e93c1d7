//! Conversion of a property to an attribute.

use serde_json::Value;

use super::{
    keywords::{Keyword, Keywords, Source},
    numbers::{Range, length, stepped},
};
use crate::{AttributeType, Error, Format, form::AttributeForm};

const NO_TYPE: &str = "say string, number, integer or boolean";

pub(super) fn read<'a>(
    source: &Source<'a>,
    name: &str,
    mut keywords: Keywords<'a>,
    required: bool,
) -> Result<AttributeForm, Error> {
    let title = keywords.text("title")?;
    let description = keywords.text("description")?;
    let (stated, allowed) = values(source, &mut keywords)?;
    let mut kind = match (type_of(&mut keywords)?.or(stated), &allowed) {
        (Some(kind), _) => kind,
        (None, Some(values)) => infer(values).ok_or_else(|| keywords.lacks("type", NO_TYPE))?,
        (None, None) => return Err(keywords.lacks("type", NO_TYPE)),
    };
    if kind.is_numeric() {
        kind = stepped(kind, &mut keywords)?;
    }
    let mut form = AttributeForm {
        name: name.to_owned(),
        title,
        description,
        kind,
        required,
        allowed,
        pattern: None,
        min_length: None,
        max_length: None,
        minimum: None,
        maximum: None,
        format: None,
    };
    if kind.is_numeric() {
        let range = Range::read(kind, &mut keywords)?;
        (form.minimum, form.maximum) = (range.minimum, range.maximum);
    } else if kind.is_text() {
        (form.kind, form.format) = format_of(keywords.take("format"))?;
    }
    if form.kind.is_text() {
        form.pattern = keywords.text("pattern")?;
        form.min_length = length(keywords.take("minLength"))?;
        form.max_length = length(keywords.take("maxLength"))?;
    }
    keywords.finish()?;
    Ok(form)
}

fn type_of(keywords: &mut Keywords<'_>) -> Result<Option<AttributeType>, Error> {
    let Some(keyword) = keywords.take("type") else {
        return Ok(None);
    };
    let single = keyword.value.as_str();
    let names: Vec<&str> = single.into_iter().chain(keyword.texts()).collect();
    let kind = match names.as_slice() {
        ["string"] => AttributeType::String,
        ["number"] | ["integer", "number"] | ["number", "integer"] => AttributeType::Number,
        ["integer"] => AttributeType::Integer,
        ["boolean"] => AttributeType::Boolean,
        names if names.contains(&"null") => {
            return Err(
                keyword.misfit("null is no value of an attribute; one that may be absent is not `required`")
            );
        }
        ["object" | "array"] => {
            return Err(keyword.misfit(
                "an attribute holds one text, number, truth value or date; give each part an attribute of its own",
            ));
        }
        _ => return Err(keyword.misfit("an attribute has one type: string, number, integer or boolean")),
    };
    Ok(Some(kind))
}

fn format_of(keyword: Option<Keyword<'_>>) -> Result<(AttributeType, Option<Format>), Error> {
    let Some(keyword) = keyword else {
        return Ok((AttributeType::String, None));
    };
    let format = match keyword.value.as_str() {
        Some("date") => return Ok((AttributeType::Date, None)),
        Some("date-time") => return Ok((AttributeType::DateTime, None)),
        Some(name) => Format::from_name(name),
        None => None,
    };
    match format {
        Some(format) => Ok((AttributeType::String, Some(format))),
        None => Err(keyword.misfit(
            "the form has date, date-time, email, uri, uuid, hostname, ipv4 and ipv6; use a pattern for others",
        )),
    }
}

/// The allowed values from `enum`, `const`, `oneOf` or `anyOf`, and their type if each alternative
/// states it.
fn values<'a>(
    source: &Source<'a>,
    keywords: &mut Keywords<'a>,
) -> Result<(Option<AttributeType>, Option<Vec<Value>>), Error> {
    let list = keywords.take("enum");
    let constant = keywords.take("const");
    let alternatives = keywords.take("oneOf").or_else(|| keywords.take("anyOf"));
    match (list, constant, alternatives) {
        (None, None, None) => Ok((None, None)),
        (Some(list), None, None) => match list.value {
            Value::Array(values) => Ok((None, Some(values.clone()))),
            _ => Err(list.misfit("it is a list of values")),
        },
        (None, Some(constant), None) => Ok((None, Some(vec![constant.value.clone()]))),
        (None, None, Some(alternatives)) => constants(source, &alternatives),
        (Some(one), ..) | (_, Some(one), _) => {
            Err(one.misfit("an attribute has one list of values; merge it with the other one beside it"))
        }
    }
}

/// Reads alternatives of constants, which tools generate for enums with documented values.
fn constants<'a>(
    source: &Source<'a>,
    alternatives: &Keyword<'a>,
) -> Result<(Option<AttributeType>, Option<Vec<Value>>), Error> {
    let refusal = "an attribute has one type and one set of limits; alternatives must be constants";
    let schemas = alternatives
        .value
        .as_array()
        .ok_or_else(|| alternatives.misfit(refusal))?;
    let (mut kind, mut allowed) = (None, Vec::new());
    for (index, (pointer, schema)) in alternatives.listed(schemas).enumerate() {
        let mut one = source.keywords(&pointer, schema)?;
        one.take("title");
        one.take("description");
        let own = type_of(&mut one)?;
        if index > 0 && own != kind {
            return Err(alternatives.misfit(refusal));
        }
        kind = own;
        match (one.take("const"), one.take("enum").map(|list| list.value)) {
            (Some(constant), None) => allowed.push(constant.value.clone()),
            (None, Some(Value::Array(values))) => allowed.extend_from_slice(values),
            _ => return Err(alternatives.misfit(refusal)),
        }
        one.finish()?;
    }
    Ok((kind, Some(allowed)))
}

/// The common type of all values.
fn infer(values: &[Value]) -> Option<AttributeType> {
    let all = |is: fn(&Value) -> bool| values.iter().all(is);
    if all(Value::is_string) {
        Some(AttributeType::String)
    } else if all(Value::is_boolean) {
        Some(AttributeType::Boolean)
    } else if all(|value| value.is_i64() || value.is_u64()) {
        Some(AttributeType::Integer)
    } else if all(Value::is_number) {
        Some(AttributeType::Number)
    } else {
        None
    }
}
