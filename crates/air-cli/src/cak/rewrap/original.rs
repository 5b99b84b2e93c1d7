//! The original of a rewrapped document: it stays, unless its deletion is requested and confirmed.

use std::{fs, path::Path};

use clap::Args;

use super::Recipient;
use crate::{
    ask,
    exit::Failure,
    files::{entry, is_dash, is_same_file},
    output::Output,
};

#[derive(Args)]
pub(super) struct OriginalArgs {
    /// Delete IN once OUT is complete and was checked. Says what will be lost, and asks on the terminal.
    #[arg(long)]
    delete_original: bool,
    /// Delete IN without a question.
    #[arg(long, requires = "delete_original")]
    yes: bool,
}

impl OriginalArgs {
    /// Fails before any work when the original can't be deleted, or nobody can confirm the deletion.
    pub(super) fn check(&self, input: &Path, destination: &Path, output: Output) -> Result<(), Failure> {
        if !self.delete_original {
            return Ok(());
        }
        if is_dash(input) || !is_new_or_file(destination) {
            return Err(Failure::usage(
                "--delete-original needs two files: IN must not be stdin, and OUT not stdout or a device",
            ));
        }
        if is_same_file(input, destination) {
            return Err(Failure::usage(
                "--delete-original would delete the result: IN and OUT are the same file",
            )
            .with_hint("omit --delete-original"));
        }
        if fs::symlink_metadata(input).is_ok_and(|input| !input.is_file()) {
            return Err(
                Failure::usage("--delete-original needs IN to be a file, not a link")
                    .with_hint("name the file that the link leads to"),
            );
        }
        if self.yes || ask::is_possible(output) {
            return Ok(());
        }
        Err(Failure::usage(
            "missing confirmation of --delete-original: pass --yes, or run the command on a terminal",
        )
        .with_hint("without --delete-original, IN stays"))
    }

    /// Says what will be lost, and asks unless `--yes` was passed.
    pub(super) fn confirm(
        &self,
        input: &Path,
        recipient: &Recipient,
        was_opened: bool,
        output: Output,
    ) -> Result<(), Failure> {
        if !self.delete_original {
            return Ok(());
        }
        let check = if was_opened {
            "The result was opened with that key."
        } else {
            "Nothing here has checked that anyone has that key (--to-private-key-file does)."
        };
        output.note(&format!(
            "{} will be deleted. What the old key, context and label open is lost with it: from then on the document opens only with \
             the private key of\n{}\nunder the new context and label. {check}",
            input.display(),
            recipient.key
        ));
        if self.yes || ask::agrees("Delete the original?", output) {
            Ok(())
        } else {
            Err(Failure::failed(
                "the deletion was not confirmed; nothing was written or deleted",
            ))
        }
    }

    /// Deletes the original after the result is on disk.
    pub(super) fn delete(&self, input: &Path, destination: &Path, output: Output) -> Result<(), Failure> {
        if !self.delete_original {
            return Ok(());
        }
        sync_folder_of(destination)
            .and_then(|()| fs::remove_file(input))
            .map_err(|error| {
                Failure::failed(format!("failed to delete {}: {error}", input.display()))
                    .with_hint(format!("{} is complete", destination.display()))
            })?;
        output.note(&format!("Deleted {}", input.display()));
        Ok(())
    }
}

fn is_new_or_file(path: &Path) -> bool {
    !is_dash(path) && fs::metadata(path).map_or(true, |existing| existing.is_file())
}

/// Makes the name of a new file durable.
#[cfg(unix)]
fn sync_folder_of(path: &Path) -> std::io::Result<()> {
    match entry(path).as_deref().and_then(Path::parent) {
        Some(folder) => fs::File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

#[cfg(not(unix))]
fn sync_folder_of(_: &Path) -> std::io::Result<()> {
    Ok(())
}
