//! Reads a backup in parts, and checks it on the way.

use std::io::{BufRead, BufReader, Read};

use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::{
    PostgresBackupError,
    format::{END_OF_ROWS, End, Header, Line, TableBegin, TableEnd},
    rows::RowSum,
};

/// The maximum length of a line of JSON.
const LINE_LIMIT: u64 = 64 * 1024;
/// The maximum length of a row. PostgreSQL's own limit of a value is 1 GiB.
const ROW_LIMIT: u64 = 1 << 30;
/// The length of rows after which a part ends.
const PART: usize = 256 * 1024;

pub(super) struct BackupReader<R: Read> {
    reader: BufReader<R>,
    digest: Sha256,
    header: Header,
    line: Vec<u8>,
    part: Vec<u8>,
    sum: RowSum,
    is_after_rows: bool,
}

impl<R: Read> BackupReader<R> {
    /// Reads the header.
    pub(super) fn open(reader: R) -> Result<Self, PostgresBackupError> {
        let mut opened = Self {
            reader: BufReader::with_capacity(1 << 16, reader),
            digest: Sha256::new(),
            header: Header::new(0, 0),
            line: Vec::new(),
            part: Vec::new(),
            sum: RowSum::default(),
            is_after_rows: false,
        };
        opened.read_line(LINE_LIMIT, PostgresBackupError::NotABackup)?;
        opened.header = Header::parse(&opened.line)?;
        Ok(opened)
    }

    pub(super) fn header(&self) -> &Header {
        &self.header
    }

    /// The next table, or `None` after the whole backup was read.
    pub(super) fn next_table(&mut self) -> Result<Option<TableBegin>, PostgresBackupError> {
        let before = self.digest.clone();
        match self.json("a line is not of its format")? {
            Line::Begin(table) => {
                self.sum = RowSum::default();
                self.is_after_rows = false;
                Ok(Some(table))
            }
            Line::End(end) => self.end(&end, before).map(|()| None),
        }
    }

    /// The next rows of the table as `COPY` reads them, or `None` after its last one.
    pub(super) fn next_rows(&mut self) -> Result<Option<&[u8]>, PostgresBackupError> {
        self.part.clear();
        while !self.is_after_rows && self.part.len() < PART {
            self.read_line(ROW_LIMIT, PostgresBackupError::damaged("it ends early"))?;
            if self.line == END_OF_ROWS {
                self.is_after_rows = true;
                break;
            }
            self.sum.add(&self.line);
            self.part.extend_from_slice(&self.line);
            self.part.push(b'\n');
        }
        Ok(Some(self.part.as_slice()).filter(|part| !part.is_empty()))
    }

    /// Reads the end of the table, and returns the sum of its rows.
    pub(super) fn end_of_table(&mut self) -> Result<RowSum, PostgresBackupError> {
        let end: TableEnd = self.json("the end of a table")?;
        if end.sum == self.sum {
            Ok(self.sum)
        } else {
            Err(PostgresBackupError::damaged(
                "the rows of a table differ from their sum",
            ))
        }
    }

    fn end(&mut self, end: &End, before: Sha256) -> Result<(), PostgresBackupError> {
        if end.sha256 != hex::encode(before.finalize()) {
            return Err(PostgresBackupError::damaged("it differs from its digest"));
        }
        let rest = self.reader.fill_buf().map_err(PostgresBackupError::Read)?;
        if rest.is_empty() {
            Ok(())
        } else {
            Err(PostgresBackupError::damaged("lines follow its end"))
        }
    }

    fn json<T: DeserializeOwned>(&mut self, what: &'static str) -> Result<T, PostgresBackupError> {
        self.read_line(LINE_LIMIT, PostgresBackupError::damaged("it ends early"))?;
        serde_json::from_slice(&self.line).map_err(|_| PostgresBackupError::damaged(what))
    }

    /// Reads a line without its end. Fails with `otherwise` if there is none, or if it is longer than the limit.
    fn read_line(&mut self, limit: u64, otherwise: PostgresBackupError) -> Result<(), PostgresBackupError> {
        self.line.clear();
        let mut limited = self.reader.by_ref().take(limit);
        limited
            .read_until(b'\n', &mut self.line)
            .map_err(PostgresBackupError::Read)?;
        self.digest.update(&self.line);
        if self.line.pop() == Some(b'\n') {
            Ok(())
        } else {
            Err(otherwise)
        }
    }
}
