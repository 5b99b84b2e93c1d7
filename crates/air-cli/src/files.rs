//! Files: read whole and within limits, written whole or not at all, with mode 0600 for secrets.

mod atomic;
mod digest;
mod force;
mod lock;
mod numbered;
mod same;
mod temporary;
mod unfinished;
mod version;

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::Path,
};

pub(crate) use atomic::AtomicFile;
pub(crate) use digest::{Hashed, digest_of_file};
pub(crate) use force::ForceArgs;
pub(crate) use lock::FileLock;
pub(crate) use numbered::write_numbered;
pub(crate) use same::{entry, is_same_file, require_other_file, require_own_name};
pub(crate) use temporary::TemporaryFile;
pub(crate) use version::{later_version, require_known_version, version_of};
use zeroize::Zeroizing;

pub(crate) use crate::paths::{is_dash, shown};
use crate::{exit::Failure, output::Output, progress};

/// The maximum size of a key, token, schema, subject or seed.
pub(crate) const TEXT_LIMIT: u64 = 4 * 1024 * 1024;

/// The byte order mark U+FEFF, encoded in UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The users who may read a written file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Its owner only: 0600.
    Owner,
    /// Everyone whom the umask permits.
    Everyone,
}

/// Reads a whole text file, or stdin for `-`, without a byte order mark.
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
    // Some editors and shells write a byte order mark before a text; JSON parsers ignore it (RFC 8259, 8.1).
    if bytes.starts_with(BYTE_ORDER_MARK) {
        bytes.drain(..BYTE_ORDER_MARK.len());
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

/// Reads a secret text, and trims it. Warns if other users can read the file.
pub(crate) fn read_secret(path: &Path, output: Output) -> Result<Zeroizing<String>, Failure> {
    let text = read_text(path)?;
    warn_if_open_to_others(path, output);
    Ok(Zeroizing::new(text.trim().to_owned()))
}

/// Reads a key, which may be DER. Warns if other users can read the file.
pub(crate) fn read_key(path: &Path, output: Output) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let bytes = read(path)?;
    warn_if_open_to_others(path, output);
    Ok(bytes)
}

fn warn_if_open_to_others(path: &Path, output: Output) {
    if is_open_to_others(path) {
        output.note(&format!(
            "warning: {path} is readable by other users; run `chmod 600 {path}`",
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

/// As [`open`], for reading the whole file, with a progress bar for a large one.
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
        return Err(is_folder(path));
    }
    Ok(file)
}

fn is_folder(path: &Path) -> Failure {
    Failure::failed(format!("{} is a folder; name a file in it", path.display()))
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::failed(format!("failed to read {}: {error}", path.display()))
        .with_hint("check the path and the permissions")
}

/// Creates a folder with mode 0700, unless it exists.
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

/// Writes a file of the program itself at once: whole or not at all. It replaces a file of the same
/// name. Output files of commands are written by [`ForceArgs::write`].
pub(crate) fn write(path: &Path, bytes: &[u8], audience: Audience) -> Result<(), Failure> {
    write_atomic(path, bytes, audience)?.publish()
}

/// Writes a new file at once; fails if the name is taken.
pub(crate) fn write_new(path: &Path, bytes: &[u8], audience: Audience, hint: &str) -> Result<(), Failure> {
    write_atomic(path, bytes, audience)?.publish_new(hint)
}

fn write_atomic(path: &Path, bytes: &[u8], audience: Audience) -> Result<AtomicFile, Failure> {
    let mut file = AtomicFile::beside(path, audience)?;
    file.write_all(bytes).map_err(|error| unwritable(path, &error))?;
    Ok(file)
}

/// Fails early if a file or a dangling link has the name. Only [`write_new`] and
/// [`AtomicFile::publish_new`] exclude races.
pub(crate) fn require_free(path: &Path, hint: &str) -> Result<(), Failure> {
    match fs::symlink_metadata(path) {
        Ok(_) => Err(taken(path, hint)),
        Err(_) => Ok(()),
    }
}

fn taken(path: &Path, hint: &str) -> Failure {
    Failure::failed(format!("{} already exists", path.display())).with_hint(hint)
}

pub(crate) fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::failed(format!("failed to write {}: {error}", path.display()))
        .with_hint("choose a path that you can write to")
}
