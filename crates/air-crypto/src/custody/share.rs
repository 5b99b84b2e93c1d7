//! A custodian's share and its index.

use std::{fmt, num::NonZeroU8, str::FromStr};

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::{CakPrivateKey, Curve, Error, Field, key::decode_hex, scalar::Scalar};

/// A custodian's index: 1 to 255.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShareIndex(NonZeroU8);

impl ShareIndex {
    /// Checks that `index` is between 1 and 255.
    ///
    /// # Errors
    /// [`Error::ShareIndexOutOfRange`] for zero and for more than 255.
    pub fn new(index: u64) -> Result<Self, Error> {
        u8::try_from(index)
            .ok()
            .and_then(NonZeroU8::new)
            .map(Self)
            .ok_or(Error::ShareIndexOutOfRange { index })
    }

    /// The index as a number.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0.get()
    }

    /// The index as a scalar.
    pub(super) fn to_scalar(self) -> [u8; 32] {
        let mut scalar = [0; 32];
        if let Some(low) = scalar.last_mut() {
            *low = self.get();
        }
        scalar
    }

    /// The indices 1 to `count`, in order.
    pub(super) fn first(count: u8) -> impl Iterator<Item = Self> {
        (1..=count).filter_map(NonZeroU8::new).map(Self)
    }
}

impl fmt::Display for ShareIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for ShareIndex {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::new(text.parse().unwrap_or(0))
    }
}

/// A custodian's share of a managed key. It is wiped on drop and never printed.
pub struct Share {
    index: ShareIndex,
    key: CakPrivateKey,
}

impl Share {
    /// Reads a share from 64 hex digits.
    ///
    /// # Errors
    /// [`Error::NotHex`], or [`Error::InvalidScalar`] when the number is zero or not below the
    /// curve's order.
    pub fn from_hex(curve: Curve, index: ShareIndex, text: &str) -> Result<Self, Error> {
        let bytes = decode_hex(Field::Share, text)?;
        let scalar = <&[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| invalid(curve))?;
        Self::from_bytes(curve, index, scalar)
    }

    pub(super) fn from_bytes(curve: Curve, index: ShareIndex, scalar: &[u8; 32]) -> Result<Self, Error> {
        let key = CakPrivateKey::from_bytes(curve, scalar).map_err(|_| invalid(curve))?;
        Ok(Self { index, key })
    }

    /// Builds a share from a scalar that the caller computed. It must not be zero.
    pub(super) fn from_scalar(curve: Curve, index: ShareIndex, scalar: Scalar) -> Self {
        let key = CakPrivateKey::from_scalar(curve, scalar);
        Self { index, key }
    }

    /// The index of the share's custodian.
    #[must_use]
    pub fn index(&self) -> ShareIndex {
        self.index
    }

    /// The curve.
    #[must_use]
    pub fn curve(&self) -> Curve {
        self.key.curve()
    }

    /// The share as 64 hex digits, as in the custodian's file.
    #[must_use]
    pub fn expose_hex(&self) -> Zeroizing<String> {
        self.key.expose_hex()
    }

    /// The share `x` as a key, with its public half `X = x·G`.
    pub(super) fn key(&self) -> &CakPrivateKey {
        &self.key
    }
}

fn invalid(curve: Curve) -> Error {
    Error::InvalidScalar {
        field: Field::Share,
        curve,
    }
}

impl ConstantTimeEq for Share {
    fn ct_eq(&self, other: &Self) -> subtle::Choice {
        let same_index = subtle::Choice::from(u8::from(self.index == other.index)); // public
        same_index & self.key.ct_eq(&other.key)
    }
}

impl fmt::Debug for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Share")
            .field("index", &self.index)
            .field("curve", &self.curve())
            .finish_non_exhaustive()
    }
}
