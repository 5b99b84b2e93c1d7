//! `air custody finish`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::{
    files::{read_ceremony, read_dealings, share_file},
    new_files::{NewFile, write_all},
    passphrase::NewPassphraseArgs,
};
use crate::{
    exit::Failure,
    files::{self, Audience},
    output::Output,
    private_key,
};

#[derive(Args)]
#[command(after_help = "Example:\n  \
                  air custody finish --ceremony ceremony.json --key custodian.pem \\\n      \
                  --dealing dealing-1.json dealing-2.json dealing-3.json --out custody")]
pub(crate) struct Finish {
    /// The ceremony file.
    #[arg(long, value_name = "FILE")]
    ceremony: PathBuf,
    /// The custodian's own key. The passphrase of an encrypted one is asked for on the terminal, if no file has it.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    #[command(flatten)]
    passphrase: NewPassphraseArgs,
    /// The dealings; every custodian must use the same ones.
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    dealing: Vec<PathBuf>,
    /// The folder to write group.json and the custodian's share to; neither may exist.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

impl Finish {
    pub(super) fn run(&self, output: Output) -> Result<(), Failure> {
        let ceremony = read_ceremony(&self.ceremony)?;
        let curve = ceremony.context().curve();
        let passphrases = self.passphrase.read(output)?;
        let of_key = passphrases.of_key.as_ref().map(|passphrase| passphrase.as_str());
        let key = private_key::read_with(&self.key, of_key, Some(curve), output)?;
        let dealings = read_dealings(&self.dealing, curve)?;
        let (group, share) = ceremony.finish(&key, &dealings)?;
        let passphrase = passphrases.for_shares(output)?;
        let passphrase = passphrase.as_ref().map(|passphrase| passphrase.as_str());
        let share_file = share_file(&share, &group, passphrase)?;
        let name = share_file.0.clone();
        let files: [NewFile; 2] = [
            (
                "group.json".to_owned(),
                group.to_json().into(),
                Audience::Everyone,
            ),
            share_file,
        ];
        write_all(&self.out, &files)?;
        let document = json!({
            "publicKey": group.public_key().to_string(),
            "threshold": group.threshold(),
            "shares": group.shares(),
            "index": share.index().get(),
            "fingerprint": group.fingerprint(),
            "keyFingerprint": group.key_fingerprint(),
            "group": files::shown(&self.out.join("group.json")),
            "share": files::shown(&self.out.join(&name)),
        });
        output.result(&document, |_| {
            let moved = if ceremony.group().is_some() {
                "\nWhen all fingerprints agree, destroy the old shares: they can still open documents."
            } else {
                ""
            };
            format!(
                "Custodian {} of {}, any {} of whom can open what is sealed to\n{}\nkey fingerprint {}\ngroup fingerprint {}\n\
                 Next: compare the group fingerprint with every other custodian's before the key is used.{moved}",
                share.index(),
                group.shares(),
                group.threshold(),
                group.public_key(),
                group.key_fingerprint(),
                group.fingerprint(),
            )
        })
    }
}
