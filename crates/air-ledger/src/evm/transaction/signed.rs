//! Signed transactions, from this crate or from another signer.

use super::{Fees, TYPE, Transaction, key::recover};
use crate::evm::{
    error::Error,
    hash::{Address, KeccakHash, keccak256},
    rlp::{self, Item},
};

/// The most members of a signed transaction: those of EIP-1559.
const MAX_MEMBERS: usize = 12;

/// A signed transaction as a node takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The transaction's bytes. They are public.
    pub raw: Vec<u8>,
    /// Keccak-256 of the bytes, by which nodes name the transaction.
    pub hash: KeccakHash,
}

impl Signed {
    pub(super) fn new(raw: Vec<u8>) -> Self {
        let hash = keccak256(&raw);
        Self { raw, hash }
    }

    /// Checks that another signer signed exactly this transaction, with the key of `signer`.
    ///
    /// # Errors
    ///
    /// [`Error::OtherTransaction`] if the bytes are another transaction, or not one;
    /// [`Error::OtherSigner`] if another key made the signature, or the signature is invalid.
    pub fn check(raw: Vec<u8>, transaction: &Transaction, signer: Address) -> Result<Self, Error> {
        let signature = Signature::read(&raw, transaction).ok_or(Error::OtherTransaction)?;
        if transaction.with_signature(&signature.joined(), signature.is_y_odd) != raw {
            return Err(Error::OtherTransaction);
        }
        let hash = transaction.signing_hash();
        let found = recover(&hash, &signature.r, &signature.s, signature.is_y_odd);
        if found != Some(signer) {
            return Err(Error::OtherSigner { expected: signer });
        }
        Ok(Self::new(raw))
    }
}

struct Signature {
    r: [u8; 32],
    s: [u8; 32],
    is_y_odd: bool,
}

impl Signature {
    /// Reads the last three members of a signed transaction.
    fn read(raw: &[u8], transaction: &Transaction) -> Option<Self> {
        let (list, offset) = match transaction.fees {
            Fees::Eip1559 { .. } => (raw.strip_prefix(&[TYPE])?, 0),
            Fees::Legacy { .. } => (raw, transaction.chain_id.checked_mul(2)?.checked_add(35)?),
        };
        let members = rlp::list(list, MAX_MEMBERS)?;
        let [.., v, r, s] = members.as_slice() else {
            return None;
        };
        let is_y_odd = match rlp::number(v.string()?)?.checked_sub(offset)? {
            0 => false,
            1 => true,
            _ => return None,
        };
        Some(Self {
            r: padded(*r)?,
            s: padded(*s)?,
            is_y_odd,
        })
    }

    fn joined(&self) -> [u8; 64] {
        let mut joined = [0; 64];
        let (r, s) = joined.split_at_mut(32);
        r.copy_from_slice(&self.r);
        s.copy_from_slice(&self.s);
        joined
    }
}

/// A number of at most 32 bytes, with leading zeros.
fn padded(item: Item<'_>) -> Option<[u8; 32]> {
    let bytes = item.string()?;
    let mut padded = [0; 32];
    let start = padded.len().checked_sub(bytes.len())?;
    padded.get_mut(start..)?.copy_from_slice(bytes);
    Some(padded)
}
