//! Small values packed into bytes, the representation of both kinds of list.

use super::{StatusBits, compress::LIMIT};
use crate::Error;

/// The order of the entries within a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// The first entry has the least significant bits (Token Status List, 4.1).
    LeastSignificantFirst,
    /// The first entry has the most significant bits (Bitstring Status List, 2.2).
    #[cfg(feature = "bitstring")]
    MostSignificantFirst,
}

/// Values of the same width, packed into whole bytes. No value crosses a byte boundary, because the
/// widths divide eight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Packed {
    order: Order,
    bits: StatusBits,
    bytes: Vec<u8>,
}

impl Packed {
    /// All values are 0. The number of entries is rounded up to whole bytes.
    pub(super) fn zeroed(order: Order, bits: StatusBits, entries: u64) -> Result<Self, Error> {
        let limit = LIMIT as u64 * bits.per_byte();
        if !(1..=limit).contains(&entries) {
            return Err(Error::StatusListSize { entries, limit });
        }
        let length = usize::try_from(entries.div_ceil(bits.per_byte())).unwrap_or(LIMIT);
        Ok(Self::from_bytes(order, bits, vec![0; length]))
    }

    pub(super) fn from_bytes(order: Order, bits: StatusBits, bytes: Vec<u8>) -> Self {
        Self { order, bits, bytes }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn bits(&self) -> StatusBits {
        self.bits
    }

    pub(super) fn entries(&self) -> u64 {
        self.entries_of(self.bits)
    }

    /// The number of values if each has `bits`.
    pub(super) fn entries_of(&self, bits: StatusBits) -> u64 {
        self.bytes.len() as u64 * bits.per_byte()
    }

    pub(super) fn value(&self, index: u64) -> Result<u8, Error> {
        self.value_of(index, self.bits)
    }

    /// The value if each has `bits`.
    pub(super) fn value_of(&self, index: u64, bits: StatusBits) -> Result<u8, Error> {
        let (at, shift) = self.place(index, bits);
        let byte = self.bytes.get(at).ok_or(Error::StatusIndexOutOfRange {
            index,
            entries: self.entries_of(bits),
        })?;
        Ok((byte >> shift) & bits.mask())
    }

    pub(super) fn set(&mut self, index: u64, value: u8) -> Result<(), Error> {
        let mask = self.bits.mask();
        if value > mask {
            return Err(Error::StatusDoesNotFit {
                value,
                bits: self.bits.number(),
            });
        }
        let (at, shift) = self.place(index, self.bits);
        let entries = self.entries();
        let byte = self
            .bytes
            .get_mut(at)
            .ok_or(Error::StatusIndexOutOfRange { index, entries })?;
        *byte = (*byte & !(mask << shift)) | (value << shift);
        Ok(())
    }

    /// The index of the byte, and the position of the value's lowest bit in it.
    fn place(&self, index: u64, bits: StatusBits) -> (usize, u8) {
        let (width, per_byte) = (bits.number(), bits.per_byte());
        let at = usize::try_from(index / per_byte).unwrap_or(usize::MAX);
        let before = width * u8::try_from(index % per_byte).unwrap_or(0);
        match self.order {
            Order::LeastSignificantFirst => (at, before),
            #[cfg(feature = "bitstring")]
            Order::MostSignificantFirst => (at, 8 - width - before),
        }
    }
}
