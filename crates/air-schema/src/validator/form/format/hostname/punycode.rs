//! A decoder of Punycode (RFC 3492).

const BASE: u32 = 36;
const T_MIN: u32 = 1;
const T_MAX: u32 = 26;
const SKEW: u32 = 38;
const DAMP: u32 = 700;
const INITIAL_BIAS: u32 = 72;
const INITIAL_N: u32 = 128;

/// Decodes the ASCII text after `xn--`.
pub(super) fn decode(text: &str) -> Option<Vec<char>> {
    let (basic, encoded) = match text.rsplit_once('-') {
        Some((basic, encoded)) if !basic.is_empty() => (basic, encoded),
        _ => ("", text),
    };
    let mut output: Vec<char> = basic.chars().collect();
    let (mut code, mut index, mut bias) = (INITIAL_N, 0_u32, INITIAL_BIAS);
    let mut digits = encoded.bytes();
    while digits.len() > 0 {
        let before = index;
        let (mut weight, mut k) = (1_u32, BASE);
        loop {
            let digit = digit(digits.next()?)?;
            index = index.checked_add(digit.checked_mul(weight)?)?;
            let threshold = k.saturating_sub(bias).clamp(T_MIN, T_MAX);
            if digit < threshold {
                break;
            }
            weight = weight.checked_mul(BASE - threshold)?;
            k += BASE;
        }
        let count = u32::try_from(output.len()).ok()? + 1;
        bias = adapt(index - before, count, before == 0);
        code = code.checked_add(index / count)?;
        index %= count;
        output.insert(usize::try_from(index).ok()?, char::from_u32(code)?);
        index += 1;
    }
    Some(output)
}

fn digit(byte: u8) -> Option<u32> {
    let digit = match byte {
        b'a'..=b'z' => byte - b'a',
        b'A'..=b'Z' => byte - b'A',
        b'0'..=b'9' => byte - b'0' + 26,
        _ => return None,
    };
    Some(digit.into())
}

/// Adapts the bias (section 6.1).
fn adapt(delta: u32, count: u32, is_first: bool) -> u32 {
    let mut delta = delta / if is_first { DAMP } else { 2 };
    delta += delta / count;
    let mut k = 0;
    while delta > (BASE - T_MIN) * T_MAX / 2 {
        delta /= BASE - T_MIN;
        k += BASE;
    }
    k + (BASE - T_MIN + 1) * delta / (delta + SKEW)
}
