//! `air chain`: the contract on an EVM chain that has the checkpoints of a ledger.

pub(crate) mod account;
mod budget;
mod contract;
mod deploy;
pub(crate) mod finality;
mod key;
pub(crate) mod node;
mod rotate;
mod status;
mod transaction;
pub(crate) mod units;

use clap::Subcommand;

use crate::{exit::Failure, output::Output};

#[derive(Subcommand)]
pub(crate) enum Chain {
    /// Deploy the contract, and check the code that the chain has then.
    Deploy(deploy::Deploy),
    /// Show a contract: its code, newest checkpoint and accounts, and the checkpoints that the
    /// submitter can pay for.
    Status(status::Status),
    /// Replace the submitter's key, in two steps: the owner proposes the new account, and its key accepts.
    Rotate(rotate::Rotate),
    /// Create the key of an account, or show the address of one.
    #[command(subcommand)]
    Key(key::Key),
}

impl Chain {
    pub(crate) async fn run(&self, output: Output) -> Result<(), Failure> {
        match self {
            Self::Deploy(arguments) => arguments.run(output).await,
            Self::Status(arguments) => arguments.run(output).await,
            Self::Rotate(arguments) => arguments.run(output).await,
            Self::Key(command) => command.run(output),
        }
    }
}
