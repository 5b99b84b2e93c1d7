//! Durations as people write them: `90d`, `12h`, `30m`, `45s`.

use std::{str::FromStr, time::Duration};

use serde::{Deserialize, Deserializer, de};

const DAY: u64 = 86_400;
/// A hundred years.
const LIMIT: u64 = 36_500 * DAY;

/// A whole number of seconds, at least 1 and at most 36,500 days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Seconds(pub(crate) u64);

impl Seconds {
    pub(crate) fn duration(self) -> Duration {
        Duration::from_secs(self.0)
    }
}

impl FromStr for Seconds {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = "a duration must be a number and one of d, h, m and s, such as 90d, and at most 36500d";
        let unit = text.chars().next_back().ok_or(refused)?;
        let factor = match unit {
            'd' => DAY,
            'h' => 3_600,
            'm' => 60,
            's' => 1,
            _ => return Err(refused),
        };
        let number = text.strip_suffix(unit).unwrap_or_default();
        let number: u64 = number
            .bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| number.parse().ok())
            .flatten()
            .ok_or(refused)?;
        number
            .checked_mul(factor)
            .filter(|seconds| (1..=LIMIT).contains(seconds))
            .map(Self)
            .ok_or(refused)
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_number_and_a_unit() {
        for (text, seconds) in [("1s", 1), ("30m", 1_800), ("12h", 43_200), ("36500d", LIMIT)] {
            assert_eq!(text.parse(), Ok(Seconds(seconds)), "{text}");
        }
        for text in [
            "",
            "d",
            "0s",
            "36501d",
            "1",
            "1w",
            "-1d",
            "+1d",
            "1.5d",
            "1dd",
            "99999999999999999999s",
        ] {
            assert!(text.parse::<Seconds>().is_err(), "{text}");
        }
    }
}
