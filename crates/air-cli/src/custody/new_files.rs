//! Groups and shares that are written: all of a command's files or none.

use std::path::Path;

use zeroize::Zeroizing;

use crate::{
    exit::Failure,
    files::{self, Audience, unwritable},
};

const STAYS: &str = "groups and shares are never overwritten; choose another folder with --out";

/// A file's name, content and audience.
pub(super) type NewFile = (String, Zeroizing<String>, Audience);

/// Fails if the folder has this file: a command calls it before it asks for a new passphrase.
pub(super) fn require_free(folder: &Path, name: &str) -> Result<(), Failure> {
    files::require_free(&folder.join(name), STAYS)
}

/// Writes all of the files or none. Never overwrites the files of an earlier group.
pub(super) fn write_all(folder: &Path, new: &[NewFile]) -> Result<(), Failure> {
    for (name, ..) in new {
        require_free(folder, name)?;
    }
    std::fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
    for (place, (name, text, audience)) in new.iter().enumerate() {
        let written = files::write_new(&folder.join(name), text.as_bytes(), *audience, STAYS);
        if let Err(failure) = written {
            for (name, ..) in new.iter().take(place) {
                let _ = std::fs::remove_file(folder.join(name));
            }
            return Err(failure);
        }
    }
    Ok(())
}
