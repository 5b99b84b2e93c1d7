//! One form for each number of a schema.

use serde_json::{Number, Value};

/// The number as serde_json keeps it without its feature `arbitrary_precision`, which any crate of
/// a build can enable: an integer of 64 bits, or the nearest double. `1e2` becomes `100.0`, so that
/// messages, documents and comparisons are the same with the feature. A number beyond a double is
/// unchanged.
pub(crate) fn plain(number: &Number) -> Number {
    if let Some(integer) = number.as_u64() {
        return integer.into();
    }
    // Only with the feature, `-0` is an integer.
    if let Some(integer) = number.as_i64().filter(|integer| *integer != 0) {
        return integer.into();
    }
    let double = number.as_f64().and_then(Number::from_f64);
    double.unwrap_or_else(|| number.clone())
}

/// As [`plain`], for a value that may be a number.
pub(crate) fn plain_value(value: Value) -> Value {
    match value {
        Value::Number(number) => Value::Number(plain(&number)),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_form_however_it_is_written() {
        for (written, expected) in [
            ("7", "7"),
            ("-7", "-7"),
            ("18446744073709551615", "18446744073709551615"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("18446744073709551616", "1.8446744073709552e+19"),
            ("0.50", "0.5"),
            ("1e2", "100.0"),
            ("1.0", "1.0"),
            ("-0", "-0.0"),
            ("-0.00", "-0.0"),
        ] {
            let number: Number = serde_json::from_str(written).unwrap();
            assert_eq!(plain(&number).to_string(), expected, "{written}");
            let value = plain_value(serde_json::from_str(written).unwrap());
            assert_eq!(value.to_string(), expected, "{written}");
        }
        assert_eq!(plain_value("1e2".into()), "1e2");
    }
}
