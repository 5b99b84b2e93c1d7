//! The settings of the submitter.

use std::{fmt, str::FromStr, time::Duration};

use air_fetch::is_loopback_url;
use air_ledger::evm::{Address, transaction::SigningKey};

/// The chain that holds the ledger's checkpoints, and how they get there.
pub struct ChainSettings {
    /// The URL of a node's JSON-RPC. It may contain a key of the node's provider, so it is never shown.
    pub rpc: String,
    /// The account that pays for the transactions.
    pub signer: ChainSigner,
    /// The contract. Defaults to the one that was used before; if there is none, the submitter
    /// deploys one and remembers it.
    pub contract: Option<Address>,
    /// The shortest time between two checkpoints. With 10,000 new entries, a checkpoint does not wait for it.
    pub every: Duration,
    /// When a block counts as final. [`Finality::usual`] is a good choice.
    pub finality: Finality,
    /// The most that is paid for each gas, in wei. Defaults to no limit.
    pub max_fee: Option<u128>,
}

impl fmt::Debug for ChainSettings {
    /// Shows neither the key nor the path of a URL.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChainSettings")
            .field("signer", &self.signer)
            .field("contract", &self.contract)
            .field("every", &self.every)
            .field("finality", &self.finality)
            .field("max_fee", &self.max_fee)
            .finish_non_exhaustive()
    }
}

/// The account that signs transactions.
#[non_exhaustive]
pub enum ChainSigner {
    /// A key in this process.
    Key(SigningKey),
    /// A signer such as Web3Signer or clef, by `eth_signTransaction`. Each answer is checked: it
    /// must be the same transaction, signed by this account.
    Remote {
        /// The signer's URL.
        url: String,
        /// The account.
        address: Address,
    },
}

impl ChainSigner {
    /// The account's address.
    #[must_use]
    pub fn address(&self) -> Address {
        match self {
            Self::Key(key) => key.address(),
            Self::Remote { address, .. } => *address,
        }
    }
}

impl fmt::Debug for ChainSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => key.fmt(f),
            // A path can be a key of the signer's provider.
            Self::Remote { address, .. } => f
                .debug_struct("Remote")
                .field("address", address)
                .finish_non_exhaustive(),
        }
    }
}

/// When a block counts as final.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finality {
    /// The chain's tag `finalized`.
    Finalized,
    /// The chain's tag `safe`.
    Safe,
    /// This number of blocks, its own among them: with 1, a block is final at once.
    Depth(u64),
}

/// Chains for development that never replace a block: the default ids of anvil and of the platform's devnet.
const DEVELOPMENT: [u64; 2] = [31337, 5151];

impl Finality {
    /// The usual finality of a chain: one block on a development chain (31337 or 5151) on this
    /// machine, the tag `finalized` elsewhere.
    #[must_use]
    pub fn usual(chain_id: u64, rpc: &str) -> Self {
        if DEVELOPMENT.contains(&chain_id) && is_loopback_url(rpc) {
            Self::Depth(1)
        } else {
            Self::Finalized
        }
    }
}

/// The text is no finality.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid finality: must be `finalized`, `safe` or a number of blocks from 1")]
pub struct InvalidFinality;

impl FromStr for Finality {
    type Err = InvalidFinality;

    fn from_str(text: &str) -> Result<Self, InvalidFinality> {
        match text {
            "finalized" => Ok(Self::Finalized),
            "safe" => Ok(Self::Safe),
            blocks => match blocks.parse() {
                Ok(blocks) if blocks > 0 => Ok(Self::Depth(blocks)),
                _ => Err(InvalidFinality),
            },
        }
    }
}

impl fmt::Display for Finality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finalized => f.write_str("finalized"),
            Self::Safe => f.write_str("safe"),
            Self::Depth(blocks) => blocks.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finality_is_a_tag_or_a_depth() {
        for (text, expected) in [
            ("finalized", Ok(Finality::Finalized)),
            ("safe", Ok(Finality::Safe)),
            ("1", Ok(Finality::Depth(1))),
            ("12", Ok(Finality::Depth(12))),
            ("0", Err(InvalidFinality)),
            ("-1", Err(InvalidFinality)),
            ("latest", Err(InvalidFinality)),
            ("", Err(InvalidFinality)),
        ] {
            assert_eq!(text.parse::<Finality>(), expected, "{text}");
            if let Ok(finality) = expected {
                assert_eq!(finality.to_string(), text);
            }
        }
    }

    #[test]
    fn only_development_chains_on_this_machine_are_final_at_once() {
        for (chain_id, rpc, expected) in [
            (31337, "http://127.0.0.1:8545", Finality::Depth(1)),
            (5151, "http://localhost:8545", Finality::Depth(1)),
            (5151, "https://rpc.example", Finality::Finalized),
            (1, "http://127.0.0.1:8545", Finality::Finalized),
        ] {
            assert_eq!(Finality::usual(chain_id, rpc), expected, "{chain_id} {rpc}");
        }
    }

    #[test]
    fn debug_shows_neither_keys_nor_urls() {
        let settings = ChainSettings {
            rpc: "https://rpc.example/v1/provider-secret".into(),
            signer: ChainSigner::Key(SigningKey::from_bytes(&[0x46; 32]).unwrap()),
            contract: None,
            every: Duration::from_secs(15),
            finality: Finality::Finalized,
            max_fee: None,
        };
        let shown = format!("{settings:?}");
        assert!(
            !shown.contains("4646") && !shown.contains("70, 70") && !shown.contains("secret"),
            "{shown}"
        );
        assert!(
            shown.contains("0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f"),
            "{shown}"
        );
    }
}
