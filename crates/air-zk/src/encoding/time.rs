//! Dates as days, and times as microseconds.

use jiff::{SignedDuration, Timestamp, civil::Date};

/// The first date of 1970.
const EPOCH: Date = jiff::civil::date(1970, 1, 1);
const HOURS_OF_DAY: i64 = 24;
/// More days than any date of jiff has.
const DAY_LIMIT: i64 = 10_000_000;

/// Days since 1970-01-01 of a full-date (RFC 3339).
pub(crate) fn read_date(text: &str) -> Result<i64, &'static str> {
    let date: Date = text.parse().map_err(|_| "it is not a date such as 1990-05-01")?;
    if date.to_string() != text {
        return Err("it is not a date such as 1990-05-01");
    }
    Ok(date.duration_since(EPOCH).as_hours() / HOURS_OF_DAY)
}

/// The date that [`read_date`] reads as `days`.
pub(crate) fn write_date(days: i64) -> Option<String> {
    if !(-DAY_LIMIT..=DAY_LIMIT).contains(&days) {
        return None;
    }
    let since = SignedDuration::from_hours(days * HOURS_OF_DAY);
    EPOCH.checked_add(since).ok().map(|date| date.to_string())
}

/// Microseconds since 1970 of a date-time (RFC 3339).
pub(crate) fn read_date_time(text: &str) -> Result<i64, &'static str> {
    let time: Timestamp = text
        .parse()
        .map_err(|_| "it is not a date and time such as 1990-05-01T12:00:00Z")?;
    if time.subsec_nanosecond() % 1000 != 0 {
        return Err("it is finer than a microsecond");
    }
    Ok(time.as_microsecond())
}

/// The time that [`read_date_time`] reads as `micros`, in UTC.
pub(crate) fn write_date_time(micros: i64) -> Option<String> {
    let time = Timestamp::from_microsecond(micros).ok()?;
    Some(time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_days_and_written_as_they_are_read() {
        for (text, days) in [
            ("1970-01-01", 0),
            ("1969-12-31", -1),
            ("2000-03-01", 11_017),
            ("9999-12-31", 2_932_896),
        ] {
            assert_eq!(read_date(text), Ok(days), "{text}");
            assert_eq!(write_date(days).as_deref(), Some(text));
        }
        for text in [
            "19900501",
            "1990-5-1",
            "1990-02-30",
            "1990-05-01T00:00:00",
            " 1990-05-01",
            "",
        ] {
            assert!(read_date(text).is_err(), "{text}");
        }
        for days in [i64::MIN + 1, i64::MAX, 2_932_897] {
            assert_eq!(write_date(days), None, "{days}");
        }
    }

    #[test]
    fn times_with_any_offset_are_one_instant() {
        for text in [
            "1990-05-01T12:00:00Z",
            "1990-05-01T14:00:00+02:00",
            "1990-05-01T12:00:00.000000Z",
        ] {
            assert_eq!(read_date_time(text), Ok(641_563_200_000_000), "{text}");
        }
        assert_eq!(
            write_date_time(641_563_200_000_000).as_deref(),
            Some("1990-05-01T12:00:00Z")
        );
        assert_eq!(read_date_time("1969-12-31T23:59:59.999999Z"), Ok(-1));
        for text in [
            "1990-05-01T12:00:00.0000001Z",
            "1990-05-01",
            "1990-05-01T12:00:00",
        ] {
            assert!(read_date_time(text).is_err(), "{text}");
        }
        assert_eq!(write_date_time(i64::MAX), None);
    }
}
