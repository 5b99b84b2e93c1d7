//! The chain that holds the ledger's checkpoints: options of `air sandbox up`.

use std::{path::PathBuf, time::Duration};

use air_fetch::{
    Fetcher, NetworkPolicy,
    evm::{Node, Retries},
    is_loopback_url,
};
use air_ledger::evm::Address;
use air_sandbox::chain::{ChainSettings, ChainSigner, Finality};
use clap::Args;

use super::clock::span;
use crate::{
    chain::{account, finality::rule, units::Gwei},
    exit::Failure,
    output::Output,
};

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
    /// The passphrase of the account's encrypted key [default: ask on the terminal].
    #[arg(long, value_name = "FILE", requires = "chain_key")]
    chain_passphrase_file: Option<PathBuf>,
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
    /// When a block is final: `finalized` or `safe` by the chain's tag, or a number of blocks
    /// [default: finalized; 1 on a development chain of this machine, with the id 31337 or 5151].
    #[arg(long, value_name = "finalized|safe|N", requires = "chain")]
    chain_final: Option<Finality>,
    /// Pay at most this for each gas [default: no limit].
    #[arg(long, value_name = "GWEI", requires = "chain")]
    chain_max_fee: Option<Gwei>,
}

impl ChainArgs {
    /// The settings of the submitter, if there is a chain.
    pub(super) async fn settings(&self, output: Output) -> Result<Option<ChainSettings>, Failure> {
        let Some(rpc) = &self.chain else {
            return Ok(None);
        };
        let signer = self.signer(output)?;
        let (finality, why) = match self.chain_final {
            Some(finality) => (finality, String::new()),
            None => usual_finality(rpc).await?,
        };
        output.note(&format!("note: {why}{}", rule(finality)));
        Ok(Some(ChainSettings {
            rpc: rpc.clone(),
            signer,
            contract: self.chain_contract,
            every: Duration::from_secs(self.chain_every),
            finality,
            max_fee: self.chain_max_fee.map(Gwei::wei),
        }))
    }

    fn signer(&self, output: Output) -> Result<ChainSigner, Failure> {
        match (&self.chain_key, &self.chain_signer, self.chain_account) {
            (Some(file), ..) => {
                let passphrase = self.chain_passphrase_file.as_deref();
                account::read(file, passphrase, output).map(ChainSigner::Key)
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

/// The time in which a chain on this machine must name its id.
const FIRST_ANSWER: Duration = Duration::from_secs(5);

/// Returns the finality without `--chain-final`, and the reason to print. Only a chain on this
/// machine is asked for its id, because only such a chain can be a development chain.
async fn usual_finality(rpc: &str) -> Result<(Finality, String), Failure> {
    let node = Node::new(Fetcher::new(NetworkPolicy::Any)?, rpc)
        .map_err(|error| Failure::usage(format!("invalid --chain: {error}")))?
        .within(FIRST_ANSWER)
        .retrying(Retries {
            count: 0,
            ..Retries::default()
        });
    if !is_loopback_url(rpc) {
        return Ok((Finality::Finalized, String::new()));
    }
    Ok(match node.chain_id().await {
        Ok(chain_id) => {
            let finality = Finality::usual(chain_id, rpc);
            let why = match finality {
                Finality::Depth(_) => format!("chain {chain_id} on this machine is a development chain, so "),
                _ => String::new(),
            };
            (finality, why)
        }
        Err(_) => (
            Finality::Finalized,
            format!(
                "the node {node} does not answer, so its chain is unknown; for a development chain, pass --chain-final 1, or start again when the \
                 node runs; "
            ),
        ),
    })
}
