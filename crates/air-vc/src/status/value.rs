//! The statuses of a list, and their size.

use crate::Error;

/// A status (Token Status List, 7.1). A list contains its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    /// 0x00: the credential is valid.
    Valid,
    /// 0x01: permanently revoked.
    Invalid,
    /// 0x02: temporarily invalid.
    Suspended,
    /// 0x03, and 0x0C to 0x0F: defined by issuer and verifier.
    ApplicationSpecific(u8),
    /// All others: reserved, without a defined meaning. Treat as invalid.
    Unknown(u8),
}

impl Status {
    /// The status with this number.
    #[must_use]
    pub const fn from_value(value: u8) -> Self {
        match value {
            0x00 => Self::Valid,
            0x01 => Self::Invalid,
            0x02 => Self::Suspended,
            0x03 | 0x0c..=0x0f => Self::ApplicationSpecific(value),
            _ => Self::Unknown(value),
        }
    }

    /// The number of the status.
    #[must_use]
    pub const fn value(self) -> u8 {
        match self {
            Self::Valid => 0x00,
            Self::Invalid => 0x01,
            Self::Suspended => 0x02,
            Self::ApplicationSpecific(value) | Self::Unknown(value) => value,
        }
    }

    /// Whether the status is [`Self::Valid`].
    #[must_use]
    pub const fn is_valid(self) -> bool {
        self.value() == 0
    }
}

/// The number of bits of each entry of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StatusBits {
    /// Two statuses: valid and invalid.
    #[default]
    One,
    /// Four statuses, including suspended.
    Two,
    /// Sixteen statuses.
    Four,
    /// All 256 statuses.
    Eight,
}

impl StatusBits {
    /// The size with this number of bits.
    ///
    /// # Errors
    /// [`Error::StatusBits`] unless the number is 1, 2, 4 or 8.
    pub const fn from_number(bits: u64) -> Result<Self, Error> {
        match bits {
            1 => Ok(Self::One),
            2 => Ok(Self::Two),
            4 => Ok(Self::Four),
            8 => Ok(Self::Eight),
            _ => Err(Error::StatusBits { bits }),
        }
    }

    /// The number of bits.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Four => 4,
            Self::Eight => 8,
        }
    }

    /// The largest value that fits.
    pub(super) const fn mask(self) -> u8 {
        u8::MAX >> (8 - self.number())
    }

    /// The number of entries in a byte.
    pub(super) const fn per_byte(self) -> u64 {
        8 / self.number() as u64
    }
}
