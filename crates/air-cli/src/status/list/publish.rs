//! `air status list publish`.

use std::{path::PathBuf, time::Duration};

use air_jwt::Kid;
use air_vc::status::{StatusListOptions, StatusListToken};
use clap::Args;
use serde_json::json;

use super::ledger::Ledger;
use crate::{
    exit::Failure,
    files::{self, Audience, ForceArgs},
    keys::read_signing_key,
    output::Output,
    time,
};

#[derive(Args)]
#[command(after_help = "Example:\n  \
                  air status list publish --list list.json --key issuer.pem --kid k1 \\\n      \
                  --out statuslist.jwt\n\
                  \n\
                  Serve it at the list's URI as application/statuslist+jwt, and publish it again with --force before it expires.")]
pub(crate) struct Publish {
    /// The file of the list.
    #[arg(long, value_name = "FILE")]
    list: PathBuf,
    /// The issuer's private key (PEM).
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The key's id in the issuer's set.
    #[arg(long, allow_hyphen_values = true)]
    kid: Kid,
    /// The lifetime of the signed list; verifiers refuse it afterwards.
    #[arg(long, value_name = "SECONDS", default_value_t = 86_400)]
    expires_in: u64,
    /// The time after which verifiers should fetch it again, the longest delay of a revocation.
    #[arg(long, value_name = "SECONDS", default_value_t = 3_600)]
    ttl: u64,
    /// The file to write the signed list to [default: stdout].
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    force: ForceArgs,
}

impl Publish {
    pub(super) fn run(&self, output: Output) -> Result<(), Failure> {
        if self.ttl == 0 || self.ttl > self.expires_in {
            return Err(Failure::usage(
                "invalid --ttl: must be more than 0 and at most --expires-in",
            ));
        }
        let ledger = Ledger::read(&self.list)?;
        let key = read_signing_key(&self.key, output)?.with_kid(self.kid.clone());
        let now = time::now();
        let terms = StatusListOptions {
            issued_at: now,
            expires_at: Some(now.saturating_add(Duration::from_secs(self.expires_in))),
            ttl: Some(self.ttl),
            ..StatusListOptions::default()
        };
        let token = StatusListToken::sign(&key, &ledger.uri, &ledger.list, &terms);
        let Some(path) = &self.out else {
            return output.result(&json!({ "uri": ledger.uri, "token": token.as_str() }), |_| {
                token.as_str().to_owned()
            });
        };
        self.force
            .write(path, token.as_str().as_bytes(), Audience::Everyone)?;
        output.result(
            &json!({ "uri": ledger.uri, "file": files::shown(path), "expiresAt": terms.expires_at }),
            |_| {
                format!(
                    "Wrote {}: {} bytes, valid for {}\nNext: serve it at {} as application/statuslist+jwt",
                    path.display(),
                    token.as_str().len(),
                    time::span(self.expires_in),
                    ledger.uri
                )
            },
        )
    }
}
