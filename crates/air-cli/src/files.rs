//! Files: read whole and bounded, written whole or not at all, secrets for their owner alone.

use std::{
    fs::{self, File},
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;
use zeroize::Zeroizing;

use crate::{exit::Failure, output::Output, progress};

/// The most that is read of a key, token, schema, subject or seed.
pub(crate) const TEXT_LIMIT: u64 = 4 * 1024 * 1024;

/// Who may read a file that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Its owner alone: 0600.
    Owner,
    /// Whom the umask allows.
    Everyone,
}

/// Whether a name stands for stdin or stdout.
pub(crate) fn is_dash(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Reads a whole file, or stdin for `-`.
pub(crate) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut bytes = Zeroizing::new(Vec::new());
    open(path)?
        .take(TEXT_LIMIT + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(path, &error))?;
    if bytes.len() as u64 > TEXT_LIMIT {
        return Err(Failure::rejected(format!(
            "{} is longer than {} MiB",
            path.display(),
            TEXT_LIMIT >> 20
        )));
    }
    Ok(bytes)
}

/// Reads a text, or stdin for `-`.
pub(crate) fn read_text(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let bytes = read(path)?;
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(Zeroizing::new(text.to_owned())),
        Err(_) => Err(Failure::rejected(format!("{} is not text", path.display()))),
    }
}

/// Reads a secret text, without what surrounds it. A file that others may read is remarked on.
pub(crate) fn read_secret(path: &Path, output: Output) -> Result<Zeroizing<String>, Failure> {
    let text = read_text(path)?;
    warn_if_open_to_others(path, output);
    Ok(Zeroizing::new(text.trim().to_owned()))
}

/// Reads a key, which may be DER. A file that others may read is remarked on.
pub(crate) fn read_key(path: &Path, output: Output) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let bytes = read(path)?;
    warn_if_open_to_others(path, output);
    Ok(bytes)
}

fn warn_if_open_to_others(path: &Path, output: Output) {
    if is_open_to_others(path) {
        output.note(&format!(
            "warning: others can read {path}; `chmod 600 {path}` mends that",
            path = path.display()
        ));
    }
}

#[cfg(unix)]
fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    !is_dash(path)
        && fs::metadata(path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_: &Path) -> bool {
    false
}

/// Opens a file of any size, or stdin for `-`.
pub(crate) fn open(path: &Path) -> Result<Box<dyn Read>, Failure> {
    if is_dash(path) {
        return Ok(Box::new(io::stdin().lock()));
    }
    open_file(path).map(|file| Box::new(io::BufReader::with_capacity(1 << 16, file)) as Box<dyn Read>)
}

/// As [`open`], for reading the whole of it: a bar shows how far a large one is.
pub(crate) fn open_watched(path: &Path, output: Output) -> Result<Box<dyn Read>, Failure> {
    if is_dash(path) {
        return open(path);
    }
    let file = progress::watch(open_file(path)?, path, output);
    Ok(Box::new(io::BufReader::with_capacity(1 << 16, file)))
}

fn open_file(path: &Path) -> Result<File, Failure> {
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
        return Err(Failure::failed(format!(
            "{} is a folder; name a file in it",
            path.display()
        )));
    }
    Ok(file)
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::failed(format!("{} can't be read: {error}", path.display()))
}

/// Makes a folder for its owner alone (0700), where there is none.
pub(crate) fn make_private_folder(path: &Path) -> Result<(), Failure> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(path).map_err(|error| unwritable(path, &error))
}

/// Writes a file at once: whole or not at all.
pub(crate) fn write(path: &Path, bytes: &[u8], audience: Audience) -> Result<(), Failure> {
    let mut draft = Draft::beside(path, audience)?;
    draft.write_all(bytes).map_err(|error| unwritable(path, &error))?;
    draft.publish()
}

/// A file that is being written: it takes its name when it is whole, and leaves no trace before.
pub(crate) struct Draft {
    file: NamedTempFile,
    destination: Destination,
}

enum Destination {
    /// A regular file, new or replaced.
    Name(PathBuf),
    /// A pipe or a device, which can't be replaced: it gets the bytes when all are there.
    Device(PathBuf),
    /// `-`: stdout gets the bytes when all are there.
    Stdout(Output),
}

impl Draft {
    /// A draft in the folder of `path`, so that publishing it is a rename.
    pub(crate) fn beside(path: &Path, audience: Audience) -> Result<Self, Failure> {
        let unwritable = |error| unwritable(path, &error);
        let destination = match fs::metadata(path) {
            Ok(existing) if existing.is_dir() => {
                return Err(Failure::failed(format!(
                    "{} is a folder; name a file in it",
                    path.display()
                )));
            }
            Ok(existing) if !existing.is_file() => Destination::Device(path.to_owned()),
            _ => Destination::Name(path.to_owned()),
        };
        let file = match &destination {
            Destination::Name(_) => named_draft(path, audience),
            _ => NamedTempFile::new(),
        }
        .map_err(unwritable)?;
        Ok(Self { file, destination })
    }

    /// A draft for a file, or for stdout when the name is `-`.
    pub(crate) fn for_output(path: &Path, audience: Audience, output: Output) -> Result<Self, Failure> {
        if !is_dash(path) {
            return Self::beside(path, audience);
        }
        let file = NamedTempFile::new().map_err(|error| unwritable(path, &error))?;
        Ok(Self {
            file,
            destination: Destination::Stdout(output),
        })
    }

    /// Gives the file its name.
    pub(crate) fn publish(mut self) -> Result<(), Failure> {
        match self.destination {
            Destination::Name(path) => {
                self.file
                    .as_file()
                    .sync_all()
                    .map_err(|error| unwritable(&path, &error))?;
                self.file
                    .persist(&path)
                    .map(drop)
                    .map_err(|refused| unwritable(&path, &refused.error))
            }
            Destination::Device(path) => {
                let copy = || {
                    self.file.rewind()?;
                    let mut device = fs::OpenOptions::new().write(true).open(&path)?;
                    io::copy(&mut self.file, &mut device).map(drop)
                };
                let mut copy = copy;
                copy().map_err(|error| unwritable(&path, &error))
            }
            Destination::Stdout(output) => {
                self.file
                    .rewind()
                    .map_err(|error| Failure::failed(error.to_string()))?;
                output.bytes(&mut self.file)
            }
        }
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A file of 0600, or of what the umask leaves of 0666, with a name that is hidden until it is published.
fn named_draft(path: &Path, audience: Audience) -> io::Result<NamedTempFile> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".air-");
    #[cfg(unix)]
    let permissions = {
        use std::os::unix::fs::PermissionsExt;
        fs::Permissions::from_mode(if audience == Audience::Owner { 0o600 } else { 0o666 })
    };
    #[cfg(unix)]
    builder.permissions(permissions);
    #[cfg(not(unix))]
    let _ = audience;
    builder.tempfile_in(folder)
}

pub(crate) fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::failed(format!("{} can't be written: {error}", path.display()))
        .with_hint("choose a place that you may write to")
}
