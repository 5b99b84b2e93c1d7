//! What an entry of a list can say.

use crate::Error;

/// A status (Token Status List, 7.1). Its number is what a list holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    /// 0x00: the credential holds.
    Valid,
    /// 0x01: revoked, for good.
    Invalid,
    /// 0x02: not valid for now; it may become so again.
    Suspended,
    /// 0x03, and 0x0C to 0x0F: what issuer and verifier agreed on.
    ApplicationSpecific(u8),
    /// All others: reserved, without a meaning yet. Treat as not valid.
    Unknown(u8),
}

impl Status {
    /// The status of a number.
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

    /// Its number.
    #[must_use]
    pub const fn value(self) -> u8 {
        match self {
            Self::Valid => 0x00,
            Self::Invalid => 0x01,
            Self::Suspended => 0x02,
            Self::ApplicationSpecific(value) | Self::Unknown(value) => value,
        }
    }

    /// Whether the credential holds: [`Self::Valid`] and nothing else.
    #[must_use]
    pub const fn is_valid(self) -> bool {
        self.value() == 0
    }
}

/// How many bits a list has for each entry, the same for all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StatusBits {
    /// Two statuses: valid and not.
    #[default]
    One,
    /// Four, suspended among them.
    Two,
    /// Sixteen.
    Four,
    /// All 256.
    Eight,
}

impl StatusBits {
    /// By their number.
    ///
    /// # Errors
    /// [`Error::StatusBits`] unless it is 1, 2, 4 or 8.
    pub const fn from_number(bits: u64) -> Result<Self, Error> {
        match bits {
            1 => Ok(Self::One),
            2 => Ok(Self::Two),
            4 => Ok(Self::Four),
            8 => Ok(Self::Eight),
            _ => Err(Error::StatusBits { bits }),
        }
    }

    /// Their number.
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

    /// How many entries a byte holds.
    pub(super) const fn per_byte(self) -> u64 {
        8 / self.number() as u64
    }
}
