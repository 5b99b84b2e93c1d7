//! Times of credentials that don't tell one of a batch from another's (RFC 9901, section 10.1).

use std::time::Duration;

use air_ids::UnixTime;

/// The end of all certificates of issuers: the beginning of 2036.
pub(super) const CERTIFICATES_END: UnixTime = UnixTime::from_secs(2_082_758_400);
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
const MONTH: Duration = Duration::from_hours(30 * 24);

/// `iat` and `exp` of a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Times {
    pub(super) issued_at: UnixTime,
    pub(super) expires_at: Option<UnixTime>,
}

/// Returns the end of an mdoc, which always has one: that of the program's credentials, and that of
/// the issuer's certificate at the latest.
pub(super) fn mdoc_end(expires_at: Option<UnixTime>) -> UnixTime {
    expires_at.map_or(CERTIFICATES_END, |end| end.min(CERTIFICATES_END))
}

/// Rounds both times down: to days for a lifetime of 30 days and more, to hours from one day, and
/// to minutes from one hour. The credential is never valid for longer than its program says.
pub(super) fn rounded(now: UnixTime, expires_at: Option<UnixTime>) -> Times {
    let unit = match expires_at.map(|end| end.saturating_duration_since(now)) {
        None => DAY,
        Some(lifetime) if lifetime >= MONTH => DAY,
        Some(lifetime) if lifetime >= DAY => HOUR,
        Some(lifetime) if lifetime >= HOUR => MINUTE,
        Some(_) => SECOND,
    };
    Times {
        issued_at: now.floor(unit),
        expires_at: expires_at.map(|end| end.floor(unit)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_mdoc_ends_with_its_issuers_certificate_at_the_latest() {
        let earlier = CERTIFICATES_END.saturating_sub(SECOND);
        assert_eq!(mdoc_end(Some(earlier)), earlier);
        assert_eq!(
            mdoc_end(Some(CERTIFICATES_END.saturating_add(SECOND))),
            CERTIFICATES_END
        );
        assert_eq!(mdoc_end(None), CERTIFICATES_END);
    }

    #[test]
    fn rounds_down_by_the_lifetime_and_stays_valid() {
        let now = UnixTime::from_secs(1_800_000_123);
        for (lifetime, unit) in [
            (3 * MONTH, DAY),
            (MONTH, DAY),
            (MONTH.saturating_sub(SECOND), HOUR),
            (DAY, HOUR),
            (DAY.saturating_sub(SECOND), MINUTE),
            (HOUR, MINUTE),
            (HOUR.saturating_sub(SECOND), SECOND),
            (SECOND, SECOND),
        ] {
            let end = now.saturating_add(lifetime);
            let times = rounded(now, Some(end));
            assert_eq!(times.issued_at.as_secs() % unit.as_secs(), 0, "{lifetime:?}");
            let before = now.checked_duration_since(times.issued_at).unwrap();
            assert!(before < unit, "{lifetime:?}");
            let rounded = times.expires_at.unwrap();
            assert_eq!(rounded.as_secs() % unit.as_secs(), 0, "{lifetime:?}");
            assert!(rounded <= end && rounded > now, "{lifetime:?}");
        }
        assert_eq!(
            rounded(now, None),
            Times {
                issued_at: now.floor(DAY),
                expires_at: None
            }
        );
    }
}
