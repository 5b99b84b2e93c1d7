//! Sends one transaction, and waits until it is in a block.

use std::time::{Duration, Instant};

use air_fetch::evm::{BlockId, Node, Receipt, Refusal, Request, RpcError};
use air_ledger::evm::{
    Address, KeccakHash,
    fees::{FeesTooHigh, first_fees},
    transaction::{SigningKey, Transaction},
};
use clap::Args;

use super::{
    node::Connection,
    units::{Gwei, in_gwei, shown},
};
use crate::{exit::Failure, output::Output};

/// The pause before the first look for the receipt. It doubles up to the longest pause.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// The fee and the time to wait.
#[derive(Args)]
pub(super) struct TransactionArgs {
    /// The most to pay for each gas [default: twice the base fee, and the usual tip].
    #[arg(long, value_name = "GWEI")]
    max_fee: Option<Gwei>,
    /// How long to wait until the transaction is in a block.
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=3600))]
    wait: u64,
}

impl TransactionArgs {
    /// Signs a transaction, sends it, and returns the receipt of its success. Without a recipient,
    /// it creates a contract.
    pub(super) async fn send(
        &self,
        connection: &Connection,
        key: &SigningKey,
        to: Option<Address>,
        data: Vec<u8>,
        output: Output,
    ) -> Result<Receipt, Failure> {
        let Connection { node, chain_id } = connection;
        let from = key.address();
        let quote = node.quote().await?;
        let fees = first_fees(&quote, self.max_fee.map(Gwei::wei))
            .map_err(|too_high| too_expensive(node, too_high))?;
        let request = Request {
            from: Some(from),
            to,
            data: &data,
        };
        let estimate = node.estimate_gas(&request).await?;
        let gas_limit = estimate.saturating_add(estimate / 5);
        let most = fees.max_fee().saturating_mul(gas_limit.into());
        let balance = node.balance(from, BlockId::Latest).await?;
        if balance < most {
            return Err(out_of_funds(from, balance, most));
        }
        let nonce = node.transaction_count(from, BlockId::Pending).await?;
        let transaction = Transaction {
            chain_id: *chain_id,
            nonce,
            to,
            value: 0,
            data,
            gas_limit,
            fees,
        };
        let signed = transaction.sign(key);
        match node.send_raw_transaction(&signed.raw).await {
            Err(error) if error.refusal() != Some(Refusal::AlreadyKnown) => return Err(not_taken(error)),
            _ => {}
        }
        output.note(&format!(
            "sent the transaction {} from {from}; waiting until it is in a block",
            signed.hash
        ));
        let receipt = self.wait_for(node, &signed.hash).await?;
        if receipt.is_success {
            Ok(receipt)
        } else {
            Err(Failure::failed(format!(
                "the transaction {} failed in block {}: the contract refused it, and the fee was paid",
                signed.hash, receipt.block_number
            )))
        }
    }

    async fn wait_for(&self, node: &Node, transaction: &KeccakHash) -> Result<Receipt, Failure> {
        let deadline = Instant::now() + Duration::from_secs(self.wait);
        let mut pause = FIRST_PAUSE;
        loop {
            match node.receipt(transaction).await {
                Ok(Some(receipt)) => return Ok(receipt),
                Ok(None) => {}
                Err(error) if error.is_unreachable() => {}
                Err(error) => return Err(error.into()),
            }
            if Instant::now() >= deadline {
                return Err(Failure::unreachable(format!(
                    "the transaction {transaction} is not in a block after {} s",
                    self.wait
                ))
                .with_hint(
                    "it may still get into a block: look it up by its hash before you run the command again; --wait waits longer",
                ));
            }
            tokio::time::sleep(pause).await;
            pause = LONGEST_PAUSE.min(pause * 2);
        }
    }
}

fn too_expensive(node: &Node, too_high: FeesTooHigh) -> Failure {
    Failure::failed(format!(
        "gas costs {} at {node}, more than --max-fee ({}); nothing was sent",
        in_gwei(too_high.needed),
        in_gwei(too_high.ceiling)
    ))
    .with_hint("wait until the fees fall, or pass a larger --max-fee")
}

fn out_of_funds(account: Address, balance: u128, most: u128) -> Failure {
    Failure::failed(format!(
        "the account {account} has {}, and the transaction can cost up to {}; nothing was sent",
        shown(balance),
        shown(most)
    ))
    .with_hint("send the account coins of the chain, or lower the cost with --max-fee")
}

/// The node's refusal, with the next step.
fn not_taken(error: RpcError) -> Failure {
    let hint = match error.refusal() {
        Some(Refusal::NonceTooLow | Refusal::NonceTooHigh | Refusal::NotReplaced) => {
            "the account has another transaction that is not in a block yet: wait for it, and run the command again"
        }
        Some(Refusal::FeeTooLow) => "pass a larger --max-fee",
        Some(Refusal::OutOfFunds) => "send the account coins of the chain",
        _ => return error.into(),
    };
    Failure::from(error).with_hint(hint)
}
