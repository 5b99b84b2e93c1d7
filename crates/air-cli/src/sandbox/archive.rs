//! The text of a platform's backup: a header with the files, and the files, one after the other.

use std::{
    collections::BTreeSet,
    io::{self, BufRead, BufReader, Read, Write},
    path::Path,
};

use serde::{Deserialize, Serialize};

use crate::{
    exit::Failure,
    files::{AtomicFile, Audience, Hashed},
};

/// The name of the format.
const FORMAT: &str = "air-sandbox-backup";
/// The name of the format of backups that have no folder.
const OF_A_DATABASE: &str = "air-sandbox-postgres-backup";
/// The version that this program writes and reads.
const VERSION: u64 = 1;
const HEADER_LIMIT: u64 = 64 * 1024;
/// The database, which each backup has.
pub(super) const DATABASE: &str = "platform.sqlite";
/// The files of a data folder that are in a backup if they exist: the authority of the AIR Kit's pages.
pub(super) const AUTHORITY: [&str; 2] = ["airkit-ca.pem", "airkit-ca-key.pem"];

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Header {
    format: String,
    version: u64,
    /// The version of `air` that made the backup.
    pub(super) program: String,
    /// The time of the state, in seconds since 1970.
    pub(super) created_at: u64,
    /// The newest migration of the tables.
    pub(super) migration: i64,
    pub(super) files: Vec<Entry>,
}

/// A file of the backup.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Entry {
    name: String,
    size: u64,
    sha256: String,
}

/// The members that each version of the format has.
#[derive(Deserialize)]
struct AnyHeader {
    format: String,
    version: u64,
}

impl Header {
    pub(super) fn new(created_at: u64, migration: i64, files: Vec<Entry>) -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            created_at,
            migration,
            files,
        }
    }

    fn parse(line: &[u8]) -> Result<Self, Failure> {
        let any: Option<AnyHeader> = serde_json::from_slice(line).ok();
        if any.as_ref().is_some_and(|any| any.format == OF_A_DATABASE) {
            let message = "the backup is of a database in PostgreSQL, not of a data folder";
            return Err(Failure::rejected(message).with_hint("pass --database in place of --data"));
        }
        let any = any.filter(|any| any.format == FORMAT);
        let any = any.ok_or_else(|| Failure::rejected("the file is not a backup of a platform"))?;
        if any.version != VERSION {
            return Err(Failure::rejected(format!(
                "the backup has version {} of the format, and this program reads version {VERSION}; restore it with the \
                 version that made it",
                any.version
            )));
        }
        let header: Self = serde_json::from_slice(line).map_err(|_| damaged("its header"))?;
        let names: Vec<&str> = header.files.iter().map(|file| file.name.as_str()).collect();
        let is_known = |name: &&str| *name == DATABASE || AUTHORITY.contains(name);
        let distinct: BTreeSet<&str> = names.iter().copied().collect();
        let is_distinct = distinct.len() == names.len();
        if names.first() == Some(&DATABASE) && names.iter().all(is_known) && is_distinct {
            Ok(header)
        } else {
            Err(damaged("its list of files"))
        }
    }
}

impl Entry {
    /// Reads a file for its size and digest.
    pub(super) fn of(name: &str, mut file: impl Read) -> io::Result<Self> {
        let mut hashed = Hashed::new(io::sink());
        let size = io::copy(&mut file, &mut hashed)?;
        let (_, digest) = hashed.finish();
        Ok(Self {
            name: name.to_owned(),
            size,
            sha256: hex::encode(digest),
        })
    }

    /// Copies the file, and checks its size and digest on the way.
    pub(super) fn copy(&self, source: &mut impl Read, to: impl Write) -> io::Result<bool> {
        let mut hashed = Hashed::new(to);
        let size = io::copy(&mut source.take(self.size), &mut hashed)?;
        hashed.flush()?;
        let (_, digest) = hashed.finish();
        Ok(size == self.size && hex::encode(digest) == self.sha256)
    }
}

/// Writes the header.
pub(super) fn write_header(header: &Header, writer: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer(&mut *writer, header)?;
    writer.write_all(b"\n")
}

/// Reads a backup, and writes its files to a folder, or only checks them.
pub(super) fn extract(reader: impl Read, folder: Option<&Path>) -> Result<Header, Failure> {
    let mut reader = BufReader::with_capacity(1 << 16, reader);
    let mut line = Vec::new();
    let mut limited = reader.by_ref().take(HEADER_LIMIT);
    limited
        .read_until(b'\n', &mut line)
        .map_err(|error| unreadable(&error))?;
    let header = Header::parse(&line)?;
    for file in &header.files {
        let is_whole = match folder {
            Some(folder) => {
                let path = folder.join(&file.name);
                let mut draft = AtomicFile::for_new(&path, Audience::Owner)?;
                let is_whole = file
                    .copy(&mut reader, &mut draft)
                    .map_err(|error| unreadable(&error))?;
                draft.publish_new("choose another folder")?;
                is_whole
            }
            None => file
                .copy(&mut reader, io::sink())
                .map_err(|error| unreadable(&error))?,
        };
        if !is_whole {
            return Err(damaged("a file differs from its digest"));
        }
    }
    if reader.fill_buf().map_err(|error| unreadable(&error))?.is_empty() {
        Ok(header)
    } else {
        Err(damaged("bytes follow its files"))
    }
}

fn damaged(what: &str) -> Failure {
    Failure::rejected(format!("the backup is damaged: {what}; choose another copy"))
}

/// The backup can't be read, or its container does not open to the end.
fn unreadable(error: &io::Error) -> Failure {
    let message = format!("failed to read or write the backup: {error}");
    if error.kind() == io::ErrorKind::InvalidData {
        Failure::rejected(message)
    } else {
        Failure::failed(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written() -> Vec<u8> {
        let contents = [(DATABASE, &b"rows"[..]), (AUTHORITY[0], &b""[..])];
        let files = contents.map(|(name, bytes)| Entry::of(name, bytes).unwrap());
        let mut bytes = Vec::new();
        write_header(&Header::new(1_800_000_000, 75, files.into()), &mut bytes).unwrap();
        for (_, content) in contents {
            bytes.extend_from_slice(content);
        }
        bytes
    }

    #[test]
    fn files_are_extracted_and_any_change_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let whole = written();
        let header = extract(whole.as_slice(), Some(folder.path())).unwrap();
        assert_eq!((header.created_at, header.migration), (1_800_000_000, 75));
        assert_eq!(std::fs::read(folder.path().join(DATABASE)).unwrap(), b"rows");
        assert!(folder.path().join(AUTHORITY[0]).exists());
        for length in 0..whole.len() {
            assert!(extract(&whole[..length], None).is_err(), "{length}");
        }
        let longer = [whole.as_slice(), b"x"].concat();
        assert!(extract(longer.as_slice(), None).is_err());
        let text = String::from_utf8(whole).unwrap();
        for (from, to) in [
            ("rows", "rowx"),
            ("platform.sqlite", "../platform.sqlite"),
            ("airkit-ca.pem", "platform.sqlite"),
            ("\"version\":1", "\"version\":2"),
            (FORMAT, "air-issuer-backup"),
        ] {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text);
            assert!(extract(changed.as_bytes(), None).is_err(), "{to}");
        }
    }
}
