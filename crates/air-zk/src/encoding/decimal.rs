//! Numbers as multiples of 10^-scale.

use serde_json::{Number, Value as Json};

/// From here on, a double does not have every integer.
const DOUBLE_LIMIT: f64 = 9_007_199_254_740_992.0;

/// The number times 10^scale, if that is an integer of 64 bits.
pub(crate) fn read(number: &Number, scale: u8) -> Result<i64, &'static str> {
    if let Some(whole) = number.as_i64() {
        return scaled(whole.into(), scale);
    }
    let double = number
        .as_f64()
        .filter(|double| double.abs() < DOUBLE_LIMIT)
        .ok_or("a number without 64-bit integer form must be between −2^53 and 2^53")?;
    // The shortest decimal that reads back as the same double, without an exponent.
    let text = double.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    if fraction.len() > scale.into() {
        return Err("it has more decimal places than the attribute's scale");
    }
    let digits: i128 = format!("{whole}{fraction}").parse().map_err(|_| OUTSIDE)?;
    let places = u8::try_from(fraction.len()).map_err(|_| OUTSIDE)?;
    scaled(digits, scale.saturating_sub(places))
}

/// The number that [`read`] reads as `scaled`.
pub(crate) fn write(scaled: i64, scale: u8) -> Option<Json> {
    let power = 10_i128.pow(scale.into());
    let (whole, fraction) = (i128::from(scaled) / power, i128::from(scaled) % power);
    if fraction == 0 {
        return i64::try_from(whole).ok().map(Json::from);
    }
    let sign = if scaled < 0 { "-" } else { "" };
    let width = usize::from(scale);
    let text = format!("{sign}{}.{:0width$}", whole.abs(), fraction.abs());
    Number::from_f64(text.parse().ok()?).map(Json::Number)
}

const OUTSIDE: &str = "with the attribute's scale, it does not fit in 64 bits";

fn scaled(digits: i128, places: u8) -> Result<i64, &'static str> {
    let power = 10_i128.checked_pow(places.into()).ok_or(OUTSIDE)?;
    let product = digits.checked_mul(power).ok_or(OUTSIDE)?;
    i64::try_from(product).map_err(|_| OUTSIDE)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(json: &Json, scale: u8) -> Result<i64, &'static str> {
        read(json.as_number().unwrap(), scale)
    }

    #[test]
    fn numbers_are_scaled_exactly_or_refused() {
        assert_eq!(of(&json!(30), 0), Ok(30));
        assert_eq!(of(&json!(30.0), 0), Ok(30));
        assert_eq!(of(&json!(0.1), 2), Ok(10));
        assert_eq!(of(&json!(-0.07), 2), Ok(-7));
        assert_eq!(of(&json!(-0.0), 2), Ok(0));
        assert_eq!(of(&json!(1e-7), 7), Ok(1));
        assert_eq!(of(&json!(i64::MAX), 0), Ok(i64::MAX));
        assert_eq!(of(&json!(i64::MIN), 0), Ok(i64::MIN));
        for (number, scale) in [
            (json!(0.5), 0),
            (json!(0.001), 2),
            (json!(i64::MAX), 1),
            (json!(u64::MAX), 0),
            (json!(1e18), 0),
            (json!(9_007_199_254_740_992.0), 0),
        ] {
            assert!(of(&number, scale).is_err(), "{number} with scale {scale}");
        }
    }

    #[test]
    fn numbers_are_written_as_they_are_read() {
        for (scaled, scale) in [
            (0, 0),
            (-1, 0),
            (i64::MIN, 0),
            (i64::MAX, 0),
            (123, 2),
            (-7, 2),
            (-107, 2),
            (500, 2),
            (1, 18),
        ] {
            let json = write(scaled, scale).unwrap();
            assert_eq!(of(&json, scale), Ok(scaled), "{json} with scale {scale}");
        }
    }
}
