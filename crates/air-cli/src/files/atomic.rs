//! Files that appear under their name only when they are complete.

use std::{
    fs::{self, File},
    io::{self, Seek, Write},
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

use super::{Audience, is_dash, is_folder, taken, unfinished, unwritable};
use crate::{exit::Failure, output::Output};

const PREFIX: &str = ".air-";

/// A file that is being written. It appears under its name when it is complete. Before that, no
/// trace of it remains even if the process is interrupted or killed (see [`Content`]).
pub(crate) struct AtomicFile {
    content: Content,
    destination: Destination,
}

enum Destination {
    /// A regular file, new or replaced.
    Name(PathBuf),
    /// A pipe or a device, which can't be replaced: the bytes are copied to it once they are complete.
    Device(PathBuf),
    /// `-`: the bytes are copied to stdout once they are complete.
    Stdout(Output),
}

/// The storage of the bytes until the file is published.
enum Content {
    /// A file without a name (`O_TMPFILE` on Linux): the system removes it when the process ends
    /// for any reason.
    Unnamed(File),
    /// A hidden file, where the file system does not support files without a name. Removed on drop,
    /// and on a signal that ends the process.
    Hidden(NamedTempFile, unfinished::Entry),
}

impl AtomicFile {
    /// A draft in the folder of `path`, so that publishing it is a link or a rename.
    pub(super) fn beside(path: &Path, audience: Audience) -> Result<Self, Failure> {
        let unwritable = |error| unwritable(path, &error);
        let destination = match fs::metadata(path) {
            Ok(existing) if existing.is_dir() => return Err(is_folder(path)),
            Ok(existing) if !existing.is_file() => Destination::Device(path.to_owned()),
            _ => Destination::Name(path.to_owned()),
        };
        let content = match &destination {
            Destination::Name(_) => Content::in_folder_of(path, audience),
            _ => tempfile::tempfile().map(Content::Unnamed),
        }
        .map_err(unwritable)?;
        Ok(Self { content, destination })
    }

    /// A draft for a file, or for stdout if the name is `-`. Writing may take long, so a hidden
    /// file is removed on a signal.
    pub(crate) fn for_output(path: &Path, audience: Audience, output: Output) -> Result<Self, Failure> {
        if !is_dash(path) {
            let file = Self::beside(path, audience)?;
            if matches!(file.content, Content::Hidden(..)) {
                unfinished::remove_on_signals();
            }
            return Ok(file);
        }
        let file = tempfile::tempfile().map_err(|error| unwritable(path, &error))?;
        Ok(Self {
            content: Content::Unnamed(file),
            destination: Destination::Stdout(output),
        })
    }

    /// A draft for a new file in a folder of the command's own.
    pub(crate) fn for_new(path: &Path, audience: Audience) -> Result<Self, Failure> {
        Self::beside(path, audience)
    }

    /// Whether publishing creates or replaces a file. A pipe, a device and stdout only receive
    /// bytes.
    pub(super) fn takes_a_name(&self) -> bool {
        matches!(self.destination, Destination::Name(_))
    }

    /// Returns the file with everything written so far, at its first byte, to check it before it is
    /// published.
    pub(crate) fn written(&mut self) -> Result<&mut File, Failure> {
        self.content.rewound().map_err(|error| unreadable_draft(&error))
    }

    /// The number of bytes that were written.
    pub(crate) fn length(&mut self) -> Result<u64, Failure> {
        let metadata = self.content.file().metadata();
        metadata
            .map(|file| file.len())
            .map_err(|error| unreadable_draft(&error))
    }

    /// Publishes the file, replacing an existing one.
    pub(crate) fn publish(self) -> Result<(), Failure> {
        match self.destination {
            Destination::Name(path) => {
                let published = self.content.sync().and_then(|content| content.replace(&path));
                published.map_err(|error| unwritable(&path, &error))
            }
            Destination::Device(path) => {
                let mut bytes = self.content;
                let mut copy = || {
                    let mut device = fs::OpenOptions::new().write(true).open(&path)?;
                    io::copy(bytes.rewound()?, &mut device).map(drop)
                };
                copy().map_err(|error| unwritable(&path, &error))
            }
            Destination::Stdout(output) => {
                let mut bytes = self.content;
                let file = bytes
                    .rewound()
                    .map_err(|error| Failure::failed(error.to_string()))?;
                output.bytes(file)
            }
        }
    }

    /// Publishes the file as a new one; fails if the name is taken.
    pub(crate) fn publish_new(self, hint: &str) -> Result<(), Failure> {
        match self.destination {
            Destination::Name(path) => {
                let published = self.content.sync().and_then(|content| content.take_name(&path));
                published.map_err(|error| match error.kind() {
                    io::ErrorKind::AlreadyExists => taken(&path, hint),
                    _ => unwritable(&path, &error),
                })
            }
            Destination::Device(path) => Err(taken(&path, hint)),
            Destination::Stdout(_) => self.publish(),
        }
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.content.file().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.content.file().flush()
    }
}

impl Content {
    fn in_folder_of(path: &Path, audience: Audience) -> io::Result<Self> {
        let folder = folder_of(path);
        #[cfg(target_os = "linux")]
        if let Some(file) = linux::unnamed_in(folder, audience) {
            return Ok(Self::Unnamed(private(file, audience)?));
        }
        Self::hidden_in(folder, audience)
    }

    /// Creates a file with a hidden name. Its mode is 0600, or 0666 reduced by the umask.
    fn hidden_in(folder: &Path, audience: Audience) -> io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX);
        #[cfg(unix)]
        let permissions = {
            use std::os::unix::fs::PermissionsExt;
            fs::Permissions::from_mode(mode(audience))
        };
        #[cfg(unix)]
        builder.permissions(permissions);
        #[cfg(not(unix))]
        let _ = audience;
        let file = builder.tempfile_in(folder)?;
        let entry = unfinished::Entry::new(file.path());
        Ok(Self::Hidden(file, entry))
    }

    fn file(&mut self) -> &mut File {
        match self {
            Self::Unnamed(file) => file,
            Self::Hidden(file, _) => file.as_file_mut(),
        }
    }

    fn rewound(&mut self) -> io::Result<&mut File> {
        let file = self.file();
        file.rewind()?;
        Ok(file)
    }

    fn sync(mut self) -> io::Result<Self> {
        self.file().sync_all()?;
        Ok(self)
    }

    /// Renames to a name that must not exist.
    fn take_name(self, path: &Path) -> io::Result<()> {
        match self {
            #[cfg(target_os = "linux")]
            Self::Unnamed(file) => linux::link(&file, path),
            #[cfg(not(target_os = "linux"))]
            Self::Unnamed(_) => Err(io::ErrorKind::Unsupported.into()),
            Self::Hidden(file, _entry) => file
                .persist_noclobber(path)
                .map(drop)
                .map_err(|refused| refused.error),
        }
    }

    /// Renames, replacing an existing file.
    fn replace(self, path: &Path) -> io::Result<()> {
        match self {
            #[cfg(target_os = "linux")]
            Self::Unnamed(file) => match linux::link(&file, path) {
                // A link can't replace a file, but a rename can: link to a temporary name, then rename.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => tempfile::Builder::new()
                    .prefix(PREFIX)
                    .make_in(folder_of(path), |name| linux::link(&file, name))?
                    .persist(path)
                    .map(drop)
                    .map_err(|refused| refused.error),
                outcome => outcome,
            },
            #[cfg(not(target_os = "linux"))]
            Self::Unnamed(_) => Err(io::ErrorKind::Unsupported.into()),
            Self::Hidden(file, _entry) => file.persist(path).map(drop).map_err(|refused| refused.error),
        }
    }
}

fn unreadable_draft(error: &io::Error) -> Failure {
    Failure::failed(format!("failed to read back the file that was written: {error}"))
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(unix)]
fn mode(audience: Audience) -> u32 {
    match audience {
        Audience::Owner => 0o600,
        Audience::Everyone => 0o666,
    }
}

/// Sets and checks a private file's mode after opening: 0600, regardless of the folder's defaults.
#[cfg(target_os = "linux")]
fn private(file: File, audience: Audience) -> io::Result<File> {
    use std::os::unix::fs::PermissionsExt;
    if audience == Audience::Owner && file.metadata()?.permissions().mode() & 0o777 != 0o600 {
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
    }
    Ok(file)
}

/// Files without a name, and the links that name them.
#[cfg(target_os = "linux")]
mod linux {
    use std::{fs::File, io, os::fd::AsRawFd, path::Path};

    use rustix::fs::{AtFlags, CWD, Mode, OFlags, linkat, open};

    use super::{Audience, mode};

    /// `None` if the file system does not support it, or `/proc` is not mounted.
    pub(super) fn unnamed_in(folder: &Path, audience: Audience) -> Option<File> {
        let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        let file = File::from(open(folder, flags, Mode::from_raw_mode(mode(audience))).ok()?);
        Path::new(&name_in_proc(&file)).exists().then_some(file)
    }

    /// Links the file to a name that must not exist.
    pub(super) fn link(file: &File, path: &Path) -> io::Result<()> {
        linkat(CWD, name_in_proc(file), CWD, path, AtFlags::SYMLINK_FOLLOW).map_err(Into::into)
    }

    fn name_in_proc(file: &File) -> String {
        format!("/proc/self/fd/{}", file.as_raw_fd())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Creates both kinds of content, where the system supports both.
    fn contents(folder: &Path, audience: Audience) -> Vec<Content> {
        vec![
            Content::hidden_in(folder, audience).unwrap(),
            Content::in_folder_of(&folder.join("any"), audience).unwrap(),
        ]
    }

    fn written(mut content: Content) -> Content {
        content.file().write_all(b"new").unwrap();
        content
    }

    #[test]
    fn a_name_that_is_taken_is_replaced_only_when_asked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for content in contents(folder.path(), Audience::Owner) {
            fs::write(&path, "old").unwrap();
            let refused = written(content).take_name(&path).unwrap_err();
            assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
            assert_eq!(fs::read(&path).unwrap(), b"old");
        }
        for content in contents(folder.path(), Audience::Owner) {
            fs::write(&path, "old").unwrap();
            written(content).replace(&path).unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"new");
        }
        for content in contents(folder.path(), Audience::Owner) {
            fs::remove_file(&path).unwrap();
            written(content).take_name(&path).unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"new");
        }
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            1,
            "only the file is left"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_private_file_is_its_owners_and_replaces_a_link_rather_than_its_target() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (path, target) = (folder.path().join("file"), folder.path().join("target"));
        for content in contents(folder.path(), Audience::Owner) {
            fs::write(&target, "another's").unwrap();
            symlink(&target, &path).unwrap();
            written(content).replace(&path).unwrap();
            assert_eq!(fs::read(&target).unwrap(), b"another's");
            let file = fs::symlink_metadata(&path).unwrap();
            assert!(file.is_file());
            assert_eq!(file.permissions().mode() & 0o777, 0o600);
            fs::remove_file(&path).unwrap();
        }
    }

    #[test]
    fn a_hidden_draft_is_removed_on_a_signal_until_it_has_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let hidden = written(Content::hidden_in(folder.path(), Audience::Owner).unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        unfinished::remove_all();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        drop(hidden);

        let path = folder.path().join("file");
        let hidden = written(Content::hidden_in(folder.path(), Audience::Owner).unwrap());
        hidden.replace(&path).unwrap();
        unfinished::remove_all();
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }
}
