//! The expiration of a row: the platform's programs decide on it, an issuer's own service requires it.

use air_ids::UnixTime;
use jiff::{Timestamp, civil::Date, tz::Offset};

use super::{Reason, Refusal};

const PLACE: &str = "/expiration";
/// The length of `2030-05-01`.
const DATE_LENGTH: usize = 10;

/// Whether rows have an expiration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expirations {
    Refused,
    Required,
}

impl Expirations {
    /// Checks a row without an expiration.
    pub(super) fn absent(self) -> Result<Option<UnixTime>, Refusal> {
        match self {
            Self::Refused => Ok(None),
            Self::Required => Err(Refusal::new(Reason::Missing, PLACE)),
        }
    }

    /// Reads a time with its offset, or a date, which is midnight in UTC.
    pub(super) fn read(self, text: &str) -> Result<UnixTime, Refusal> {
        match self {
            Self::Refused => Err(Refusal::new(Reason::ExpirationNotSettable, PLACE)),
            Self::Required => time(text).ok_or_else(|| Refusal::new(Reason::NotATime, PLACE)),
        }
    }
}

fn time(text: &str) -> Option<UnixTime> {
    let time = text.parse::<Timestamp>().ok().or_else(|| {
        // jiff would ignore the time of a text without an offset.
        let date: Date = text.parse().ok().filter(|_| text.len() == DATE_LENGTH)?;
        Offset::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()
    })?;
    u64::try_from(time.as_second()).ok().map(UnixTime::from_secs)
}

/// Formats a time in UTC (RFC 3339).
pub(super) fn format(time: UnixTime) -> String {
    i64::try_from(time.as_secs())
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .unwrap_or(Timestamp::MAX)
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times_are_read_and_written() {
        for (text, written) in [
            ("2027-06-01", "2027-06-01T00:00:00Z"),
            ("2027-06-01T16:00:00Z", "2027-06-01T16:00:00Z"),
            ("2027-06-01T16:00:00.5+02:00", "2027-06-01T14:00:00Z"),
        ] {
            let time = Expirations::Required.read(text).unwrap();
            assert_eq!(format(time), written, "{text}");
        }
        for wrong in ["", "tomorrow", "2027-06-01T16:00:00", "2027-02-30", "1969-12-31"] {
            let refusal = Expirations::Required.read(wrong).unwrap_err();
            assert_eq!(refusal.reason, Reason::NotATime, "{wrong}");
        }
    }
}
