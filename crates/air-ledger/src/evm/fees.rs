//! The fees of a transaction: EIP-1559 where blocks have a base fee, a gas price elsewhere.

/// The gas of the costliest checkpoint up to a million leaves, by the table in the book's page on
/// the contract.
pub const CHECKPOINT_GAS: u128 = 75_000;
/// The largest fee that is ever offered, in wei for each gas, with any ceiling. The store keeps 63 bits.
const LIMIT: u128 = i64::MAX as u128;
/// Without a ceiling, a replacement pays at most this multiple of what a new transaction would pay.
/// A chain that stands still, or a node that hides blocks, must not raise the fees without end.
const LARGEST_RAISE: u128 = 10;
/// The smallest tip, in wei for each gas: nodes of go-ethereum ignore smaller ones by default.
const SMALLEST_TIP: u128 = 1_000_000;

/// The price of gas, in wei for each gas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fees {
    /// A transaction by EIP-1559.
    Eip1559 {
        /// The most that is paid, the block's base fee and the tip together.
        max_fee: u128,
        /// The most that the block's producer gets of it.
        tip: u128,
    },
    /// A legacy transaction, for chains without a base fee.
    Legacy {
        /// The price for each gas.
        price: u128,
    },
}

impl Fees {
    /// The most that is paid for each gas.
    #[must_use]
    pub fn max_fee(&self) -> u128 {
        match *self {
            Self::Eip1559 { max_fee, .. } => max_fee,
            Self::Legacy { price } => price,
        }
    }
}

/// A node's quote of the fees, in wei for each gas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Quote {
    /// Blocks have a base fee.
    Eip1559 {
        /// The base fee of the next block.
        base: u128,
        /// The tips of the last blocks.
        tips: Vec<u128>,
    },
    /// Blocks have none.
    Legacy {
        /// The gas price.
        price: u128,
    },
}

impl Quote {
    /// Returns what the next block charges for each gas, in wei.
    #[must_use]
    pub fn price(&self) -> u128 {
        match self {
            Self::Eip1559 { base, tips } => base.saturating_add(usual_tip(tips)),
            Self::Legacy { price } => *price,
        }
    }

    /// Returns about how many checkpoints a balance in wei pays for; `None` if gas is free.
    #[must_use]
    pub fn checkpoints(&self, balance: u128) -> Option<u64> {
        let count = balance.checked_div(self.price().saturating_mul(CHECKPOINT_GAS))?;
        Some(u64::try_from(count).unwrap_or(u64::MAX))
    }
}

/// A transaction would need higher fees than the ceiling permits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("fees are too high: {needed} wei for each gas, but at most {ceiling} are permitted")]
pub struct FeesTooHigh {
    /// The needed fee.
    pub needed: u128,
    /// The permitted fee.
    pub ceiling: u128,
}

/// Returns the fees of a new transaction.
///
/// # Errors
/// If the base fee or the gas price is above the ceiling.
pub fn first_fees(quote: &Quote, ceiling: Option<u128>) -> Result<Fees, FeesTooHigh> {
    let ceiling = ceiling.unwrap_or(LIMIT).min(LIMIT);
    match quote {
        Quote::Eip1559 { base, tips } => {
            let needed = *base;
            if needed > ceiling {
                return Err(FeesTooHigh { needed, ceiling });
            }
            let tip = usual_tip(tips);
            // The base fee doubles within six full blocks at the fastest.
            let max_fee = base.saturating_mul(2).saturating_add(tip).min(ceiling);
            Ok(Fees::Eip1559 {
                max_fee,
                tip: tip.min(max_fee),
            })
        }
        Quote::Legacy { price } if *price > ceiling => Err(FeesTooHigh {
            needed: *price,
            ceiling,
        }),
        Quote::Legacy { price } => Ok(Fees::Legacy { price: *price }),
    }
}

/// Returns the fees of a transaction that replaces one with the fees `old`: both at least 12.5 %
/// higher, since nodes want 10 %.
///
/// # Errors
/// If the raised fees are above the ceiling. Without one, it is ten times what a new transaction would pay.
pub fn raised_fees(old: Fees, quote: &Quote, ceiling: Option<u128>) -> Result<Fees, FeesTooHigh> {
    let fresh = first_fees(quote, ceiling)?;
    let usual = fresh.max_fee().saturating_mul(LARGEST_RAISE).max(SMALLEST_TIP);
    let ceiling = ceiling.unwrap_or(usual).min(LIMIT);
    let (old_max_fee, old_tip) = parts(old);
    let needed = raised(old_max_fee);
    if needed > ceiling {
        return Err(FeesTooHigh { needed, ceiling });
    }
    Ok(match fresh {
        Fees::Eip1559 { max_fee, tip } => {
            let max_fee = max_fee.max(needed);
            Fees::Eip1559 {
                max_fee,
                // The old tip was at most the old fee, so the raised one is at most the raised fee.
                tip: tip.max(raised(old_tip)).min(max_fee),
            }
        }
        Fees::Legacy { price } => Fees::Legacy {
            price: price.max(needed),
        },
    })
}

fn parts(fees: Fees) -> (u128, u128) {
    match fees {
        Fees::Eip1559 { max_fee, tip } => (max_fee, tip),
        Fees::Legacy { price } => (price, price),
    }
}

/// An eighth more, rounded up.
fn raised(fee: u128) -> u128 {
    fee.saturating_add(fee.div_ceil(8)).max(1)
}

fn usual_tip(tips: &[u128]) -> u128 {
    median(tips).max(SMALLEST_TIP)
}

/// The lower one of the two in the middle for an even number; 0 without any.
fn median(tips: &[u128]) -> u128 {
    let mut sorted = tips.to_vec();
    sorted.sort_unstable();
    sorted
        .get(sorted.len().saturating_sub(1) / 2)
        .copied()
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GWEI: u128 = 1_000_000_000;

    fn eip1559(max_fee: u128, tip: u128) -> Fees {
        Fees::Eip1559 { max_fee, tip }
    }

    fn quote(base: u128, tips: &[u128]) -> Quote {
        Quote::Eip1559 {
            base,
            tips: tips.to_vec(),
        }
    }

    #[test]
    fn a_balance_pays_for_whole_checkpoints() {
        let legacy = Quote::Legacy { price: 2 };
        let counts = [149_999, 150_000, u128::MAX].map(|balance| legacy.checkpoints(balance));
        assert_eq!(counts, [Some(0), Some(1), Some(u64::MAX)]);
        assert_eq!(Quote::Legacy { price: 0 }.checkpoints(1), None);
        let with_tip = quote(10 * GWEI, &[GWEI]);
        assert_eq!(with_tip.price(), 11 * GWEI);
        let least = (10 * GWEI + SMALLEST_TIP) * CHECKPOINT_GAS;
        let counts = [least - 1, least].map(|balance| quote(10 * GWEI, &[]).checkpoints(balance));
        assert_eq!(counts, [Some(0), Some(1)]);
    }

    #[test]
    fn a_new_transaction_pays_twice_the_base_fee_and_the_median_tip() {
        let too_high = |needed, ceiling| Err(FeesTooHigh { needed, ceiling });
        for (quote, ceiling, expected) in [
            (
                quote(10 * GWEI, &[GWEI, 3 * GWEI, 2 * GWEI]),
                None,
                Ok(eip1559(22 * GWEI, 2 * GWEI)),
            ),
            (
                quote(10 * GWEI, &[4 * GWEI, GWEI]),
                None,
                Ok(eip1559(21 * GWEI, GWEI)),
            ),
            (
                quote(10 * GWEI, &[]),
                None,
                Ok(eip1559(20 * GWEI + SMALLEST_TIP, SMALLEST_TIP)),
            ),
            (
                quote(10 * GWEI, &[GWEI]),
                Some(15 * GWEI),
                Ok(eip1559(15 * GWEI, GWEI)),
            ),
            (
                quote(10 * GWEI, &[GWEI]),
                Some(10 * GWEI),
                Ok(eip1559(10 * GWEI, GWEI)),
            ),
            (
                quote(GWEI, &[90 * GWEI]),
                Some(15 * GWEI),
                Ok(eip1559(15 * GWEI, 15 * GWEI)),
            ),
            (
                quote(10 * GWEI + 1, &[]),
                Some(10 * GWEI),
                too_high(10 * GWEI + 1, 10 * GWEI),
            ),
            (quote(u128::MAX, &[]), None, too_high(u128::MAX, LIMIT)),
            (Quote::Legacy { price: 7 }, None, Ok(Fees::Legacy { price: 7 })),
            (Quote::Legacy { price: 7 }, Some(7), Ok(Fees::Legacy { price: 7 })),
            (Quote::Legacy { price: 8 }, Some(7), too_high(8, 7)),
        ] {
            assert_eq!(first_fees(&quote, ceiling), expected, "{quote:?} {ceiling:?}");
        }
    }

    #[test]
    fn a_replacement_raises_both_by_an_eighth_or_to_the_market() {
        let old = eip1559(80, 16);
        for (quote, ceiling, expected) in [
            (quote(1, &[]), None, Ok(eip1559(SMALLEST_TIP + 2, SMALLEST_TIP))),
            (quote(100 * GWEI, &[GWEI]), None, Ok(eip1559(201 * GWEI, GWEI))),
            (quote(1, &[]), Some(90), Ok(eip1559(90, 90))),
            (
                quote(1, &[]),
                Some(89),
                Err(FeesTooHigh {
                    needed: 90,
                    ceiling: 89,
                }),
            ),
            (
                quote(95, &[]),
                Some(90),
                Err(FeesTooHigh {
                    needed: 95,
                    ceiling: 90,
                }),
            ),
            (Quote::Legacy { price: 1 }, None, Ok(Fees::Legacy { price: 90 })),
        ] {
            assert_eq!(
                raised_fees(old, &quote, ceiling),
                expected,
                "{quote:?} {ceiling:?}"
            );
        }
        let old = eip1559(80 * GWEI, 16 * GWEI);
        let market = quote(10 * GWEI, &[]);
        assert_eq!(raised_fees(old, &market, None), Ok(eip1559(90 * GWEI, 18 * GWEI)));
        let without_end = raised_fees(eip1559(200 * GWEI, GWEI), &market, None);
        assert!(without_end.is_err(), "ten times the market: {without_end:?}");
        assert!(raised_fees(eip1559(200 * GWEI, GWEI), &market, Some(500 * GWEI)).is_ok());
        let old = Fees::Legacy { price: 9 };
        assert_eq!(
            raised_fees(old, &Quote::Legacy { price: 1 }, None),
            Ok(Fees::Legacy { price: 11 })
        );
        assert_eq!(
            raised_fees(Fees::Legacy { price: 0 }, &Quote::Legacy { price: 0 }, None),
            Ok(Fees::Legacy { price: 1 })
        );
    }
}
