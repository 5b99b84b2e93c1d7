//! Reads a backup in batches of rows, and checks it against its manifest.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read},
};

use sha2::{Digest, Sha256};

use super::{
    BackupError,
    format::{Header, Manifest, Object, Section, TableSum},
};
use crate::store::tables::{self, Cell};

/// The maximum length of a line. The largest row is a status list of 16 Mi entries, which has 10 MB.
const LINE_LIMIT: u64 = 64 * 1024 * 1024;
/// The maximum length of the header.
const HEADER_LIMIT: u64 = 64 * 1024;
/// The rows of a batch.
const BATCH_ROWS: usize = 64;
/// The length of lines after which a batch ends.
const BATCH_BYTES: usize = 1024 * 1024;
/// The maximum number of columns, which bounds the values of a statement.
const COLUMN_LIMIT: usize = 64;

/// Rows of one table, at least one.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) table: &'static str,
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Vec<Cell>>,
}

/// A table of a backup.
#[derive(Debug, Default)]
pub(super) struct ReadTable {
    /// Empty if it has no rows.
    pub(super) columns: Vec<String>,
    pub(super) sum: TableSum,
}

pub(super) struct BackupReader<R: Read> {
    lines: Lines<R>,
    header: Header,
    tables: BTreeMap<&'static str, ReadTable>,
    /// The table whose rows are next.
    current: Option<&'static str>,
    is_complete: bool,
}

impl<R: Read> BackupReader<R> {
    /// Reads the header.
    pub(super) fn open(reader: R) -> Result<Self, BackupError> {
        let mut lines = Lines::new(reader);
        let header = Header::parse(lines.next(HEADER_LIMIT, BackupError::NotABackup)?)?;
        let tables = tables::of_version(header.migration)
            .map(|table| (table, ReadTable::default()))
            .collect();
        Ok(Self {
            lines,
            header,
            tables,
            current: None,
            is_complete: false,
        })
    }

    pub(super) fn header(&self) -> &Header {
        &self.header
    }

    /// The tables that were read.
    pub(super) fn tables(&self) -> &BTreeMap<&'static str, ReadTable> {
        &self.tables
    }

    /// The next rows of one table. `None` after the whole backup was read and its manifest agrees.
    pub(super) fn next_batch(&mut self) -> Result<Option<Batch>, BackupError> {
        let mut table = self.current;
        let mut rows = Vec::new();
        let mut bytes = 0;
        while !self.is_complete && rows.len() < BATCH_ROWS && bytes < BATCH_BYTES {
            let line = self
                .lines
                .next(LINE_LIMIT, BackupError::damaged("it ends early"))?;
            bytes += line.len();
            if line.starts_with(b"[") {
                let read = match self.current {
                    Some(current) => self.tables.get_mut(current),
                    None => None,
                };
                rows.push(read_row(line, read)?);
                continue;
            }
            let object: Object = serde_json::from_slice(line)
                .map_err(|_| BackupError::damaged("a line is not of its format"))?;
            match object {
                Object::Section(section) => {
                    self.begin(section)?;
                    if !rows.is_empty() {
                        break;
                    }
                    table = self.current;
                }
                Object::Manifest(manifest) => self.check(&manifest)?,
            }
        }
        if rows.is_empty() {
            return Ok(None);
        }
        let found = table.and_then(|table| Some((table, self.tables.get(table)?)));
        let (table, read) = found.ok_or(BackupError::damaged("a row has no table"))?;
        Ok(Some(Batch {
            table,
            columns: read.columns.clone(),
            rows,
        }))
    }

    fn begin(&mut self, section: Section) -> Result<(), BackupError> {
        let is_name = |name: &String| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        };
        let Section { table, columns } = section;
        let found = self.tables.iter_mut().find(|(name, _)| **name == table);
        let (name, read) = found.ok_or(BackupError::damaged("it has an unknown table"))?;
        let is_valid = (1..=COLUMN_LIMIT).contains(&columns.len()) && columns.iter().all(is_name);
        if !is_valid || !read.columns.is_empty() {
            return Err(BackupError::damaged("the columns of a table"));
        }
        read.columns = columns;
        self.current = Some(*name);
        Ok(())
    }

    fn check(&mut self, manifest: &Manifest) -> Result<(), BackupError> {
        let is_equal = manifest.tables.len() == self.tables.len()
            && self
                .tables
                .iter()
                .all(|(name, read)| manifest.tables.get(*name) == Some(&read.sum));
        if !is_equal || manifest.sha256 != self.lines.digest_before() {
            return Err(BackupError::damaged("its rows differ from its manifest"));
        }
        if !self.lines.is_at_end()? {
            return Err(BackupError::damaged("lines follow its manifest"));
        }
        self.is_complete = true;
        Ok(())
    }
}

fn read_row(line: &[u8], table: Option<&mut ReadTable>) -> Result<Vec<Cell>, BackupError> {
    let table = table.ok_or(BackupError::damaged("a row has no table"))?;
    let cells: Vec<Cell> =
        serde_json::from_slice(line).map_err(|_| BackupError::damaged("a row is not of its format"))?;
    if cells.len() != table.columns.len() {
        return Err(BackupError::damaged("a row has another number of columns"));
    }
    table.sum.add(line);
    Ok(cells)
}

/// The lines of a reader, with SHA-256 over those before the newest one.
struct Lines<R: Read> {
    reader: BufReader<R>,
    digest: Sha256,
    /// The newest line with its end.
    line: Vec<u8>,
}

impl<R: Read> Lines<R> {
    fn new(reader: R) -> Self {
        Self {
            reader: BufReader::with_capacity(1 << 16, reader),
            digest: Sha256::new(),
            line: Vec::new(),
        }
    }

    /// The next line without its end. Fails with `otherwise` if there is none, or if it is longer than the limit.
    fn next(&mut self, limit: u64, otherwise: BackupError) -> Result<&[u8], BackupError> {
        self.digest.update(&self.line);
        self.line.clear();
        let mut limited = self.reader.by_ref().take(limit);
        limited
            .read_until(b'\n', &mut self.line)
            .map_err(BackupError::Read)?;
        self.line.strip_suffix(b"\n").ok_or(otherwise)
    }

    fn digest_before(&self) -> String {
        hex::encode(self.digest.clone().finalize())
    }

    fn is_at_end(&mut self) -> Result<bool, BackupError> {
        let rest = self.reader.fill_buf().map_err(BackupError::Read)?;
        Ok(rest.is_empty())
    }
}

#[cfg(test)]
mod tests;
