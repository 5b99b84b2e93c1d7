//! `air custody contribute`.

use std::path::PathBuf;

use air_crypto::custody::Ceremony;
use clap::{ArgGroup, Args};

use super::{
    agree::write_json,
    files::{read_ceremony, read_share},
};
use crate::{exit::Failure, output::Output, private_key};

#[derive(Args)]
#[command(
    group = ArgGroup::new("dealer").required(true),
    after_help = "Examples:\n  air custody contribute --ceremony ceremony.json --key custodian.pem --out dealing-1.json\n  \
                  air custody contribute --ceremony ceremony.json --share share-1.json --out dealing-1.json"
)]
pub(crate) struct Contribute {
    /// What the custodians agreed on.
    #[arg(long, value_name = "FILE")]
    ceremony: PathBuf,
    /// The custodian's own key, where a new key is made.
    #[arg(long, value_name = "FILE", group = "dealer")]
    key: Option<PathBuf>,
    /// The passphrase of that key.
    #[arg(long, value_name = "FILE", requires = "key")]
    passphrase_file: Option<PathBuf>,
    /// The custodian's old share, where a key moves.
    #[arg(long, value_name = "FILE", group = "dealer")]
    share: Option<PathBuf>,
    /// The dealing, which is public and for everyone; `-` is stdout.
    #[arg(long, value_name = "FILE", default_value = "-")]
    out: PathBuf,
}

impl Contribute {
    pub(super) fn run(&self, output: Output) -> Result<(), Failure> {
        let ceremony = read_ceremony(&self.ceremony)?;
        let rng = &mut rand::rng();
        let dealing = match (&self.key, &self.share) {
            (Some(path), _) => {
                let curve = ceremony.context().curve();
                let key = private_key::read(path, self.passphrase_file.as_deref(), Some(curve), output)?;
                ceremony.deal(&key, rng)?
            }
            (None, Some(path)) => {
                let group = ceremony.group().ok_or_else(|| new_key(&ceremony))?;
                ceremony.hand_on(&read_share(path, group, output)?, rng)?
            }
            (None, None) => return Err(Failure::usage("name --key or --share")),
        };
        write_json(&self.out, &dealing.to_json(), output)
    }
}

fn new_key(ceremony: &Ceremony) -> Failure {
    Failure::usage(format!(
        "this ceremony makes a new key for {} custodians; no share is there yet",
        ceremony.custodians().len()
    ))
    .with_hint("name the custodian's own key with --key")
}
