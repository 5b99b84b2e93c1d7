//! The contract's return values, errors and events.

use super::{selector, word};
use crate::{
    evm::{
        error::Error,
        hash::{Address, keccak256},
    },
    merkle::Hash,
};

/// The answer to `roots`: the root at a size, or `None` if there is no checkpoint of this size.
///
/// # Errors
///
/// [`Error::InvalidAnswer`]; a node answers with no bytes if there is no contract at the address.
pub fn root(answer: &[u8]) -> Result<Option<Hash>, Error> {
    let root = one_word("roots", answer)?;
    Ok(Some(root).filter(|root| *root != [0; 32]))
}

/// The answer to `size`: the number of leaves at the newest checkpoint; 0 before the first.
///
/// # Errors
///
/// [`Error::InvalidAnswer`].
pub fn size(answer: &[u8]) -> Result<u64, Error> {
    number(&one_word("size", answer)?).ok_or(invalid("size", answer))
}

/// The answer to `included`.
///
/// # Errors
///
/// [`Error::InvalidAnswer`].
pub fn included(answer: &[u8]) -> Result<bool, Error> {
    match number(&one_word("included", answer)?) {
        Some(0) => Ok(false),
        Some(1) => Ok(true),
        _ => Err(invalid("included", answer)),
    }
}

/// The answer to `submitter`, `pendingSubmitter` and `owner`; `None` for zero.
///
/// # Errors
///
/// [`Error::InvalidAnswer`].
pub fn account(answer: &[u8]) -> Result<Option<Address>, Error> {
    let word = one_word("submitter", answer)?;
    let (zeros, address) = word.split_at(12);
    match <[u8; 20]>::try_from(address) {
        Ok(address) if zeros == [0; 12] => Ok(Some(Address::new(address)).filter(|_| address != [0; 20])),
        _ => Err(invalid("submitter", answer)),
    }
}

/// The answer to `ledgerId`.
///
/// # Errors
///
/// [`Error::InvalidAnswer`].
pub fn ledger_id(answer: &[u8]) -> Result<[u8; 32], Error> {
    one_word("ledgerId", answer)
}

/// The reason why the contract refused a call: the data of a revert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The caller is not the submitter.
    NotSubmitter,
    /// The caller is not the owner.
    NotOwner,
    /// The caller is not the proposed submitter.
    NotProposed,
    /// The checkpoint is not larger than the newest one, and was never stored.
    NotNewer {
        /// The size of the newest checkpoint.
        size: u64,
    },
    /// The path does not prove that the root extends the newest one, or another root is stored for
    /// this size: the log was rewritten.
    NotAnExtension,
}

impl Refusal {
    /// Reads the data of a revert; `None` if it is not an error of the contract.
    #[must_use]
    pub fn decode(data: &[u8]) -> Option<Self> {
        let (found, arguments) = data.split_first_chunk::<4>()?;
        let without_arguments = [
            ("NotSubmitter()", Self::NotSubmitter),
            ("NotOwner()", Self::NotOwner),
            ("NotProposed()", Self::NotProposed),
            ("NotAnExtension()", Self::NotAnExtension),
        ];
        if selector("NotNewer(uint64)") == *found {
            let size = number(arguments.try_into().ok()?)?;
            return Some(Self::NotNewer { size });
        }
        without_arguments
            .into_iter()
            .find(|(signature, _)| arguments.is_empty() && selector(signature) == *found)
            .map(|(_, refusal)| refusal)
    }
}

/// The event `Checkpoint`: a root was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The number of leaves.
    pub size: u64,
    /// The tree's root.
    pub root: Hash,
    /// The number of leaves at the checkpoint before; 0 for the first.
    pub previous: u64,
}

impl Checkpoint {
    /// The event's first topic, by which nodes filter.
    #[must_use]
    pub fn topic() -> [u8; 32] {
        *keccak256(b"Checkpoint(uint64,bytes32,uint64)").as_bytes()
    }

    /// Reads a log entry of the contract.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidEvent`].
    pub fn decode(topics: &[[u8; 32]], data: &[u8]) -> Result<Self, Error> {
        let event = || {
            let [topic, size, root] = topics else {
                return None;
            };
            (*topic == Self::topic()).then_some(Self {
                size: number(size)?,
                root: *root,
                previous: number(data.try_into().ok()?)?,
            })
        };
        event().ok_or(Error::InvalidEvent)
    }
}

fn one_word(function: &'static str, answer: &[u8]) -> Result<[u8; 32], Error> {
    answer.try_into().map_err(|_| invalid(function, answer))
}

fn invalid(function: &'static str, answer: &[u8]) -> Error {
    Error::InvalidAnswer {
        function,
        length: answer.len(),
    }
}

/// A word as a number of at most 64 bits.
fn number(of: &[u8; 32]) -> Option<u64> {
    let number = u64::from_be_bytes(*of.last_chunk()?);
    (word(number) == *of).then_some(number)
}
