//! Small values, packed into bytes: what both kinds of list are.

use super::{StatusBits, compress::LIMIT};
use crate::Error;

/// Which end of a byte has the first entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// The right one (Token Status List, 4.1).
    LeastSignificantFirst,
    /// The left one (Bitstring Status List, 2.2).
    #[cfg(feature = "bitstring")]
    MostSignificantFirst,
}

/// Values of the same width in whole bytes. None crosses a byte's border, since widths divide eight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Packed {
    order: Order,
    bits: StatusBits,
    bytes: Vec<u8>,
}

impl Packed {
    /// All zero; the last byte is a whole one.
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

    /// How many there are if each has `bits`.
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

    /// The byte, and how far left in it the value's lowest bit stands.
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
