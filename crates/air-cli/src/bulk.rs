//! `air bulk`: issues one credential for each row of a file, with a journal to resume from.

mod input;
mod report;
mod results;
mod run;
mod wording;

use std::path::PathBuf;

use air_client::bulk::BulkOrder;
use clap::Args;

pub(crate) use self::{
    input::{Input, Issuer},
    run::{RunArgs, Sender},
    wording::Wording,
};
use crate::{
    duplicates::DuplicateArgs,
    exit::Failure,
    output::Output,
    partner::{IssuanceArgs, PartnerArgs},
    profile::Profile,
};

#[derive(Args)]
#[command(
    after_help = "A CSV has a header line `email,<attribute>,…`, separated by commas or semicolons. With --schema, each cell \
                  has the type of its attribute: text needs no quotation marks. Without it, columns are named \
                  `credentialSubject.<attribute>`, and their cells are JSON. An empty cell is an absent claim.\n\
                  NDJSON has `{\"email\": …, \"credentialSubject\": {…}}` on each line. A repeated row is refused; two different \
                  rows with the same address are two credentials.\n\
                  \n\
                  Examples, after `air init`:\n  \
                  air bulk --program kyc --schema schema.json --dry-run people.csv\n  \
                  air bulk --program kyc --schema schema.json people.csv\n  \
                  air bulk --program kyc --schema schema.json --resume people.csv"
)]
pub(crate) struct BulkArgs {
    #[command(flatten)]
    partner: PartnerArgs,
    #[command(flatten)]
    issuance: IssuanceArgs,
    /// The schema: the types of the cells of a CSV. Rows that do not conform are refused before
    /// they are sent.
    #[arg(long, value_name = "FILE")]
    schema: Option<PathBuf>,
    #[command(flatten)]
    duplicates: DuplicateArgs,
    #[command(flatten)]
    run: RunArgs,
}

impl BulkArgs {
    pub(crate) async fn run(&self, output: Output) -> Result<(), Failure> {
        let input = Input::open(self.run.input(), self.schema.as_deref(), Issuer::Platform)?;
        let partner = self.partner.connect_silently(output).await?;
        let order = self.order(partner.profile())?;
        let Some(reviewed) = self.run.review(&input, &Wording::PLATFORM, output)? else {
            return Ok(());
        };
        // During a run, an unreachable platform is retried; at its start, it is an error.
        partner.client.clock().await?;
        let bulk = partner.client.bulk(order).concurrency(self.run.concurrency());
        let sender = Sender::Platform {
            bulk,
            partner: &partner,
        };
        self.run.send(&input, reviewed, &sender, output).await
    }

    fn order(&self, profile: Option<&Profile>) -> Result<BulkOrder, Failure> {
        let issuance = &self.issuance;
        let order = BulkOrder::new(issuance.issuer(profile)?, issuance.program(profile)?);
        Ok(order.on_duplicate(self.duplicates.choice()))
    }
}
