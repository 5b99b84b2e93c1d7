//! How many checkpoints an account can pay for.

use air_sandbox::chain::CHECKPOINT_GAS;
use serde::Serialize;

use super::{
    fees::GasPrice,
    units::{grouped, in_gwei, shown},
};

/// An account's balance, and what it pays for at the current price of gas.
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
    pub(super) fn new(balance: u128, price: GasPrice) -> Self {
        let price = price.total();
        let each = price.saturating_mul(CHECKPOINT_GAS);
        let checkpoints = balance
            .checked_div(each)
            .map(|count| u64::try_from(count).unwrap_or(u64::MAX));
        Self {
            balance_wei: balance,
            gas_price_wei: price,
            checkpoints,
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
    fn a_balance_pays_for_whole_checkpoints() {
        let price = GasPrice::Legacy { price: 2 };
        let count = |balance| Budget::new(balance, price).checkpoints;
        assert_eq!(
            [count(149_999), count(150_000), count(u128::MAX)],
            [Some(0), Some(1), Some(u64::MAX)]
        );
        assert_eq!(Budget::new(1, GasPrice::Legacy { price: 0 }).checkpoints, None);
        assert_eq!(
            Budget::new(300_000, price).render(),
            "0.0003 gwei, for about 2 checkpoints at 0.000000002 gwei for each gas"
        );
    }
}
