//! The conditions of a verification program.

use std::cmp::Ordering;

use air_api::sandbox::{Condition, Operator};
use air_schema::CredentialSchema;
use serde_json::{Map, Value};

use super::Refusal;

/// Rejects conditions that can never hold: an attribute that is not in the schema, or a list
/// instead of a single value.
pub(crate) fn check(conditions: &[Condition], schema: &CredentialSchema) -> Result<(), Refusal> {
    for condition in conditions {
        let attribute = &condition.attribute;
        if !schema
            .attributes()
            .iter()
            .any(|known| known.name().as_str() == attribute)
        {
            return Err(Refusal::bad_request(format!(
                "condition: the schema has no attribute `{attribute}`"
            )));
        }
        let wants_list = matches!(condition.operator, Operator::In | Operator::NotIn);
        if wants_list != condition.value.is_array() {
            return Err(Refusal::bad_request(format!(
                "condition on `{attribute}`: the operators `in` and `not in` take an array, all others one value"
            )));
        }
    }
    Ok(())
}

/// Checks whether all conditions hold. A condition on a missing attribute does not hold.
pub(crate) fn all_hold(conditions: &[Condition], claims: &Map<String, Value>) -> bool {
    conditions.iter().all(|condition| {
        claims
            .get(&condition.attribute)
            .is_some_and(|value| holds(condition, value))
    })
}

fn holds(condition: &Condition, value: &Value) -> bool {
    let expected = &condition.value;
    let is_one_of = || {
        expected
            .as_array()
            .is_some_and(|values| values.iter().any(|each| same(value, each)))
    };
    match condition.operator {
        Operator::Equals => same(value, expected),
        Operator::NotEquals => !same(value, expected),
        Operator::Greater => compare(value, expected) == Some(Ordering::Greater),
        Operator::Less => compare(value, expected) == Some(Ordering::Less),
        Operator::In => is_one_of(),
        Operator::NotIn => !is_one_of(),
        _ => false,
    }
}

fn same(a: &Value, b: &Value) -> bool {
    a == b || compare(a, b) == Some(Ordering::Equal)
}

/// Compares numbers by value and dates by time. Other values have no order.
fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => match (a.as_i64(), b.as_i64()) {
            (Some(a), Some(b)) => Some(a.cmp(&b)),
            _ => a.as_f64()?.partial_cmp(&b.as_f64()?),
        },
        (Value::String(a), Value::String(b)) => {
            let dates = || Some(a.parse::<jiff::civil::Date>().ok()?.cmp(&b.parse().ok()?));
            let times = || Some(a.parse::<jiff::Timestamp>().ok()?.cmp(&b.parse().ok()?));
            times().or_else(dates)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_operator_holds_where_it_should_and_not_elsewhere() {
        let claims =
            json!({ "age": 30, "ratio": 0.5, "level": "basic", "born": "1990-05-01", "adult": true });
        let cases = [
            ("adult", Operator::Equals, json!(true), true),
            ("adult", Operator::Equals, json!(false), false),
            ("age", Operator::Equals, json!(30.0), true),
            ("level", Operator::NotEquals, json!("enhanced"), true),
            ("age", Operator::Greater, json!(29), true),
            ("age", Operator::Greater, json!(30), false),
            ("ratio", Operator::Less, json!(1), true),
            ("born", Operator::Less, json!("2000-01-01"), true),
            ("born", Operator::Greater, json!("2000-01-01"), false),
            ("level", Operator::Greater, json!("a"), false),
            ("level", Operator::In, json!(["basic", "enhanced"]), true),
            ("level", Operator::NotIn, json!(["basic"]), false),
            ("absent", Operator::NotEquals, json!(1), false),
            ("absent", Operator::NotIn, json!([1]), false),
        ];
        for (attribute, operator, value, expected) in cases {
            let condition = Condition {
                attribute: attribute.into(),
                operator,
                value,
            };
            assert_eq!(
                all_hold(std::slice::from_ref(&condition), claims.as_object().unwrap()),
                expected,
                "{condition:?}"
            );
        }
    }
}
