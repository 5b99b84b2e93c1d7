//! The chain that holds the ledger's checkpoints: options of `air sandbox up`.

use std::{path::PathBuf, time::Duration};

use air_crypto::Curve;
use air_fetch::{Fetcher, NetworkPolicy, evm::Node, is_loopback_url};
use air_ledger::evm::{Address, transaction::SigningKey};
use air_sandbox::chain::{ChainSettings, ChainSigner, Finality};
use clap::Args;

use super::clock::span;
use crate::{exit::Failure, output::Output, private_key};

const WEI_IN_GWEI: u128 = 1_000_000_000;

/// The chain, and how checkpoints get there.
#[derive(Args)]
pub(super) struct ChainArgs {
    /// Send the ledger's checkpoints to a contract on an EVM chain, by the JSON-RPC of this node.
    #[arg(long, value_name = "URL")]
    chain: Option<String>,
    /// The private key (secp256k1) of the account that pays for the checkpoints: hex, a JWK or PEM.
    #[arg(
        long,
        value_name = "FILE",
        requires = "chain",
        conflicts_with = "chain_signer"
    )]
    chain_key: Option<PathBuf>,
    /// Have this signer (Web3Signer, clef) sign instead, by `eth_signTransaction`.
    #[arg(long, value_name = "URL", requires = "chain", requires = "chain_account")]
    chain_signer: Option<String>,
    /// The signer's account.
    #[arg(long, value_name = "HEX", requires = "chain_signer")]
    chain_account: Option<Address>,
    /// The ledger's contract [default: the one of the last start, or a new one].
    #[arg(long, value_name = "HEX", requires = "chain")]
    chain_contract: Option<Address>,
    /// The shortest time between two checkpoints.
    #[arg(long, value_name = "SPAN", value_parser = span, default_value = "15s", requires = "chain")]
    chain_every: u64,
    /// When a block is final: `finalized` or `safe` by the chain's tag, or a number of blocks [default: finalized; 1 on a development chain
    /// of this machine, with the id 31337 or 5151].
    #[arg(long, value_name = "finalized|safe|N", requires = "chain")]
    chain_final: Option<Finality>,
    /// Pay at most this for each gas [default: no limit].
    #[arg(long, value_name = "GWEI", value_parser = gwei, requires = "chain")]
    chain_max_fee: Option<u128>,
}

impl ChainArgs {
    /// The settings of the submitter, if there is a chain.
    pub(super) async fn settings(&self, output: Output) -> Result<Option<ChainSettings>, Failure> {
        let Some(rpc) = &self.chain else {
            return Ok(None);
        };
        Ok(Some(ChainSettings {
            rpc: rpc.clone(),
            signer: self.signer(output)?,
            contract: self.chain_contract,
            every: Duration::from_secs(self.chain_every),
            finality: match self.chain_final {
                Some(finality) => finality,
                None => usual_finality(rpc, output).await?,
            },
            max_fee: self.chain_max_fee,
        }))
    }

    fn signer(&self, output: Output) -> Result<ChainSigner, Failure> {
        match (&self.chain_key, &self.chain_signer, self.chain_account) {
            (Some(file), ..) => {
                let key = private_key::read(file, None, Some(Curve::Secp256k1), output)?;
                SigningKey::from_bytes(key.expose_secret())
                    .map(ChainSigner::Key)
                    .map_err(|error| Failure::rejected(error.to_string()))
            }
            (None, Some(url), Some(address)) => Ok(ChainSigner::Remote {
                url: url.clone(),
                address,
            }),
            _ => Err(
                Failure::usage("missing --chain-key: an account pays for the checkpoints").with_hint(
                    "pass a file with its private key, or a signer with --chain-signer and --chain-account",
                ),
            ),
        }
    }
}

/// A development chain is asked for its id. It is on this machine, so that it answers at once.
async fn usual_finality(rpc: &str, output: Output) -> Result<Finality, Failure> {
    if !is_loopback_url(rpc) {
        return Ok(Finality::Finalized);
    }
    let node = Node::new(Fetcher::new(NetworkPolicy::Any)?, rpc)
        .map_err(|error| Failure::usage(format!("invalid --chain: {error}")))?;
    let Ok(chain_id) = node.chain_id().await else {
        return Ok(Finality::Finalized);
    };
    let finality = Finality::usual(chain_id, rpc);
    if finality != Finality::Finalized {
        output.note(&format!(
            "note: chain {chain_id} on this machine is a development chain, so a block is final at once (--chain-final)"
        ));
    }
    Ok(finality)
}

/// Parses a price of gas in gwei, such as `20` or `0.5`, as wei.
fn gwei(text: &str) -> Result<u128, String> {
    let invalid =
        || "invalid price: must be a positive number with at most 9 decimals, such as 20 or 0.5".to_owned();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) || fraction.len() > 9 {
        return Err(invalid());
    }
    let whole: u64 = whole.parse().map_err(|_| invalid())?;
    let fraction: u128 = format!("{fraction:0<9}").parse().map_err(|_| invalid())?;
    let wei = u128::from(whole) * WEI_IN_GWEI + fraction;
    if wei == 0 { Err(invalid()) } else { Ok(wei) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_decimal_numbers_of_gwei() {
        for (text, wei) in [
            ("1", WEI_IN_GWEI),
            ("0.5", 500_000_000),
            ("20.000000001", 20_000_000_001),
        ] {
            assert_eq!(gwei(text), Ok(wei), "{text}");
        }
        for text in [
            "",
            "0",
            "0.0",
            "-1",
            "+1",
            ".5",
            "1.",
            "1e3",
            "0.0000000001",
            "99999999999999999999",
        ] {
            assert!(gwei(text).is_err(), "{text}");
        }
    }
}
