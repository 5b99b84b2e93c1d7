//! Amounts of a chain's coin. A coin is 10^18 wei: ether on Ethereum, MOCA on Moca Chain.

use std::str::FromStr;

use crate::count::grouped;

const GWEI: u128 = 1_000_000_000;
const COIN: u128 = GWEI * GWEI;
/// The decimals of a coin that are shown.
const DECIMALS: usize = 6;

/// An amount as text: `1.25 coins`, and `3.5 gwei` for small amounts.
pub(super) fn shown(wei: u128) -> String {
    // A millionth of a coin is 1000 gwei.
    if wei == 0 || wei >= 1000 * GWEI {
        let noun = if wei == COIN { "coin" } else { "coins" };
        format!("{} {noun}", decimal(wei, COIN, DECIMALS))
    } else {
        in_gwei(wei)
    }
}

/// A price of gas as text: `3.5 gwei`.
pub(super) fn in_gwei(wei: u128) -> String {
    format!("{} gwei", decimal(wei, GWEI, 9))
}

/// `amount / unit`, cut after some decimals.
fn decimal(amount: u128, unit: u128, decimals: usize) -> String {
    let width = unit.ilog10() as usize;
    let whole = grouped(amount / unit);
    let mut fraction = format!("{:0width$}", amount % unit);
    fraction.truncate(decimals);
    match fraction.trim_end_matches('0') {
        "" => whole,
        fraction => format!("{whole}.{fraction}"),
    }
}

/// A price of gas in gwei, as the caller writes it: `20` or `0.5`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gwei(u128);

impl Gwei {
    pub(crate) fn wei(self) -> u128 {
        self.0
    }
}

impl FromStr for Gwei {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const RULE: &str = "must be a positive number with at most 9 decimals, such as 20 or 0.5";
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let is_number =
            |digits: &str| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
        if !is_number(whole) || !is_number(fraction) || fraction.len() > 9 {
            return Err(RULE);
        }
        let whole: u64 = whole.parse().map_err(|_| RULE)?;
        let fraction: u128 = format!("{fraction:0<9}").parse().map_err(|_| RULE)?;
        match u128::from(whole) * GWEI + fraction {
            0 => Err(RULE),
            wei => Ok(Self(wei)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_shown_in_coins_or_gwei() {
        for (wei, text) in [
            (0, "0 coins"),
            (1, "0.000000001 gwei"),
            (999 * GWEI, "999 gwei"),
            (1000 * GWEI, "0.000001 coins"),
            (COIN, "1 coin"),
            (1_250_000 * COIN + COIN / 2, "1,250,000.5 coins"),
            (COIN / 3, "0.333333 coins"),
        ] {
            assert_eq!(shown(wei), text, "{wei}");
        }
    }

    #[test]
    fn prices_are_decimal_numbers_of_gwei() {
        for (text, wei) in [("1", GWEI), ("0.5", GWEI / 2), ("20.000000001", 20 * GWEI + 1)] {
            assert_eq!(text.parse(), Ok(Gwei(wei)), "{text}");
        }
        for text in [
            "",
            "0",
            "0.0",
            "-1",
            "+1",
            ".5",
            "1.",
            "1e3",
            "0.0000000001",
            "1 gwei",
        ] {
            assert!(text.parse::<Gwei>().is_err(), "{text}");
        }
        assert!("99999999999999999999".parse::<Gwei>().is_err(), "too large");
    }
}
