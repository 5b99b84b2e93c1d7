//! Addresses of identity wallets: the last 20 bytes of a public key's Keccak-256.

use std::{fmt, str::FromStr};

use sha3::{Digest, Keccak256};

use crate::{Error, Field, backend::Point};

/// The 20-byte address of an identity wallet. `Display` writes `0x` and 40 hex digits, with the
/// mixed-case checksum of EIP-55.
///
/// ```rust
/// use air_crypto::WalletAddress;
///
/// # fn main() -> Result<(), air_crypto::Error> {
/// let address: WalletAddress = "0xcd2a3d9f938e13cd947ec05abc7fe734df8dd826".parse()?;
/// assert_eq!(address.to_string(), "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct WalletAddress([u8; 20]);

impl WalletAddress {
    /// The 20 bytes, in the order in which the text form shows them.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }

    /// Derives the address of an uncompressed public key: the last 20 bytes of its Keccak-256.
    pub(crate) fn of_point(point: &Point) -> Self {
        let [_, coordinates @ ..] = point;
        let digest: [u8; 32] = Keccak256::digest(coordinates).into();
        Self(*digest.last_chunk().unwrap_or(&[0; 20]))
    }
}

/// Parses `0x` and 40 hex digits. Digits of both cases must have the checksum of EIP-55.
impl FromStr for WalletAddress {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let field = Field::WalletAddress;
        let digits = text.strip_prefix("0x").ok_or(Error::NotHex { field })?;
        let mut bytes = [0; 20];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| Error::NotHex { field })?;
        let address = Self(bytes);
        let has_both_cases = digits.bytes().any(|digit| digit.is_ascii_lowercase())
            && digits.bytes().any(|digit| digit.is_ascii_uppercase());
        if has_both_cases && address.to_string() != text {
            return Err(Error::NotHex { field });
        }
        Ok(address)
    }
}

impl fmt::Display for WalletAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = hex::encode(self.0);
        let hash = hex::encode(Keccak256::digest(&digits));
        f.write_str("0x")?;
        digits.chars().zip(hash.chars()).try_for_each(|(digit, hash)| {
            let digit = if hash >= '8' {
                digit.to_ascii_uppercase()
            } else {
                digit
            };
            fmt::Write::write_char(f, digit)
        })
    }
}

impl fmt::Debug for WalletAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WalletAddress({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_one_case_or_the_checksum_and_nothing_else() {
        let checked = "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826";
        let address: WalletAddress = checked.parse().unwrap();
        let upper = format!("0x{}", checked[2..].to_uppercase());
        for same in [checked, &checked.to_lowercase(), &upper] {
            assert_eq!(same.parse::<WalletAddress>().unwrap(), address, "{same}");
        }
        assert_eq!(address.to_string(), checked);
        for bad in [
            "",
            "0x",
            &checked[2..],
            &checked[..41],
            "0xcD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826",
            "0XCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826",
            "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD8260",
            "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD82é",
        ] {
            assert!(bad.parse::<WalletAddress>().is_err(), "{bad}");
        }
    }
}
