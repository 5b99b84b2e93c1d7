//! Files that get a number when their name is taken: nothing is ever replaced.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{Audience, write_new};
use crate::exit::Failure;

/// Writes a new file at once under the first free name: `scan.jpg`, `scan-2.jpg`, `scan-3.jpg`, …
/// Returns the name.
pub(crate) fn write_numbered(path: &Path, bytes: &[u8], audience: Audience) -> Result<PathBuf, Failure> {
    let mut number = 1_u64;
    loop {
        let candidate = numbered(path, number);
        number += 1;
        if is_taken(&candidate) {
            continue;
        }
        match write_new(&candidate, bytes, audience, "choose another folder") {
            Ok(()) => return Ok(candidate),
            // Another process took the name in between.
            Err(_) if is_taken(&candidate) => {}
            Err(failure) => return Err(failure),
        }
    }
}

fn is_taken(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// The path with a number before its extension; the first has none.
fn numbered(path: &Path, number: u64) -> PathBuf {
    if number == 1 {
        return path.to_owned();
    }
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(format!("-{number}"));
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_taken_name_gets_the_next_number_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("folder")).unwrap();
        for (content, (name, expected)) in [
            ("scan.jpg", "scan.jpg"),
            ("scan.jpg", "scan-2.jpg"),
            ("scan-2.jpg", "scan-2-2.jpg"),
            ("scan.jpg", "scan-3.jpg"),
            ("README", "README"),
            ("README", "README-2"),
            ("folder", "folder-2"),
        ]
        .into_iter()
        .enumerate()
        {
            let content = content.to_string();
            let written =
                write_numbered(&folder.path().join(name), content.as_bytes(), Audience::Owner).unwrap();
            assert_eq!(written, folder.path().join(expected));
            assert_eq!(fs::read_to_string(written).unwrap(), content);
        }
        assert_eq!(fs::read_to_string(folder.path().join("scan.jpg")).unwrap(), "0");
    }

    #[test]
    fn a_folder_that_is_missing_is_a_failure() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("absent").join("scan.jpg");
        assert!(write_numbered(&path, b"scan", Audience::Owner).is_err());
    }
}
