//! The values that the tries of a block store for a contract.

use super::{
    error::{Error, Subject},
    hash::KeccakHash,
    rlp,
};

/// An account of the state trie, without its balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// The number of transactions from it or, for a contract, of contracts that it created, plus 1.
    pub nonce: u64,
    /// The root of its storage trie.
    pub storage_root: KeccakHash,
    /// Keccak-256 of its code.
    pub code_hash: KeccakHash,
}

impl Account {
    /// Reads an account in RLP: nonce, balance, storage root, code hash.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidRlp`] if it is not a list of these four.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let account = || {
            let members = rlp::list(bytes, 4)?;
            let [nonce, _balance, storage_root, code_hash] = members.as_slice() else {
                return None;
            };
            Some(Self {
                nonce: rlp::number(nonce.string()?)?,
                storage_root: KeccakHash::new(storage_root.string()?.try_into().ok()?),
                code_hash: KeccakHash::new(code_hash.string()?.try_into().ok()?),
            })
        };
        account().ok_or(Error::InvalidRlp {
            subject: Subject::Account,
            rule: "must be a list of nonce, balance, storage root and code hash",
        })
    }
}

/// Reads a word of a storage trie: a string of at most 32 bytes in RLP, without leading zeros.
pub(super) fn storage_word(bytes: &[u8]) -> Result<[u8; 32], Error> {
    let word = || {
        let significant = rlp::string(bytes)?;
        let mut word = [0; 32];
        let start = word.len().checked_sub(significant.len())?;
        word.get_mut(start..)?.copy_from_slice(significant);
        Some(word).filter(|_| significant.first() != Some(&0))
    };
    word().ok_or(Error::InvalidRlp {
        subject: Subject::StorageValue,
        rule: "must be a string of at most 32 bytes without leading zeros",
    })
}
