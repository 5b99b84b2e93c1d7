//! The number of checkpoints that an account can pay for.

use air_ledger::evm::fees::Quote;
use serde::Serialize;

use super::units::{in_gwei, shown};
use crate::count::grouped;

/// An account's balance, and the transactions that it pays for at the current price of gas.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Budget {
    #[serde(serialize_with = "in_decimal")]
    balance_wei: u128,
    #[serde(serialize_with = "in_decimal")]
    gas_price_wei: u128,
    /// `None` if gas is free.
    checkpoints: Option<u64>,
}

/// Amounts have more digits than numbers in JSON can have everywhere.
fn in_decimal<S: serde::Serializer>(wei: &u128, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(wei)
}

impl Budget {
    pub(super) fn new(balance: u128, quote: &Quote) -> Self {
        Self {
            balance_wei: balance,
            gas_price_wei: quote.price(),
            checkpoints: quote.checkpoints(balance),
        }
    }

    /// The balance and the number of checkpoints as text.
    pub(super) fn render(&self) -> String {
        let balance = shown(self.balance_wei);
        match self.checkpoints {
            None => format!("{balance}; gas is free now"),
            Some(count) => format!(
                "{balance}, for about {} at {} for each gas",
                match count {
                    1 => "1 checkpoint".to_owned(),
                    count => format!("{} checkpoints", grouped(count.into())),
                },
                in_gwei(self.gas_price_wei)
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_text_with_whole_checkpoints() {
        let quote = Quote::Legacy { price: 2 };
        assert_eq!(
            Budget::new(300_000, &quote).render(),
            "0.0003 gwei, for about 2 checkpoints at 0.000000002 gwei for each gas"
        );
        assert_eq!(
            Budget::new(1, &Quote::Legacy { price: 0 }).render(),
            "0.000000001 gwei; gas is free now"
        );
    }
}
