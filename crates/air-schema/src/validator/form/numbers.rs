//! Comparison of numbers by their value. Integers and doubles are compared without rounding.

use std::cmp::Ordering;

use serde_json::Number;

/// 2^64, which is greater than every integer of a [`Number`].
const BEYOND: f64 = 18_446_744_073_709_551_616.0;

pub(super) fn is_less(a: &Number, b: &Number) -> bool {
    compare(a, b) == Some(Ordering::Less)
}

pub(super) fn is_equal(a: &Number, b: &Number) -> bool {
    compare(a, b) == Some(Ordering::Equal)
}

/// Whether the number is an integer, as `1.0` is (JSON Schema, from draft 6).
pub(super) fn is_integer(number: &Number) -> bool {
    integer(number).is_some() || number.as_f64().is_some_and(|number| number.fract() == 0.0)
}

fn compare(a: &Number, b: &Number) -> Option<Ordering> {
    match (integer(a), integer(b)) {
        (Some(a), Some(b)) => Some(a.cmp(&b)),
        (Some(a), None) => integer_with_double(a, b.as_f64()?),
        (None, Some(b)) => integer_with_double(b, a.as_f64()?).map(Ordering::reverse),
        (None, None) => a.as_f64()?.partial_cmp(&b.as_f64()?),
    }
}

fn integer(number: &Number) -> Option<i128> {
    let small = number.as_i64().map(i128::from);
    small.or_else(|| number.as_u64().map(i128::from))
}

fn integer_with_double(integer: i128, double: f64) -> Option<Ordering> {
    if double.is_nan() {
        return None;
    }
    if double.abs() >= BEYOND {
        return 0.0.partial_cmp(&double);
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "within ±2^64, and the fraction is next"
    )]
    let whole = double.trunc() as i128;
    Some(integer.cmp(&whole).then_with(|| {
        let fraction = double.fract();
        0.0.partial_cmp(&fraction).unwrap_or(Ordering::Equal)
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn number(value: &Value) -> Number {
        value.as_number().unwrap().clone()
    }

    #[test]
    fn integers_and_doubles_keep_their_order_to_the_last_digit() {
        let rising = [
            json!(-1e300),
            json!(i64::MIN),
            json!(-1.5),
            json!(-1),
            json!(-0.5),
            json!(0),
            json!(0.5),
            json!(1),
            json!(9_007_199_254_740_992_u64),
            json!(9_007_199_254_740_993_u64),
            json!(9_223_372_036_854_775_807_u64),
            json!(9.223_372_036_854_776e18),
            json!(u64::MAX),
            json!(1.844_674_407_370_955_2e19),
            json!(1e300),
        ];
        for (index, a) in rising.iter().enumerate() {
            for (other, b) in rising.iter().enumerate() {
                let (a, b) = (number(a), number(b));
                assert_eq!(compare(&a, &b), Some(index.cmp(&other)), "{a} {b}");
            }
        }
        assert!(is_equal(&number(&json!(1)), &number(&json!(1.0))));
        assert!(is_equal(&number(&json!(0)), &number(&json!(-0.0))));
        assert!(is_integer(&number(&json!(-3.0))) && !is_integer(&number(&json!(3.5))));
    }
}
