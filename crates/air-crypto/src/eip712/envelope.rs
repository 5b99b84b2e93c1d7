//! A wallet's envelope: the data that a platform stores for a wallet, signed by the wallet's own
//! key.

use sha3::{Digest, Keccak256};

use super::{Word, digest, hash_struct, own_domain, string_word, uint_word};
use crate::{ChainId, Error, RecoverableSignature, WalletAddress};

const DOMAIN: &str = "AIR Wallet";
const TYPE: &str = "WalletEnvelope(string user,address address,bytes16 salt,uint32 iterations,bytes12 iv,\
bytes32 ciphertextHash,bool isAutomated,bytes replaces)";

/// The data that a platform stores for a wallet. The wallet's key signs it by EIP-712, with domain
/// `AIR Wallet`, version `1`, the network's chain id, and the type
/// `WalletEnvelope(string user,address address,bytes16 salt,uint32 iterations,bytes12 iv,bytes32 ciphertextHash,bool isAutomated,bytes replaces)`.
/// `ciphertextHash` is the Keccak-256 of the ciphertext.
///
/// ```rust
/// use air_crypto::{ChainId, LocalWallet, WalletEnvelope};
///
/// # fn main() -> Result<(), air_crypto::Error> {
/// let wallet = LocalWallet::from_bytes(&[7; 32])?;
/// let envelope = WalletEnvelope {
///     user: "7f01c42c-02cf-4325-96ed-ba034700f724",
///     address: wallet.address(),
///     salt: &[1; 16],
///     iterations: 600_000,
///     iv: &[2; 12],
///     ciphertext: &[3; 48],
///     is_automated: false,
///     replaces: None,
/// };
/// let signature = wallet.sign_envelope(&envelope, ChainId::TESTNET)?;
/// envelope.verify(ChainId::TESTNET, &signature)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct WalletEnvelope<'a> {
    /// The user who owns the wallet.
    pub user: &'a str,
    /// The wallet's address.
    pub address: WalletAddress,
    /// The salt of the encryption key's derivation.
    pub salt: &'a [u8; 16],
    /// The number of iterations of the encryption key's derivation.
    pub iterations: u32,
    /// The 12-byte nonce of the encryption.
    pub iv: &'a [u8; 12],
    /// The encrypted private key.
    pub ciphertext: &'a [u8],
    /// Whether an automated test made the wallet.
    pub is_automated: bool,
    /// The salt of the envelope that this one replaces; `None` for the first envelope of a wallet.
    pub replaces: Option<&'a [u8; 16]>,
}

impl WalletEnvelope<'_> {
    /// Checks that the key of the envelope's address signed the envelope for this network.
    ///
    /// # Errors
    /// [`Error::ForeignEnvelope`] when another key signed it, or other content, or for another
    /// network.
    pub fn verify(&self, chain_id: ChainId, signature: &RecoverableSignature) -> Result<(), Error> {
        if signature.signer(&self.digest(chain_id)) == Some(self.address) {
            Ok(())
        } else {
            Err(Error::ForeignEnvelope)
        }
    }

    pub(crate) fn digest(&self, chain_id: ChainId) -> Word {
        let replaces = self.replaces.map_or(&[][..], |salt| salt);
        let message = hash_struct(
            TYPE,
            &[
                string_word(self.user),
                right_aligned(self.address.as_bytes()),
                left_aligned(self.salt),
                uint_word(self.iterations.into()),
                left_aligned(self.iv),
                Keccak256::digest(self.ciphertext).into(),
                uint_word(self.is_automated.into()),
                Keccak256::digest(replaces).into(),
            ],
        );
        digest(&own_domain(DOMAIN, chain_id), &message)
    }
}

fn left_aligned<const N: usize>(bytes: &[u8; N]) -> Word {
    let mut word = [0; 32];
    for (to, from) in word.iter_mut().zip(bytes) {
        *to = *from;
    }
    word
}

fn right_aligned<const N: usize>(bytes: &[u8; N]) -> Word {
    let mut word = [0; 32];
    for (to, from) in word.iter_mut().rev().zip(bytes.iter().rev()) {
        *to = *from;
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LocalWallet, TypedData};

    const USER: &str = "7f01c42c-02cf-4325-96ed-ba034700f724";

    fn envelope(wallet: &LocalWallet) -> WalletEnvelope<'static> {
        WalletEnvelope {
            user: USER,
            address: wallet.address(),
            salt: &[1; 16],
            iterations: 600_000,
            iv: &[2; 12],
            ciphertext: &[3; 48],
            is_automated: false,
            replaces: Some(&[4; 16]),
        }
    }

    #[test]
    fn every_member_and_the_network_are_signed() {
        let wallet = LocalWallet::from_bytes(&[9; 32]).unwrap();
        let other = LocalWallet::from_bytes(&[8; 32]).unwrap();
        let signed = envelope(&wallet);
        let signature = wallet.sign_envelope(&signed, ChainId::TESTNET).unwrap();
        signed.verify(ChainId::TESTNET, &signature).unwrap();
        let refused = |envelope: WalletEnvelope<'_>, chain| {
            let outcome = envelope.verify(chain, &signature);
            assert!(matches!(outcome, Err(Error::ForeignEnvelope)), "{envelope:?}");
        };
        refused(signed, ChainId::MAINNET);
        refused(
            WalletEnvelope {
                user: "7f01c42c-02cf-4325-96ed-ba034700f725",
                ..signed
            },
            ChainId::TESTNET,
        );
        refused(
            WalletEnvelope {
                address: other.address(),
                ..signed
            },
            ChainId::TESTNET,
        );
        refused(
            WalletEnvelope {
                salt: &[5; 16],
                ..signed
            },
            ChainId::TESTNET,
        );
        refused(
            WalletEnvelope {
                iterations: 600_001,
                ..signed
            },
            ChainId::TESTNET,
        );
        refused(
            WalletEnvelope {
                iv: &[5; 12],
                ..signed
            },
            ChainId::TESTNET,
        );
        refused(
            WalletEnvelope {
                ciphertext: &[5; 48],
                ..signed
            },
            ChainId::TESTNET,
        );
        refused(
            WalletEnvelope {
                is_automated: true,
                ..signed
            },
            ChainId::TESTNET,
        );
        refused(
            WalletEnvelope {
                replaces: Some(&[5; 16]),
                ..signed
            },
            ChainId::TESTNET,
        );
        refused(
            WalletEnvelope {
                replaces: None,
                ..signed
            },
            ChainId::TESTNET,
        );
    }

    #[test]
    fn a_wallet_signs_no_other_wallets_envelope() {
        let wallet = LocalWallet::from_bytes(&[9; 32]).unwrap();
        let other = LocalWallet::from_bytes(&[8; 32]).unwrap();
        let outcome = other.sign_envelope(&envelope(&wallet), ChainId::TESTNET);
        assert!(matches!(outcome, Err(Error::ForeignEnvelope)));
    }

    /// The general encoder hashes the same envelope to the same digest. Only the domain's name
    /// differs from a page's, because that name is reserved.
    #[test]
    fn is_what_the_general_encoder_hashes() {
        let wallet = LocalWallet::from_bytes(&[9; 32]).unwrap();
        let mut members = TYPE
            .trim_end_matches(')')
            .split_once('(')
            .unwrap()
            .1
            .split(',')
            .map(|member| {
                let (kind, name) = member.split_once(' ').unwrap();
                serde_json::json!({ "type": kind, "name": name })
            });
        let members: Vec<_> = members.by_ref().collect();
        let page = serde_json::json!({
            "types": {
                "EIP712Domain": [
                    { "name": "name", "type": "string" },
                    { "name": "version", "type": "string" },
                    { "name": "chainId", "type": "uint256" },
                ],
                "WalletEnvelope": members,
            },
            "primaryType": "WalletEnvelope",
            "domain": { "name": DOMAIN, "version": "1", "chainId": 222_888 },
            "message": {
                "user": USER,
                "address": wallet.address().to_string(),
                "salt": format!("0x{}", hex::encode([1; 16])),
                "iterations": 600_000,
                "iv": format!("0x{}", hex::encode([2; 12])),
                "ciphertextHash": format!("0x{}", hex::encode(Keccak256::digest([3; 48]))),
                "isAutomated": false,
                "replaces": format!("0x{}", hex::encode([4; 16])),
            },
        });
        let page = page.to_string();
        assert!(matches!(
            TypedData::parse(&page),
            Err(Error::TypedDataReserved { .. })
        ));
        let general = TypedData::parse_any(&page).unwrap();
        assert_eq!(
            *general.digest(),
            envelope(&wallet).digest(ChainId::TESTNET),
            "type and members"
        );
    }
}
