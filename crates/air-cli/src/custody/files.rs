//! Reads custody files; air-crypto parses them.

use std::path::{Path, PathBuf};

use air_crypto::{
    ContainerHeader, Curve, Error,
    custody::{Ceremony, Dealing, Group, Partial, Share},
};

use crate::{exit::Failure, files, output::Output};

pub(crate) fn read_group(path: &Path) -> Result<Group, Failure> {
    parse(path, Group::from_json)
}

/// Reads a share, and checks that its file names the group's key.
pub(super) fn read_share(path: &Path, group: &Group, output: Output) -> Result<Share, Failure> {
    let text = files::read_secret(path, output)?;
    Share::from_json(group, &text).map_err(|error| about(path, error))
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
    parse(&files::read_text(path)?).map_err(|error| about(path, error))
}

fn about(path: &Path, error: Error) -> Failure {
    Failure::from(error).about(&path.display().to_string())
}
