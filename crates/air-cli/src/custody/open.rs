//! `air custody open`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use air_crypto::{Curve, custody::Partial};
use clap::Args;
use serde_json::json;

use super::{
    files::read_partials,
    log::{Log, Opening},
    sealed_under::SealedUnder,
};
use crate::{
    exit::Failure,
    files::{self, AtomicFile, Audience, ForceArgs, Hashed},
    keys::read_signing_key,
    output::Output,
    sealing::{read_group, with_header},
    time,
};

const USAGE: &str = "air custody open --group group.json --partial partial-1.json partial-3.json IN OUT";

#[derive(Args)]
#[command(
    override_usage = "air custody open --group <FILE> --partial <FILE>... [OPTIONS] <IN> <OUT>",
    after_help = "Example:\n  \
                  air custody open --group group.json --partial partial-1.json partial-3.json \\\n      \
                  scan.sealed scan.jpg"
)]
pub(crate) struct Open {
    /// The group file.
    #[arg(long, value_name = "FILE")]
    group: PathBuf,
    /// The custodians' partials, after one --partial or several.
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    partial: Vec<PathBuf>,
    /// The label that the document was sealed with.
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true,
        allow_hyphen_values = true
    )]
    label: String,
    #[command(flatten)]
    under: SealedUnder,
    /// Append a record of the opening to a log, chained to the record before it. The record is on
    /// disk before the document appears.
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// The key to sign the record with: PEM or a JWK, ES256 or RS256. Required if the log has signed records.
    #[arg(long, value_name = "FILE", requires = "log")]
    sign_key: Option<PathBuf>,
    #[command(flatten)]
    force: ForceArgs,
    /// The sealed file (`-` is stdin), and the file to write: the document, or a package that is
    /// still sealed to a CAK (`-` is stdout).
    #[arg(value_names = ["IN", "OUT"], num_args = 0..=2)]
    files: Vec<PathBuf>,
}

impl Open {
    pub(super) fn run(&self, output: Output) -> Result<(), Failure> {
        let group = read_group(&self.group)?;
        let (partials, input, destination) = self.files()?;
        require_container(input, group.context().curve())?;
        self.force.check(destination)?;
        files::require_other_file(input, destination)?;
        let partials = read_partials(partials, group.context().curve())?;
        let key = self
            .sign_key
            .as_deref()
            .map(|path| read_signing_key(path, output))
            .transpose()?;
        let log = self
            .log
            .as_deref()
            .map(|path| Log::open(path, key.as_ref()))
            .transpose()?;
        let about = |error: air_crypto::Error| Failure::from(error).about(&input.display().to_string());
        let (header, container) = with_header(files::open(input)?).map_err(about)?;
        let mut container = Hashed::new(container);
        let mut file = AtomicFile::for_output(destination, Audience::Owner, output)?;
        group
            .opener_under(
                &self.under.context(&group),
                &partials,
                self.label.as_bytes(),
                &mut container,
            )
            .and_then(|opener| opener.copy_to(&mut file))
            .map_err(about)?;
        let recorded = if let (Some(log), Some(path)) = (log, &self.log) {
            let opening = Opening {
                group: &group,
                header: &header,
                partials: &partials,
                digest: container.finish().1,
                opened_at: time::now(),
            };
            Some(log.append(&opening, key.as_ref(), path)?)
        } else {
            None
        };
        self.force.publish(file)?;
        match recorded {
            None => output.wrote(destination),
            Some(recorded) => {
                output.note(&format!(
                    "Recorded opening {}; SHA-256 of the record: {}",
                    recorded.sequence, recorded.sha256
                ));
                if output.is_json() && !files::is_dash(destination) {
                    output.document(&json!({ "out": files::shown(destination), "log": recorded }))
                } else {
                    Ok(())
                }
            }
        }
    }

    /// `--partial a b IN OUT` assigns all four to the option: missing positional arguments are its
    /// last values.
    fn files(&self) -> Result<(&[PathBuf], &Path, &Path), Failure> {
        let taken = 2 - self.files.len().min(2);
        let (partials, swallowed) = self
            .partial
            .split_at_checked(self.partial.len().wrapping_sub(taken))
            .unwrap_or((&[], &[]));
        match (self.files.as_slice(), swallowed) {
            _ if partials.is_empty() => Err(Failure::usage(
                "missing arguments: pass partials, the sealed file and the file to write",
            )
            .with_hint(USAGE)),
            ([], [input, destination]) | ([input], [destination]) | ([input, destination], _) => {
                Ok((partials, input, destination))
            }
            _ => Err(
                Failure::usage("missing arguments: pass the sealed file and the file to write")
                    .with_hint(USAGE),
            ),
        }
    }
}

/// Fails if IN is a partial: without OUT, the last partial and the sealed file are taken for IN and OUT.
fn require_container(input: &Path, curve: Curve) -> Result<(), Failure> {
    let is_file = !files::is_dash(input) && fs::metadata(input).is_ok_and(|file| file.is_file());
    let is_partial =
        is_file && files::read_text(input).is_ok_and(|text| Partial::from_json(curve, &text).is_ok());
    if is_partial {
        return Err(Failure::usage(format!(
            "missing OUT: {} is a partial, not a sealed file, and nothing names the file to write",
            input.display()
        ))
        .with_hint(USAGE));
    }
    Ok(())
}
