//! `air issuer revoke-key`: revoke everything that a leaked key signed.

use air_api::PlatformTime;
use air_issuer::{Clock, KeyRevocation, revoke_key};
use clap::Args;
use serde_json::json;

use super::ConfigArgs;
use crate::{ask, count::counted, exit::Failure, output::Output, time};

/// The length of an RFC 7638 thumbprint with SHA-256 in base64url.
const THUMBPRINT_LENGTH: usize = 43;

#[derive(Args)]
#[command(after_help = "Examples:\n  \
                  air issuer revoke-key --config issuer.toml \\\n      \
                  --since 2026-12-24 --dry-run key-2026\n  \
                  air issuer revoke-key --config issuer.toml \\\n      \
                  --since 2026-12-24T18:30:00Z key-2026\n\
                  \n\
                  The service may run: its status lists show the revocations at once. Credentials that somebody else signed with \
                  the key have no record. Verifiers refuse them after you have replaced the key in issuer.toml and named it in \
                  `withdrawn`. Then issue again, with `air issuer bulk`.")]
pub(crate) struct RevokeKey {
    #[command(flatten)]
    config: ConfigArgs,
    /// The time from which the key may have been in other hands: a date (midnight in UTC), or a time with its offset. Earlier
    /// credentials stay valid.
    #[arg(long, value_name = "TIME", value_parser = time::parse_date_time)]
    since: PlatformTime,
    /// Count the credentials, and revoke none.
    #[arg(long)]
    dry_run: bool,
    /// Confirm the revocations, which can't be undone; without it, the command asks on the terminal.
    #[arg(long)]
    yes: bool,
    /// The key's id in the published set, or its DID URL.
    #[arg(value_name = "KID", allow_hyphen_values = true, value_parser = parse_kid)]
    kid: String,
}

/// Accepts the thumbprint of a key, which may begin with hyphens, but no other text that looks like an option.
fn parse_kid(text: &str) -> Result<String, &'static str> {
    if text.starts_with("--") && text.len() != THUMBPRINT_LENGTH {
        return Err("there is no such option, and an id is not written like this");
    }
    Ok(text.to_owned())
}

impl RevokeKey {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        let config = self.config.load()?;
        let mut revocation = KeyRevocation {
            kid: self.kid.clone(),
            since: self.since.to_unix(),
            is_dry_run: true,
        };
        let clock = Clock::system();
        let found = revoke_key(&config, &clock, &revocation).await?;
        let report = if self.dry_run || found.credentials == 0 {
            found
        } else {
            self.confirm(found.credentials, output)?;
            revocation.is_dry_run = false;
            revoke_key(&config, &clock, &revocation).await?
        };
        let document = json!({
            "dryRun": self.dry_run,
            "credentials": report.credentials,
            "lists": report.lists,
        });
        output.result(&document, |_| {
            if self.dry_run {
                let credentials = counted(report.credentials, "valid credential", "valid credentials");
                format!("{credentials} would be revoked.")
            } else {
                format!(
                    "Revoked {} in {}.\n\
                     Next: replace the key in issuer.toml, name it in `withdrawn`, and issue again.",
                    counted(report.credentials, "credential", "credentials"),
                    counted(report.lists.len() as u64, "status list", "status lists")
                )
            }
        })
    }

    fn confirm(&self, credentials: u64, output: Output) -> Result<(), Failure> {
        if self.yes {
            return Ok(());
        }
        if !ask::is_possible(output) {
            return Err(Failure::usage("revocations can't be undone: confirm with --yes"));
        }
        let question = format!(
            "Revoke {} issued since {}?",
            counted(credentials, "credential", "credentials"),
            time::date_time(self.since.to_unix())
        );
        if ask::agrees(&question, output) {
            Ok(())
        } else {
            Err(Failure::failed(
                "the revocations were not confirmed; nothing was changed",
            ))
        }
    }
}
