//! `air status list publish`.

use std::{path::PathBuf, time::Duration};

use air_ids::UnixTime;
use air_jwt::{Kid, SigningKey};
use air_vc::status::{
    BitstringStatusList, BitstringStatusListCredential, BitstringStatusListOptions, StatusBits, StatusList,
    StatusListOptions, StatusListToken, StatusPurpose,
};
use clap::{Args, ValueEnum};
use serde_json::json;

use super::ledger::Ledger;
use crate::{
    count::counted,
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
                  Serve it at the list's URI as application/statuslist+jwt (or application/vc+jwt for a bitstring), and publish it again with --force before it expires.")]
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
    /// The format: a Token Status List for SD-JWT VCs, or a Bitstring Status List of the revoked W3C
    /// credentials.
    #[arg(long, value_enum, default_value_t = Format::Token)]
    format: Format,
    /// The issuer's URL or DID, as its W3C credentials name it.
    #[arg(long, value_name = "ISS", required_if_eq("format", "bitstring"))]
    issuer: Option<String>,
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

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Token,
    Bitstring,
}

impl Format {
    const fn media_type(self) -> &'static str {
        match self {
            Self::Token => StatusListToken::MEDIA_TYPE,
            Self::Bitstring => BitstringStatusListCredential::MEDIA_TYPE,
        }
    }
}

impl Publish {
    pub(super) fn run(&self, output: Output) -> Result<(), Failure> {
        if self.ttl == 0 || self.ttl > self.expires_in {
            return Err(Failure::usage(
                "invalid --ttl: must be more than 0 and at most --expires-in",
            ));
        }
        if self.issuer.is_some() && self.format == Format::Token {
            return Err(Failure::usage("--issuer is only for --format bitstring"));
        }
        if let Some(out) = &self.out {
            files::require_own_name(out, &[&self.list, &self.key])?;
        }
        let ledger = Ledger::read(&self.list)?;
        let key = read_signing_key(&self.key, output)?.with_kid(self.kid.clone());
        let now = time::now();
        let expires_at = now.saturating_add(Duration::from_secs(self.expires_in));
        let token = match self.format {
            Format::Token => self.token(&ledger, &key, now, expires_at),
            Format::Bitstring => self.bitstring(&ledger, &key, now, expires_at)?,
        };
        let Some(path) = &self.out else {
            return output.result(&json!({ "uri": ledger.uri, "token": token }), |_| token.clone());
        };
        self.force.write(path, token.as_bytes(), Audience::Everyone)?;
        output.result(
            &json!({ "uri": ledger.uri, "file": files::shown(path), "expiresAt": expires_at }),
            |_| {
                format!(
                    "Wrote {}: {}, valid for {}\nNext: serve it at {} as {}",
                    path.display(),
                    counted(token.len() as u64, "byte", "bytes"),
                    time::span(self.expires_in),
                    ledger.uri,
                    self.format.media_type()
                )
            },
        )
    }

    fn token(&self, ledger: &Ledger, key: &SigningKey, now: UnixTime, expires_at: UnixTime) -> String {
        let terms = StatusListOptions {
            issued_at: now,
            expires_at: Some(expires_at),
            ttl: Some(self.ttl),
            ..StatusListOptions::default()
        };
        StatusListToken::sign(key, &ledger.uri, &ledger.list, &terms).into_string()
    }

    fn bitstring(
        &self,
        ledger: &Ledger,
        key: &SigningKey,
        now: UnixTime,
        expires_at: UnixTime,
    ) -> Result<String, Failure> {
        let terms = BitstringStatusListOptions {
            issuer: self.issuer.clone().unwrap_or_default(),
            valid_from: Some(now),
            valid_until: Some(expires_at),
            ttl: Some(self.ttl),
        };
        let list = revocations(&ledger.list)?;
        Ok(BitstringStatusListCredential::sign(key, &ledger.uri, &list, &terms).into_string())
    }
}

/// The revoked entries. A Bitstring Status List has one purpose, so it has no suspended entries.
fn revocations(list: &StatusList) -> Result<BitstringStatusList, Failure> {
    if list.bits() != StatusBits::One {
        return Err(Failure::rejected(
            "the list has entries of more than one bit; a Bitstring Status List of revocations has one",
        )
        .with_hint("create the list of W3C credentials with `air status list new --bits 1`"));
    }
    let rejected = |error: air_vc::Error| Failure::rejected(error.to_string());
    let mut revocations =
        BitstringStatusList::new(StatusPurpose::Revocation, StatusBits::One, list.entries())
            .map_err(rejected)?;
    for index in 0..list.entries() {
        if !list.status(index).map_err(rejected)?.is_valid() {
            revocations.set(index, 1).map_err(rejected)?;
        }
    }
    Ok(revocations)
}
