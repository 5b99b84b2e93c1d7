//! `air chain status`.

use air_fetch::evm::BlockId;
use air_ledger::evm::{Address, KeccakHash, contract::code::Immutables};
use clap::Args;
use serde::Serialize;
use serde_json::json;

use super::{
    budget::Budget,
    contract::{self, Code, State},
    node::{Connection, NodeArgs},
};
use crate::{
    count::counted,
    exit::Failure,
    output::Output,
    profile::{FILE, ProfileArgs},
};

#[derive(Args)]
#[command(
    after_help = "Exits with 1 if the address does not have the contract's code.\n\n\
                  Example:\n  \
                  air chain status --rpc http://127.0.0.1:8545 --contract 0x…"
)]
pub(crate) struct Status {
    #[command(flatten)]
    node: NodeArgs,
    /// The ledger's contract [default: the profile's, with its chain id].
    #[arg(long, value_name = "HEX")]
    contract: Option<Address>,
    #[command(flatten)]
    profile: ProfileArgs,
}

impl Status {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        let (at, chain_id) = self.contract()?;
        let connection = self.node.connect(chain_id).await?;
        let client = connection.node.client_version().await?;
        let block = connection.newest_block().await?;
        let chain_id = connection.chain_id;
        match contract::code(&connection.node, at, block).await? {
            Code::Known(immutables, code_hash) => {
                let found = Found::read(&connection, at, block, &immutables, code_hash, client).await?;
                output.result(&found, Found::render)
            }
            Code::Missing => Err(contract::missing(&connection.node, at)),
            Code::Unknown(hash) => {
                if output.is_json() {
                    output.document(&json!({
                        "chainId": chain_id,
                        "client": client,
                        "contract": at,
                        "codeHash": hash,
                        "recognized": false,
                    }))?;
                }
                Err(contract::unknown(&connection.node, at, &hash))
            }
        }
    }

    /// The contract, with the chain's id if the profile names both.
    fn contract(&self) -> Result<(Address, Option<u64>), Failure> {
        if let Some(contract) = self.contract {
            return Ok((contract, None));
        }
        let profile = self.profile.load()?;
        let chain = profile.and_then(|profile| profile.chain);
        chain
            .map(|chain| (chain.contract, Some(chain.id)))
            .ok_or_else(|| {
                Failure::usage("missing --contract: the address of the ledger's contract").with_hint(format!(
                    "pass it, or add `chain-id` and `contract` to the profile in {FILE}"
                ))
            })
    }
}

/// A contract of a ledger.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    chain_id: u64,
    client: String,
    contract: Address,
    code_hash: KeccakHash,
    recognized: bool,
    ledger_id: KeccakHash,
    owner: Address,
    /// The number of leaves at the newest checkpoint.
    size: u64,
    root: Option<String>,
    submitter: Option<Address>,
    pending_submitter: Option<Address>,
    /// The number of checkpoints that the submitter can pay for.
    budget: Budget,
}

impl Found {
    async fn read(
        connection: &Connection,
        at: Address,
        block: BlockId,
        immutables: &Immutables,
        code_hash: KeccakHash,
        client: String,
    ) -> Result<Self, Failure> {
        let node = &connection.node;
        let State {
            size,
            root,
            submitter,
            pending_submitter,
        } = contract::state(node, at, block).await?;
        let balance = match submitter {
            Some(submitter) => node.balance(submitter, block).await?,
            None => 0,
        };
        Ok(Self {
            chain_id: connection.chain_id,
            client,
            contract: at,
            code_hash,
            recognized: true,
            ledger_id: KeccakHash::new(immutables.ledger_id),
            owner: immutables.owner,
            size,
            root: root.map(hex::encode),
            submitter,
            pending_submitter,
            budget: Budget::new(balance, &node.quote().await?),
        })
    }

    fn render(&self) -> String {
        let checkpoint = match &self.root {
            None => "none yet".to_owned(),
            Some(root) => format!("{}, root {root}", counted(self.size, "leaf", "leaves")),
        };
        let submitter = self
            .submitter
            .as_ref()
            .map_or("none".to_owned(), Address::to_string);
        let pending = self
            .pending_submitter
            .map(|pending| format!("\nproposed     {pending}, which has not accepted yet"))
            .unwrap_or_default();
        format!(
            "chain        {} ({})\n\
             contract     {}, whose code this version of air knows\n\
             code hash    {}\n\
             ledger id    {}\n\
             checkpoint   {checkpoint}\n\
             owner        {}\n\
             submitter    {submitter}{pending}\n\
             balance      {}",
            self.chain_id,
            self.client,
            self.contract,
            self.code_hash,
            self.ledger_id,
            self.owner,
            self.budget.render()
        )
    }
}
