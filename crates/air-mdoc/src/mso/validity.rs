//! The validity period (ISO/IEC 18013-5, 9.1.2.4).

use std::time::Duration;

use air_ids::UnixTime;
use jiff::{SignedDuration, Timestamp};

use crate::{
    Error,
    cbor::{Fields, Raw, Writer},
};

const PART: &str = "validityInfo";
/// The end of the year 9999, the last that RFC 3339 can write.
const LAST: i64 = 253_402_300_799;

/// The times of a credential: `signed` ≤ `valid_from` < `valid_until`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ValidityInfo {
    /// When the issuer signed. It must be within the validity of the issuer's certificate.
    pub signed: UnixTime,
    /// The first second in which the credential is valid.
    pub valid_from: UnixTime,
    /// The second in which the credential expires.
    pub valid_until: UnixTime,
    /// When the issuer expects to sign again.
    pub expected_update: Option<UnixTime>,
}

/// Towards which second a fraction is rounded.
#[derive(Clone, Copy)]
enum Round {
    Down,
    Up,
}

impl ValidityInfo {
    /// Checks the order of the times.
    pub(crate) fn check_order(&self) -> Result<(), Error> {
        if self.signed <= self.valid_from && self.valid_from < self.valid_until {
            Ok(())
        } else {
            Err(Error::ValidityOrder)
        }
    }

    /// Checks the period at a time, with a tolerance for clock differences.
    pub(crate) fn check(&self, now: UnixTime, skew: Duration) -> Result<(), Error> {
        self.check_order()?;
        if now >= self.valid_until.saturating_add(skew) {
            return Err(Error::Expired {
                ago: now.saturating_duration_since(self.valid_until).as_secs(),
            });
        }
        if self.valid_from > now.saturating_add(skew) {
            return Err(Error::NotYetValid {
                ahead: self.valid_from.saturating_duration_since(now).as_secs(),
            });
        }
        Ok(())
    }

    /// Reads the times. ISO/IEC 18013-5 has no fractions of a second, but some issuers write them:
    /// they are rounded towards the shorter validity.
    pub(super) fn parse(raw: Raw<'_>) -> Result<Self, Error> {
        let fields = Fields::of(raw, PART)?;
        let time = |name, round| fields.required(name, |raw| read(raw, round));
        Ok(Self {
            signed: time("signed", Round::Down)?,
            valid_from: time("validFrom", Round::Up)?,
            valid_until: time("validUntil", Round::Down)?,
            expected_update: fields.typed("expectedUpdate", |raw| read(raw, Round::Down))?,
        })
    }

    pub(super) fn encode(&self, writer: &mut Writer) -> Result<(), Error> {
        self.check_order()?;
        writer.map(3 + usize::from(self.expected_update.is_some()));
        for (name, time) in [
            ("signed", Some(self.signed)),
            ("validFrom", Some(self.valid_from)),
            ("validUntil", Some(self.valid_until)),
            ("expectedUpdate", self.expected_update),
        ] {
            if let Some(time) = time {
                let text = written(time).ok_or(Error::InvalidTime { name })?;
                writer.text(name).date_time(&text);
            }
        }
        Ok(())
    }
}

/// Reads `tdate`: tag 0 with a time in UTC, since 1970.
fn read(raw: Raw<'_>, round: Round) -> Option<UnixTime> {
    let text = raw.tagged(0)?.text().filter(|text| text.ends_with('Z'))?;
    let time: Timestamp = text.parse().ok()?;
    let time = match round {
        Round::Up if time.subsec_nanosecond() > 0 => time.checked_add(SignedDuration::from_secs(1)).ok()?,
        _ => time,
    };
    u64::try_from(time.as_second()).ok().map(UnixTime::from_secs)
}

fn written(time: UnixTime) -> Option<String> {
    let seconds = i64::try_from(time.as_secs())
        .ok()
        .filter(|seconds| *seconds <= LAST)?;
    Some(Timestamp::from_second(seconds).ok()?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str, round: Round) -> Option<UnixTime> {
        let bytes = Writer::default().date_time(text).finish();
        read(Raw::parse(&bytes, "test").unwrap(), round)
    }

    #[test]
    fn rounds_fractions_as_asked() {
        for (text, down, up) in [
            ("1970-01-01T00:00:01Z", Some(1), Some(1)),
            ("1970-01-01T00:00:01.000001Z", Some(1), Some(2)),
            ("1969-12-31T23:59:59Z", None, None),
            ("1970-01-01T00:00:01+00:00", None, None),
            ("1970-01-01", None, None),
            (
                "9999-12-30T21:59:59Z",
                Some(253_402_207_199),
                Some(253_402_207_199),
            ),
        ] {
            assert_eq!(
                read_text(text, Round::Down),
                down.map(UnixTime::from_secs),
                "{text}"
            );
            assert_eq!(read_text(text, Round::Up), up.map(UnixTime::from_secs), "{text}");
        }
    }

    #[test]
    fn both_ends_have_a_tolerance() {
        let period = ValidityInfo {
            signed: UnixTime::from_secs(900),
            valid_from: UnixTime::from_secs(1000),
            valid_until: UnixTime::from_secs(2000),
            expected_update: None,
        };
        let check = |now, skew| period.check(UnixTime::from_secs(now), Duration::from_secs(skew));
        assert_eq!(check(969, 30), Err(Error::NotYetValid { ahead: 31 }));
        assert_eq!(check(970, 30), Ok(()));
        assert_eq!(check(2029, 30), Ok(()));
        assert_eq!(check(2030, 30), Err(Error::Expired { ago: 30 }));
        assert_eq!(check(1999, 0), Ok(()));
        assert_eq!(check(2000, 0), Err(Error::Expired { ago: 0 }));
    }

    #[test]
    fn the_times_are_in_order() {
        let of = |signed, valid_from, valid_until| ValidityInfo {
            signed: UnixTime::from_secs(signed),
            valid_from: UnixTime::from_secs(valid_from),
            valid_until: UnixTime::from_secs(valid_until),
            expected_update: None,
        };
        assert_eq!(of(5, 5, 6).check_order(), Ok(()));
        assert_eq!(of(6, 5, 6).check_order(), Err(Error::ValidityOrder));
        assert_eq!(of(5, 6, 6).check_order(), Err(Error::ValidityOrder));
    }
}
