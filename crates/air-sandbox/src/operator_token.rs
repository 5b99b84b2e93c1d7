//! The operator token, whose holder may set up the platform. Each start generates a new one.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{Data, Error};
use air_platform::ids;

/// The file's name in the data folder.
const FILE: &str = "operator-token";

/// The token and its file. It has no `Debug`, because it is a secret.
pub(crate) struct OperatorToken {
    pub(crate) text: Arc<str>,
    /// The file in the data folder. A platform in memory or in PostgreSQL has no file.
    pub(crate) file: Option<PathBuf>,
}

impl OperatorToken {
    /// Generates a token and stores it in the data folder, if there is one.
    pub(crate) fn make(data: &Data) -> Result<Self, Error> {
        let text = ids::bearer_token();
        let file = match data {
            Data::Folder(folder) => {
                Some(
                    keep(folder, &text).map_err(|source| air_store::Error::DataFolder {
                        path: folder.clone(),
                        source,
                    })?,
                )
            }
            _ => None,
        };
        Ok(Self {
            text: text.into(),
            file,
        })
    }
}

/// Writes a new file with mode 0600 and renames it: an existing file or link is replaced, never
/// written through.
fn keep(folder: &Path, token: &str) -> io::Result<PathBuf> {
    let path = folder.join(FILE);
    let mut draft = tempfile::Builder::new()
        .prefix(".operator-token-")
        .tempfile_in(folder)?;
    draft.write_all(token.as_bytes())?;
    draft.persist(&path)?;
    Ok(path)
}

/// Deletes the file when the platform stops, unless a later start has replaced it.
pub(crate) fn forget(file: &Path, token: &str) {
    if std::fs::read(file).is_ok_and(|kept| kept == token.as_bytes()) {
        let _ = std::fs::remove_file(file);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn the_file_is_the_owners_alone_and_no_link_is_written_through() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let victim = folder.path().join("victim");
        std::fs::write(&victim, "untouched").unwrap();
        std::os::unix::fs::symlink(&victim, folder.path().join(FILE)).unwrap();
        let made = OperatorToken::make(&Data::Folder(folder.path().into())).unwrap();
        let file = made.file.unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), made.text.as_bytes());
        let kept = std::fs::symlink_metadata(&file).unwrap();
        assert!(kept.is_file(), "the link is gone");
        assert_eq!(kept.permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read(victim).unwrap(), b"untouched");

        let again = OperatorToken::make(&Data::Folder(folder.path().into())).unwrap();
        assert_ne!(again.text, made.text, "each start has another one");
        forget(&file, &made.text);
        assert!(file.exists(), "it is the later start's");
        forget(&file, &again.text);
        assert!(!file.exists());
    }
}
