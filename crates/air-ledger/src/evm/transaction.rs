//! Transactions: EIP-1559, and legacy ones for chains without a base fee.
//!
//! ```
//! use air_ledger::evm::transaction::{Fees, SigningKey, Transaction};
//!
//! // The example of EIP-155.
//! let key = SigningKey::from_bytes(&[0x46; 32])?;
//! let transaction = Transaction {
//!     chain_id: 1,
//!     nonce: 9,
//!     to: Some("0x3535353535353535353535353535353535353535".parse()?),
//!     value: 1_000_000_000_000_000_000,
//!     data: Vec::new(),
//!     gas_limit: 21_000,
//!     fees: Fees::Legacy { price: 20_000_000_000 },
//! };
//! let signed = transaction.sign(&key);
//! assert_eq!(signed.hash.to_string(), "0x33469b22e9f636356c4160a87eb19df52b7412e8eac32a4a55ffe88ea8350788");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod key;
mod signed;

pub use key::SigningKey;
pub use signed::Signed;

pub use super::fees::Fees;
use super::{
    Address,
    hash::{KeccakHash, keccak256},
    rlp::ListWriter,
};

/// The first byte of an EIP-1559 transaction (EIP-2718). A legacy transaction is a list, whose
/// first byte is larger.
const TYPE: u8 = 2;

/// A transaction before it is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// The chain's id (EIP-155).
    pub chain_id: u64,
    /// The number of transactions from the sender before this one.
    pub nonce: u64,
    /// The recipient; `None` to create a contract.
    pub to: Option<Address>,
    /// The amount that the recipient gets, in wei.
    pub value: u128,
    /// The call's data, or the code that creates the contract.
    pub data: Vec<u8>,
    /// The most gas that it may use.
    pub gas_limit: u64,
    /// The price of the gas.
    pub fees: Fees,
}

impl Transaction {
    /// Signs the transaction.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> Signed {
        let (signature, is_y_odd) = key.sign(&self.signing_hash());
        Signed::new(self.with_signature(&signature, is_y_odd))
    }

    /// Returns the hash that is signed: EIP-1559, or EIP-155 for a legacy transaction.
    fn signing_hash(&self) -> KeccakHash {
        let bytes = match self.fees {
            Fees::Eip1559 { .. } => typed(&self.members().finish()),
            Fees::Legacy { .. } => self
                .members()
                .number(self.chain_id.into())
                .number(0)
                .number(0)
                .finish(),
        };
        keccak256(&bytes)
    }

    /// The transaction with the two halves of a signature, as a node takes it.
    fn with_signature(&self, signature: &[u8; 64], is_y_odd: bool) -> Vec<u8> {
        let (r, s) = signature.split_at(32);
        let members = self.members();
        match self.fees {
            Fees::Eip1559 { .. } => typed(&members.number(is_y_odd.into()).integer(r).integer(s).finish()),
            Fees::Legacy { .. } => members
                .number(35 + 2 * u128::from(self.chain_id) + u128::from(is_y_odd))
                .integer(r)
                .integer(s)
                .finish(),
        }
    }

    /// The members before the signature.
    fn members(&self) -> ListWriter {
        let to: &[u8] = self.to.as_ref().map_or(&[], |to| to.as_bytes());
        match self.fees {
            Fees::Eip1559 { max_fee, tip } => ListWriter::default()
                .number(self.chain_id.into())
                .number(self.nonce.into())
                .number(tip)
                .number(max_fee)
                .number(self.gas_limit.into())
                .string(to)
                .number(self.value)
                .string(&self.data)
                // The access list.
                .list(ListWriter::default()),
            Fees::Legacy { price } => ListWriter::default()
                .number(self.nonce.into())
                .number(price)
                .number(self.gas_limit.into())
                .string(to)
                .number(self.value)
                .string(&self.data),
        }
    }
}

fn typed(list: &[u8]) -> Vec<u8> {
    [&[TYPE], list].concat()
}
