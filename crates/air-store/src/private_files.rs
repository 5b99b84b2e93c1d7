//! Files and folders that only their owner can access: created with modes 0600 and 0700, and never opened through a link.

use std::{
    collections::hash_map::RandomState,
    fs::{self, DirBuilder, File, Metadata, OpenOptions},
    hash::{BuildHasher, Hasher},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// The number of names that are tried for a temporary file or folder. Each is random, so the first one is free.
const ATTEMPTS: usize = 100;

/// A folder in the system's folder for temporary files. It is deleted on drop.
#[derive(Debug)]
pub struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    /// Creates the folder.
    ///
    /// # Errors
    /// Fails if the folder can't be created.
    pub fn create() -> io::Result<Self> {
        let folder = std::env::temp_dir();
        let path = with_new_name(&folder, |path| private_builder().create(path))?.1;
        Ok(Self(path))
    }

    /// Returns the path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Opens a file for appending and creates it if it is missing. Removes other users' access to an existing file.
pub fn open(path: &Path) -> io::Result<File> {
    match create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => open_existing(path),
        created => created,
    }
}

/// Removes other users' access to a file, if the file exists.
pub fn close_to_others(path: &Path) -> io::Result<()> {
    match open_existing(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        opened => opened.map(drop),
    }
}

/// Writes a file atomically and replaces an existing one. A link at the path is replaced, not followed.
pub fn write(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let (mut file, draft) = with_new_name(folder, create)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    drop(file);
    let replaced = written.and_then(|()| fs::rename(&draft, path));
    if replaced.is_err() {
        let _ = fs::remove_file(&draft);
    }
    replaced
}

/// Creates a folder and its missing parents. An existing folder keeps its mode, because it may contain other files.
pub fn create_folder(path: &Path) -> io::Result<()> {
    private_builder().recursive(true).create(path)
}

fn private_builder() -> DirBuilder {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "folders have no mode"))]
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

/// Calls `create` with a new name in the folder until it succeeds. `create` must fail if the path exists.
fn with_new_name<T>(folder: &Path, create: impl Fn(&Path) -> io::Result<T>) -> io::Result<(T, PathBuf)> {
    for _ in 0..ATTEMPTS {
        // Each state has other random keys.
        let random = RandomState::new().build_hasher().finish();
        let path = folder.join(format!(".air-{random:016x}"));
        match create(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            created => return Ok((created?, path)),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Creates a file. `O_EXCL` follows no link, not even a dangling one.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn open_existing(path: &Path) -> io::Result<File> {
    let expected = fs::symlink_metadata(path)?;
    if !expected.is_file() {
        return Err(io::Error::other(format!(
            "{} is not a regular file; a link is not followed",
            path.display()
        )));
    }
    let file = OpenOptions::new().read(true).append(true).open(path)?;
    let opened = file.metadata()?;
    if !is_same(&expected, &opened) {
        return Err(io::Error::other(format!(
            "{} was replaced while it was opened",
            path.display()
        )));
    }
    restrict(&file, &opened)?;
    Ok(file)
}

#[cfg(unix)]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;

    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
fn is_same(_: &Metadata, other: &Metadata) -> bool {
    other.is_file()
}

#[cfg(unix)]
fn restrict(file: &File, metadata: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;

    if metadata.permissions().mode() & 0o777 == 0o600 {
        return Ok(());
    }
    file.set_permissions(fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn restrict(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_file_that_others_may_read_is_closed_to_them() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        fs::write(&file, "kept").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        drop(open(&file).unwrap());
        assert_eq!(
            (mode(&file), fs::read_to_string(&file).unwrap().as_str()),
            (0o600, "kept")
        );
        assert!(close_to_others(&folder.path().join("absent")).is_ok());
    }

    #[test]
    fn a_link_is_never_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (link, target) = (folder.path().join("link"), folder.path().join("target"));
        symlink(&target, &link).unwrap();
        assert!(open(&link).is_err());
        assert!(!target.exists(), "a link that leads nowhere makes no file");
        fs::write(&target, "another's").unwrap();
        assert!(open(&link).is_err());
        assert!(close_to_others(&link).is_err());
        write(&link, "mine").unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "another's");
        assert_eq!(
            (fs::read_to_string(&link).unwrap().as_str(), mode(&link)),
            ("mine", 0o600)
        );
    }

    #[test]
    fn a_file_that_cannot_be_replaced_leaves_no_draft() {
        let folder = tempfile::tempdir().unwrap();
        let taken = folder.path().join("taken");
        fs::create_dir_all(taken.join("kept")).unwrap();
        assert!(write(&taken, "text").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_temporary_folder_is_its_owners_alone_and_is_deleted_with_its_files() {
        let [one, other] = [(); 2].map(|()| TemporaryFolder::create().unwrap());
        assert_ne!(one.path(), other.path());
        assert_eq!(mode(one.path()), 0o700);
        let path = one.path().to_owned();
        fs::write(path.join("file"), "text").unwrap();
        drop(one);
        assert!(!path.exists() && other.path().exists());
    }

    #[test]
    fn a_name_that_is_taken_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let tried = std::cell::Cell::new(0);
        let (_, path) = with_new_name(folder.path(), |path| {
            tried.set(tried.get() + 1);
            if tried.get() < 3 {
                return Err(io::ErrorKind::AlreadyExists.into());
            }
            create(path)
        })
        .unwrap();
        assert!(path.is_file() && tried.get() == 3);
        let taken = with_new_name(folder.path(), |_| {
            Err::<(), _>(io::ErrorKind::AlreadyExists.into())
        });
        assert_eq!(taken.unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    }

    #[test]
    fn a_new_folder_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let new = folder.path().join("one/two");
        create_folder(&new).unwrap();
        assert_eq!(mode(&new), 0o700);
    }
}
