//! Signs transactions, with a key in this process or by a signer at a URL.

use std::sync::Arc;

use air_fetch::{Fetcher, evm::Node};
use air_ledger::evm::{
    Address,
    transaction::{Fees, Signed, Transaction},
};
use serde_json::{Value, json};

use super::{
    error::ChainError,
    problem::Problem,
    settings::{ChainSettings, ChainSigner},
};

pub(super) struct Signer {
    settings: Arc<ChainSettings>,
    /// The signer at a URL.
    remote: Option<Node>,
}

impl Signer {
    pub(super) fn new(settings: Arc<ChainSettings>, fetcher: Fetcher) -> Result<Self, ChainError> {
        let remote = match &settings.signer {
            ChainSigner::Key(_) => None,
            ChainSigner::Remote { url, .. } => {
                let node = Node::new(fetcher, url);
                Some(node.map_err(|source| ChainError::Url { of: "signer", source })?)
            }
        };
        Ok(Self { settings, remote })
    }

    pub(super) fn address(&self) -> Address {
        self.settings.signer.address()
    }

    pub(super) async fn sign(&self, transaction: &Transaction) -> Result<Signed, Problem> {
        match (&self.settings.signer, &self.remote) {
            (ChainSigner::Key(key), _) => Ok(transaction.sign(key)),
            (ChainSigner::Remote { address, .. }, Some(node)) => {
                let unsigned = unsigned(transaction, *address);
                let raw = node.sign_transaction(&unsigned).await;
                let raw = raw.map_err(Problem::Signer)?;
                Signed::check(raw, transaction, *address).map_err(Problem::SignerAnswer)
            }
            (ChainSigner::Remote { .. }, None) => unreachable!("`new` made the node"),
        }
    }
}

/// A transaction as `eth_signTransaction` takes it.
fn unsigned(transaction: &Transaction, from: Address) -> Value {
    let number = |number: u128| format!("{number:#x}");
    let mut members = json!({
        "from": from,
        "nonce": number(transaction.nonce.into()),
        "gas": number(transaction.gas_limit.into()),
        "value": number(transaction.value),
        "data": format!("0x{}", hex::encode(&transaction.data)),
        "chainId": number(transaction.chain_id.into()),
    });
    if let Some(to) = transaction.to {
        members["to"] = json!(to);
    }
    match transaction.fees {
        Fees::Eip1559 { max_fee, tip } => {
            members["maxFeePerGas"] = number(max_fee).into();
            members["maxPriorityFeePerGas"] = number(tip).into();
        }
        Fees::Legacy { price } => members["gasPrice"] = number(price).into(),
    }
    members
}
