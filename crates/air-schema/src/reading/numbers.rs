//! Limits of numbers in JSON Schema and OpenAPI.

use serde_json::Number;

use super::keywords::{Keyword, Keywords};
use crate::{AttributeType, Error};

/// The minimum and the maximum.
#[derive(Default)]
pub(super) struct Range {
    pub(super) minimum: Option<Number>,
    pub(super) maximum: Option<Number>,
}

impl Range {
    pub(super) fn read(kind: AttributeType, keywords: &mut Keywords<'_>) -> Result<Self, Error> {
        let mut range = Self {
            minimum: number(keywords.take("minimum"))?,
            maximum: number(keywords.take("maximum"))?,
        };
        let above = exclusive(kind, keywords.take("exclusiveMinimum"), 1)?;
        let below = exclusive(kind, keywords.take("exclusiveMaximum"), -1)?;
        range.narrow(above, below);
        if let Some(keyword) = keywords.take("format") {
            let (least, greatest) = width(&keyword)?;
            range.narrow(least.map(Number::from), greatest.map(Number::from));
        }
        Ok(range)
    }

    fn narrow(&mut self, least: Option<Number>, greatest: Option<Number>) {
        if is_less(self.minimum.as_ref(), least.as_ref()) {
            self.minimum = least;
        }
        if is_less(greatest.as_ref(), self.maximum.as_ref()) || self.maximum.is_none() {
            self.maximum = greatest.or(self.maximum.take());
        }
    }
}

/// Whether the second number exists, and the first is less or missing.
fn is_less(first: Option<&Number>, second: Option<&Number>) -> bool {
    let value = |number: Option<&Number>| number.and_then(Number::as_f64);
    match (value(first), value(second)) {
        (Some(first), Some(second)) => first < second,
        (None, Some(_)) => true,
        _ => false,
    }
}

/// Reads `multipleOf`: `1` turns a number into an integer. A form can't express other values.
pub(super) fn stepped(kind: AttributeType, keywords: &mut Keywords<'_>) -> Result<AttributeType, Error> {
    match keywords.take("multipleOf") {
        None => Ok(kind),
        Some(step) if step.value.as_f64() == Some(1.0) => Ok(AttributeType::Integer),
        Some(step) => Err(step.misfit("the form has whole numbers (`multipleOf: 1`) and no other steps")),
    }
}

/// Reads a length. JSON Schema allows a fraction of zero: `2.0`.
pub(super) fn length(keyword: Option<Keyword<'_>>) -> Result<Option<u32>, Error> {
    let Some(keyword) = keyword else {
        return Ok(None);
    };
    let length = keyword
        .value
        .as_number()
        .and_then(whole)
        .and_then(|length| u32::try_from(length).ok());
    let length = length.ok_or_else(|| keyword.misfit("a length is a whole number from 0 to 4294967295"))?;
    Ok(Some(length))
}

fn number(keyword: Option<Keyword<'_>>) -> Result<Option<Number>, Error> {
    let Some(keyword) = keyword else {
        return Ok(None);
    };
    match keyword.value.as_number() {
        Some(number) => Ok(Some(number.clone())),
        None => Err(keyword.misfit("a limit is a number")),
    }
}

/// Converts an exclusive limit of an integer to an inclusive one.
fn exclusive(kind: AttributeType, keyword: Option<Keyword<'_>>, step: i64) -> Result<Option<Number>, Error> {
    let Some(keyword) = keyword else {
        return Ok(None);
    };
    if kind != AttributeType::Integer {
        return Err(keyword.misfit("the form's limits belong to the range; write `minimum` or `maximum`"));
    }
    let Some(limit) = keyword.value.as_number() else {
        return Err(keyword.misfit("a limit is a number"));
    };
    let beside = whole(limit).map(|limit| limit.saturating_add(step));
    // No integer is equal to a limit with a fraction, so that the same limit can be inclusive.
    Ok(Some(beside.map_or_else(|| limit.clone(), Number::from)))
}

/// The integer that the number is equal to, whether it is written 2 or 2.0.
fn whole(number: &Number) -> Option<i64> {
    number.as_i64().or_else(|| {
        let value = number.as_f64().filter(|value| value.fract() == 0.0)?;
        format!("{value:.0}").parse().ok()
    })
}

/// The range of a number's `format` in OpenAPI and schemars, as far as all JSON readers keep its
/// limits exactly.
fn width(format: &Keyword<'_>) -> Result<(Option<i64>, Option<i64>), Error> {
    Ok(match format.value.as_str() {
        Some("int8") => (Some(i8::MIN.into()), Some(i8::MAX.into())),
        Some("int16") => (Some(i16::MIN.into()), Some(i16::MAX.into())),
        Some("int32") => (Some(i32::MIN.into()), Some(i32::MAX.into())),
        Some("uint8") => (Some(0), Some(u8::MAX.into())),
        Some("uint16") => (Some(0), Some(u16::MAX.into())),
        Some("uint32") => (Some(0), Some(u32::MAX.into())),
        Some("uint" | "uint64") => (Some(0), None),
        Some("int" | "int64" | "float" | "double") => (None, None),
        _ => return Err(format.misfit("numbers have no such format; take it away, or let a range say it")),
    })
}
