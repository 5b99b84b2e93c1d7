//! Finds the numbers that every JSON reader represents exactly (RFC 8259, section 6; RFC 7493,
//! 2.2).

/// 2^53 - 1: a double represents each integer up to this one without rounding.
const SAFE: u64 = (1 << 53) - 1;
#[expect(clippy::cast_precision_loss, reason = "it has 53 bits")]
const SAFE_DOUBLE: f64 = SAFE as f64;
/// The number of significant digits that identify a double uniquely.
const DECIMAL_DIGITS: usize = 17;
/// The number of significant digits that every double preserves, however large it is.
const LARGE_DIGITS: usize = 15;

/// Whether the text of a number is exact. Text that is not a number passes, because the JSON parser
/// refuses it.
pub(crate) fn is_exact(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    if unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        return unsigned.parse::<u64>().is_ok_and(|integer| integer <= SAFE);
    }
    let digits = significant_digits(unsigned);
    let Ok(double) = text.parse::<f64>() else {
        return true;
    };
    if digits == 0 {
        return true;
    }
    let limit = if double.abs() <= SAFE_DOUBLE {
        DECIMAL_DIGITS
    } else {
        LARGE_DIGITS
    };
    // A normal double is neither infinite nor zero nor subnormal.
    double.is_normal() && digits <= limit
}

/// The number of digits between the first and the last that are not 0, without the exponent.
fn significant_digits(unsigned: &str) -> usize {
    let mantissa = unsigned.split(['e', 'E']).next().unwrap_or_default();
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    digits.trim_matches('0').len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_of_each_limit() {
        for exact in [
            "0",
            "-0",
            "9007199254740991",
            "-9007199254740991",
            "0.1",
            "-0.0",
            "0e400",
            "1.50000000000000000000000",
            "0.12345678901234567",
            "0.30000000000000004",
            "9007199254740991.0",
            "1e2",
            "6.02214076e23",
            "1E+308",
            "1.23456789012345e300",
            "2.2250738585072014e-308",
        ] {
            assert!(is_exact(exact), "{exact}");
        }
        for inexact in [
            "9007199254740992",
            "-9007199254740992",
            "12345678901234567890123",
            "18446744073709551616",
            "0.123456789012345678",
            "1.00000000000000000001",
            "9007199254740993.0",
            "1.2345678901234568e22",
            "1e309",
            "-1e400",
            "1e-400",
            "4.9e-324",
        ] {
            assert!(!is_exact(inexact), "{inexact}");
        }
    }
}
