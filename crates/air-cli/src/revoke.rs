//! `air revoke`.

use air_api::CoreClaimHash;
use air_jwt::Scope;
use clap::Args;

use crate::{
    exit::Failure,
    output::Output,
    partner::{LocalOnly, PartnerArgs},
};

#[derive(Args)]
#[command(after_help = "Example:\n  air revoke HASH    # after `air init`")]
pub(crate) struct RevokeArgs {
    #[command(flatten)]
    partner: PartnerArgs,
    /// The credential's coreClaimHash, as returned at issuance.
    #[arg(value_name = "HASH")]
    hash: CoreClaimHash,
}

impl RevokeArgs {
    pub(crate) async fn run(&self, output: Output) -> Result<(), Failure> {
        let partner = self.partner.connect_local(LocalOnly::DASHBOARD, output).await?;
        let token = partner.token(Scope::Issue, None).await?;
        let revoked = partner
            .client
            .local()
            .revoke(token.expose_secret(), self.hash)
            .await?;
        output.result(&revoked, |revoked| {
            format!(
                "revoked since {}; its status list has been updated",
                revoked.revocation_date
            )
        })
    }
}
