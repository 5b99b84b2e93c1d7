//! Bulk issuance: sends each row of a file once, in bounded memory, with a journal to resume from.

mod csv;
mod error;
mod gate;
mod input;
mod journal;
mod ndjson;
mod review;
mod row;
mod run;
#[cfg(test)]
mod tests;

use std::{path::Path, time::Duration};

use air_api::{IssuerDid, OnDuplicate, ProgramId};

pub use self::{
    csv::CsvRows,
    error::BulkError,
    input::{InputDigest, InputHasher},
    journal::{Journal, RefusedRow, Summary},
    ndjson::NdjsonRows,
    review::{Review, review},
    row::{NumberedRow, Reason, Refusal, Row},
    run::{Progress, RunOutcome},
};
use crate::AirClient;

/// The most rows of one run: 8 bytes are kept of each, to know the same one again, and a bit.
pub const ROW_LIMIT: u64 = 10_000_000;

/// What all rows of a run have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "an order is given to a run"]
pub struct BulkOrder {
    pub(crate) issuer_did: IssuerDid,
    pub(crate) program: ProgramId,
    pub(crate) on_duplicate: OnDuplicate,
}

/// Issues to many. See [`AirClient::bulk`].
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before it runs"]
pub struct Bulk {
    client: AirClient,
    order: BulkOrder,
    concurrency: usize,
    max_outage: Duration,
}

impl BulkOrder {
    /// Credentials of a program. What a user already has of the same schema stays: [`OnDuplicate::Ignore`].
    pub fn new(issuer_did: IssuerDid, program: ProgramId) -> Self {
        Self {
            issuer_did,
            program,
            on_duplicate: OnDuplicate::Ignore,
        }
    }

    /// What becomes of an earlier credential of the same user and schema.
    ///
    /// With [`OnDuplicate::Revoke`] and a platform that keeps no idempotency keys, a lost answer leaves a row unclear, and a run
    /// can't be resumed.
    pub fn on_duplicate(mut self, on_duplicate: OnDuplicate) -> Self {
        self.on_duplicate = on_duplicate;
        self
    }
}

impl AirClient {
    /// Issues the same program's credentials to many. Defaults to at most 32 concurrent calls, and to waiting
    /// 5 minutes for a platform that does not answer.
    ///
    /// ```no_run
    /// use air_client::{bulk::{BulkOrder, CsvRows, InputDigest}, prelude::*};
    /// use air_jwt::SigningKey;
    ///
    /// # async fn example(client: AirClient, key: SigningKey) -> Result<(), Box<dyn std::error::Error>> {
    /// let input = InputDigest::of(std::fs::File::open("people.csv")?)?;
    /// let order = BulkOrder::new("did:air:id:test:…".parse()?, "c21s70g0i54sn0023172Cv".parse()?);
    /// let bulk = client.bulk(order);
    /// let mut journal = bulk.begin("people.csv.journal".as_ref(), input)?;     // or bulk.resume(..)
    /// let rows = CsvRows::new(std::fs::File::open("people.csv")?)?;
    /// let partner = "7f0e5a1c-0000-4000-8000-000000000000".parse()?;
    /// let ended = bulk.run(&partner, &key, &mut journal, rows, std::future::pending(), |_| ()).await?;
    /// println!("{ended:?}: {} issued, {} refused", journal.summary().issued, journal.summary().refused);
    /// # Ok(())
    /// # }
    /// ```
    pub fn bulk(&self, order: BulkOrder) -> Bulk {
        Bulk {
            client: self.clone(),
            order,
            concurrency: 32,
            max_outage: Duration::from_mins(5),
        }
    }
}

impl Bulk {
    /// How many calls are under way at most, from 1 to 1024. There are fewer when the platform asks to slow down.
    pub fn concurrency(mut self, most: usize) -> Self {
        self.concurrency = most.clamp(1, 1024);
        self
    }

    /// How long one row is tried that gets no answer, and a platform is waited for that takes none. A platform that asks to slow
    /// down is waited for twice as long as it asks.
    pub fn max_outage(mut self, max_outage: Duration) -> Self {
        self.max_outage = max_outage;
        self
    }

    /// Begins a journal in a file that does not exist. Its first line is on the disk when this returns, and the file is its
    /// owner's alone (0600).
    ///
    /// # Errors
    /// [`BulkError::JournalExists`], or [`BulkError::Journal`] when it can't be written.
    pub fn begin(&self, journal: &Path, input: InputDigest) -> Result<Journal, BulkError> {
        Journal::create(journal, &self.order, input)
    }

    /// Goes on with an earlier run's journal. A last line that was not written whole is cut; its row is sent again.
    ///
    /// # Errors
    /// [`BulkError::JournalOfAnother`] for another input, issuer, program or way with duplicates; [`BulkError::TooOld`] and
    /// [`BulkError::WouldRepeat`] where what was sent last could be issued twice; [`BulkError::JournalDamaged`] for any other change.
    pub fn resume(&self, journal: &Path, input: InputDigest) -> Result<Journal, BulkError> {
        Journal::resume(journal, &self.order, input, self.client.transport.keeps_keys)
    }
}
