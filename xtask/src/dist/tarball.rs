//! The tarball: one folder with everything, in a fixed order, owned by root, with the time of the commit.

use std::path::PathBuf;

use super::{
    Release,
    files::{self, File},
};
use crate::shell::{Outcome, program};

/// Writes `air-VERSION-TARGET.tar.gz`.
pub(super) fn write(release: &Release, contents: &[File]) -> Outcome<PathBuf> {
    let name = format!("air-{}-{}", release.version, release.target);
    let parent = release.folder.join("tarball");
    files::remove(&parent)?;
    files::write(&parent.join(&name), contents)?;
    let file = format!("{name}.tar.gz");
    program("tar")
        .within(&parent)
        .args(["--create", "--format=ustar", "--sort=name"])
        .args(["--owner=0", "--group=0", "--numeric-owner"])
        .args([format!("--mtime=@{}", release.epoch)])
        .args(["--use-compress-program=gzip -9n", "--file"])
        .args([format!("../{file}"), name])
        .run()?;
    files::remove(&parent)?;
    Ok(release.folder.join(file))
}
