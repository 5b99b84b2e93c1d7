//! `air partner remove-key`.

use air_api::sandbox::{ListQuery, PartnerRecord};
use air_jwt::Kid;
use clap::Args;

use crate::{exit::Failure, output::Output, partner::SetUpArgs, records::only, terminal::printable};

#[derive(Args)]
#[command(
    after_help = "Tokens that the key signed are rejected at once; by other processes on the same PostgreSQL database after 30 s. The \
                  keys at the partner's JWKS URL stay. `air partner show` lists the registered keys.\n\n\
                  Example:\n  air partner remove-key \"Zenith Identity\" key-2026"
)]
pub(crate) struct RemoveKey {
    #[command(flatten)]
    platform: SetUpArgs,
    /// The partner's name or id.
    #[arg(value_name = "NAME|ID")]
    partner: String,
    /// The id of the registered key.
    #[arg(value_name = "KID", allow_hyphen_values = true)]
    kid: Kid,
}

impl RemoveKey {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        let client = self.platform.connect()?;
        let local = self.platform.local(&client);
        let page = local.partners(&ListQuery::new(&self.partner)).await?;
        let is_it =
            |found: &PartnerRecord| found.partner_id.as_str() == self.partner || found.name == self.partner;
        let partner = only(page, "partner", is_it)?;
        let left = local.remove_key(&partner.partner_id, &self.kid).await?;
        output.result(&left, |left| {
            let left = match left.kids.len() {
                0 => "no registered key is left".to_owned(),
                1 => "1 registered key is left".to_owned(),
                count => format!("{count} registered keys are left"),
            };
            format!("Removed {}; {left}", printable(self.kid.as_str()))
        })
    }
}
