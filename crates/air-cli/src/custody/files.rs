//! The files of custody, as JSON: parsed to types once, checked as a whole.

use std::path::{Path, PathBuf};

use air_crypto::{
    CakPublicKey, ContainerHeader, Curve, ManagedContext,
    custody::{Group, Partial, Share, ShareIndex},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{exit::Failure, files, output::Output};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GroupFile {
    curve: String,
    issuer: String,
    key_id: String,
    threshold: u8,
    shares: u8,
    public_key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    commitments: Option<Vec<String>>,
    verifying_keys: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ShareFile {
    curve: String,
    issuer: String,
    key_id: String,
    index: u64,
    share: String,
}

#[derive(Serialize, Deserialize)]
pub(super) struct PartialFile {
    index: u64,
    partial: String,
    proof: String,
}

impl GroupFile {
    pub(super) fn of(group: &Group) -> Self {
        let texts = |keys: &[CakPublicKey]| keys.iter().map(ToString::to_string).collect();
        let context = group.context();
        Self {
            curve: context.curve().to_string(),
            issuer: context.issuer().to_string(),
            key_id: context.key_id().to_string(),
            threshold: group.threshold(),
            shares: group.shares(),
            public_key: group.public_key().to_string(),
            commitments: group.commitments().map(texts),
            verifying_keys: texts(group.verifying_keys()),
        }
    }

    fn parse(&self) -> Result<Group, Failure> {
        let curve: Curve = self.curve.parse()?;
        let keys = |texts: &[String]| -> Result<Vec<CakPublicKey>, Failure> {
            texts
                .iter()
                .map(|text| Ok(CakPublicKey::from_hex(curve, text)?))
                .collect()
        };
        if self.verifying_keys.len() != usize::from(self.shares) {
            return Err(Failure::rejected(format!(
                "it names {} shares and has {} verifying keys",
                self.shares,
                self.verifying_keys.len()
            )));
        }
        Ok(Group::new(
            ManagedContext::new(self.issuer.parse()?, self.key_id.parse()?, curve),
            self.threshold,
            CakPublicKey::from_hex(curve, &self.public_key)?,
            self.commitments.as_deref().map(keys).transpose()?,
            keys(&self.verifying_keys)?,
        )?)
    }
}

impl ShareFile {
    pub(super) fn of(share: &Share, context: &ManagedContext) -> Self {
        Self {
            curve: share.curve().to_string(),
            issuer: context.issuer().to_string(),
            key_id: context.key_id().to_string(),
            index: u64::from(share.index().get()),
            share: share.expose_hex().to_string(),
        }
    }
}

impl Drop for ShareFile {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.share);
    }
}

impl PartialFile {
    pub(super) fn of(partial: &Partial) -> Self {
        Self {
            index: u64::from(partial.index().get()),
            partial: partial.point_hex(),
            proof: partial.proof_hex(),
        }
    }
}

pub(super) fn read_group(path: &Path) -> Result<Group, Failure> {
    let file: GroupFile = read_json(&files::read(path)?, path, "a group file")?;
    file.parse()
        .map_err(|failure| failure.about(&path.display().to_string()))
}

/// The share, and that it is of this group's key as its file says.
pub(super) fn read_share(path: &Path, group: &Group, output: Output) -> Result<Share, Failure> {
    let text = files::read_secret(path, output)?;
    let file: ShareFile = read_json(text.as_bytes(), path, "a share file")?;
    let context = group.context();
    let same_key = file.curve == context.curve().name()
        && file.issuer == context.issuer().as_str()
        && file.key_id == context.key_id().as_str();
    if !same_key {
        return Err(Failure::rejected(format!(
            "{} is a share of another key than the group's",
            path.display()
        )));
    }
    let share = ShareIndex::new(file.index)
        .and_then(|index| Share::from_hex(context.curve(), index, &file.share))
        .map_err(|error| Failure::from(error).about(&path.display().to_string()))?;
    Ok(share)
}

pub(super) fn read_partials(paths: &[PathBuf], curve: Curve) -> Result<Vec<Partial>, Failure> {
    paths.iter().map(|path| read_partial(path, curve)).collect()
}

fn read_partial(path: &Path, curve: Curve) -> Result<Partial, Failure> {
    let file: PartialFile = read_json(&files::read(path)?, path, "a partial")?;
    ShareIndex::new(file.index)
        .and_then(|index| Partial::from_hex(curve, index, &file.partial, &file.proof))
        .map_err(|error| Failure::from(error).about(&path.display().to_string()))
}

pub(super) fn read_header(path: &Path) -> Result<ContainerHeader, Failure> {
    ContainerHeader::read(&mut files::open(path)?)
        .map_err(|error| Failure::from(error).about(&path.display().to_string()))
}

/// serde's own sentence could show a value: a share is one.
fn read_json<T: DeserializeOwned>(bytes: &[u8], path: &Path, what: &str) -> Result<T, Failure> {
    serde_json::from_slice(bytes).map_err(|error| {
        Failure::rejected(format!(
            "{} is not {what} (line {}, column {})",
            path.display(),
            error.line(),
            error.column()
        ))
    })
}
