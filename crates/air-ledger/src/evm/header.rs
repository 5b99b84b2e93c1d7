//! A block's header.

use air_ids::UnixTime;

use super::{
    error::{Error, Subject},
    hash::{KeccakHash, keccak256},
    rlp::{self, ListWriter},
};

/// The most members that a header may have. The fork of 2025 (Prague) has 21, and later ones add
/// members at the end.
const MAX_MEMBERS: usize = 64;
/// A header has at least the members of Ethereum's first version.
const MIN_MEMBERS: usize = 15;

/// The members of a header that proofs need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Keccak-256 of the whole header, which covers its other members too.
    pub hash: KeccakHash,
    /// The root of the state trie after the block.
    pub state_root: KeccakHash,
    /// The block's number.
    pub number: u64,
    /// The block's time.
    pub timestamp: UnixTime,
}

impl Header {
    /// Reads a header in RLP.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidRlp`] if it is not a list with these members.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let invalid = |rule| Error::InvalidRlp {
            subject: Subject::Header,
            rule,
        };
        let members =
            rlp::list(bytes, MAX_MEMBERS).ok_or(invalid("must be one list of at most 64 members"))?;
        if members.len() < MIN_MEMBERS {
            return Err(invalid("must have at least 15 members"));
        }
        let member = |index: usize| members.get(index).and_then(|member| member.string());
        let number = |index| member(index).and_then(rlp::number);
        Ok(Self {
            hash: keccak256(bytes),
            state_root: member(3)
                .and_then(|root| Some(KeccakHash::new(root.try_into().ok()?)))
                .ok_or(invalid("the state root must have 32 bytes"))?,
            number: number(8).ok_or(invalid("the number must be a number of at most 64 bits"))?,
            timestamp: number(11)
                .map(UnixTime::from_secs)
                .ok_or(invalid("the time must be a number of at most 64 bits"))?,
        })
    }

    /// Encodes a header from its members, in their order: numbers are big-endian without leading
    /// zeros. The result is the block's header only if its Keccak-256 is the block's hash.
    ///
    /// ```
    /// use air_ledger::evm::Header;
    ///
    /// assert_eq!(Header::encode([[1, 2].as_slice(), &[]]), [0xc4, 0x82, 1, 2, 0x80]);
    /// ```
    #[must_use]
    pub fn encode<'a>(members: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
        members
            .into_iter()
            .fold(ListWriter::default(), ListWriter::string)
            .finish()
    }
}
