//! `air partner rotate-callback-secret`.

use air_api::IssuerRecord;
use air_client::Error;
use air_jwt::Scope;
use clap::Args;

use crate::{
    exit::Failure,
    output::Output,
    partner::{LocalOnly, PartnerArgs},
    terminal::printable,
};

#[derive(Args)]
#[command(
    after_help = "The platform shows the new secret once, in the answer to this command. Callbacks are signed with it at once, \
                  including those that are sent again. Only the local platform has this call.\n\
                  \n\
                  Example:\n  \
                  air partner rotate-callback-secret --key partner-key.pem --partner-id ID \\\n      \
                  --json"
)]
pub(crate) struct RotateCallbackSecret {
    #[command(flatten)]
    partner: PartnerArgs,
}

impl RotateCallbackSecret {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        let partner = self.partner.connect_local(LocalOnly::COMMAND, output).await?;
        let token = partner.token(Scope::Issue, None).await?;
        let record = partner
            .client
            .local()
            .rotate_callback_secret(token.expose_secret())
            .await
            .map_err(perhaps_rotated)?;
        let Some(secret) = &record.callback_secret else {
            return Err(Failure::failed("the platform's answer has no callback secret"));
        };
        output.result(&record, |record| describe(record, secret))
    }
}

/// The secret of a lost answer can't be read again.
fn perhaps_rotated(error: Error) -> Failure {
    let is_safe = error.is_safe_to_repeat();
    let failure = Failure::from(error);
    if is_safe {
        failure
    } else {
        failure.with_hint("the secret may have been replaced; run the command again to get a new one")
    }
}

fn describe(record: &IssuerRecord, secret: &str) -> String {
    format!(
        "callback URL     {}\ncallback secret  {}\n\
         Next: store the secret now, the platform does not show it again; then verify callbacks with it.",
        printable(&record.callback_url),
        printable(secret)
    )
}
