//! The journal: an append-only file with the outcome of each row, from which a run can be resumed.

mod done;
mod line;
mod outcomes;
mod summary;
#[cfg(test)]
mod tests;

use std::{
    fs::{File, TryLockError},
    io::{self, BufRead, BufReader, Write},
    path::Path,
    time::Duration,
};

use air_api::{IdempotencyKey, OnDuplicate};
use air_ids::UnixTime;
use rand::Rng;
use sha2::{Digest, Sha256};

use self::{
    done::Done,
    line::{Chain, Entry, Header, Outcome},
};
pub(super) use self::{line::JournalOrder, summary::LISTED};
pub use self::{
    outcomes::RowOutcome,
    summary::{RefusedRow, Summary},
};
use super::{BulkError, InputDigest, Refusal, row::RowDigest};
use crate::tokens;

/// The version of the format.
const VERSION: u32 = 1;
/// The maximum length of a line in bytes. All written lines are shorter.
const LINE_LIMIT: u64 = 8 * 1024;
/// The maximum age of a resumable run. The platform keeps idempotency keys for 24 hours; one hour is a margin
/// for clock differences and for the run itself.
const KEYS_LAST: Duration = Duration::from_hours(23);
/// The maximum number of lines that a power loss may remove. Their rows are sent again with the same keys.
const UNSYNCED_LIMIT: usize = 256;

/// The journal of a run. It is locked until it is dropped. It contains row numbers, outcomes and hashes, but
/// no values of the rows.
#[derive(Debug)]
pub struct Journal {
    file: File,
    header: Header,
    chain: Chain,
    done: Done,
    summary: Summary,
    unsynced: usize,
}

impl Journal {
    /// Creates a journal in a new file, which only its owner can read (0600). The header line is on disk when
    /// this returns.
    pub(super) fn create(
        path: &Path,
        order: impl Into<JournalOrder>,
        input: InputDigest,
    ) -> Result<Self, BulkError> {
        let mut run = [0; 16];
        rand::rng().fill_bytes(&mut run);
        let header = Header {
            version: VERSION,
            run,
            order: order.into(),
            input: input.0,
            started_at: tokens::now(),
        };
        let mut options = File::options();
        options.read(true).append(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let file = options.open(path).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => BulkError::JournalExists,
            _ => BulkError::Journal(error),
        })?;
        lock(&file)?;
        let mut journal = Self {
            file,
            header,
            chain: Chain::default(),
            done: Done::default(),
            summary: Summary::default(),
            unsynced: 0,
        };
        let first = journal.chain.seal(&journal.header);
        let write = |file: &mut File| {
            file.write_all(&first)?;
            file.sync_all()?;
            sync_name(path)
        };
        write(&mut journal.file).map_err(BulkError::Journal)?;
        Ok(journal)
    }

    /// Opens an existing journal. Removes an incomplete last line, and loads the rows that are done.
    pub(super) fn resume(
        path: &Path,
        order: impl Into<JournalOrder>,
        input: InputDigest,
        keeps_keys: bool,
    ) -> Result<Self, BulkError> {
        let mut options = File::options();
        let file = options
            .read(true)
            .append(true)
            .open(path)
            .map_err(BulkError::Journal)?;
        lock(&file)?;
        let journal = Self::read(file)?;
        journal.header.check(&order.into(), input)?;
        // A repeated call of the others issues nothing new.
        if let JournalOrder::OnBehalf { on_duplicate, .. } = &journal.header.order
            && *on_duplicate != OnDuplicate::Ignore
        {
            journal.header.check_keys(keeps_keys, tokens::now())?;
        }
        Ok(journal)
    }

    fn read(file: File) -> Result<Self, BulkError> {
        let mut reader = BufReader::new(&file);
        let (mut chain, mut done, mut summary) = (Chain::default(), Done::default(), Summary::default());
        let (mut header, mut whole, mut number) = (None, 0, 0);
        let mut text = Vec::new();
        loop {
            text.clear();
            let mut limited = io::Read::take(&mut reader, LINE_LIMIT);
            let read = limited.read_until(b'\n', &mut text).map_err(BulkError::Journal)?;
            number += 1;
            let damaged = BulkError::JournalDamaged { line: number };
            let Some(line) = text.strip_suffix(b"\n") else {
                // A line without an end was being written when the run ended. A run never writes a line that
                // is too long.
                if read as u64 == LINE_LIMIT {
                    return Err(damaged);
                }
                break;
            };
            if header.is_none() {
                header = Some(
                    chain
                        .open::<Header>(line)
                        .map_err(|()| line::other_version(line).unwrap_or(damaged))?,
                );
            } else {
                let entry: Entry = chain
                    .open(line)
                    .map_err(|()| BulkError::JournalDamaged { line: number })?;
                if !done.insert(entry.row) {
                    return Err(damaged);
                }
                summary.count(&entry);
            }
            whole += read as u64;
        }
        let header = header.ok_or(BulkError::JournalEmpty)?;
        file.set_len(whole)
            .and_then(|()| file.sync_all())
            .map_err(BulkError::Journal)?;
        Ok(Self {
            file,
            header,
            chain,
            done,
            summary,
            unsynced: 0,
        })
    }

    /// Returns the outcomes of the rows, including the rows of earlier parts of the run.
    #[must_use]
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Returns the run's random id as 32 hex digits.
    #[must_use]
    pub fn run_id(&self) -> String {
        hex::encode(self.header.run)
    }

    pub(super) fn is_done(&self, row: u64) -> bool {
        self.done.contains(row)
    }

    /// Derives the idempotency key of a row from the run's random id. The same row of the same run has the
    /// same key, so no key must be stored before the row is sent. Keys cannot be guessed without the journal.
    pub(super) fn key(&self, row: u64, digest: &RowDigest) -> IdempotencyKey {
        let hash = Sha256::new()
            .chain_update(self.header.run)
            .chain_update(row.to_be_bytes())
            .chain_update(digest);
        hex::encode(hash.finalize())
            .parse()
            .expect("64 hex digits are a key")
    }

    pub(super) fn record(&mut self, row: u64, line: u64, outcome: Outcome) -> Result<(), BulkError> {
        let entry = Entry { row, line, outcome };
        let text = self.chain.seal(&entry);
        self.file.write_all(&text).map_err(BulkError::Journal)?;
        self.done.insert(row);
        self.summary.count(&entry);
        self.unsynced += 1;
        Ok(())
    }

    pub(super) fn is_synced(&self) -> bool {
        self.unsynced == 0
    }

    pub(super) fn wants_sync(&self) -> bool {
        self.unsynced >= UNSYNCED_LIMIT
    }

    /// Syncs the journal to disk on a blocking thread.
    pub(super) fn sync(&mut self) -> Result<tokio::task::JoinHandle<io::Result<()>>, BulkError> {
        let file = self.file.try_clone().map_err(BulkError::Journal)?;
        self.unsynced = 0;
        Ok(tokio::task::spawn_blocking(move || file.sync_data()))
    }
}

/// Unlocks explicitly, because a sync in progress has a clone of the file, which would keep the lock.
impl Drop for Journal {
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

impl Header {
    fn check(&self, order: &JournalOrder, input: InputDigest) -> Result<(), BulkError> {
        let difference = if self.input == input.0 {
            self.order.difference(order)
        } else {
            Some("input")
        };
        match difference {
            None => Ok(()),
            Some(what) => Err(BulkError::JournalOfAnother { what }),
        }
    }

    fn check_keys(&self, keeps_keys: bool, now: UnixTime) -> Result<(), BulkError> {
        if !keeps_keys {
            return Err(BulkError::WouldRepeat);
        }
        // The age is unknown if the clock was set back.
        let age = self.started_at.abs_diff(now);
        if age > KEYS_LAST {
            return Err(BulkError::TooOld {
                hours: age.as_secs() / 3600,
            });
        }
        Ok(())
    }
}

impl From<Refusal> for Outcome {
    fn from(refusal: Refusal) -> Self {
        Self::Refused {
            refused: refusal.reason,
            pointer: refusal.pointer,
            rule: refusal.rule,
        }
    }
}

fn lock(file: &File) -> Result<(), BulkError> {
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => BulkError::JournalInUse,
        TryLockError::Error(error) => BulkError::Journal(error),
    })
}

/// Syncs the folder, so that a new file's name is on disk.
fn sync_name(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

pub(super) use self::line::Outcome as JournalOutcome;
