//! `air custody contribute`.

use std::path::{Path, PathBuf};

use air_crypto::custody::{Ceremony, Dealing};
use clap::{ArgGroup, Args};

use super::{
    agree::write_json,
    agreement::{Agreement, check_group},
    files::{read_ceremony, read_share},
};
use crate::{
    exit::Failure,
    files::{ForceArgs, is_dash},
    output::Output,
    private_key,
    sealing::read_group,
};

#[derive(Args)]
#[command(
    group = ArgGroup::new("dealer").required(true),
    after_help = "Shows the key, the threshold, every custodian and the ceremony's fingerprint, and contributes after the \
                  custodian agrees. Compare the fingerprint with the other custodians over a different channel than the \
                  file's, since the file's author chose who will hold the key.\n\
                  \n\
                  Examples:\n  \
                  air custody contribute --ceremony ceremony.json --key custodian.pem \\\n      \
                  --out dealing-1.json\n  \
                  air custody contribute --ceremony ceremony.json --group group.json \\\n      \
                  --share share-1.json --ceremony-id 5f0c… --out dealing-1.json"
)]
pub(crate) struct Contribute {
    /// The ceremony file.
    #[arg(long, value_name = "FILE")]
    ceremony: PathBuf,
    /// The custodian's own key, for a ceremony that generates a new key.
    #[arg(long, value_name = "FILE", group = "dealer")]
    key: Option<PathBuf>,
    /// The passphrase of an encrypted key or share; `-` is stdin [default: ask on the terminal].
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// The custodian's old share, for a ceremony that refreshes or moves a key.
    #[arg(long, value_name = "FILE", group = "dealer", requires = "group")]
    share: Option<PathBuf>,
    /// The custodian's own copy of the group file, with --share: the ceremony must move this group's key.
    #[arg(long, value_name = "FILE", requires = "share")]
    group: Option<PathBuf>,
    #[command(flatten)]
    agreement: Agreement,
    /// The dealing to write; it is public, and for all custodians. `-` is stdout.
    #[arg(long, value_name = "FILE", default_value = "-")]
    out: PathBuf,
    #[command(flatten)]
    force: ForceArgs,
}

impl Contribute {
    pub(super) fn run(&self, output: Output) -> Result<(), Failure> {
        self.force.check(&self.out)?;
        let ceremony = read_ceremony(&self.ceremony)?;
        let dealing = match (&self.key, &self.share, &self.group) {
            (Some(key), ..) => self.deal(&ceremony, key, output)?,
            (None, Some(share), Some(group)) => self.hand_on(&ceremony, share, group, output)?,
            (None, Some(_), None) => {
                return Err(Failure::usage("missing --group: --share needs the group file"));
            }
            (None, None, _) => return Err(Failure::usage("missing --key or --share")),
        };
        write_json(&self.out, self.force, &dealing.to_json(), output)?;
        output.wrote(&self.out)
    }

    /// Deals a part of a new key.
    fn deal(&self, ceremony: &Ceremony, key: &Path, output: Output) -> Result<Dealing, Failure> {
        let curve = ceremony.context().curve();
        let key = private_key::read(key, self.passphrase_file.as_deref(), Some(curve), output)?;
        ceremony.index_of(&key)?;
        self.agreement.confirm(ceremony, self.leaves_stdin(), output)?;
        Ok(ceremony.deal(&key, &mut rand::rng())?)
    }

    /// Deals the custodian's old share to the new custodians.
    fn hand_on(
        &self,
        ceremony: &Ceremony,
        share: &Path,
        own_group: &Path,
        output: Output,
    ) -> Result<Dealing, Failure> {
        let group = ceremony.group().ok_or_else(|| new_key(ceremony))?;
        check_group(group, &read_group(own_group)?)?;
        let share = read_share(share, group, self.passphrase_file.as_deref(), output)?;
        self.agreement.confirm(ceremony, self.leaves_stdin(), output)?;
        Ok(ceremony.hand_on(&share, &mut rand::rng())?)
    }

    /// Whether stdin is free for the custodian's answer.
    fn leaves_stdin(&self) -> bool {
        let files = [&self.key, &self.passphrase_file, &self.share, &self.group];
        !files
            .into_iter()
            .flatten()
            .chain([&self.ceremony])
            .any(|path| is_dash(path))
    }
}

fn new_key(ceremony: &Ceremony) -> Failure {
    Failure::usage(format!(
        "this ceremony generates a new key for {} custodians, so there is no share yet",
        ceremony.custodians().len()
    ))
    .with_hint("pass the custodian's own key with --key")
}
