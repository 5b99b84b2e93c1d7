//! `air issuer`: the issuer's own service, and the move to it from the vendor's.

mod backup;
mod bulk;
mod check;
mod import;
mod restore;
mod revoke_key;
mod serve;
mod shadow;
mod user_data;

use std::path::PathBuf;

use air_crypto::IssuerDid;
use air_issuer::Config;
use clap::{Args, Subcommand};

use crate::{exit::Failure, output::Output};

#[derive(Subcommand)]
pub(crate) enum IssuerCommand {
    /// Run the service until interrupted; print one line of JSON when it is ready.
    Serve(serve::Serve),
    /// Check the configuration, the database, the keys, the platform and the published keys.
    Check(check::Check),
    /// Issue many rows of a CSV or NDJSON file, with a journal to resume from.
    Bulk(bulk::Bulk),
    /// Back up the database, sealed to a public key, while the service runs.
    Backup(backup::Backup),
    /// Restore a backup into an empty database.
    Restore(restore::Restore),
    /// Export everything that the stopped service has of one person, as JSON.
    ExportUser(user_data::ExportUser),
    /// Erase everything that the stopped service has of one person, also from free pages and the
    /// write-ahead log.
    EraseUser(user_data::EraseUser),
    /// Revoke everything that a leaked key signed since a time.
    RevokeKey(revoke_key::RevokeKey),
    /// Import the records of the vendor's service from its database.
    Import(import::Import),
    /// Compare the responses of the vendor's service and of this one.
    Shadow(shadow::Shadow),
}

impl IssuerCommand {
    pub(crate) async fn run(&self, output: Output) -> Result<(), Failure> {
        match self {
            Self::Serve(arguments) => Box::pin(arguments.run(output)).await,
            Self::Check(arguments) => Box::pin(arguments.run(output)).await,
            Self::Bulk(arguments) => Box::pin(arguments.run(output)).await,
            Self::Backup(arguments) => Box::pin(arguments.run(output)).await,
            Self::Restore(arguments) => Box::pin(arguments.run(output)).await,
            Self::ExportUser(arguments) => Box::pin(arguments.run(output)).await,
            Self::EraseUser(arguments) => Box::pin(arguments.run(output)).await,
            Self::RevokeKey(arguments) => Box::pin(arguments.run(output)).await,
            Self::Import(arguments) => Box::pin(arguments.run(output)).await,
            Self::Shadow(arguments) => Box::pin(arguments.run(output)).await,
        }
    }
}

/// Where the configuration is.
#[derive(Args)]
struct ConfigArgs {
    /// The configuration file, `issuer.toml`. An environment variable takes precedence over it [default: the environment only].
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl ConfigArgs {
    fn load(&self) -> Result<Config, Failure> {
        Config::load(self.config.as_deref()).map_err(|error| {
            let failure = Failure::from(error);
            if self.config.is_some() {
                failure
            } else {
                failure
                    .with_hint("pass the file of the service with --config, or set its environment variables")
            }
        })
    }
}

/// The issuer's DID.
fn did(config: &Config) -> Result<IssuerDid, Failure> {
    let did = config.did().parse::<IssuerDid>();
    Ok(did.map_err(air_crypto::Error::from)?)
}
