//! Dates and times (RFC 3339, 5.6).

pub(super) fn is_date(text: &str) -> bool {
    let &[y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1] = text.as_bytes() else {
        return false;
    };
    let year = number(&[y0, y1, y2, y3]);
    let (Some(year), Some(month), Some(day)) = (year, number(&[m0, m1]), number(&[d0, d1])) else {
        return false;
    };
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        _ => 0,
    };
    (1..=days).contains(&day)
}

pub(super) fn is_date_time(text: &str) -> bool {
    text.split_once(['T', 't'])
        .is_some_and(|(date, time)| is_date(date) && is_time(time.as_bytes()))
}

/// Whether the text is a time such as `07:18:45.123+02:00`. A fraction has any number of digits.
fn is_time(text: &[u8]) -> bool {
    let &[h0, h1, b':', m0, m1, b':', s0, s1, ref rest @ ..] = text else {
        return false;
    };
    let (Some(hour), Some(minute), Some(second)) = (number(&[h0, h1]), number(&[m0, m1]), number(&[s0, s1]))
    else {
        return false;
    };
    if hour > 23 || minute > 59 || second > 60 {
        return false;
    }
    let Some(offset) = without_fraction(rest).and_then(offset_minutes) else {
        return false;
    };
    // A leap second is the last second of a day in UTC.
    second < 60 || (hour * 60 + minute - offset).rem_euclid(24 * 60) == 23 * 60 + 59
}

fn without_fraction(text: &[u8]) -> Option<&[u8]> {
    let [b'.', rest @ ..] = text else {
        return Some(text);
    };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    rest.get(digits..).filter(|_| digits > 0)
}

/// The minutes by which local time is ahead of UTC.
fn offset_minutes(text: &[u8]) -> Option<i32> {
    match text {
        [b'Z' | b'z'] => Some(0),
        &[sign @ (b'+' | b'-'), h0, h1, b':', m0, m1] => {
            let hours = number(&[h0, h1]).filter(|hours| *hours <= 23)?;
            let minutes = number(&[m0, m1]).filter(|minutes| *minutes <= 59)?;
            let offset = hours * 60 + minutes;
            Some(if sign == b'-' { -offset } else { offset })
        }
        _ => None,
    }
}

fn number(digits: &[u8]) -> Option<i32> {
    digits.iter().try_fold(0, |number, digit| {
        digit
            .is_ascii_digit()
            .then(|| number * 10 + i32::from(digit - b'0'))
    })
}
