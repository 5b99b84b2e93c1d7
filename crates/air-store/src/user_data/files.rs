//! The files of the data folder that may have values of the person.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use super::UserDataError;

/// The number of bytes that are read at once.
const CHUNK: usize = 1 << 20;

/// The files in which a text was found.
#[derive(Debug, Default)]
pub(super) struct Purged {
    /// The platform's own copies, which were deleted.
    pub(super) deleted: Vec<PathBuf>,
    /// The others.
    pub(super) remaining: Vec<PathBuf>,
}

/// Searches all files of the data folder for these texts. Deletes the platform's own copies of the
/// database that have one, and returns the others.
///
/// Short columns are stored in one piece, so the ID or the address of a user is found in any copy that
/// has the user.
pub(super) fn purge(folder: &Path, texts: &[&str]) -> Result<Purged, UserDataError> {
    let mut texts: Vec<&[u8]> = texts.iter().map(|text| text.as_bytes()).collect();
    texts.retain(|text| !text.is_empty());
    let mut purged = Purged::default();
    for path in files_of(folder)? {
        let failed = |source| UserDataError::File {
            path: path.clone(),
            source,
        };
        if !has_any(&path, &texts).map_err(failed)? {
            continue;
        }
        if is_copy(folder, &path) {
            fs::remove_file(&path).map_err(failed)?;
            purged.deleted.push(path);
        } else {
            purged.remaining.push(path);
        }
    }
    Ok(purged)
}

/// Returns all files of the folder and of its subfolders, sorted. Links are not followed.
fn files_of(folder: &Path) -> Result<Vec<PathBuf>, UserDataError> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let failed = |source| UserDataError::File {
            path: folder.clone(),
            source,
        };
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let kind = entry.file_type().map_err(failed)?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Checks whether a file is a snapshot, a copy from before an upgrade, or the draft of a backup that was
/// interrupted.
fn is_copy(folder: &Path, path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
        return false;
    };
    let is_in = |parent: &Path| path.parent() == Some(parent);
    let is_beside_database =
        is_in(folder) && (name.starts_with("platform-before-upgrade-") || name.starts_with(".air-"));
    is_beside_database || is_in(&folder.join("snapshots"))
}

/// Checks whether a file has any of these texts.
fn has_any(path: &Path, texts: &[&[u8]]) -> io::Result<bool> {
    let longest = texts.iter().map(|text| text.len()).max().unwrap_or(0);
    let mut file = File::open(path)?;
    let mut bytes = Vec::with_capacity(CHUNK + longest);
    loop {
        let read = (&mut file).take(CHUNK as u64).read_to_end(&mut bytes)?;
        let has = |text: &&[u8]| bytes.windows(text.len()).any(|window| window == *text);
        if texts.iter().any(has) {
            return Ok(true);
        }
        if read == 0 {
            return Ok(false);
        }
        // A text may begin in this chunk and end in the next one.
        bytes.drain(..bytes.len().saturating_sub(longest));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_across_chunks_and_its_beginning_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let texts: [&[u8]; 2] = [b"ada@example.com", b"id"];
        for before in [0, 1, CHUNK - 15, CHUNK - 14, CHUNK - 1, CHUNK, 2 * CHUNK - 7] {
            let mut bytes = vec![b'-'; before];
            bytes.extend_from_slice(b"ada@example.co");
            fs::write(&path, &bytes).unwrap();
            assert!(!has_any(&path, &texts).unwrap(), "{before}");
            bytes.push(b'm');
            fs::write(&path, &bytes).unwrap();
            assert!(has_any(&path, &texts).unwrap(), "{before}");
        }
        assert!(!has_any(&path, &[]).unwrap());
    }

    #[test]
    fn copies_are_deleted_and_other_files_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("snapshots")).unwrap();
        fs::create_dir_all(root.join("logs")).unwrap();
        let copies = [
            ".air-draft",
            "platform-before-upgrade-0028.sqlite",
            "snapshots/seeded.sqlite",
        ];
        for name in copies.iter().chain(&["logs/platform.log", "notes.sqlite"]) {
            fs::write(root.join(name), "of ada@example.com").unwrap();
        }
        fs::write(root.join("snapshots/other.sqlite"), "of bob@example.com").unwrap();
        let purged = purge(root, &["", "ada@example.com"]).unwrap();
        assert_eq!(purged.deleted, copies.map(|name| root.join(name)));
        assert_eq!(
            purged.remaining,
            ["logs/platform.log", "notes.sqlite"].map(|name| root.join(name))
        );
        assert!(root.join("snapshots/other.sqlite").exists());
        assert!(!root.join("snapshots/seeded.sqlite").exists());
    }
}
