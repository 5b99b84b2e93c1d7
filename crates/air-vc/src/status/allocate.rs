//! Allocation of the indices of a list.

use std::fmt;

use rand_core::CryptoRng;

use super::compress::LIMIT;
use crate::Error;

const LARGEST: u64 = LIMIT as u64 * 8;
/// The number of words whose free bits are counted together.
const BLOCK: usize = 64;

/// Allocates the indices of one list at random, each once. A bitmap records the taken ones.
#[derive(Clone, PartialEq, Eq)]
pub struct IndexAllocator {
    entries: u64,
    free: u64,
    /// The bits after the last index are always clear.
    taken: Vec<u64>,
    /// The number of clear bits in each block, including those after the last index.
    clear: Vec<u32>,
}

impl IndexAllocator {
    /// Creates an allocator with `entries` free indices.
    ///
    /// # Errors
    /// [`Error::StatusListSize`] for 0, or for more than 134,217,728.
    pub fn new(entries: u64) -> Result<Self, Error> {
        if !(1..=LARGEST).contains(&entries) {
            return Err(Error::StatusListSize {
                entries,
                limit: LARGEST,
            });
        }
        let words = usize::try_from(entries.div_ceil(64)).unwrap_or(LIMIT);
        Ok(Self {
            entries,
            free: entries,
            taken: vec![0; words],
            clear: Vec::new(),
        }
        .counted())
    }

    fn counted(mut self) -> Self {
        let blocks = self.taken.chunks(BLOCK);
        self.clear = blocks
            .map(|words| words.iter().map(|word| word.count_zeros()).sum())
            .collect();
        self
    }

    /// The number of indices.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// The number of free indices.
    #[must_use]
    pub fn free(&self) -> u64 {
        self.free
    }

    /// Takes a uniformly random free index; `None` if all are taken.
    ///
    /// The method draws a number below the count of free indices and counts up to it in blocks, so
    /// a nearly full list costs the same as an empty one.
    pub fn allocate(&mut self, rng: &mut impl CryptoRng) -> Option<u64> {
        if self.free == 0 {
            return None;
        }
        let index = self.nth_free(below(self.free, rng))?;
        self.mark(index);
        Some(index)
    }

    /// Takes this index, for example to rebuild the state from issued credentials. Returns whether
    /// it was free.
    ///
    /// # Errors
    /// [`Error::StatusIndexOutOfRange`].
    pub fn take(&mut self, index: u64) -> Result<bool, Error> {
        if index >= self.entries {
            return Err(Error::StatusIndexOutOfRange {
                index,
                entries: self.entries,
            });
        }
        Ok(self.mark(index))
    }

    /// Encodes the allocator for [`Self::from_bytes`]: the number of entries as eight bytes,
    /// big-endian, then a bitmap of the taken indices. The first index is the lowest bit of the
    /// first byte.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.entries.to_be_bytes().to_vec();
        bytes.extend(self.taken.iter().flat_map(|word| word.to_le_bytes()));
        bytes.truncate(8 + self.bitmap_length());
        bytes
    }

    /// Decodes a stored allocator.
    ///
    /// # Errors
    /// [`Error::MalformedStatus`] or [`Error::StatusListSize`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let malformed = |reason| Error::MalformedStatus { reason };
        let (entries, bitmap) = bytes
            .split_first_chunk()
            .ok_or_else(|| malformed("a stored allocator must start with its size"))?;
        let mut allocator = Self::new(u64::from_be_bytes(*entries))?;
        if bitmap.len() != allocator.bitmap_length() {
            return Err(malformed("a stored allocator must have a bit for each index"));
        }
        for (word, bytes) in allocator.taken.iter_mut().zip(bitmap.chunks(8)) {
            let mut whole = [0; 8];
            whole.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
            *word = u64::from_le_bytes(whole);
        }
        let last = allocator.taken.last().copied().unwrap_or(0);
        let used = (allocator.entries - 1) % 64 + 1;
        if used < 64 && last >> used != 0 {
            return Err(malformed(
                "a stored allocator must not have bits after its last index",
            ));
        }
        let taken: u64 = allocator
            .taken
            .iter()
            .map(|word| u64::from(word.count_ones()))
            .sum();
        allocator.free -= taken;
        Ok(allocator.counted())
    }

    fn bitmap_length(&self) -> usize {
        usize::try_from(self.entries.div_ceil(8)).unwrap_or(LIMIT)
    }

    /// The free index after `skip` other free ones. `skip` must be less than the number of free
    /// indices, so that the bits after the last index are never reached.
    fn nth_free(&self, mut skip: u64) -> Option<u64> {
        let blocks = self.taken.chunks(BLOCK).zip(&self.clear);
        for (first, (words, clear)) in (0_u64..).step_by(BLOCK).zip(blocks) {
            if skip >= u64::from(*clear) {
                skip -= u64::from(*clear);
                continue;
            }
            for (at, word) in (first..).zip(words) {
                let clear = u64::from(word.count_zeros());
                if skip < clear {
                    let mut bits = !word;
                    for _ in 0..skip {
                        bits &= bits - 1;
                    }
                    return Some(at * 64 + u64::from(bits.trailing_zeros()));
                }
                skip -= clear;
            }
        }
        None
    }

    /// Returns whether the index was free.
    fn mark(&mut self, index: u64) -> bool {
        let at = usize::try_from(index / 64).unwrap_or(usize::MAX);
        let (Some(word), Some(clear)) = (self.taken.get_mut(at), self.clear.get_mut(at / BLOCK)) else {
            return false;
        };
        let bit = 1 << (index % 64);
        if *word & bit != 0 {
            return false;
        }
        *word |= bit;
        *clear -= 1;
        self.free -= 1;
        true
    }
}

/// A random number below `limit`. Its relative bias is at most `limit` / 2^64.
fn below(limit: u64, rng: &mut impl CryptoRng) -> u64 {
    let product = u128::from(rng.next_u64()) * u128::from(limit);
    u64::try_from(product >> 64).unwrap_or(0)
}

impl fmt::Debug for IndexAllocator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IndexAllocator")
            .field("entries", &self.entries)
            .field("free", &self.free)
            .finish_non_exhaustive()
    }
}
