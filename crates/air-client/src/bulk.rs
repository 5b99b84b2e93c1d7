//! Bulk issuance: sends each row of a file once, in bounded memory, with a journal to resume from.

mod csv;
mod error;
mod expiration;
mod gate;
mod input;
mod journal;
mod ndjson;
mod review;
mod row;
mod run;
mod service;
#[cfg(test)]
mod tests;

use std::{path::Path, time::Duration};

use air_api::{IssuerDid, OnDuplicate, ProgramId};

pub use self::{
    csv::{CellType, CsvClaim, CsvRows},
    error::BulkError,
    input::{InputDigest, InputHasher},
    journal::{Journal, RefusedRow, RowOutcome, Summary},
    ndjson::NdjsonRows,
    review::{Review, review},
    row::{NumberedRow, Reason, Refusal, Row, SchemaRule},
    run::{Progress, RunOutcome},
    service::{ServiceBulk, ServiceOrder},
};
use crate::AirClient;

/// The maximum number of rows of one run. For each row, the run stores 8 bytes that detect duplicates, and a
/// bit that marks it as done.
pub const ROW_LIMIT: u64 = 10_000_000;

/// The settings that all rows of a run share.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "an order is given to a run"]
pub struct BulkOrder {
    pub(crate) issuer_did: IssuerDid,
    pub(crate) program: ProgramId,
    pub(crate) on_duplicate: OnDuplicate,
}

/// A bulk issuance. See [`AirClient::bulk`].
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before it runs"]
pub struct Bulk {
    client: AirClient,
    order: BulkOrder,
    limits: Limits,
}

/// The limits of a run.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// The maximum number of concurrent calls.
    concurrency: usize,
    /// The time for which a row is tried without a response.
    max_outage: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            concurrency: 32,
            max_outage: Duration::from_mins(5),
        }
    }
}

impl BulkOrder {
    /// Creates an order for a program's credentials. Defaults to [`OnDuplicate::Ignore`]: users keep existing
    /// credentials of the same schema.
    pub fn new(issuer_did: IssuerDid, program: ProgramId) -> Self {
        Self {
            issuer_did,
            program,
            on_duplicate: OnDuplicate::Ignore,
        }
    }

    /// Sets the policy for an existing credential of the same user and schema.
    ///
    /// With [`OnDuplicate::Revoke`] on a platform without idempotency keys, a lost response leaves the
    /// outcome of its row unknown, and a run cannot be resumed.
    pub fn on_duplicate(mut self, on_duplicate: OnDuplicate) -> Self {
        self.on_duplicate = on_duplicate;
        self
    }
}

impl AirClient {
    /// Issues the same program's credentials to many users. Defaults to at most 32 concurrent calls, and to a
    /// maximum outage of 5 minutes.
    ///
    /// ```no_run
    /// use air_client::{bulk::{BulkOrder, CsvRows, InputDigest}, prelude::*};
    ///
    /// # async fn example(key: SigningKey, partner: PartnerId) -> Result<(), Box<dyn std::error::Error>> {
    /// let client = AirClient::builder(Environment::Sandbox).partner(partner).signing_key(key).build()?;
    /// let input = InputDigest::of(std::fs::File::open("people.csv")?)?;
    /// let order = BulkOrder::new("did:air:id:test:…".parse()?, "c21s70g0i54sn0023172Cv".parse()?);
    /// let bulk = client.bulk(order);
    /// let mut journal = bulk.begin("people.csv.journal".as_ref(), input)?;     // or bulk.resume(..)
    /// let rows = CsvRows::new(std::fs::File::open("people.csv")?)?;
    /// let ended = bulk.run_signed(&mut journal, rows, std::future::pending(), |_| ()).await?;
    /// println!("{ended:?}: {} issued, {} refused", journal.summary().issued, journal.summary().refused);
    /// # Ok(())
    /// # }
    /// ```
    pub fn bulk(&self, order: BulkOrder) -> Bulk {
        Bulk {
            client: self.clone(),
            order,
            limits: Limits::default(),
        }
    }
}

impl Bulk {
    /// Sets the maximum number of concurrent calls, from 1 to 1024. The run uses fewer if the platform
    /// responds that it is overloaded.
    pub fn concurrency(mut self, most: usize) -> Self {
        self.limits.concurrency = most.clamp(1, 1024);
        self
    }

    /// Sets how long a row is tried without a response, and how long the run waits for a platform that
    /// accepts no calls. If the platform requires a wait, the run waits for at least twice that time.
    pub fn max_outage(mut self, max_outage: Duration) -> Self {
        self.limits.max_outage = max_outage;
        self
    }

    /// Creates a journal in a new file, which only its owner can read (0600). The header line is on disk when
    /// this returns.
    ///
    /// # Errors
    /// [`BulkError::JournalExists`], or [`BulkError::Journal`] if the file cannot be written.
    pub fn begin(&self, journal: &Path, input: InputDigest) -> Result<Journal, BulkError> {
        Journal::create(journal, &self.order, input)
    }

    /// Opens the journal of an earlier run to resume it. An incomplete last line is removed, and its row is
    /// sent again.
    ///
    /// # Errors
    /// [`BulkError::JournalOfAnother`] if the input, issuer, program or duplicate policy differs;
    /// [`BulkError::TooOld`] and [`BulkError::WouldRepeat`] if the last rows could be issued twice;
    /// [`BulkError::JournalDamaged`] for any other change.
    pub fn resume(&self, journal: &Path, input: InputDigest) -> Result<Journal, BulkError> {
        Journal::resume(journal, &self.order, input, self.client.transport.keeps_keys)
    }
}
