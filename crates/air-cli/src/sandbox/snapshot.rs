//! `air sandbox snapshot` and `air sandbox reset`: save, restore and delete a platform's state.

use air_api::sandbox::{Snapshot, Snapshots};
use air_client::Error;
use clap::{Args, Subcommand};
use serde_json::json;

use crate::{exit::Failure, output::Output, partner::SetUpArgs, terminal::printable};

#[derive(Subcommand)]
#[command(
    after_help = "Example:\n  air sandbox snapshot save seeded\n  … tests …\n  air sandbox snapshot restore seeded\n\n\
                  A platform with a data folder stores snapshots there; a platform in memory keeps them until it stops. \
                  Restoring does not change the events."
)]
pub(crate) enum SnapshotCommand {
    /// Save the platform's state under a name.
    Save(Named),
    /// List the snapshots.
    List(Unnamed),
    /// Replace the platform's state with a snapshot.
    Restore(Named),
    /// Delete a snapshot.
    Delete(Named),
}

#[derive(Args)]
pub(crate) struct Named {
    /// The snapshot's name: 1 to 64 characters of a-z, 0-9, - and _.
    #[arg(value_name = "NAME", value_parser = name)]
    name: String,
    #[command(flatten)]
    platform: SetUpArgs,
}

#[derive(Args)]
pub(crate) struct Unnamed {
    #[command(flatten)]
    platform: SetUpArgs,
}

#[derive(Args)]
#[command(after_help = "Example:\n  air sandbox reset --yes")]
pub(crate) struct ResetArgs {
    /// Confirm the reset: it deletes partners, programs, credentials and events, but no snapshots.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    platform: SetUpArgs,
}

impl SnapshotCommand {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        match self {
            Self::List(Unnamed { platform }) => {
                let client = platform.connect()?;
                let snapshots = platform.local(&client).snapshots().await?;
                output.result(&snapshots, table)
            }
            Self::Save(Named { name, platform }) => {
                let client = platform.connect()?;
                let saved = platform.local(&client).save_snapshot(name).await?;
                output.result(&saved, |saved| format!("saved {}", line(saved)))
            }
            Self::Restore(Named { name, platform }) => {
                let client = platform.connect()?;
                let restored = platform
                    .local(&client)
                    .restore_snapshot(name)
                    .await
                    .map_err(failure)?;
                output.result(&restored, |restored| format!("restored {}", line(restored)))
            }
            Self::Delete(Named { name, platform }) => {
                let client = platform.connect()?;
                let deleted = platform
                    .local(&client)
                    .delete_snapshot(name)
                    .await
                    .map_err(failure)?;
                output.result(&deleted, |deleted| format!("deleted {}", line(deleted)))
            }
        }
    }
}

/// Adds a hint when the snapshot does not exist.
fn failure(error: Error) -> Failure {
    let is_unknown = matches!(error, Error::NotFound { .. });
    let failure = Failure::from(error);
    if is_unknown {
        failure.with_hint("run `air sandbox snapshot list` to see the snapshots")
    } else {
        failure
    }
}

impl ResetArgs {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        if !self.yes {
            return Err(Failure::usage(
                "a reset deletes the whole state of the platform: confirm with --yes",
            )
            .with_hint("to keep the state, run `air sandbox snapshot save NAME` first"));
        }
        let client = self.platform.connect()?;
        self.platform.local(&client).reset().await?;
        output.result(&json!({ "reset": true }), |_| "the platform is empty".to_owned())
    }
}

fn table(snapshots: &Snapshots) -> String {
    if snapshots.snapshots.is_empty() {
        return "no snapshots; run `air sandbox snapshot save NAME` to create one".to_owned();
    }
    let lines: Vec<String> = snapshots.snapshots.iter().map(line).collect();
    lines.join("\n")
}

fn line(snapshot: &Snapshot) -> String {
    let (name, kilobytes) = (printable(&snapshot.name), snapshot.size.div_ceil(1000));
    format!("{name}, {kilobytes} KB, of {} UTC", snapshot.saved_at)
}

/// Checks a snapshot's name, since it becomes part of a path.
fn name(text: &str) -> Result<String, String> {
    let fits = |letter: u8| matches!(letter, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
    if (1..=64).contains(&text.len()) && text.bytes().all(fits) {
        Ok(text.to_owned())
    } else {
        Err("invalid snapshot name: must be 1 to 64 characters of a-z, 0-9, - and _".to_owned())
    }
}
