//! `air status`: where a credential is on its way to the chain; and, below it, status lists.

mod list;

use air_api::{CoreClaimHash, VcStatus};
use air_client::PollSchedule;
use air_jwt::Scope;
use clap::{Args, Subcommand};

use crate::{exit::Failure, output::Output, partner::PartnerArgs};

#[derive(Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  air status --key partner-key.pem --partner-id ID --wait HASH\n  air status list publish --help"
)]
pub(crate) struct StatusArgs {
    #[command(subcommand)]
    command: Option<StatusCommand>,
    #[command(flatten)]
    query: Option<Query>,
}

#[derive(Subcommand)]
enum StatusCommand {
    /// An issuer's status lists (`statuslist+jwt`): whether credentials were revoked or suspended.
    #[command(subcommand)]
    List(list::List),
}

#[derive(Args)]
struct Query {
    #[command(flatten)]
    partner: PartnerArgs,
    /// Waits until it is on-chain: asks after 1 s, then ever less often, for 10 minutes at most.
    #[arg(long)]
    wait: bool,
    /// The coreClaimHash that issuing answered.
    #[arg(value_name = "HASH")]
    hash: CoreClaimHash,
}

impl StatusArgs {
    pub(crate) async fn run(&self, output: Output) -> Result<(), Failure> {
        match (&self.command, &self.query) {
            (Some(StatusCommand::List(command)), _) => command.run(output).await,
            (None, Some(query)) => query.run(output).await,
            (None, None) => Err(Failure::usage("a coreClaimHash is needed")
                .with_hint("`air issue` prints it; `air status --help` says the rest")),
        }
    }
}

impl Query {
    async fn run(&self, output: Output) -> Result<(), Failure> {
        let partner = self.partner.connect(output)?;
        let mut token = partner.token(Scope::Issue, None)?;
        let mut status = partner.client.status(token.expose_secret(), self.hash).await?;
        if self.wait && status.vc_status != VcStatus::Onchain {
            token = partner.token(Scope::Issue, None)?;
            status = partner
                .client
                .wait_until_anchored(token.expose_secret(), self.hash, PollSchedule::default())
                .await?;
        }
        output.result(&status, |status| {
            let state = match &status.vc_status {
                VcStatus::Onchain => "ONCHAIN: it can be verified".to_owned(),
                VcStatus::WaitOnchain => "WAIT_ONCHAIN: wait, and do not issue again".to_owned(),
                VcStatus::Unknown(other) => other.clone(),
                _ => "unknown".to_owned(),
            };
            format!("{}  {state}", status.vc_id)
        })
    }
}
