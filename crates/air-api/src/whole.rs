//! Integers as JSON Schema defines them (2020-12, 4.2.3), which include `2920.0`.

use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Number;

use crate::double;

/// 2^53: a double represents every smaller integer exactly.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Deserializes an unsigned integer. Use it with `deserialize_with`.
///
/// It deserializes a [`Number`] first, for the reason that [`double`] has.
pub(crate) fn number<'de, D: Deserializer<'de>, T: TryFrom<u64>>(deserializer: D) -> Result<T, D::Error> {
    let number = Number::deserialize(deserializer)?;
    let whole = number
        .as_u64()
        .or_else(|| number.as_f64().and_then(integer))
        .ok_or_else(|| D::Error::custom("the number must be a whole number of at least 0"))?;
    T::try_from(whole).map_err(|_| D::Error::custom("the number is too large"))
}

/// As [`number`], for integers that may be negative.
pub(crate) fn signed<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i32, D::Error> {
    let number = double::number(deserializer)?;
    if number.fract() != 0.0 || !(f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&number) {
        return Err(D::Error::custom("not a whole number of 32 bits"));
    }
    #[expect(clippy::cast_possible_truncation, reason = "it is whole, and fits")]
    Ok(number as i32)
}

/// As [`number`], for members that may be `null`. Members that may be absent also need `default`.
pub(crate) fn optional<'de, D: Deserializer<'de>, T: TryFrom<u64>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    struct Whole<T>(T);

    impl<'de, T: TryFrom<u64>> Deserialize<'de> for Whole<T> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            number(deserializer).map(Self)
        }
    }

    Option::<Whole<T>>::deserialize(deserializer).map(|number| number.map(|Whole(number)| number))
}

/// The integer that a double is equal to, from 0 to 2^53.
fn integer(double: f64) -> Option<u64> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a whole number within 53 bits"
    )]
    (double.fract() == 0.0 && (0.0..=EXACT).contains(&double)).then_some(double as u64)
}

#[cfg(test)]
mod tests {
    use crate::sandbox::{Fault, FaultRule, Faults};

    fn rule(members: &str) -> Result<FaultRule, serde_json::Error> {
        let json = format!(r#"{{"rules":[{{"path":"/",{members}}}]}}"#);
        serde_json::from_str::<Faults>(&json).map(|faults| faults.rules[0].clone())
    }

    fn times(json: &str) -> Result<Option<u32>, serde_json::Error> {
        let members = format!(r#""kind":"delay","milliseconds":2920.0,"times":{json}"#);
        rule(&members).map(|FaultRule { fault, times, .. }| {
            assert_eq!(fault, Fault::Delay { milliseconds: 2920 });
            times
        })
    }

    #[test]
    fn a_number_without_a_fraction_is_whole_however_it_is_written() {
        assert_eq!(times("null").unwrap(), None);
        for (json, expected) in [
            ("3", 3),
            ("3.0", 3),
            ("3e0", 3),
            ("30E-1", 3),
            ("-0", 0),
            ("-0.0", 0),
            ("4294967295", u32::MAX),
            ("4294967295.0", u32::MAX),
        ] {
            assert_eq!(times(json).unwrap(), Some(expected), "{json}");
        }
        for bad in [
            "3.5",
            "-1",
            "-1.0",
            "4294967296",
            "18446744073709551616",
            "1e300",
            "1e400",
            "\"3\"",
            "true",
            "{}",
            "[3]",
        ] {
            assert!(times(bad).is_err(), "{bad}");
        }
    }

    /// The seconds are a member of a tagged type within a flattened one.
    #[test]
    fn a_negative_number_is_whole_however_it_is_written() {
        let skew = |seconds: &str| rule(&format!(r#""kind":"clockSkew","seconds":{seconds}"#));
        for json in ["-600", "-600.0", "-6e2"] {
            let fault = skew(json).unwrap().fault;
            assert_eq!(fault, Fault::ClockSkew { seconds: -600 }, "{json}");
        }
        for bad in ["-0.5", "2147483648", "-1e300", "1e400", "\"1\"", "null"] {
            assert!(skew(bad).is_err(), "{bad}");
        }
    }
}
