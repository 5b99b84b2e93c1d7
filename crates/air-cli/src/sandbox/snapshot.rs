//! `air sandbox snapshot` and `air sandbox reset`: all that a platform has, kept, put back, taken.

use air_api::sandbox::{Snapshot, Snapshots};
use clap::{Args, Subcommand};
use serde_json::json;

use crate::{exit::Failure, output::Output, partner::SetUpArgs, terminal::printable};

#[derive(Subcommand)]
#[command(
    after_help = "Example:\n  air sandbox snapshot save seeded\n  … tests …\n  air sandbox snapshot restore seeded\n\n\
                  A platform in a folder keeps them in its folder, one in memory until it stops. Events stay as they are."
)]
pub(crate) enum SnapshotCommand {
    /// Keeps all that the platform has, under a name.
    Save(Named),
    /// Shows what is kept.
    List(Unnamed),
    /// Puts what is kept in the place of all that the platform has.
    Restore(Named),
    /// Deletes what is kept.
    Delete(Named),
}

#[derive(Args)]
pub(crate) struct Named {
    /// 1 to 64 of a-z, 0-9, - and _.
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
    /// That it is meant: partners, programs, credentials and events are gone. Snapshots stay.
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
                let restored = platform.local(&client).restore_snapshot(name).await?;
                output.result(&restored, |restored| format!("restored {}", line(restored)))
            }
            Self::Delete(Named { name, platform }) => {
                let client = platform.connect()?;
                let deleted = platform.local(&client).delete_snapshot(name).await?;
                output.result(&deleted, |deleted| format!("deleted {}", line(deleted)))
            }
        }
    }
}

impl ResetArgs {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        if !self.yes {
            return Err(
                Failure::usage("a reset takes all that the platform has; --yes means it")
                    .with_hint("`air sandbox snapshot save NAME` keeps it first"),
            );
        }
        let client = self.platform.connect()?;
        self.platform.local(&client).reset().await?;
        output.result(&json!({ "reset": true }), |_| "the platform is empty".to_owned())
    }
}

fn table(snapshots: &Snapshots) -> String {
    if snapshots.snapshots.is_empty() {
        return "no snapshots; `air sandbox snapshot save NAME` keeps one".to_owned();
    }
    let lines: Vec<String> = snapshots.snapshots.iter().map(line).collect();
    lines.join("\n")
}

fn line(snapshot: &Snapshot) -> String {
    let (name, kilobytes) = (printable(&snapshot.name), snapshot.size.div_ceil(1000));
    format!("{name}, {kilobytes} KB, of {} UTC", snapshot.saved_at)
}

/// It becomes a part of a path.
fn name(text: &str) -> Result<String, String> {
    let fits = |letter: u8| matches!(letter, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
    if (1..=64).contains(&text.len()) && text.bytes().all(fits) {
        Ok(text.to_owned())
    } else {
        Err("a snapshot's name is 1 to 64 of a-z, 0-9, - and _".to_owned())
    }
}
