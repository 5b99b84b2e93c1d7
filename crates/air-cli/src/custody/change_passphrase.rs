//! `air custody passphrase`.

use std::{fs, path::PathBuf};

use air_crypto::custody::{Group, Share};
use clap::Args;
use serde_json::json;
use zeroize::Zeroizing;

use super::files::{read_share, share_file};
use crate::{
    ask,
    exit::Failure,
    files::{self, Audience, is_dash, unwritable},
    new_passphrase::{self, Secret},
    output::Output,
    sealing::read_group,
};

const STAYS: &str = "a share is never written over another file; choose another name with --out, or omit --out to replace the share";

#[derive(Args)]
#[command(
    after_help = "The share stays the same, so the custodian's partials and the group do too. The new file is read back before \
                  it replaces the old one, which it does at once. Copies of the old file, such as backups, keep the old \
                  passphrase.\n\
                  \n\
                  Examples:\n  \
                  air custody passphrase share-1.json --group group.json\n  \
                  air custody passphrase share-1.json --group group.json --passphrase-file old \\\n      \
                  --new-passphrase-file new --out share-new.json"
)]
pub(crate) struct ChangePassphrase {
    /// The share file, encrypted or not.
    #[arg(value_name = "SHARE")]
    share: PathBuf,
    /// The group file.
    #[arg(long, value_name = "FILE")]
    group: PathBuf,
    /// The old passphrase, if the share is encrypted; `-` is stdin [default: ask on the terminal].
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// The new passphrase; `-` is stdin [default: ask on the terminal].
    #[arg(long, value_name = "FILE")]
    new_passphrase_file: Option<PathBuf>,
    /// The file to write, with mode 0600; it must not exist [default: replace SHARE].
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl ChangePassphrase {
    pub(super) fn run(&self, output: Output) -> Result<(), Failure> {
        self.check(output)?;
        let group = read_group(&self.group)?;
        let share = read_share(&self.share, &group, self.passphrase_file.as_deref(), output)?;
        let given = self
            .new_passphrase_file
            .as_deref()
            .map(|path| files::read_secret(path, output))
            .transpose()?;
        let passphrase = new_passphrase::for_new(Secret::Share, given, output)?;
        let text = encrypted(
            &share,
            &group,
            passphrase.as_ref().map(|passphrase| passphrase.as_str()),
        )?;
        let destination = self.out.as_ref().unwrap_or(&self.share);
        if self.out.is_some() {
            files::write_new(destination, text.as_bytes(), Audience::Owner, STAYS)?;
        } else {
            // A link stays, and the file that it leads to is replaced.
            let file = fs::canonicalize(destination).map_err(|error| unwritable(destination, &error))?;
            files::write(&file, text.as_bytes(), Audience::Owner)?;
        }
        let document = json!({
            "index": share.index().get(),
            "encrypted": passphrase.is_some(),
            "out": files::shown(destination),
        });
        output.result(&document, |_| {
            format!(
                "{} has the share of custodian {}, {}\nNext: destroy other copies of the old file, such as backups.",
                destination.display(),
                share.index(),
                if passphrase.is_some() {
                    "under the new passphrase"
                } else {
                    "not encrypted"
                },
            )
        })
    }

    fn check(&self, output: Output) -> Result<(), Failure> {
        let inputs = [
            Some(&self.share),
            self.passphrase_file.as_ref(),
            self.new_passphrase_file.as_ref(),
        ];
        let from_stdin = inputs.into_iter().flatten().filter(|path| is_dash(path)).count();
        if from_stdin > 1 {
            return Err(Failure::usage(
                "only one of the share, its passphrase and the new passphrase can be read from stdin",
            ));
        }
        if self.new_passphrase_file.is_none() && !ask::is_possible(output) {
            return Err(
                Failure::usage("missing --new-passphrase-file: pass the new passphrase")
                    .with_hint("on a terminal and without --json, the command asks for it"),
            );
        }
        match &self.out {
            Some(out) => files::require_free(out, STAYS),
            None if is_dash(&self.share) => {
                Err(Failure::usage("missing --out: a share from stdin has no name"))
            }
            None => Ok(()),
        }
    }
}

/// The text of the share's file. Reads it back: the file that it replaces may be the only one.
fn encrypted(share: &Share, group: &Group, passphrase: Option<&str>) -> Result<Zeroizing<String>, Failure> {
    let (_, text, _) = share_file(share, group, passphrase)?;
    let read = match passphrase {
        Some(passphrase) => Share::from_encrypted_json(group, &text, passphrase.as_bytes())?,
        None => Share::from_json(group, &text)?,
    };
    group.verify_share(&read)?;
    Ok(text)
}
