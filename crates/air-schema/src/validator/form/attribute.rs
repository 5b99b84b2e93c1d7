//! A compiled attribute.

use serde_json::Value;

use super::{format::Text, numbers, pattern::Pattern};
use crate::{
    Attribute, AttributeName, AttributeType, Constraints, Error, Rule, Violation, validator::messages,
};

pub(super) struct Compiled {
    name: AttributeName,
    kind: AttributeType,
    is_required: bool,
    limits: Constraints,
    format: Option<Text>,
    pattern: Option<Pattern>,
}

impl Compiled {
    /// Compiles an attribute. Its pattern may take at most `size` bytes.
    pub(super) fn of(attribute: &Attribute, size: usize) -> Result<Self, Error> {
        let limits = attribute.constraints();
        let pattern = limits
            .pattern
            .as_ref()
            .map(|pattern| Pattern::compile(pattern, size));
        let pattern = pattern.transpose().map_err(|reason| Error::NotCompiled {
            pointer: format!("/properties/{}/pattern", attribute.name()),
            reason,
        })?;
        Ok(Self {
            name: attribute.name().clone(),
            kind: attribute.kind(),
            is_required: attribute.is_required(),
            limits: limits.clone(),
            format: Text::of(attribute),
            pattern,
        })
    }

    pub(super) fn name(&self) -> &str {
        self.name.as_str()
    }

    pub(super) const fn is_required(&self) -> bool {
        self.is_required
    }

    /// Adds a violation for each rule that the value breaks, even if its type is wrong.
    pub(super) fn check(&self, value: &Value, found: &mut Vec<Violation>) {
        let mut report = |rule, message| {
            found.push(Violation {
                pointer: format!("/{}", self.name),
                rule,
                message,
            });
        };
        if !is_of(self.kind, value) {
            report(Rule::Type, messages::of_type(value, type_in_json(self.kind)));
        }
        if let Some(allowed) = &self.limits.allowed
            && !allowed.iter().any(|one| is_equal(one, value))
        {
            report(Rule::Enum, messages::of_enum(allowed));
        }
        match value {
            Value::String(text) => self.check_text(text, report),
            Value::Number(number) => {
                let limits = &self.limits;
                if let Some(least) = limits
                    .minimum
                    .as_ref()
                    .filter(|least| numbers::is_less(number, least))
                {
                    report(Rule::Range, messages::too_small(least));
                }
                if let Some(most) = limits
                    .maximum
                    .as_ref()
                    .filter(|most| numbers::is_less(most, number))
                {
                    report(Rule::Range, messages::too_large(most));
                }
            }
            _ => {}
        }
    }

    fn check_text(&self, text: &str, mut report: impl FnMut(Rule, String)) {
        if let Some(format) = self.format.filter(|format| !format.is_valid(text)) {
            report(Rule::Format, messages::of_format(format.name()));
        }
        if let Some(pattern) = self.pattern.as_ref().filter(|pattern| !pattern.is_match(text)) {
            report(Rule::Pattern, messages::of_pattern(pattern.as_str()));
        }
        let (least, most) = (self.limits.min_length, self.limits.max_length);
        if least.is_none() && most.is_none() {
            return;
        }
        let length = text.chars().count() as u64;
        if let Some(least) = least.map(u64::from).filter(|least| length < *least) {
            report(Rule::Length, messages::too_short(least));
        }
        if let Some(most) = most.map(u64::from).filter(|most| length > *most) {
            report(Rule::Length, messages::too_long(most));
        }
    }
}

const fn type_in_json(kind: AttributeType) -> &'static str {
    match kind {
        AttributeType::String | AttributeType::Date | AttributeType::DateTime => "string",
        AttributeType::Number => "number",
        AttributeType::Integer => "integer",
        AttributeType::Boolean => "boolean",
    }
}

fn is_of(kind: AttributeType, value: &Value) -> bool {
    match kind {
        AttributeType::String | AttributeType::Date | AttributeType::DateTime => value.is_string(),
        AttributeType::Number => value.is_number(),
        AttributeType::Integer => value.as_number().is_some_and(numbers::is_integer),
        AttributeType::Boolean => value.is_boolean(),
    }
}

fn is_equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => numbers::is_equal(one, other),
        _ => one == other,
    }
}
