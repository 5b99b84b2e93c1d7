//! Reads custody files; air-crypto parses them.

use std::path::{Path, PathBuf};

use air_crypto::{
    ContainerHeader, Curve, Error,
    custody::{Ceremony, Dealing, Group, Partial, Share},
};

use super::{new_files::NewFile, passphrase};
use crate::{
    exit::Failure,
    files::{self, Audience},
    output::Output,
};

/// Reads a share, and checks that its file names the group's key. An encrypted share's passphrase
/// comes from the file, or is asked for on the terminal.
pub(super) fn read_share(
    path: &Path,
    group: &Group,
    passphrase_file: Option<&Path>,
    output: Output,
) -> Result<Share, Failure> {
    let text = files::read_secret(path, output)?;
    files::require_known_version(path, text.as_bytes())?;
    match Share::from_json(group, &text) {
        Err(Error::SharePassphraseNeeded { .. }) => {
            let passphrase = passphrase::of_share(passphrase_file, output)?;
            Share::from_encrypted_json(group, &text, passphrase.as_bytes())
        }
        read => read,
    }
    .map_err(|error| about(path, error))
}

/// The name and content of a share's file, encrypted if there is a passphrase.
pub(super) fn share_file(share: &Share, group: &Group, passphrase: Option<&str>) -> Result<NewFile, Failure> {
    let text = match passphrase {
        Some(passphrase) => share
            .to_encrypted_json(group.context(), passphrase.as_bytes(), &mut rand::rng())?
            .into(),
        None => share.expose_json(group.context()),
    };
    Ok((format!("share-{}.json", share.index()), text, Audience::Owner))
}

pub(super) fn read_partials(paths: &[PathBuf], curve: Curve) -> Result<Vec<Partial>, Failure> {
    paths
        .iter()
        .map(|path| parse(path, |text| Partial::from_json(curve, text)))
        .collect()
}

pub(super) fn read_ceremony(path: &Path) -> Result<Ceremony, Failure> {
    parse(path, Ceremony::from_json)
}

pub(super) fn read_dealings(paths: &[PathBuf], curve: Curve) -> Result<Vec<Dealing>, Failure> {
    paths
        .iter()
        .map(|path| parse(path, |text| Dealing::from_json(curve, text)))
        .collect()
}

pub(super) fn read_header(path: &Path) -> Result<ContainerHeader, Failure> {
    ContainerHeader::read(&mut files::open(path)?).map_err(|error| about(path, error))
}

fn parse<T>(path: &Path, parse: impl FnOnce(&str) -> Result<T, Error>) -> Result<T, Failure> {
    let text = files::read_text(path)?;
    files::require_known_version(path, text.as_bytes())?;
    parse(&text).map_err(|error| about(path, error))
}

fn about(path: &Path, error: Error) -> Failure {
    Failure::from(error).about(&path.display().to_string())
}
