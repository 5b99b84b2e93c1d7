//! `air bulk`: issues one credential for each row of a file, with a journal to resume from.

mod input;
mod report;
mod results;

use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use air_client::bulk::{Bulk, BulkError, BulkOrder, Journal, Progress, RunOutcome};
use clap::Args;

use self::{input::Input, report::Report};
use crate::{
    duplicates::DuplicateArgs,
    exit::Failure,
    interrupt::Interrupts,
    output::Output,
    partner::{IssuanceArgs, Partner, PartnerArgs},
    profile::Profile,
    progress::Count,
    terminal::printable,
};

#[derive(Args)]
#[command(
    after_help = "A CSV has a header line `email,<attribute>,…`, separated by commas or semicolons. With --schema, each cell \
                  has the type of its attribute: text needs no quotation marks. Without it, columns are named \
                  `credentialSubject.<attribute>`, and their cells are JSON. An empty cell is an absent claim.\n\
                  NDJSON has `{\"email\": …, \"credentialSubject\": {…}}` on each line. A repeated row is refused; two different \
                  rows with the same address are two credentials.\n\
                  \n\
                  Examples, after `air init`:\n  \
                  air bulk --program kyc --schema schema.json --dry-run people.csv\n  \
                  air bulk --program kyc --schema schema.json people.csv\n  \
                  air bulk --program kyc --schema schema.json --resume people.csv"
)]
pub(crate) struct BulkArgs {
    #[command(flatten)]
    partner: PartnerArgs,
    #[command(flatten)]
    issuance: IssuanceArgs,
    /// The schema: the types of the cells of a CSV. Rows that do not conform are refused before
    /// they are sent.
    #[arg(long, value_name = "FILE")]
    schema: Option<PathBuf>,
    #[command(flatten)]
    duplicates: DuplicateArgs,
    /// The file that records the outcome of each row [default: the input's name with `.journal` appended].
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Write a CSV with each row's address and the hash of its credential, or the reason why there
    /// is none. It contains personal data, and is readable by its owner only.
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    results: Option<PathBuf>,
    /// Resume the run of an existing journal.
    #[arg(long)]
    resume: bool,
    /// Check every row without sending any.
    #[arg(long, conflicts_with = "resume")]
    dry_run: bool,
    /// The maximum number of concurrent calls; fewer are made when the platform asks to slow down.
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=1024))]
    concurrency: u16,
    /// The file of rows.
    #[arg(value_name = "FILE.csv|FILE.ndjson")]
    input: PathBuf,
}

impl BulkArgs {
    pub(crate) async fn run(&self, output: Output) -> Result<(), Failure> {
        let input = Input::open(&self.input, self.schema.as_deref())?;
        let partner = self.partner.connect_silently(output).await?;
        let order = self.order(partner.profile())?;
        let journal = self.journal_path();
        if !self.dry_run && !self.resume && journal.exists() {
            return Err(about(&BulkError::JournalExists, &self.input, &journal));
        }
        if let Some(path) = self.results.as_ref().filter(|path| !self.resume && path.exists()) {
            return Err(Failure::failed(format!(
                "{} already exists",
                printable(&path.display().to_string())
            ))
            .with_hint("choose another file with --results; only --resume replaces it"));
        }
        let failed = |error| about(&error, &self.input, &journal);
        let (review, digest) = input.review(self.dry_run, output).map_err(failed)?;
        if self.dry_run {
            return report::reviewed(&review, &self.input, output);
        }
        // During a run, an unreachable platform is retried; at its start, it is an error.
        partner.client.clock().await?;
        let bulk = partner.client.bulk(order).concurrency(self.concurrency.into());
        let opened = if self.resume {
            bulk.resume(&journal, digest)
        } else {
            bulk.begin(&journal, digest)
        };
        let mut kept = opened.map_err(failed)?;
        let before = kept.summary().done();
        let begun = Instant::now();
        let ended = send(&bulk, &partner, &mut kept, &input, review.rows, output).await;
        if let Some(path) = &self.results {
            results::write(path, &input, &kept, failed)?;
        }
        let report = Report {
            rows: review.rows,
            sent: kept.summary().done() - before,
            took: begun.elapsed(),
            summary: kept.summary(),
            run_id: kept.run_id(),
            input: &self.input,
            journal: &journal,
            results: self.results.as_deref(),
        };
        match ended.map_err(failed)? {
            Some(ended) => report.render(ended, output),
            None => report.render(RunOutcome::WithRowsLeft, output),
        }
    }

    fn order(&self, profile: Option<&Profile>) -> Result<BulkOrder, Failure> {
        let issuance = &self.issuance;
        let order = BulkOrder::new(issuance.issuer(profile)?, issuance.program(profile)?);
        Ok(order.on_duplicate(self.duplicates.choice()))
    }

    fn journal_path(&self) -> PathBuf {
        self.journal.clone().unwrap_or_else(|| {
            let mut name = self.input.clone().into_os_string();
            name.push(".journal");
            name.into()
        })
    }
}

/// Sends the rows until the input ends or the user interrupts; `None` after a second interrupt.
async fn send(
    bulk: &Bulk,
    partner: &Partner,
    journal: &mut Journal,
    input: &Input,
    rows: u64,
    output: Output,
) -> Result<Option<RunOutcome>, BulkError> {
    let bar = Count::of(rows, journal.summary().done(), "rows", output);
    let (mut first, mut both) = (Interrupts::listen(), Interrupts::listen());
    let stop = async {
        first.next().await;
        bar.clear();
        output.note("Stopping: waiting for the calls in progress. Press Ctrl-C again to stop at once.");
    };
    let stop_at_once = async {
        both.next().await;
        both.next().await;
    };
    let watch = |progress: Progress| {
        bar.reach(progress.done, || match progress.refused {
            0 => String::new(),
            refused => format!("{refused} refused"),
        });
    };
    let (id, key) = partner.signer();
    let running = bulk.run(id, key, journal, input.rows()?, stop, watch);
    let ended = tokio::select! {
        ended = running => ended.map(Some),
        () = stop_at_once => Ok(None),
    };
    bar.clear();
    ended
}

/// Names the file, and adds a hint.
fn about(error: &BulkError, input: &Path, journal: &Path) -> Failure {
    let (failure, file) = match error {
        BulkError::Read(_) => (Failure::failed_by(error), input),
        BulkError::NoEmailColumn
        | BulkError::UnknownColumn { .. }
        | BulkError::RepeatedColumn { .. }
        | BulkError::RecordTooLong { .. }
        | BulkError::TooManyRows { .. } => (Failure::rejected(error.to_string()), input),
        BulkError::Journal(cause) if cause.kind() == ErrorKind::NotFound => {
            let failure = Failure::failed("there is no journal to resume");
            (failure.with_hint("omit --resume to start a new run"), journal)
        }
        BulkError::Journal(_) => (Failure::failed_by(error), journal),
        BulkError::JournalExists => {
            let failure = Failure::failed(error.to_string());
            (
                failure.with_hint(
                    "run `air bulk --resume …` to resume it, or choose another journal with --journal",
                ),
                journal,
            )
        }
        BulkError::JournalOfAnother { .. } => {
            let failure = Failure::rejected(error.to_string());
            (
                failure
                    .with_hint("resume with the same file and options, or start another run with --journal"),
                journal,
            )
        }
        BulkError::JournalEmpty | BulkError::JournalDamaged { .. } | BulkError::JournalVersion { .. } => {
            (Failure::rejected(error.to_string()), journal)
        }
        _ => (Failure::failed(error.to_string()), journal),
    };
    failure.about(&printable(&file.display().to_string()))
}

/// Rows per second.
fn rate(rows: u64, took: Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "rates are printed with one decimal")]
    let rows = rows as f64;
    (rows / took.as_secs_f64().max(0.001) * 10.0).round() / 10.0
}
