//! NumericDate (RFC 7519, section 2): seconds since 1970 as any JSON number, with or without a
//! fraction.

use air_ids::UnixTime;
use serde_json::Value;

/// 2^53: a double represents every smaller integer exactly.
const EXACT: f64 = 9_007_199_254_740_992.0;
/// The smallest number that counts as milliseconds. In seconds it would be the year 5138; current
/// times in milliseconds have 13 digits.
const MILLISECONDS: u64 = 100_000_000_000;

/// A time in a token. Round an end down ([`Self::floor`]) and a beginning up ([`Self::ceil`]), so
/// that rounding never extends the token's lifetime.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NumericDate {
    seconds: u64,
    has_fraction: bool,
}

impl NumericDate {
    /// Reads a JSON number. Returns `None` for any other value, for a time before 1970, and for a
    /// number above 2^53 with a fraction or an exponent.
    #[must_use]
    pub fn from_json(value: &Value) -> Option<Self> {
        let whole = |seconds| Self {
            seconds,
            has_fraction: false,
        };
        value
            .as_u64()
            .map(whole)
            .or_else(|| value.as_f64().and_then(Self::from_f64))
    }

    fn from_f64(seconds: f64) -> Option<Self> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the range was checked"
        )]
        (0.0..EXACT).contains(&seconds).then(|| Self {
            seconds: seconds as u64,
            has_fraction: seconds.fract() > 0.0,
        })
    }

    /// The time, rounded down: for `exp`, and to compute an age.
    #[must_use]
    pub fn floor(self) -> UnixTime {
        UnixTime::from_secs(self.seconds)
    }

    /// The time, rounded up: for `nbf` and `iat`.
    #[must_use]
    pub fn ceil(self) -> UnixTime {
        UnixTime::from_secs(self.seconds.saturating_add(u64::from(self.has_fraction)))
    }

    /// Whether the time is after the year 5138, and so is probably in milliseconds.
    #[must_use]
    pub fn looks_like_milliseconds(self) -> bool {
        self.seconds >= MILLISECONDS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<NumericDate> {
        NumericDate::from_json(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn rounds_an_end_down_and_a_beginning_up() {
        for (json, floor, ceil) in [
            ("1795875800", 1_795_875_800, 1_795_875_800),
            ("1795875800.0", 1_795_875_800, 1_795_875_800),
            ("1795875800.001", 1_795_875_800, 1_795_875_801),
            ("1.7958758e9", 1_795_875_800, 1_795_875_800),
            ("17958758005E-1", 1_795_875_800, 1_795_875_801),
            ("0", 0, 0),
            ("-0.0", 0, 0),
            ("18446744073709551615", u64::MAX, u64::MAX),
        ] {
            let date = read(json).unwrap();
            let rounded = (date.floor().as_secs(), date.ceil().as_secs());
            assert_eq!(rounded, (floor, ceil), "{json}");
        }
    }

    #[test]
    fn refuses_what_is_no_time_since_1970() {
        for json in [
            "-1",
            "-0.5",
            "1e300",
            "\"1795875800\"",
            "null",
            "true",
            "[1]",
            "9007199254740993.5",
        ] {
            assert_eq!(read(json), None, "{json}");
        }
    }

    #[test]
    fn tells_milliseconds_from_seconds() {
        assert!(read("1795875694000").unwrap().looks_like_milliseconds());
        assert!(!read("99999999999").unwrap().looks_like_milliseconds());
    }
}
