//! Parses the `date-time` of RFC 3339, section 5.6.

use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::TimeZone};

/// Parses a `date-time`; `None` when it is invalid. Times after [`Timestamp::MAX`] become that
/// time.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let (local, offset) = split_offset(text)?;
    let (whole, fraction) = local.split_once('.').unwrap_or((local, "0"));
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (time, is_leap_second) = parse_second(whole)?;
    let utc = time.saturating_sub(SignedDuration::from_mins(offset));
    if is_leap_second && (utc.hour(), utc.minute()) != (23, 59) {
        return None;
    }
    let nanoseconds = if is_leap_second { 0 } else { nanoseconds(fraction)? };
    let utc = utc.saturating_add(SignedDuration::from_nanos(nanoseconds));
    let timestamp = TimeZone::UTC.to_timestamp(utc);
    Some(timestamp.unwrap_or(if utc.year() < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    }))
}

/// Splits the text into the part before the offset, and the offset in minutes.
fn split_offset(text: &str) -> Option<(&str, i64)> {
    if let Some(local) = text.strip_suffix(['Z', 'z']) {
        return Some((local, 0));
    }
    let (local, offset) = text.split_at_checked(text.len().checked_sub(6)?)?;
    let &[sign @ (b'+' | b'-'), h0, h1, b':', m0, m1] = offset.as_bytes() else {
        return None;
    };
    let (hours, minutes) = (number(&[h0, h1])?, number(&[m0, m1])?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    let minutes = hours * 60 + minutes;
    Some((local, if sign == b'-' { -minutes } else { minutes }))
}

/// Parses `2026-01-19T07:18:45`, and returns whether the second is 60; the returned time is then
/// one second earlier.
fn parse_second(text: &str) -> Option<(DateTime, bool)> {
    let &[
        y0,
        y1,
        y2,
        y3,
        b'-',
        o0,
        o1,
        b'-',
        d0,
        d1,
        b'T' | b't',
        h0,
        h1,
        b':',
        m0,
        m1,
        b':',
        s0,
        s1,
    ] = text.as_bytes()
    else {
        return None;
    };
    let second = number(&[s0, s1])?;
    let time = DateTime::new(
        i16::try_from(number(&[y0, y1, y2, y3])?).ok()?,
        i8::try_from(number(&[o0, o1])?).ok()?,
        i8::try_from(number(&[d0, d1])?).ok()?,
        i8::try_from(number(&[h0, h1])?).ok()?,
        i8::try_from(number(&[m0, m1])?).ok()?,
        i8::try_from(if second == 60 { 59 } else { second }).ok()?,
        0,
    );
    Some((time.ok()?, second == 60))
}

/// Parses a fraction of a second to nanoseconds: its first nine digits.
fn nanoseconds(digits: &str) -> Option<i64> {
    let digits = digits.get(..9).unwrap_or(digits);
    let missing = u32::try_from(9_usize.checked_sub(digits.len())?).ok()?;
    Some(number(digits.as_bytes())? * 10_i64.pow(missing))
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |number, digit| {
        digit
            .is_ascii_digit()
            .then(|| number * 10 + i64::from(digit - b'0'))
    })
}
