//! The fees of one transaction.

use air_fetch::evm::{BlockId, Node, RpcError};
use air_ledger::evm::transaction::Fees;

/// The blocks whose tips count.
const BLOCKS: u8 = 10;
/// The tip in wei if no transaction of these blocks paid one: 1 gwei.
const DEFAULT_TIP: u128 = 1_000_000_000;

/// What gas costs now, in wei.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GasPrice {
    /// The next block's base fee, and a usual tip.
    Eip1559 { base_fee: u128, tip: u128 },
    /// The price on a chain without a base fee.
    Legacy { price: u128 },
}

/// The gas costs more than the caller's ceiling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AboveCeiling {
    pub(super) price: u128,
    pub(super) ceiling: u128,
}

impl GasPrice {
    pub(super) async fn read(node: &Node) -> Result<Self, RpcError> {
        let newest = node.block(BlockId::Latest).await?;
        // Nodes of chains without a base fee answer `eth_feeHistory` with zeros.
        let Some(base_fee) = newest.and_then(|block| block.base_fee) else {
            let price = node.gas_price().await?;
            return Ok(Self::Legacy { price });
        };
        let (next_base_fee, tips) = match node.fee_history(BLOCKS, 50).await {
            Ok(history) => (history.next_base_fee, history.tips),
            Err(RpcError::NoSuchMethod { .. }) => (None, Vec::new()),
            Err(error) => return Err(error),
        };
        Ok(Self::Eip1559 {
            base_fee: next_base_fee.unwrap_or(base_fee),
            tip: usual_tip(&tips),
        })
    }

    /// What the next block charges for each gas.
    pub(super) fn total(self) -> u128 {
        match self {
            Self::Eip1559 { base_fee, tip } => base_fee.saturating_add(tip),
            Self::Legacy { price } => price,
        }
    }

    /// The fees of a transaction for one of the next blocks. By EIP-1559, the base fee may double until then.
    pub(super) fn fees(self, ceiling: Option<u128>) -> Result<Fees, AboveCeiling> {
        let ceiling = ceiling.unwrap_or(u128::MAX);
        match self {
            Self::Eip1559 { base_fee, .. } if base_fee > ceiling => Err(AboveCeiling {
                price: base_fee,
                ceiling,
            }),
            Self::Eip1559 { base_fee, tip } => {
                let max_fee = base_fee.saturating_mul(2).saturating_add(tip).min(ceiling);
                Ok(Fees::Eip1559 {
                    max_fee,
                    tip: tip.min(max_fee),
                })
            }
            Self::Legacy { price } if price > ceiling => Err(AboveCeiling { price, ceiling }),
            Self::Legacy { price } => Ok(Fees::Legacy { price }),
        }
    }
}

/// The median of the tips. Blocks without transactions have 0, and do not count.
fn usual_tip(tips: &[u128]) -> u128 {
    let mut paid: Vec<u128> = tips.iter().copied().filter(|tip| *tip > 0).collect();
    paid.sort_unstable();
    paid.get(paid.len() / 2).copied().unwrap_or(DEFAULT_TIP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tip_is_the_median_of_blocks_with_transactions() {
        assert_eq!(usual_tip(&[]), DEFAULT_TIP);
        assert_eq!(usual_tip(&[0, 0]), DEFAULT_TIP);
        assert_eq!(usual_tip(&[0, 9, 0, 1, 5]), 5);
    }

    #[test]
    fn the_fee_allows_a_doubled_base_fee_below_the_ceiling() {
        let price = GasPrice::Eip1559 { base_fee: 10, tip: 3 };
        let fees = |max_fee, tip| Ok(Fees::Eip1559 { max_fee, tip });
        assert_eq!(price.total(), 13);
        assert_eq!(price.fees(None), fees(23, 3));
        assert_eq!(price.fees(Some(23)), fees(23, 3));
        assert_eq!(price.fees(Some(12)), fees(12, 3));
        assert_eq!(price.fees(Some(10)), fees(10, 3));
        let above = |price, ceiling| Err(AboveCeiling { price, ceiling });
        assert_eq!(price.fees(Some(9)), above(10, 9));
        // The tip is part of the fee.
        let without_base_fee = GasPrice::Eip1559 { base_fee: 0, tip: 3 };
        assert_eq!(without_base_fee.fees(Some(2)), fees(2, 2));
    }

    #[test]
    fn a_legacy_price_is_paid_as_it_is() {
        let price = GasPrice::Legacy { price: 7 };
        assert_eq!(price.fees(Some(7)), Ok(Fees::Legacy { price: 7 }));
        assert_eq!(price.fees(Some(6)), Err(AboveCeiling { price: 7, ceiling: 6 }));
    }
}
