//! `air status list check`.

use air_fetch::Accept;
use air_ids::UnixTime;
use air_vc::status::{StatusListVerifier, StatusReference};
use clap::Args;
use serde_json::json;

use super::words;
use crate::{exit::Failure, issuer::IssuerArgs, output::Output, status_list::StatusListSource, time};

#[derive(Args)]
#[command(after_help = "Examples:\n  \
                  air status list check --uri https://issuer.example/statuslist/1 \\\n      \
                  --issuer https://issuer.example --index 4711\n  \
                  air status list check --uri https://issuer.example/statuslist/1 \\\n      \
                  --issuer https://issuer.example --issuer-jwks jwks.json --index 4711 \\\n      \
                  --list statuslist.jwt")]
pub(crate) struct Check {
    /// The list's URI, as in credentials.
    #[arg(long)]
    uri: String,
    #[command(flatten)]
    issuer: IssuerArgs,
    /// The index of the credential's entry.
    #[arg(long, value_name = "N")]
    index: u64,
    /// The file of the signed list [default: fetch it from its URI].
    #[arg(long, value_name = "FILE")]
    list: Option<StatusListSource>,
    /// The time to check at: a date (midnight in UTC), a time with its offset, or seconds since 1970 [default: now].
    #[arg(long, value_name = "TIME", value_parser = time::parse_seconds_or_time)]
    at: Option<UnixTime>,
}

impl Check {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        let keys = self.issuer.keys().await?;
        let source = self
            .list
            .clone()
            .unwrap_or_else(|| StatusListSource::Web(self.uri.clone()));
        let token = source.load(Accept::StatusList).await?;
        let now = self.at.unwrap_or_else(time::now);
        let list = StatusListVerifier::new(&self.issuer.issuer, &keys, &self.uri)
            .verify(token.trim(), now)
            .map_err(|error| Failure::not_authorised(format!("list refused: {error}")))?;
        let reference = StatusReference {
            uri: self.uri.clone(),
            index: self.index,
        };
        let status = list
            .status(&reference)
            .map_err(|error| Failure::rejected(error.to_string()))?;
        let document = json!({
            "index": self.index,
            "status": words(status),
            "value": status.value(),
            "issuedAt": list.issued_at(),
            "expiresAt": list.expires_at(),
            "refetchAfter": list.refetch_after(now),
        });
        output.result(&document, |_| format!("Entry {}: {}", self.index, words(status)))?;
        if status.is_valid() {
            Ok(())
        } else {
            Err(Failure::not_authorised(format!(
                "the credential is {}",
                words(status)
            )))
        }
    }
}
