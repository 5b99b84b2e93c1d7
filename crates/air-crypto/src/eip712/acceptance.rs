//! A user's acceptance of a CAK: the wallet signs that an issuer may have the public half.

use sha3::{Digest, Keccak256};

use super::{Word, digest, hash_struct, own_domain, string_word};
use crate::{CakContext, CakPublicKey, ChainId, Error, RecoverableSignature, WalletAddress};

const DOMAIN: &str = "AIR CAK Acceptance";
const TYPE: &str = "CakAcceptance(string user,string issuer,string schema,string curve,bytes publicKey)";

/// A user's consent that an issuer gets the public half of a CAK. The wallet's key signs it by
/// EIP-712, with domain `AIR CAK Acceptance`, version `1`, the network's chain id, and the type
/// `CakAcceptance(string user,string issuer,string schema,string curve,bytes publicKey)`.
/// `publicKey` is the uncompressed point. No page can request this signature: typed data of domains
/// whose name begins with `AIR ` is refused.
///
/// ```rust
/// use air_crypto::{CakAcceptance, CakContext, ChainId, Curve, IdentityWallet, LocalWallet};
///
/// # fn main() -> Result<(), air_crypto::Error> {
/// let wallet = LocalWallet::from_bytes(&[7; 32])?;
/// let context = CakContext::new("u".parse()?, "did:x:i".parse()?, "s".parse()?, Curve::Secp256r1);
/// let key = wallet.sign_context(&context, ChainId::TESTNET)?.derive(&context)?;
/// let acceptance = CakAcceptance { context: &context, public_key: key.public_key() };
/// let signature = wallet.sign_acceptance(&acceptance, ChainId::TESTNET)?;
/// acceptance.verify(wallet.address(), ChainId::TESTNET, &signature)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct CakAcceptance<'a> {
    /// The user, the issuer, the schema and the curve.
    pub context: &'a CakContext,
    /// The public half of the CAK.
    pub public_key: &'a CakPublicKey,
}

impl CakAcceptance<'_> {
    /// Checks that the wallet with this address signed the acceptance for this network.
    ///
    /// # Errors
    /// [`Error::ForeignAcceptance`] when another key signed it, or other content, or for another
    /// network, or when the key is not on the context's curve.
    pub fn verify(
        &self,
        wallet: WalletAddress,
        chain_id: ChainId,
        signature: &RecoverableSignature,
    ) -> Result<(), Error> {
        let is_on_curve = self.public_key.curve() == self.context.curve();
        if is_on_curve && signature.signer(&self.digest(chain_id)) == Some(wallet) {
            Ok(())
        } else {
            Err(Error::ForeignAcceptance)
        }
    }

    pub(crate) fn digest(&self, chain_id: ChainId) -> Word {
        let message = hash_struct(
            TYPE,
            &[
                string_word(self.context.user().as_str()),
                string_word(self.context.issuer().as_str()),
                string_word(self.context.schema().as_str()),
                string_word(self.context.curve().name()),
                Keccak256::digest(self.public_key.as_uncompressed()).into(),
            ],
        );
        digest(&own_domain(DOMAIN, chain_id), &message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CakPrivateKey, Curve, IdentityWallet, LocalWallet, TypedData};

    const USER: &str = "7f01c42c-02cf-4325-96ed-ba034700f724";

    fn wallet() -> LocalWallet {
        LocalWallet::from_bytes(&[7; 32]).unwrap()
    }

    fn context(issuer: &str, schema: &str) -> CakContext {
        CakContext::new(
            USER.parse().unwrap(),
            issuer.parse().unwrap(),
            schema.parse().unwrap(),
            Curve::Secp256r1,
        )
    }

    fn key(context: &CakContext) -> CakPrivateKey {
        let signature = wallet().sign_context(context, ChainId::TESTNET).unwrap();
        signature.derive(context).unwrap()
    }

    #[test]
    fn rejects_another_wallet_content_or_network() {
        let (context, other) = (context("did:x:i", "s"), context("did:x:j", "s"));
        let (key, other_key) = (key(&context), key(&other));
        let acceptance = CakAcceptance {
            context: &context,
            public_key: key.public_key(),
        };
        let signature = wallet().sign_acceptance(&acceptance, ChainId::TESTNET).unwrap();
        let address = wallet().address();
        acceptance.verify(address, ChainId::TESTNET, &signature).unwrap();

        let outsider = LocalWallet::from_bytes(&[8; 32]).unwrap().address();
        assert!(acceptance.verify(outsider, ChainId::TESTNET, &signature).is_err());
        assert!(acceptance.verify(address, ChainId::MAINNET, &signature).is_err());
        for changed in [
            CakAcceptance {
                context: &other,
                ..acceptance
            },
            CakAcceptance {
                public_key: other_key.public_key(),
                ..acceptance
            },
        ] {
            let refused = changed.verify(address, ChainId::TESTNET, &signature);
            assert!(matches!(refused, Err(Error::ForeignAcceptance)), "{changed:?}");
        }
    }

    #[test]
    fn rejects_a_key_on_another_curve() {
        let context = context("did:x:i", "s");
        let key = CakPrivateKey::from_bytes(Curve::Secp256k1, &[9; 32]).unwrap();
        let acceptance = CakAcceptance {
            context: &context,
            public_key: key.public_key(),
        };
        let refused = wallet().sign_acceptance(&acceptance, ChainId::TESTNET);
        assert!(matches!(refused, Err(Error::ForeignAcceptance)));
    }

    /// The general encoder hashes the same acceptance to the same digest. Only the domain's name
    /// differs from a page's, because that name is reserved.
    #[test]
    fn the_digest_is_that_of_the_typed_data() {
        let context = context("did:x:i", "s");
        let key = key(&context);
        let acceptance = CakAcceptance {
            context: &context,
            public_key: key.public_key(),
        };
        let json = serde_json::json!({
            "types": {
                "EIP712Domain": [
                    { "name": "name", "type": "string" },
                    { "name": "version", "type": "string" },
                    { "name": "chainId", "type": "uint256" },
                ],
                "CakAcceptance": [
                    { "name": "user", "type": "string" },
                    { "name": "issuer", "type": "string" },
                    { "name": "schema", "type": "string" },
                    { "name": "curve", "type": "string" },
                    { "name": "publicKey", "type": "bytes" },
                ],
            },
            "primaryType": "CakAcceptance",
            "domain": { "name": DOMAIN, "version": "1", "chainId": 222_888 },
            "message": { "user": USER, "issuer": "did:x:i", "schema": "s", "curve": "secp256r1",
                "publicKey": key.public_key().to_string() },
        });
        let json = json.to_string();
        let general = TypedData::parse_any(&json).unwrap();
        assert_eq!(*general.digest(), acceptance.digest(ChainId::TESTNET));
        let requested = TypedData::parse(&json);
        assert!(matches!(requested, Err(Error::TypedDataReserved { .. })));
    }
}
