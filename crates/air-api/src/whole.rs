//! Integers as JSON Schema defines them (2020-12, 4.2.3), which include `2920.0`.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{self, Visitor},
};

/// 2^53: a double represents every smaller integer exactly.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Deserializes an unsigned integer. Use it with `deserialize_with`.
pub(crate) fn number<'de, D: Deserializer<'de>, T: TryFrom<u64>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_any(Whole(PhantomData))
}

/// As [`number`], for integers that may be negative.
pub(crate) fn signed<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i32, D::Error> {
    let number = f64::deserialize(deserializer)?;
    if number.fract() != 0.0 || !(f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&number) {
        return Err(de::Error::custom("not a whole number of 32 bits"));
    }
    #[expect(clippy::cast_possible_truncation, reason = "it is whole, and fits")]
    Ok(number as i32)
}

/// As [`number`], for members that may be `null`. Members that may be absent also need `default`.
pub(crate) fn optional<'de, D: Deserializer<'de>, T: TryFrom<u64>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    struct Number<T>(T);

    impl<'de, T: TryFrom<u64>> Deserialize<'de> for Number<T> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            number(deserializer).map(Self)
        }
    }

    Option::<Number<T>>::deserialize(deserializer).map(|number| number.map(|Number(number)| number))
}

struct Whole<T>(PhantomData<T>);

impl<T: TryFrom<u64>> Visitor<'_> for Whole<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number from 0")
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<T, E> {
        T::try_from(number).map_err(|_| E::custom("the number is too large"))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<T, E> {
        if number.fract() == 0.0 && (0.0..=EXACT).contains(&number) {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a whole number within 53 bits"
            )]
            let whole = number as u64;
            self.visit_u64(whole)
        } else {
            Err(E::custom("the number is not a whole one from 0"))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::sandbox::{Fault, FaultRule, Faults};

    fn times(json: &str) -> Result<Option<u32>, serde_json::Error> {
        let json =
            format!(r#"{{"rules":[{{"path":"/","kind":"delay","milliseconds":2920.0,"times":{json}}}]}}"#);
        serde_json::from_str::<Faults>(&json).map(|faults| {
            let FaultRule { fault, times, .. } = &faults.rules[0];
            assert_eq!(*fault, Fault::Delay { milliseconds: 2920 });
            *times
        })
    }

    #[test]
    fn a_number_without_a_fraction_is_whole_however_it_is_written() {
        assert_eq!(times("null").unwrap(), None);
        for (json, expected) in [("3", 3), ("3.0", 3), ("3e0", 3), ("4294967295", u32::MAX)] {
            assert_eq!(times(json).unwrap(), Some(expected), "{json}");
        }
        for bad in ["3.5", "-1", "-1.0", "4294967296", "1e300", "\"3\"", "true"] {
            assert!(times(bad).is_err(), "{bad}");
        }
    }
}
