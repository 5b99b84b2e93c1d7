//! A signed transaction in the outbox.

use air_ids::UnixTime;
use air_ledger::{
    evm::{
        Address, KeccakHash,
        transaction::{Fees, Signed},
    },
    merkle::Hash,
};
use air_store::{
    chain::{Transaction, TransactionState},
    sql::LARGEST,
};

/// A block of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockRef {
    /// Its number.
    pub number: u64,
    /// Its hash.
    pub hash: KeccakHash,
}

/// The cost of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// The gas that it used.
    pub gas_used: u64,
    /// The price that it paid for each gas, in wei; `None` if the node does not say. A price above
    /// 63 bits is not stored.
    pub gas_price: Option<u128>,
}

impl Cost {
    /// Returns the columns of the cost. Numbers above 63 bits fit in no column and are omitted: the
    /// numbers are informative, and a node that reports them must not keep the transaction from
    /// being recorded.
    pub(super) fn to_stored(self) -> air_store::chain::Cost {
        let fits = |number: &u64| *number <= LARGEST;
        let gas_price = self.gas_price.and_then(|price| u64::try_from(price).ok());
        air_store::chain::Cost {
            gas_used: Some(self.gas_used).filter(fits),
            gas_price: gas_price.filter(fits),
        }
    }
}

/// The state of an open transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It waits for a block. It may have reached no node yet.
    Sent,
    /// It is in a block that is not final yet.
    Included(BlockRef),
}

/// When a node took a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SentAt {
    /// The time at which the node took it.
    pub time: UnixTime,
    /// The newest block then.
    pub block: u64,
}

/// A signed transaction that may still become final.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The sender's nonce.
    pub nonce: u64,
    /// The number of leaves at its checkpoint; 0 if it creates the contract.
    pub size: u64,
    /// The root of the checkpoint.
    pub root: Hash,
    /// The account that signed it.
    pub sender: Address,
    /// Its fees.
    pub fees: Fees,
    /// Its bytes and its hash.
    pub signed: Signed,
    /// How far it is.
    pub progress: Progress,
    /// When it was stored.
    pub stored_at: UnixTime,
    /// When a node first took it.
    pub sent: Option<SentAt>,
}

impl Attempt {
    /// Checks whether it creates the contract.
    #[must_use]
    pub fn creates_contract(&self) -> bool {
        self.size == 0
    }

    pub(super) fn from_row(row: Transaction) -> sqlx::Result<Self> {
        let progress = match (row.state, row.block_number, &row.block_hash) {
            (TransactionState::Included, Some(number), Some(hash)) => Progress::Included(BlockRef {
                number,
                hash: KeccakHash::new(fixed(hash)?),
            }),
            _ => Progress::Sent,
        };
        Ok(Self {
            nonce: row.nonce,
            size: row.ledger_size,
            root: fixed(&row.root)?,
            sender: Address::new(fixed(&row.sender)?),
            fees: match row.tip {
                Some(tip) => Fees::Eip1559 {
                    max_fee: row.max_fee.into(),
                    tip: tip.into(),
                },
                None => Fees::Legacy {
                    price: row.max_fee.into(),
                },
            },
            signed: Signed {
                hash: KeccakHash::new(fixed(&row.hash)?),
                raw: row.raw,
            },
            progress,
            stored_at: row.stored_at,
            sent: row
                .sent_at
                .zip(row.sent_block)
                .map(|(time, block)| SentAt { time, block }),
        })
    }

    /// The row of a new attempt.
    pub(super) fn to_row(&self) -> sqlx::Result<Transaction> {
        Ok(Transaction {
            nonce: self.nonce,
            ledger_size: self.size,
            root: self.root.to_vec(),
            sender: self.sender.as_bytes().to_vec(),
            raw: self.signed.raw.clone(),
            hash: self.signed.hash.as_bytes().to_vec(),
            max_fee: column(self.fees.max_fee())?,
            tip: match self.fees {
                Fees::Eip1559 { tip, .. } => Some(column(tip)?),
                Fees::Legacy { .. } => None,
            },
            state: TransactionState::Sent,
            block_number: None,
            block_hash: None,
            stored_at: self.stored_at,
            sent_at: None,
            sent_block: None,
            final_at: None,
            final_block: None,
            gas_used: None,
            gas_price: None,
            reported_before: None,
        })
    }
}

/// An amount in wei for a column.
fn column(amount: u128) -> sqlx::Result<u64> {
    u64::try_from(amount).map_err(|error| sqlx::Error::Encode(error.into()))
}

/// Stored bytes of a fixed length.
pub(super) fn fixed<const LENGTH: usize>(bytes: &[u8]) -> sqlx::Result<[u8; LENGTH]> {
    bytes
        .try_into()
        .map_err(|_| sqlx::Error::Decode("a value in the outbox has the wrong length".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_that_no_column_holds_is_left_out() {
        let stored = |gas_used, gas_price| {
            let cost = Cost { gas_used, gas_price }.to_stored();
            (cost.gas_used, cost.gas_price)
        };
        assert_eq!(stored(66_350, None), (Some(66_350), None));
        let largest = u128::from(LARGEST);
        assert_eq!(stored(LARGEST, Some(largest)), (Some(LARGEST), Some(LARGEST)));
        assert_eq!(stored(LARGEST + 1, Some(largest + 1)), (None, None));
        assert_eq!(stored(0, Some(u128::MAX)), (Some(0), None));
    }
}
