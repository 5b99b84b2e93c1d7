//! Conditions of verification programs and of proofs, as arguments and as text.

use std::str::FromStr;

use air_api::sandbox::{Condition, Operator};
use serde_json::Value;

/// The operators' names, those of two words first.
const OPERATORS: [&str; 6] = ["not equals", "not in", "equals", "greater", "less", "in"];

/// A condition as an argument.
#[derive(Clone, Debug)]
pub(crate) struct ConditionText(pub(crate) Condition);

impl FromStr for ConditionText {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || {
            format!(
                "must be ATTRIBUTE OPERATOR VALUE, with one of the operators {}",
                OPERATORS.join(", ")
            )
        };
        let (attribute, rest) = text.trim().split_once(' ').ok_or_else(expected)?;
        let rest = rest.trim_start();
        let (operator, value) = OPERATORS
            .iter()
            .find_map(|name| Some((*name, rest.strip_prefix(name)?.strip_prefix(' ')?)))
            .ok_or_else(expected)?;
        let operator: Operator =
            serde_json::from_value(operator.into()).map_err(|error| error.to_string())?;
        let value = value.trim();
        Ok(Self(Condition {
            attribute: attribute.to_owned(),
            operator,
            value: serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned())),
        }))
    }
}

/// A condition as text.
pub(crate) fn text(condition: &Condition) -> String {
    let operator = serde_json::to_value(condition.operator).unwrap_or_default();
    format!(
        "{} {} {}",
        condition.attribute,
        operator.as_str().unwrap_or_default(),
        condition.value
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_has_an_attribute_an_operator_and_a_value() {
        for (given, expected) in [
            ("isOver18 equals true", "isOver18 equals true"),
            ("country not in [\"UTO\"]", "country not in [\"UTO\"]"),
            ("country  not equals UTO", "country not equals \"UTO\""),
            ("name equals Ada Byron", "name equals \"Ada Byron\""),
            ("age greater 17", "age greater 17"),
        ] {
            let condition: ConditionText = given.parse().unwrap();
            assert_eq!(text(&condition.0), expected);
        }
        for given in ["", "age", "age greater", "age above 17", "age equalstrue"] {
            assert!(given.parse::<ConditionText>().is_err(), "{given}");
        }
    }
}
