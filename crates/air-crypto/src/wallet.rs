//! Identity wallets: secp256k1 keys that sign for a user, in this process or elsewhere.

use std::fmt;

use k256::ecdsa::Signature;
use zeroize::Zeroizing;

use crate::{
    CakAcceptance, CakContext, CakPrivateKey, CakPublicKey, Curve, Error, Field, RecoverableSignature,
    TypedData, WalletAddress, WalletEnvelope,
    backend::{WalletKey, group, verify},
    derive::derive_scalar,
    eip712,
    key::decode_hex,
    scalar::Scalar,
};

/// The EIP-155 chain id of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ChainId(u64);

impl ChainId {
    /// The platform's devnet.
    pub const DEVNET: Self = Self(5151);
    /// The platform's testnet, which its sandbox uses by default.
    pub const TESTNET: Self = Self(222_888);
    /// The platform's mainnet.
    pub const MAINNET: Self = Self(2288);

    /// A network by its chain id.
    #[must_use]
    pub const fn new(value: u64) -> Self {
        Self(value)
    }

    /// The chain id.
    #[must_use]
    pub const fn value(self) -> u64 {
        self.0
    }
}

/// A wallet that can sign a CAK's typed data. Implement it for a wallet outside this process, such
/// as an HSM or an MPC service.
///
/// ```rust
/// use air_crypto::{CakContext, ChainId, Curve, Error, IdentityWallet, LocalWallet, RootSecret, WalletSignature};
///
/// /// A service that signs digests.
/// struct Remote(LocalWallet);
///
/// impl IdentityWallet for Remote {
///     fn sign_digest(&self, digest: &[u8; 32]) -> Result<WalletSignature, Error> {
///         let answer = *self.0.sign_digest(digest)?.expose_secret(); // r || s, from the network
///         WalletSignature::from_bytes(&answer)                       // refuses a high s
///     }
/// }
///
/// # fn main() -> Result<(), Error> {
/// let root = RootSecret::from_wallet(Remote(LocalWallet::from_bytes(&[7; 32])?), ChainId::TESTNET);
/// let context = CakContext::new("u".parse()?, "did:x:i".parse()?, "s".parse()?, Curve::Secp256r1);
/// root.derive(&context)?;
/// # Ok(())
/// # }
/// ```
pub trait IdentityWallet {
    /// Signs a 32-byte EIP-712 digest with secp256k1 ECDSA. The signature is `r || s` with low `s`,
    /// and must be deterministic (RFC 6979).
    ///
    /// # Errors
    /// [`Error::WalletRefused`] when the wallet cannot or does not sign.
    fn sign_digest(&self, digest: &[u8; 32]) -> Result<WalletSignature, Error>;

    /// Signs the typed data of `context` (CAK specification, section 2).
    ///
    /// # Errors
    /// [`Error::WalletRefused`] when the wallet cannot or does not sign.
    fn sign_context(&self, context: &CakContext, chain_id: ChainId) -> Result<WalletSignature, Error> {
        self.sign_digest(&eip712::cak_digest(context, chain_id))
    }
}

/// A wallet's signature of a CAK's typed data, `r || s`. It is a root secret: the CAK is derived
/// from it.
pub struct WalletSignature(Zeroizing<[u8; 64]>);

impl WalletSignature {
    /// Reads `r || s`. Drop a recovery byte `v` before.
    ///
    /// # Errors
    /// [`Error::InvalidScalar`] when `r` or `s` is zero or too large, or `s` is high. A signature
    /// with high `s` is not the deterministic one, so another key would be derived from it.
    pub fn from_bytes(bytes: &[u8; 64]) -> Result<Self, Error> {
        let refused = Error::InvalidScalar {
            field: Field::WalletSignature,
            curve: Curve::Secp256k1,
        };
        let signature = Signature::from_slice(bytes).map_err(|_| refused)?;
        if signature.normalize_s() != signature {
            return Err(Error::InvalidScalar {
                field: Field::WalletSignature,
                curve: Curve::Secp256k1,
            });
        }
        Ok(Self(Zeroizing::new(*bytes)))
    }

    /// Checks that the wallet with the public key `wallet` signed this context. If a remote wallet
    /// signed with another key, nobody could derive the same CAK again.
    ///
    /// # Errors
    /// [`Error::ForeignSignature`] when it did not.
    pub fn verify(
        &self,
        context: &CakContext,
        chain_id: ChainId,
        wallet: &CakPublicKey,
    ) -> Result<(), Error> {
        let digest = eip712::cak_digest(context, chain_id);
        let genuine =
            wallet.curve() == Curve::Secp256k1 && verify(wallet.as_uncompressed(), &digest, &self.0);
        if genuine {
            Ok(())
        } else {
            Err(Error::ForeignSignature)
        }
    }

    /// The 64 bytes `r || s`. Security reviews can search for the name `expose_secret`.
    #[must_use]
    pub fn expose_secret(&self) -> &[u8; 64] {
        &self.0
    }

    /// Derives the private key of the context that was signed.
    ///
    /// # Errors
    /// None at present: [`Self::from_bytes`] checks the signature.
    pub fn derive(&self, context: &CakContext) -> Result<CakPrivateKey, Error> {
        Ok(CakPrivateKey::from_scalar(
            context.curve(),
            self.derive_scalar(context),
        ))
    }

    pub(crate) fn derive_scalar(&self, context: &CakContext) -> Scalar {
        derive_scalar(self.0.as_slice(), context)
    }
}

impl fmt::Debug for WalletSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WalletSignature").finish_non_exhaustive()
    }
}

/// A wallet whose key is in the memory of this process.
pub struct LocalWallet {
    key: WalletKey,
    address: WalletAddress,
}

impl LocalWallet {
    /// Reads a secp256k1 private key: 32 bytes, big-endian.
    ///
    /// # Errors
    /// [`Error::InvalidScalar`] when it is zero or not below the group's order.
    pub fn from_bytes(key: &[u8; 32]) -> Result<Self, Error> {
        let secret = WalletKey::from_bytes(key).ok_or(Error::InvalidScalar {
            field: Field::WalletKey,
            curve: Curve::Secp256k1,
        })?;
        Ok(Self {
            key: secret,
            address: WalletAddress::of_point(&group(Curve::Secp256k1).public_point(key)),
        })
    }

    /// Reads the key from 64 hex digits, with or without `0x`.
    ///
    /// # Errors
    /// [`Error::NotHex`] or [`Error::InvalidScalar`].
    pub fn from_hex(text: &str) -> Result<Self, Error> {
        let bytes = decode_hex(Field::WalletKey, text)?;
        let key = <&[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| Error::InvalidScalar {
            field: Field::WalletKey,
            curve: Curve::Secp256k1,
        })?;
        Self::from_bytes(key)
    }

    /// The wallet's address.
    #[must_use]
    pub fn address(&self) -> WalletAddress {
        self.address
    }

    /// Signs the data that a platform stores for this wallet.
    ///
    /// # Errors
    /// [`Error::ForeignEnvelope`] when the envelope has another address.
    pub fn sign_envelope(
        &self,
        envelope: &WalletEnvelope<'_>,
        chain_id: ChainId,
    ) -> Result<RecoverableSignature, Error> {
        if envelope.address != self.address {
            return Err(Error::ForeignEnvelope);
        }
        self.sign_recoverable(&envelope.digest(chain_id))
    }

    /// Signs the user's acceptance that an issuer gets the public half of a CAK.
    ///
    /// # Errors
    /// [`Error::ForeignAcceptance`] when the key is not on the context's curve.
    pub fn sign_acceptance(
        &self,
        acceptance: &CakAcceptance<'_>,
        chain_id: ChainId,
    ) -> Result<RecoverableSignature, Error> {
        if acceptance.public_key.curve() != acceptance.context.curve() {
            return Err(Error::ForeignAcceptance);
        }
        self.sign_recoverable(&acceptance.digest(chain_id))
    }

    /// Signs a page's typed data (`eth_signTypedData_v4`). [`TypedData::parse`] has refused typed
    /// data whose signature would reveal a CAK.
    ///
    /// # Errors
    /// None at present.
    pub fn sign_typed_data(&self, typed_data: &TypedData) -> Result<RecoverableSignature, Error> {
        self.sign_recoverable(typed_data.digest())
    }

    /// Signs a page's message by EIP-191 (`personal_sign`). Its prefix differs from that of typed
    /// data, so the signature cannot be a CAK's.
    ///
    /// # Errors
    /// None at present.
    pub fn sign_message(&self, message: &[u8]) -> Result<RecoverableSignature, Error> {
        self.sign_recoverable(&eip712::message_digest(message))
    }

    fn sign_recoverable(&self, digest: &[u8; 32]) -> Result<RecoverableSignature, Error> {
        let signed = self.key.sign_recoverable(digest).ok_or_else(refused)?;
        Ok(RecoverableSignature::new(&signed))
    }
}

impl IdentityWallet for LocalWallet {
    fn sign_digest(&self, digest: &[u8; 32]) -> Result<WalletSignature, Error> {
        self.key.sign(digest).map(WalletSignature).ok_or_else(refused)
    }
}

fn refused() -> Error {
    Error::WalletRefused {
        reason: "the digest could not be signed".into(),
    }
}

impl fmt::Debug for LocalWallet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalWallet").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_of_one_wallet_context_and_network() {
        let (wallet, key) = ([9; 32], [8; 32]);
        let public = |key| {
            CakPrivateKey::from_bytes(Curve::Secp256k1, key)
                .unwrap()
                .public_key()
                .clone()
        };
        let context = |schema: &str| {
            let parts = (
                "u".parse().unwrap(),
                "i".parse().unwrap(),
                schema.parse().unwrap(),
            );
            CakContext::new(parts.0, parts.1, parts.2, Curve::Secp256r1)
        };
        let local = LocalWallet::from_bytes(&wallet).unwrap();
        let signature = local.sign_context(&context("s"), ChainId::TESTNET).unwrap();
        let verify = |context: &CakContext, chain, key| signature.verify(context, chain, &key);
        verify(&context("s"), ChainId::TESTNET, public(&wallet)).unwrap();
        for outcome in [
            verify(&context("t"), ChainId::TESTNET, public(&wallet)),
            verify(&context("s"), ChainId::MAINNET, public(&wallet)),
            verify(&context("s"), ChainId::TESTNET, public(&key)),
        ] {
            assert!(matches!(outcome, Err(Error::ForeignSignature)));
        }
        let on_the_other_curve = CakPrivateKey::from_bytes(Curve::Secp256r1, &wallet).unwrap();
        let outcome = verify(
            &context("s"),
            ChainId::TESTNET,
            on_the_other_curve.public_key().clone(),
        );
        assert!(matches!(outcome, Err(Error::ForeignSignature)));
    }
}
