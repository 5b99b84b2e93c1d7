//! `did:key` (W3C CCG, v0.9): a multicodec prefix and the compressed point, in base58btc.

use super::{CakPublicKey, check_length};
use crate::{Curve, Error, Field, KeyForm};

/// `p256-pub` (0x1200) and `secp256k1-pub` (0xe7) of the multicodec table, as varints.
const P256_PUB: [u8; 2] = [0x80, 0x24];
const SECP256K1_PUB: [u8; 2] = [0xe7, 0x01];

/// `z` is the multibase prefix of base58btc.
const SCHEME: &str = "did:key:z";

impl CakPublicKey {
    /// Reads `did:key:zDn…` (secp256r1) or `did:key:zQ3s…` (secp256k1). The text must not have a
    /// fragment, as the id of a verification method does.
    ///
    /// # Errors
    /// [`Error::MalformedKey`], or [`Error::InvalidPoint`].
    pub fn from_did_key(did: &str) -> Result<Self, Error> {
        let field = Field::PublicKey;
        let malformed = || Error::MalformedKey {
            field,
            form: KeyForm::DidKey,
        };
        // Decoding base58 takes quadratic time, so the limit is lower here.
        check_length(field, did.len().saturating_mul(16))?;
        let encoded = did.trim().strip_prefix(SCHEME).ok_or_else(malformed)?;
        let bytes = bs58::decode(encoded).into_vec().map_err(|_| malformed())?;
        let (codec, point) = bytes.split_first_chunk::<2>().ok_or_else(malformed)?;
        let curve = match *codec {
            P256_PUB => Curve::Secp256r1,
            SECP256K1_PUB => Curve::Secp256k1,
            _ => return Err(malformed()),
        };
        // Only the compressed form is accepted, so that a key has only one identifier.
        if point.len() != 33 {
            return Err(malformed());
        }
        Self::from_sec1(curve, point)
    }

    /// The key as `did:key:z…`.
    #[must_use]
    pub fn to_did_key(&self) -> String {
        let codec = match self.curve() {
            Curve::Secp256r1 => P256_PUB,
            Curve::Secp256k1 => SECP256K1_PUB,
        };
        let bytes = [codec.as_slice(), &self.to_compressed()].concat();
        format!("{SCHEME}{}", bs58::encode(bytes).into_string())
    }
}
