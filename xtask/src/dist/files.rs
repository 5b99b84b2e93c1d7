//! Files of a package, and how they are written to a folder.

use std::{fs, path::Path};

use flate2::{Compression, GzBuilder};

use crate::shell::{Outcome, program};

/// A file of a package.
pub(super) struct File {
    /// The path in the package, without a leading slash.
    pub(super) path: String,
    pub(super) bytes: Vec<u8>,
    pub(super) is_program: bool,
}

impl File {
    pub(super) fn new(path: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            path: path.into(),
            bytes: bytes.into(),
            is_program: false,
        }
    }

    pub(super) fn program(path: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            is_program: true,
            ..Self::new(path, bytes)
        }
    }

    /// The same file as `gzip -9n` packs it: without a name and a time.
    pub(super) fn zipped(self) -> Outcome<Self> {
        let mut packer = GzBuilder::new().read(self.bytes.as_slice(), Compression::best());
        let mut bytes = Vec::new();
        std::io::copy(&mut packer, &mut bytes).map_err(|error| format!("{}: {error}", self.path))?;
        Ok(Self::new(format!("{}.gz", self.path), bytes))
    }
}

/// Writes files to a folder, which is deleted first. Everyone may read them, whatever the umask is.
pub(super) fn write(folder: &Path, files: &[File]) -> Outcome {
    remove(folder)?;
    for file in files {
        add(folder, file)?;
    }
    program("chmod")
        .args(["--recursive", "u=rwX,go=rX"])
        .args([folder])
        .read()
        .map(drop)
        .ok_or_else(|| format!("{}: chmod failed", folder.display()))
}

fn add(folder: &Path, file: &File) -> Outcome {
    let path = folder.join(&file.path);
    let failed = |error| format!("{}: {error}", path.display());
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(failed)?;
    }
    fs::write(&path, &file.bytes).map_err(failed)?;
    #[cfg(unix)]
    if file.is_program {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).map_err(failed)?;
    }
    Ok(())
}

/// Deletes a folder, if it exists.
pub(super) fn remove(folder: &Path) -> Outcome {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("{}: {error}", folder.display()))
        }
        _ => Ok(()),
    }
}

/// Reads a file of the repository.
pub(super) fn read(path: &str) -> Outcome<Vec<u8>> {
    fs::read(crate::shell::root().join(path)).map_err(|error| format!("{path}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zipped_file_has_no_time_and_no_name() {
        let zipped = File::new("a.1", "text").zipped().unwrap();
        assert_eq!(zipped.path, "a.1.gz");
        // RFC 1952: magic, deflate, no flags (no name), no time, best compression.
        assert_eq!(zipped.bytes[..9], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2]);
    }
}
