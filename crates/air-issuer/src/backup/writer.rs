//! Writes the lines of a backup.

use std::io::{self, BufWriter, Write};

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::BackupError;

/// A writer of lines, which hashes them.
pub(super) struct LineWriter<W: Write> {
    writer: BufWriter<W>,
    digest: Sha256,
    line: Vec<u8>,
}

impl<W: Write> LineWriter<W> {
    pub(super) fn new(writer: W) -> Self {
        Self {
            writer: BufWriter::with_capacity(1 << 16, writer),
            digest: Sha256::new(),
            line: Vec::new(),
        }
    }

    /// Writes a value as a line of JSON. Returns the line without its end.
    pub(super) fn write(&mut self, value: &impl Serialize) -> Result<&[u8], BackupError> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, value)
            .map_err(io::Error::from)
            .and_then(|()| self.writer.write_all(&self.line))
            .and_then(|()| self.writer.write_all(b"\n"))
            .map_err(BackupError::Write)?;
        self.digest.update(&self.line);
        self.digest.update(b"\n");
        Ok(&self.line)
    }

    /// SHA-256 over all lines so far, in hex.
    pub(super) fn digest(&self) -> String {
        hex::encode(self.digest.clone().finalize())
    }

    pub(super) fn flush(&mut self) -> Result<(), BackupError> {
        self.writer.flush().map_err(BackupError::Write)
    }
}
