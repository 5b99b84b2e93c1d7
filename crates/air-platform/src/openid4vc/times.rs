//! Times of credentials that don't tell one of a batch from another's (RFC 9901, section 10.1).

/// The end of all certificates of issuers: the beginning of 2036, in seconds since 1970.
pub(super) const CERTIFICATES_END: u64 = 2_082_758_400;
const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// `iat` and `exp` of a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Times {
    pub(super) issued_at: u64,
    pub(super) expires_at: Option<u64>,
}

/// Returns the end of an mdoc, which always has one: that of the program's credentials, and that of the issuer's certificate at the latest.
pub(super) fn mdoc_end(expires_at: Option<u64>) -> u64 {
    expires_at.map_or(CERTIFICATES_END, |end| end.min(CERTIFICATES_END))
}

/// Rounds both times down: to days for a lifetime of 30 days and more, to hours from one day, and to minutes from one hour. The
/// credential is never valid for longer than its program says.
pub(super) fn rounded(now: u64, expires_at: Option<u64>) -> Times {
    let unit = match expires_at.map(|end| end.saturating_sub(now)) {
        None => DAY,
        Some(lifetime) if lifetime >= 30 * DAY => DAY,
        Some(lifetime) if lifetime >= DAY => HOUR,
        Some(lifetime) if lifetime >= HOUR => MINUTE,
        Some(_) => 1,
    };
    Times {
        issued_at: now - now % unit,
        expires_at: expires_at.map(|end| end - end % unit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_mdoc_ends_with_its_issuers_certificate_at_the_latest() {
        assert_eq!(mdoc_end(Some(1_800_000_000)), 1_800_000_000);
        assert_eq!(mdoc_end(Some(CERTIFICATES_END + 1)), CERTIFICATES_END);
        assert_eq!(mdoc_end(None), CERTIFICATES_END);
    }

    #[test]
    fn rounds_down_by_the_lifetime_and_stays_valid() {
        let now = 1_800_000_123;
        for (lifetime, unit) in [
            (90 * DAY, DAY),
            (30 * DAY, DAY),
            (30 * DAY - 1, HOUR),
            (DAY, HOUR),
            (DAY - 1, MINUTE),
            (HOUR, MINUTE),
            (HOUR - 1, 1),
            (1, 1),
        ] {
            let end = now + lifetime;
            let times = rounded(now, Some(end));
            assert_eq!(times.issued_at % unit, 0, "{lifetime}");
            assert!(
                times.issued_at <= now && now - times.issued_at < unit,
                "{lifetime}"
            );
            let rounded = times.expires_at.unwrap();
            assert_eq!(rounded % unit, 0, "{lifetime}");
            assert!(rounded <= end && rounded > now, "{lifetime}");
        }
        assert_eq!(
            rounded(now, None),
            Times {
                issued_at: now - now % DAY,
                expires_at: None
            }
        );
    }
}
