//! `air chain deploy`.

use air_fetch::evm::{BlockId, Receipt};
use air_ledger::evm::{
    Address, KeccakHash,
    contract::code::{self, Immutables},
};
use clap::Args;
use serde_json::json;

use super::{
    account::AccountArgs,
    contract::{self, Code},
    node::{Connection, NodeArgs},
    transaction::TransactionArgs,
    units::shown,
};
use crate::{count::grouped, exit::Failure, output::Output};

#[derive(Args)]
#[command(
    after_help = "The owner can only propose another submitter, and can't be changed later.\n\n\
                  Examples:\n  \
                  air chain deploy --rpc http://127.0.0.1:8545 --key submitter.pem\n  \
                  air chain deploy --rpc https://rpc.example --chain-id 5151 --key key.pem \\\n      \
                  --owner 0x… --submitter 0x… --max-fee 20"
)]
pub(crate) struct Deploy {
    #[command(flatten)]
    node: NodeArgs,
    #[command(flatten)]
    account: AccountArgs,
    /// The ledger's id: `0x` and 64 hex digits [default: random].
    #[arg(long, value_name = "HEX")]
    ledger_id: Option<KeccakHash>,
    /// The account that can propose another submitter [default: the key's].
    #[arg(long, value_name = "HEX")]
    owner: Option<Address>,
    /// The account that can add checkpoints [default: the key's].
    #[arg(long, value_name = "HEX")]
    submitter: Option<Address>,
    #[command(flatten)]
    transaction: TransactionArgs,
}

impl Deploy {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        let key = self.account.read(output)?;
        let connection = self.node.connect(None).await?;
        let immutables = Immutables {
            ledger_id: self.ledger_id.map_or_else(random_id, |id| *id.as_bytes()),
            owner: self.owner.unwrap_or(key.address()),
        };
        let submitter = self.submitter.unwrap_or(key.address());
        let creation = code::creation(&immutables, submitter);
        let receipt = self
            .transaction
            .send(&connection, &key, None, creation, output)
            .await?;
        let deployed = Deployed {
            contract: check(&connection, &immutables, &receipt).await?,
            chain_id: connection.chain_id,
            immutables,
            submitter,
            receipt,
        };
        deployed.print(output)
    }
}

fn random_id() -> [u8; 32] {
    rand::random()
}

/// Checks that the chain has the contract's code, and returns its address.
async fn check(
    connection: &Connection,
    immutables: &Immutables,
    receipt: &Receipt,
) -> Result<Address, Failure> {
    let node = &connection.node;
    let at = receipt.contract_address.ok_or_else(|| {
        Failure::failed(format!(
            "{node} does not say which contract the transaction {} created",
            receipt.transaction_hash
        ))
    })?;
    match contract::code(node, at, BlockId::Number(receipt.block_number)).await? {
        Code::Known(found, _) if found == *immutables => Ok(at),
        Code::Missing => Err(contract::missing(node, at)),
        Code::Known(_, hash) | Code::Unknown(hash) => Err(Failure::failed(format!(
            "{node} has other code at {at} than was sent: its hash is {hash}, not {}",
            code::hash(immutables)
        ))
        .with_hint("do not use the contract; ask another node of the chain")),
    }
}

/// A contract that was created.
struct Deployed {
    contract: Address,
    chain_id: u64,
    immutables: Immutables,
    submitter: Address,
    receipt: Receipt,
}

impl Deployed {
    fn print(&self, output: Output) -> Result<(), Failure> {
        let Self {
            contract,
            chain_id,
            immutables: Immutables { ledger_id, owner },
            submitter,
            receipt,
        } = self;
        let code_hash = code::hash(&self.immutables);
        let ledger_id = KeccakHash::new(*ledger_id);
        let document = json!({
            "contract": contract,
            "chainId": chain_id,
            "codeHash": code_hash,
            "ledgerId": ledger_id,
            "owner": owner,
            "submitter": submitter,
            "transactionHash": receipt.transaction_hash,
            "blockNumber": receipt.block_number,
            "blockHash": receipt.block_hash,
            "gasUsed": receipt.gas_used,
            "feeWei": fee(receipt).map(|fee| fee.to_string()),
        });
        output.result(&document, |_| {
            let cost = fee(receipt).map_or_else(String::new, |fee| format!(", {}", shown(fee)));
            format!(
                "Deployed the ledger's contract; the chain has its code.\n\
                 contract     {contract}\n\
                 chain        {chain_id}\n\
                 code hash    {code_hash}\n\
                 ledger id    {ledger_id}\n\
                 owner        {owner}\n\
                 submitter    {submitter}\n\
                 transaction  {}, in block {}\n\
                 gas          {}{cost}",
                receipt.transaction_hash,
                receipt.block_number,
                grouped(receipt.gas_used.into()),
            )
        })
    }
}

/// Returns the cost of the transaction, if the node reports it.
fn fee(receipt: &Receipt) -> Option<u128> {
    let price = receipt.effective_gas_price?;
    Some(price.saturating_mul(receipt.gas_used.into()))
}
