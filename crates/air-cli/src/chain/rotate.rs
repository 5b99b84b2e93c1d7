//! `air chain rotate`.

use air_fetch::evm::{BlockId, Receipt};
use air_ledger::evm::{Address, contract::Call, transaction::SigningKey};
use clap::{ArgGroup, Args};
use serde_json::json;

use super::{
    account::AccountArgs,
    contract,
    node::{Connection, NodeArgs},
    transaction::TransactionArgs,
};
use crate::{exit::Failure, output::Output};

#[derive(Args)]
#[command(
    group = ArgGroup::new("step").required(true),
    after_help = "Until the new account accepts, the old one stays the submitter. Stop the platform before you accept, and \
                  start it with the new key.\n\n\
                  Examples:\n  \
                  air chain rotate --rpc URL --contract 0x… --key owner.pem --propose 0x…\n  \
                  air chain rotate --rpc URL --contract 0x… --key new.pem --accept"
)]
pub(crate) struct Rotate {
    #[command(flatten)]
    node: NodeArgs,
    /// The ledger's contract.
    #[arg(long, value_name = "HEX")]
    contract: Address,
    #[command(flatten)]
    account: AccountArgs,
    /// Propose this account as submitter, with the owner's key.
    #[arg(long, value_name = "HEX", group = "step")]
    propose: Option<Address>,
    /// Become the submitter, with the key of the proposed account.
    #[arg(long, group = "step")]
    accept: bool,
    /// Withdraw the proposal, with the owner's key.
    #[arg(long, group = "step")]
    withdraw: bool,
    #[command(flatten)]
    transaction: TransactionArgs,
}

impl Rotate {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        let key = self.account.read(output)?;
        let connection = self.node.connect(None).await?;
        let call = self.call();
        self.require_role(&connection, &key, &call).await?;
        let receipt = self
            .transaction
            .send(&connection, &key, Some(self.contract), call.encode(), output)
            .await?;
        self.print(&connection, &receipt, output).await
    }

    fn call(&self) -> Call<'static> {
        match self.propose {
            Some(proposed) => Call::SetSubmitter { proposed },
            None if self.withdraw => Call::SetSubmitter {
                proposed: Address::new([0; 20]),
            },
            None => Call::AcceptSubmitter,
        }
    }

    /// Checks that the contract accepts the call from the key's account.
    async fn require_role(
        &self,
        connection: &Connection,
        key: &SigningKey,
        call: &Call<'_>,
    ) -> Result<(), Failure> {
        let (node, block) = (&connection.node, connection.newest_block().await?);
        let immutables = contract::require_known(node, self.contract, block).await?;
        let account = key.address();
        if !matches!(call, Call::AcceptSubmitter) {
            if immutables.owner == account {
                return Ok(());
            }
            return Err(Failure::not_authorised(format!(
                "the key is that of {account}, and only the owner {} can propose a submitter",
                immutables.owner
            )));
        }
        match contract::state(node, self.contract, block)
            .await?
            .pending_submitter
        {
            Some(proposed) if proposed == account => Ok(()),
            Some(proposed) => Err(Failure::not_authorised(format!(
                "the key is that of {account}, and the owner proposed {proposed}"
            ))),
            None => Err(Failure::not_authorised(
                "the owner has proposed no account, or the proposal was accepted already",
            )
            .with_hint("the owner runs `air chain rotate --propose` first")),
        }
    }

    /// Prints the contract's accounts after the transaction.
    async fn print(&self, connection: &Connection, receipt: &Receipt, output: Output) -> Result<(), Failure> {
        let block = BlockId::Number(receipt.block_number);
        let state = contract::state(&connection.node, self.contract, block).await?;
        let document = json!({
            "contract": self.contract,
            "chainId": connection.chain_id,
            "submitter": state.submitter,
            "pendingSubmitter": state.pending_submitter,
            "transactionHash": receipt.transaction_hash,
            "blockNumber": receipt.block_number,
            "gasUsed": receipt.gas_used,
        });
        output.result(&document, |_| {
            let submitter = state.submitter.as_ref().map_or("none".to_owned(), Address::to_string);
            let next = match state.pending_submitter {
                Some(proposed) => format!(
                    "\nproposed     {proposed}\nNext: `air chain rotate --accept` with the key of the proposed account"
                ),
                None => String::new(),
            };
            format!(
                "submitter    {submitter}\ntransaction  {}, in block {}{next}",
                receipt.transaction_hash, receipt.block_number
            )
        })
    }
}
