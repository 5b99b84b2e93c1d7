//! The election of one process among those that share a database.

use super::{Store, database::Readers, sql::postgres::Lock};

/// The right to submit to the chain. On PostgreSQL, the process has it that holds an advisory lock.
/// A data folder belongs to one process anyway.
#[derive(Debug)]
pub struct Leadership(Option<Lock>);

impl Store {
    /// Returns the candidacy of this process.
    #[must_use]
    pub fn leadership(&self) -> Leadership {
        Leadership(match &self.readers {
            Readers::Postgres(pool) => Some(pool.lock()),
            Readers::Writer | Readers::Sqlite(_) => None,
        })
    }
}

impl Leadership {
    /// Gives the right up, so that another process has it at once.
    pub async fn release(self) {
        if let Some(lock) = self.0 {
            lock.release().await;
        }
    }

    /// Acquires the right, or checks that this process still has it. Call it before each piece of work.
    pub async fn hold(&mut self) -> sqlx::Result<bool> {
        match &mut self.0 {
            Some(lock) => lock.hold().await,
            None => Ok(true),
        }
    }
}
