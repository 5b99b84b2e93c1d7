//! Signatures that reveal the signer's address, as Ethereum wallets give them to pages and servers.

use std::{fmt, str::FromStr};

use crate::{
    Curve, Error, Field, WalletAddress, WalletSignature,
    backend::{self, Recoverable},
};

/// The offset of Ethereum's `v`.
const V: u8 = 27;

/// A secp256k1 ECDSA signature with low `s`, from which the signer's address can be recovered:
/// `r || s || v`, with `v` 27 or 28. Its text form is `0x` and 130 hex digits.
///
/// It is not secret: unlike a [`WalletSignature`], no key is derived from it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RecoverableSignature([u8; 65]);

impl RecoverableSignature {
    /// Reads `r || s || v`.
    ///
    /// # Errors
    /// [`Error::InvalidScalar`] when `r` or `s` is zero or too large, when `s` is high, or when `v`
    /// is neither 27 nor 28.
    pub fn from_bytes(bytes: &[u8; 65]) -> Result<Self, Error> {
        let [scalars @ .., v] = bytes;
        WalletSignature::from_bytes(scalars)?;
        if v.wrapping_sub(V) > 1 {
            return Err(invalid());
        }
        Ok(Self(*bytes))
    }

    /// The 65 bytes `r || s || v`.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 65] {
        &self.0
    }

    pub(crate) fn new(signed: &Recoverable) -> Self {
        let mut bytes = [0; 65];
        let [scalars @ .., v] = &mut bytes;
        *scalars = signed.scalars;
        *v = V + u8::from(signed.y_is_odd);
        Self(bytes)
    }

    /// Recovers the address that signed `digest`; `None` when no key can have made the signature.
    pub(crate) fn signer(&self, digest: &[u8; 32]) -> Option<WalletAddress> {
        let [scalars @ .., v] = &self.0;
        let signed = Recoverable {
            scalars: *scalars,
            y_is_odd: *v > V,
        };
        backend::recover(digest, &signed).map(|point| WalletAddress::of_point(&point))
    }
}

fn invalid() -> Error {
    Error::InvalidScalar {
        field: Field::WalletSignature,
        curve: Curve::Secp256k1,
    }
}

impl FromStr for RecoverableSignature {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let field = Field::WalletSignature;
        let digits = text.strip_prefix("0x").ok_or(Error::NotHex { field })?;
        let mut bytes = [0; 65];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| Error::NotHex { field })?;
        Self::from_bytes(&bytes)
    }
}

impl fmt::Display for RecoverableSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{}", hex::encode(self.0))
    }
}

impl fmt::Debug for RecoverableSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecoverableSignature({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LocalWallet;

    fn signed() -> (LocalWallet, RecoverableSignature) {
        let wallet = LocalWallet::from_bytes(&[7; 32]).unwrap();
        let signature = wallet.sign_message(b"hello").unwrap();
        (wallet, signature)
    }

    #[test]
    fn refuses_a_high_s_and_a_strange_v() {
        let (_, signature) = signed();
        let bytes = *signature.as_bytes();
        assert_eq!(
            signature.to_string().parse::<RecoverableSignature>().unwrap(),
            signature
        );
        let order = elliptic_curve::bigint::U256::from_be_hex(
            "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141",
        );
        let low = elliptic_curve::bigint::U256::from_be_slice(&bytes[32..64]);
        let mut high = bytes;
        high[32..64].copy_from_slice(order.wrapping_sub(&low).to_be_bytes().as_ref());
        high[64] ^= 7; // 27 and 28 change places
        assert!(RecoverableSignature::from_bytes(&high).is_err());
        for v in [0, 1, 26, 29, 255] {
            let mut strange = bytes;
            strange[64] = v;
            assert!(RecoverableSignature::from_bytes(&strange).is_err(), "{v}");
        }
        let mut zero = bytes;
        zero[..32].fill(0);
        assert!(RecoverableSignature::from_bytes(&zero).is_err());
    }

    #[test]
    fn the_other_v_is_another_signer() {
        let (wallet, signature) = signed();
        let digest = crate::eip712::message_digest(b"hello");
        assert_eq!(signature.signer(&digest), Some(wallet.address()));
        let mut other = *signature.as_bytes();
        other[64] = 55 - other[64];
        let other = RecoverableSignature::from_bytes(&other).unwrap();
        assert_ne!(other.signer(&digest), Some(wallet.address()));
        assert_ne!(signature.signer(&[1; 32]), Some(wallet.address()));
    }
}
