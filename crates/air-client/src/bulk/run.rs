//! A bulk run: reads rows, sends calls and records outcomes in the journal.

mod on_behalf;
mod sending;
mod target;

use std::{
    io,
    pin::{Pin, pin},
};

use air_jwt::{PartnerId, Signer};
use futures_util::{
    Stream, StreamExt,
    stream::{self, FuturesUnordered},
};
use tokio::{
    task::JoinHandle,
    time::{self, Duration, MissedTickBehavior},
};

pub(super) use self::target::{CallError, Meaning, Target, meaning};
use self::{
    on_behalf::OnBehalf,
    sending::{SendOutcome, Sending},
};
use super::{
    Bulk, BulkError, Journal, Limits, NumberedRow, Row,
    gate::Gate,
    journal::JournalOutcome,
    review::{Seen, check_number},
};
use crate::Error;

/// The interval at which the journal is synced to disk.
const SYNC_PERIOD: Duration = Duration::from_millis(200);

/// The outcome of a run. A resumed run continues with the remaining rows.
#[derive(Debug)]
#[non_exhaustive]
pub enum RunOutcome {
    /// Every row is done.
    Complete,
    /// The run was stopped, or a row got no response. Some rows remain.
    WithRowsLeft,
    /// An error that every other row would get, too; some rows are left.
    Failed(Error),
    /// The signer failed; some rows are left.
    NotSigned(air_jwt::Error),
}

/// The progress of a run, including its earlier parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// The number of rows that are done.
    pub done: u64,
    /// The number of issued rows.
    pub issued: u64,
    /// The number of refused rows.
    pub refused: u64,
    /// The current limit of concurrent calls.
    pub window: usize,
}

/// The state of a run in progress.
struct Run<'r> {
    journal: &'r mut Journal,
    gate: &'r Gate,
    seen: Seen,
    syncing: Option<JoinHandle<io::Result<()>>>,
    takes_rows: bool,
    is_stopped: bool,
    ended: RunOutcome,
    trouble: Option<BulkError>,
}

impl Bulk {
    /// Issues the rows that are not done according to the journal. Each row is sent with its own token, which
    /// is valid for five minutes.
    ///
    /// When `stop` completes, no more rows are sent, and the calls in progress are completed. Dropping the
    /// future stops the run at once. If the run can be resumed, this loses no row and issues no row twice.
    /// `watch` is called after each row.
    ///
    /// # Errors
    /// [`BulkError`] if reading the rows or writing the journal fails. The journal contains the outcomes of
    /// the rows.
    pub async fn run(
        &self,
        partner: &PartnerId,
        signer: &impl Signer,
        journal: &mut Journal,
        rows: impl IntoIterator<Item = Result<NumberedRow, BulkError>>,
        stop: impl Future<Output = ()>,
        watch: impl FnMut(Progress),
    ) -> Result<RunOutcome, BulkError> {
        let rows = stream::iter(rows);
        self.run_stream(partner, signer, journal, rows, stop, watch).await
    }

    /// As [`Self::run`], with the partner and the key of the client
    /// ([`AirClientBuilder::signing_key`](crate::AirClientBuilder::signing_key)).
    ///
    /// # Errors
    /// As [`Self::run`]. Without a key the run ends at once, with [`Error::NoSigningKey`] in
    /// [`RunOutcome::Failed`].
    pub async fn run_signed(
        &self,
        journal: &mut Journal,
        rows: impl IntoIterator<Item = Result<NumberedRow, BulkError>>,
        stop: impl Future<Output = ()>,
        watch: impl FnMut(Progress),
    ) -> Result<RunOutcome, BulkError> {
        let Some(tokens) = &self.client.transport.tokens else {
            return Ok(RunOutcome::Failed(Error::NoSigningKey));
        };
        let (partner, signer) = (tokens.partner(), tokens.signer());
        self.run(partner, signer, journal, rows, stop, watch).await
    }

    /// As [`Self::run`], with a stream of rows.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub async fn run_stream(
        &self,
        partner: &PartnerId,
        signer: &impl Signer,
        journal: &mut Journal,
        rows: impl Stream<Item = Result<NumberedRow, BulkError>>,
        stop: impl Future<Output = ()>,
        watch: impl FnMut(Progress),
    ) -> Result<RunOutcome, BulkError> {
        let target = OnBehalf {
            bulk: self,
            partner,
            signer,
        };
        drive(&target, self.limits, journal, rows, stop, watch).await
    }
}

/// Sends the rows that are not done according to the journal to a target.
pub(super) async fn drive<T: Target>(
    target: &T,
    limits: Limits,
    journal: &mut Journal,
    rows: impl Stream<Item = Result<NumberedRow, BulkError>>,
    stop: impl Future<Output = ()>,
    mut watch: impl FnMut(Progress),
) -> Result<RunOutcome, BulkError> {
    let gate = Gate::new(limits.concurrency);
    let sending = Sending::new(target, limits.max_outage, &gate);
    let mut run = Run::new(journal, &gate);
    let mut in_flight = FuturesUnordered::new();
    let mut rows = pin!(rows);
    let mut stop = pin!(stop);
    let mut ticks = time::interval(SYNC_PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while run.takes_rows || !in_flight.is_empty() {
        tokio::select! {
            biased;
            () = &mut stop, if !run.is_stopped => run.stop(RunOutcome::WithRowsLeft),
            Some((number, line, fate)) = in_flight.next(), if !in_flight.is_empty() => {
                run.settle(number, line, fate);
                watch(run.progress());
            }
            synced = synced(&mut run.syncing) => run.note(synced),
            _ = ticks.tick(), if !run.journal.is_synced() => run.sync(),
            row = rows.next(), if run.takes_rows && in_flight.len() < limits.concurrency => {
                if let Some((number, line, row, key)) = run.take(row) {
                    let sending = &sending;
                    in_flight.push(async move { (number, line, sending.send(row, &key).await) });
                } else {
                    watch(run.progress());
                    tokio::task::coop::consume_budget().await;
                }
            }
        }
    }
    run.finish().await
}

/// A row to send.
type Outgoing = (u64, u64, Row, air_api::IdempotencyKey);

impl<'r> Run<'r> {
    fn new(journal: &'r mut Journal, gate: &'r Gate) -> Self {
        Self {
            journal,
            gate,
            seen: Seen::default(),
            syncing: None,
            takes_rows: true,
            is_stopped: false,
            ended: RunOutcome::Complete,
            trouble: None,
        }
    }

    /// Returns a row to send, or `None` if the row is done or refused, or if there are no more rows.
    fn take(&mut self, next: Option<Result<NumberedRow, BulkError>>) -> Option<Outgoing> {
        let row = match next {
            None => {
                self.takes_rows = false;
                return None;
            }
            Some(Err(error)) => {
                self.fail(error);
                return None;
            }
            Some(Ok(row)) => row,
        };
        if let Err(error) = check_number(row.number) {
            self.fail(error);
            return None;
        }
        // A row that is done is checked as well, because a later row may repeat it.
        let is_done = self.journal.is_done(row.number);
        let checked = self.seen.check(row.content);
        match checked {
            _ if is_done => None,
            Ok((content, digest)) => {
                let key = self.journal.key(row.number, &digest);
                Some((row.number, row.line, content, key))
            }
            Err(refusal) => {
                self.record(row.number, row.line, refusal.into());
                None
            }
        }
    }

    fn settle(&mut self, number: u64, line: u64, fate: SendOutcome) {
        match fate {
            SendOutcome::Issued(outcome) => self.record(number, line, outcome),
            SendOutcome::Refused(refusal) => self.record(number, line, refusal.into()),
            SendOutcome::Unclear { request_id } => {
                let unclear = request_id.unwrap_or_default();
                self.record(number, line, JournalOutcome::Unclear { unclear });
            }
            SendOutcome::Left => {
                if matches!(self.ended, RunOutcome::Complete) {
                    self.ended = RunOutcome::WithRowsLeft;
                }
            }
            SendOutcome::Failed(error) => self.stop(RunOutcome::Failed(error)),
            SendOutcome::NotSigned(error) => self.stop(RunOutcome::NotSigned(error)),
        }
    }

    fn record(&mut self, number: u64, line: u64, outcome: JournalOutcome) {
        // After a failed write the last line may be incomplete, so nothing is appended.
        if self.journal_is_torn() {
            return;
        }
        match self.journal.record(number, line, outcome) {
            Err(error) => self.fail(error),
            Ok(()) if self.journal.wants_sync() => self.sync(),
            Ok(()) => {}
        }
    }

    fn sync(&mut self) {
        if self.syncing.is_none() && !self.journal_is_torn() {
            match self.journal.sync() {
                Ok(handle) => self.syncing = Some(handle),
                Err(error) => self.fail(error),
            }
        }
    }

    fn note(&mut self, synced: io::Result<()>) {
        self.syncing = None;
        if let Err(error) = synced {
            self.fail(BulkError::Journal(error));
        }
    }

    /// Stops the run. The first reason is stored, but a failure replaces a request to stop.
    fn stop(&mut self, ended: RunOutcome) {
        self.takes_rows = false;
        self.is_stopped = true;
        self.gate.close();
        if matches!(self.ended, RunOutcome::Complete | RunOutcome::WithRowsLeft) {
            self.ended = ended;
        }
    }

    fn fail(&mut self, error: BulkError) {
        self.stop(RunOutcome::WithRowsLeft);
        if self.trouble.is_none() || matches!(error, BulkError::Journal(_)) {
            self.trouble = Some(error);
        }
    }

    fn journal_is_torn(&self) -> bool {
        matches!(self.trouble, Some(BulkError::Journal(_)))
    }

    fn progress(&self) -> Progress {
        let summary = self.journal.summary();
        Progress {
            done: summary.done(),
            issued: summary.issued,
            refused: summary.refused,
            window: self.gate.window(),
        }
    }

    async fn finish(mut self) -> Result<RunOutcome, BulkError> {
        if self.syncing.is_some() {
            let outcome = synced(&mut self.syncing).await;
            self.note(outcome);
        }
        self.sync();
        if self.syncing.is_some() {
            let outcome = synced(&mut self.syncing).await;
            self.note(outcome);
        }
        match self.trouble {
            Some(trouble) => Err(trouble),
            None => Ok(self.ended),
        }
    }
}

/// Waits for the sync in progress. Never completes if no sync is in progress.
async fn synced(syncing: &mut Option<JoinHandle<io::Result<()>>>) -> io::Result<()> {
    match syncing {
        Some(handle) => Pin::new(handle)
            .await
            .unwrap_or_else(|error| Err(io::Error::other(error))),
        None => std::future::pending().await,
    }
}
