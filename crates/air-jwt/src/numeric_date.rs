//! NumericDate (RFC 7519, 2): a number of seconds since 1970, with or without a fraction, in any notation that JSON has.

use serde_json::Value;

/// Every whole number below it is exact in a double.
const EXACT: f64 = 9_007_199_254_740_992.0;
/// 11 digits of seconds are the year 5138; today's milliseconds have 13.
const MILLISECONDS: u64 = 100_000_000_000;

/// A time in a token. It is read once, and rounded where it is compared: an end down ([`Self::floor`]), a beginning up
/// ([`Self::ceil`]), so that rounding never makes a token live longer than it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NumericDate {
    seconds: u64,
    has_fraction: bool,
}

impl NumericDate {
    /// Reads a JSON number. `None` for anything else, for a time before 1970, and for one past 2^53 seconds with a fraction or an
    /// exponent.
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

    /// In whole seconds, rounded down: for `exp`, and for how old something is.
    #[must_use]
    pub fn floor(self) -> u64 {
        self.seconds
    }

    /// In whole seconds, rounded up: for `nbf` and `iat`, from when something counts.
    #[must_use]
    pub fn ceil(self) -> u64 {
        self.seconds.saturating_add(u64::from(self.has_fraction))
    }

    /// Whether it is past the year 5138, and so most likely in milliseconds.
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
            assert_eq!((date.floor(), date.ceil()), (floor, ceil), "{json}");
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
