//! Tests of runs against a platform that loses, delays, rejects and fails calls. Runs are cancelled,
//! truncated and resumed. Time is paused.

mod platform;

use std::{
    fs,
    path::PathBuf,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use air_api::OnDuplicate;
use air_jwt::{Algorithm, Kid, Signer, SignerError};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

use self::platform::{Behaviour, Platform};
use super::*;
use crate::Error;

const INPUT: InputDigest = InputDigest([7; 32]);
const ROWS: u64 = 60;

/// A signer that returns a dummy signature at once.
struct DummySigner(Kid);

impl Signer for DummySigner {
    fn algorithm(&self) -> Algorithm {
        Algorithm::Es256
    }

    fn kid(&self) -> &Kid {
        &self.0
    }

    async fn sign(&self, _: &[u8]) -> Result<Vec<u8>, SignerError> {
        Ok(vec![0; 64])
    }
}

struct Bench {
    platform: Platform,
    order: BulkOrder,
    keeps_keys: bool,
    settings: fn(Bulk) -> Bulk,
    _folder: TempDir,
    journal: PathBuf,
}

impl Bench {
    fn new(behaviour: Behaviour, seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            platform: Platform::new(behaviour, seed),
            order: BulkOrder::new("did:air:id:test:x".parse().unwrap(), "c21".parse().unwrap()),
            keeps_keys: true,
            settings: |bulk| bulk,
            journal: folder.path().join("journal"),
            _folder: folder,
        }
    }

    fn revoking(mut self, keeps_keys: bool) -> Self {
        self.order = self.order.on_duplicate(OnDuplicate::Revoke);
        self.keeps_keys = keeps_keys;
        self
    }

    fn bulk(&self) -> Bulk {
        (self.settings)(
            self.platform
                .client(self.keeps_keys)
                .bulk(self.order.clone())
                .concurrency(8),
        )
    }

    fn open_journal(&self) -> Result<Journal, BulkError> {
        if self.journal.exists() {
            self.bulk().resume(&self.journal, INPUT)
        } else {
            self.bulk().begin(&self.journal, INPUT)
        }
    }

    async fn run(&self, stop: impl Future<Output = ()>) -> (RunOutcome, Summary) {
        let mut journal = self.open_journal().unwrap();
        let ended = self.run_with(&mut journal, rows(), stop).await.unwrap();
        (ended, journal.summary().clone())
    }

    async fn run_with(
        &self,
        journal: &mut Journal,
        rows: impl IntoIterator<Item = Result<NumberedRow, BulkError>>,
        stop: impl Future<Output = ()>,
    ) -> Result<RunOutcome, BulkError> {
        let partner = "7f0e5a1c-0000-4000-8000-000000000000".parse().unwrap();
        let signer = DummySigner("k".parse().unwrap());
        self.bulk()
            .run(&partner, &signer, journal, rows, stop, |_| ())
            .await
    }

    /// Truncates the file, as a power loss does.
    fn tear_journal(&self, rng: &mut StdRng) {
        let text = fs::read(&self.journal).unwrap();
        let first_line = text.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        let length = rng.random_range(first_line..=text.len());
        fs::write(&self.journal, &text[..length]).unwrap();
    }
}

/// Every tenth row is invalid, the platform rejects every seventh, and the last repeats the first.
fn rows() -> impl Iterator<Item = Result<NumberedRow, BulkError>> {
    (1..=ROWS).map(|number| {
        let id = if number == ROWS { 1 } else { number };
        let row = || Row {
            email: format!("user{id}@secret.example").parse().unwrap(),
            credential_subject: serde_json::from_value(
                serde_json::json!({ "id": id, "isWrong": is_wrong(id), "name": "Nordheim" }),
            )
            .unwrap(),
            expires_at: None,
        };
        let is_row = number == ROWS || !number.is_multiple_of(10);
        Ok(NumberedRow {
            number,
            line: number + 1,
            content: if is_row {
                Ok(row())
            } else {
                Err(Refusal::new(Reason::NotAnEmail, "/email"))
            },
        })
    })
}

fn is_wrong(id: u64) -> bool {
    id.is_multiple_of(7)
}

fn expected_refusals() -> Vec<(u64, Reason, String)> {
    (1..=ROWS)
        .filter_map(|number| match number {
            ROWS => Some((number, Reason::Duplicate, String::new())),
            _ if number.is_multiple_of(10) => Some((number, Reason::NotAnEmail, "/email".into())),
            _ if is_wrong(number) => Some((number, Reason::Rejected, "/credentialSubject/isWrong".into())),
            _ => None,
        })
        .collect()
}

fn never() -> impl Future<Output = ()> {
    std::future::pending()
}

#[track_caller]
fn check_each_once(bench: &Bench, summary: &Summary) {
    let mut refused: Vec<_> = summary
        .refused_rows
        .iter()
        .map(|row| (row.number, row.refusal.reason, row.refusal.pointer.clone()))
        .collect();
    refused.sort_by_key(|(number, ..)| *number);
    assert_eq!(refused, expected_refusals());
    assert_eq!(summary.issued + summary.refused, ROWS);
    let valid = (1..ROWS).filter(|id| !id.is_multiple_of(10) && !is_wrong(*id));
    let expected: Vec<_> = valid.map(|id| (id, 1)).collect();
    assert_eq!(bench.platform.effects(), expected);
}

#[tokio::test(start_paused = true)]
async fn each_row_is_issued_once_whatever_happens() {
    for seed in 0..60 {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut bench = Bench::new(Behaviour::Chaotic, seed);
        if seed % 2 == 1 {
            bench = bench.revoking(true);
        }
        let mut parts = 0;
        let summary = loop {
            parts += 1;
            assert!(parts < 1000, "seed {seed} does not end");
            let short = Duration::from_millis(rng.random_range(1..4000));
            match rng.random_range(0..3) {
                // The run is aborted, and its journal is truncated.
                0 => {
                    let _ = timeout(short, bench.run(never())).await;
                    bench.tear_journal(&mut rng);
                }
                // The run is stopped.
                1 => {
                    let (ended, summary) = bench.run(sleep(short)).await;
                    if matches!(ended, RunOutcome::Complete) {
                        break summary;
                    }
                    assert!(matches!(ended, RunOutcome::WithRowsLeft), "{ended:?}");
                }
                _ => {
                    if let Ok((ended, summary)) = timeout(4 * short, bench.run(never())).await {
                        assert!(matches!(ended, RunOutcome::Complete), "{ended:?}");
                        break summary;
                    }
                }
            }
        };
        check_each_once(&bench, &summary);
    }
}

#[tokio::test(start_paused = true)]
async fn a_platform_that_keeps_up_is_sent_everything_and_the_journal_has_no_values() {
    let bench = Bench::new(Behaviour::Calm, 0);
    let (ended, summary) = bench.run(never()).await;
    assert!(matches!(ended, RunOutcome::Complete));
    check_each_once(&bench, &summary);
    let journal = fs::read_to_string(&bench.journal).unwrap();
    assert_eq!(journal.lines().count() as u64, ROWS + 1);
    for value in ["user", "secret.example", "Nordheim"] {
        assert!(!journal.contains(value), "{value} in {journal}");
    }
    // A second run sends nothing.
    let calls = bench.platform.calls();
    assert!(matches!(bench.run(never()).await.0, RunOutcome::Complete));
    assert_eq!(bench.platform.calls(), calls);
}

#[tokio::test(start_paused = true)]
async fn a_run_may_move_between_threads() {
    fn sent_to_another<T: Send>(running: T) -> T {
        running
    }
    let bench = Bench::new(Behaviour::Calm, 0);
    let mut journal = bench.open_journal().unwrap();
    let running =
        sent_to_another(bench.run_with(&mut journal, rows().collect::<Vec<_>>(), std::future::ready(())));
    assert!(matches!(running.await, Ok(RunOutcome::WithRowsLeft)));
}

#[tokio::test(start_paused = true)]
async fn a_stop_lets_what_is_under_way_end() {
    let bench = Bench::new(Behaviour::Calm, 0);
    let (ended, summary) = bench.run(sleep(Duration::from_millis(150))).await;
    assert!(matches!(ended, RunOutcome::WithRowsLeft));
    assert!(summary.done() > 0 && summary.done() < ROWS, "{summary:?}");
    assert_eq!(
        bench.platform.effects().len() as u64,
        summary.issued,
        "none is under way unrecorded"
    );
}

#[tokio::test(start_paused = true)]
async fn what_all_rows_would_meet_ends_the_run() {
    let bench = Bench::new(Behaviour::Unauthorised, 0);
    let (ended, summary) = bench.run(never()).await;
    assert!(
        matches!(ended, RunOutcome::Failed(Error::NotAuthorised { .. })),
        "{ended:?}"
    );
    assert_eq!(summary.issued, 0);
    assert!(bench.platform.calls() <= 8);
}

#[tokio::test(start_paused = true)]
async fn a_platform_that_is_away_is_waited_for_and_then_left() {
    let mut bench = Bench::new(Behaviour::Away, 0);
    bench.settings = |bulk| bulk.max_outage(Duration::from_mins(2));
    let begun = tokio::time::Instant::now();
    let (ended, _) = bench.run(never()).await;
    assert!(
        matches!(
            ended,
            RunOutcome::Failed(Error::Unreachable { .. } | Error::CircuitOpen { .. })
        ),
        "{ended:?}"
    );
    let waited = begun.elapsed().as_secs();
    assert!((120..240).contains(&waited), "{waited}");
}

#[tokio::test(start_paused = true)]
async fn a_row_that_never_gets_an_answer_is_left_and_the_others_are_not() {
    let bench = Bench::new(Behaviour::FailsForRowThree, 0);
    let (ended, summary) = bench.run(never()).await;
    assert!(
        matches!(
            ended,
            RunOutcome::WithRowsLeft | RunOutcome::Failed(Error::PlatformFailed { .. })
        ),
        "{ended:?}"
    );
    assert_eq!(summary.done(), ROWS - 1);
    assert!(bench.platform.effects().iter().all(|(id, _)| *id != 3));
}

#[tokio::test(start_paused = true)]
async fn a_platform_that_takes_few_calls_is_given_its_time() {
    let mut bench = Bench::new(Behaviour::Throttled, 0);
    bench.settings = |bulk| bulk.max_outage(Duration::from_mins(1));
    let (ended, summary) = bench.run(never()).await;
    assert!(matches!(ended, RunOutcome::Complete), "{ended:?}");
    check_each_once(&bench, &summary);
    assert!(bench.platform.calls() < 200, "{} calls", bench.platform.calls());
}

#[tokio::test(start_paused = true)]
async fn a_platform_that_takes_no_call_is_left() {
    let bench = Bench::new(Behaviour::AlwaysBusy, 0);
    let begun = tokio::time::Instant::now();
    let (ended, _) = bench.run(never()).await;
    assert!(
        matches!(ended, RunOutcome::Failed(Error::RateLimited { .. })),
        "{ended:?}"
    );
    assert!(begun.elapsed() < Duration::from_mins(10));
}

#[tokio::test(start_paused = true)]
async fn without_keys_a_lost_answer_leaves_a_revoking_row_unclear() {
    let bench = Bench::new(Behaviour::LosesAll, 0).revoking(false);
    let (ended, summary) = bench.run(never()).await;
    assert!(matches!(ended, RunOutcome::Complete), "{ended:?}");
    assert_eq!((summary.issued, summary.unclear + summary.refused), (0, ROWS));
    assert!(bench.platform.effects().iter().all(|(_, times)| *times == 1));
    assert!(matches!(bench.open_journal(), Err(BulkError::WouldRepeat)));
}

#[tokio::test(start_paused = true)]
async fn rows_are_read_as_they_are_needed() {
    let bench = Bench::new(Behaviour::Chaotic, 3);
    let (read, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let mut journal = bench.open_journal().unwrap();
    let counted = rows().inspect(|_| {
        read.fetch_add(1, Ordering::SeqCst);
    });
    let partner = "7f0e5a1c-0000-4000-8000-000000000000".parse().unwrap();
    let signer = DummySigner("k".parse().unwrap());
    let watch = |progress: Progress| {
        let ahead = read.load(Ordering::SeqCst) - usize::try_from(progress.done).unwrap();
        most.fetch_max(ahead, Ordering::SeqCst);
    };
    let ended = bench
        .bulk()
        .run(&partner, &signer, &mut journal, counted, never(), watch)
        .await;
    assert!(matches!(ended, Ok(RunOutcome::Complete)), "{ended:?}");
    assert!(most.load(Ordering::SeqCst) <= 8, "{most:?} rows in memory");
}

#[tokio::test(start_paused = true)]
async fn an_input_that_breaks_off_ends_the_run_after_what_is_under_way() {
    let bench = Bench::new(Behaviour::Calm, 0);
    let mut journal = bench.open_journal().unwrap();
    let broken = || Err(BulkError::Read(std::io::ErrorKind::UnexpectedEof.into()));
    let rows = rows().take(5).chain(std::iter::once_with(broken));
    let error = bench.run_with(&mut journal, rows, never()).await.unwrap_err();
    assert!(matches!(error, BulkError::Read(_)), "{error:?}");
    let summary = journal.summary();
    assert!(summary.issued > 0 && summary.done() <= 5, "{summary:?}");
    assert_eq!(bench.platform.effects().len() as u64, summary.issued);

    let beyond = NumberedRow {
        number: ROW_LIMIT + 1,
        line: 1,
        content: Err(Refusal::new(Reason::NotJson, "")),
    };
    let error = bench
        .run_with(&mut journal, [Ok(beyond)], never())
        .await
        .unwrap_err();
    assert!(matches!(error, BulkError::TooManyRows { .. }), "{error:?}");
}
