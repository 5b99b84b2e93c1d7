//! Files and folders that only their owner can access: created with modes 0600 and 0700, and never
//! opened through a link.

use std::{
    fs::{self, File, Metadata, OpenOptions},
    io,
    path::Path,
};

/// Opens a file for appending and creates it if it is missing. Removes other users' access to an
/// existing file.
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
    let mut draft = tempfile::NamedTempFile::new_in(folder)?;
    io::Write::write_all(&mut draft, text.as_bytes())?;
    draft.as_file().sync_all()?;
    draft.persist(path)?;
    sync_folder_of(path)
}

/// Moves a complete file to its place in the same folder, and replaces an existing one. A power loss damages
/// neither of them.
pub(crate) fn install(part: &Path, file: &Path) -> io::Result<()> {
    // Windows can sync a file only through a writable handle.
    OpenOptions::new().write(true).open(part)?.sync_all()?;
    fs::rename(part, file)?;
    sync_folder_of(file)
}

/// Makes the name of a file durable. Some file systems can't sync folders.
#[cfg(unix)]
fn sync_folder_of(file: &Path) -> io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    match File::open(folder.unwrap_or(Path::new(".")))?.sync_all() {
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported
            ) =>
        {
            Ok(())
        }
        synced => synced,
    }
}

#[cfg(not(unix))]
fn sync_folder_of(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Creates a folder and its missing parents. An existing folder keeps its mode, because it may
/// contain other files.
pub fn create_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
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
    fn a_complete_file_replaces_the_one_at_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let (part, file) = (folder.path().join("copy.part"), folder.path().join("copy"));
        drop(open(&part).unwrap());
        fs::write(&part, "new").unwrap();
        fs::write(&file, "old").unwrap();
        install(&part, &file).unwrap();
        assert_eq!(
            (fs::read_to_string(&file).unwrap().as_str(), mode(&file)),
            ("new", 0o600)
        );
        assert!(install(&part, &file).is_err());
        assert!(sync_folder_of(Path::new("a-file-of-this-folder")).is_ok());
    }

    #[test]
    fn a_new_folder_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let new = folder.path().join("one/two");
        create_folder(&new).unwrap();
        assert_eq!(mode(&new), 0o700);
    }
}
