//! Writes the text of a backup.

use std::io::{self, BufWriter, Write};

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::PostgresBackupError;

/// A writer that hashes what it writes.
pub(super) struct TextWriter<W: Write> {
    writer: BufWriter<W>,
    digest: Sha256,
}

impl<W: Write> TextWriter<W> {
    pub(super) fn new(writer: W) -> Self {
        Self {
            writer: BufWriter::with_capacity(1 << 16, writer),
            digest: Sha256::new(),
        }
    }

    /// Writes a value as a line of JSON.
    pub(super) fn line(&mut self, value: &impl Serialize) -> Result<(), PostgresBackupError> {
        let mut line = serde_json::to_vec(value)
            .map_err(io::Error::from)
            .map_err(PostgresBackupError::Write)?;
        line.push(b'\n');
        self.bytes(&line)
    }

    /// Writes bytes as they are.
    pub(super) fn bytes(&mut self, bytes: &[u8]) -> Result<(), PostgresBackupError> {
        self.digest.update(bytes);
        self.writer.write_all(bytes).map_err(PostgresBackupError::Write)
    }

    /// SHA-256 over everything so far, in hex.
    pub(super) fn digest(&self) -> String {
        hex::encode(self.digest.clone().finalize())
    }

    pub(super) fn flush(&mut self) -> Result<(), PostgresBackupError> {
        self.writer.flush().map_err(PostgresBackupError::Write)
    }
}
