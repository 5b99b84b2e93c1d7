//! A run of rows: its options, the check of the file, the journal, the interrupts and the report.

use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
    time::Instant,
};

use air_client::bulk::{
    Bulk, BulkError, InputDigest, Journal, NumberedRow, Progress, Review, RunOutcome, ServiceBulk,
};
use clap::Args;

use super::{
    input::Input,
    report::{self, Report},
    results,
    wording::Wording,
};
use crate::{
    exit::Failure, files::require_own_name, interrupt::Interrupts, output::Output, partner::Partner,
    progress::Count, terminal::printable,
};

/// The options of a run.
#[derive(Args)]
pub(crate) struct RunArgs {
    /// The file that records the outcome of each row [default: the input's name with `.journal` appended].
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Write a CSV with each row's address and the hash or id of its credential, or the reason why
    /// there is none. It contains personal data, and is readable by its owner only.
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    results: Option<PathBuf>,
    /// Resume the run of an existing journal.
    #[arg(long)]
    resume: bool,
    /// Check every row without sending any.
    #[arg(long, conflicts_with = "resume")]
    dry_run: bool,
    /// The maximum number of concurrent calls; fewer are made when the server asks to slow down.
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=1024))]
    concurrency: u16,
    /// The file of rows.
    #[arg(value_name = "FILE.csv|FILE.ndjson")]
    input: PathBuf,
}

/// The rows of a checked file.
pub(crate) struct Reviewed {
    review: Review,
    digest: InputDigest,
}

/// The service that rows are sent to, with the caller's credentials.
pub(crate) enum Sender<'s> {
    Platform { bulk: Bulk, partner: &'s Partner },
    OwnService { bulk: ServiceBulk, admin_key: &'s str },
}

impl Sender<'_> {
    fn wording(&self) -> &'static Wording {
        match self {
            Self::Platform { .. } => &Wording::PLATFORM,
            Self::OwnService { .. } => &Wording::OWN_SERVICE,
        }
    }

    fn begin(&self, journal: &Path, input: InputDigest) -> Result<Journal, BulkError> {
        match self {
            Self::Platform { bulk, .. } => bulk.begin(journal, input),
            Self::OwnService { bulk, .. } => bulk.begin(journal, input),
        }
    }

    fn resume(&self, journal: &Path, input: InputDigest) -> Result<Journal, BulkError> {
        match self {
            Self::Platform { bulk, .. } => bulk.resume(journal, input),
            Self::OwnService { bulk, .. } => bulk.resume(journal, input),
        }
    }

    async fn run(
        &self,
        journal: &mut Journal,
        rows: impl IntoIterator<Item = Result<NumberedRow, BulkError>>,
        stop: impl Future<Output = ()>,
        watch: impl FnMut(Progress),
    ) -> Result<RunOutcome, BulkError> {
        match self {
            Self::Platform { bulk, partner } => {
                let (id, key) = partner.signer();
                bulk.run(id, key, journal, rows, stop, watch).await
            }
            Self::OwnService { bulk, admin_key } => bulk.run(admin_key, journal, rows, stop, watch).await,
        }
    }
}

impl RunArgs {
    pub(crate) fn input(&self) -> &Path {
        &self.input
    }

    pub(crate) fn concurrency(&self) -> usize {
        self.concurrency.into()
    }

    pub(crate) fn is_dry(&self) -> bool {
        self.dry_run
    }

    /// Checks the rows, and that the run replaces no file. A dry run ends here, with its report.
    pub(crate) fn review(
        &self,
        input: &Input,
        wording: &Wording,
        output: Output,
    ) -> Result<Option<Reviewed>, Failure> {
        let journal = self.journal_path();
        require_own_name(&journal, &[&self.input])?;
        if let Some(results) = &self.results {
            require_own_name(results, &[&self.input, &journal])?;
        }
        if !self.dry_run && !self.resume && journal.exists() {
            return Err(about(&BulkError::JournalExists, &self.input, &journal, wording));
        }
        if let Some(path) = self.results.as_ref().filter(|path| !self.resume && path.exists()) {
            return Err(Failure::failed(format!(
                "{} already exists",
                printable(&path.display().to_string())
            ))
            .with_hint("choose another file with --results; only --resume replaces it"));
        }
        let failed = |error| about(&error, &self.input, &journal, wording);
        let ignored = input.ignored_columns().map_err(failed)?;
        if !ignored.is_empty() {
            let columns: Vec<String> = ignored.iter().map(ToString::to_string).collect();
            output.note(&format!(
                "warning: these columns are ignored, counted from 1: {}",
                columns.join(", ")
            ));
        }
        let (review, digest) = input.review(self.dry_run, output).map_err(failed)?;
        if review.rows == 0 {
            let name = printable(&self.input.display().to_string());
            output.note(&format!("warning: {name} has no rows"));
        }
        if self.dry_run {
            report::reviewed(&review, &self.input, wording, output)?;
            return Ok(None);
        }
        Ok(Some(Reviewed { review, digest }))
    }

    /// Sends the rows that are not done, and reports the outcomes.
    pub(crate) async fn send(
        &self,
        input: &Input,
        reviewed: Reviewed,
        sender: &Sender<'_>,
        output: Output,
    ) -> Result<(), Failure> {
        let Reviewed { review, digest } = reviewed;
        let (journal, wording) = (self.journal_path(), sender.wording());
        let failed = |error| about(&error, &self.input, &journal, wording);
        let opened = if self.resume {
            sender.resume(&journal, digest)
        } else {
            sender.begin(&journal, digest)
        };
        let mut kept = opened.map_err(failed)?;
        let before = kept.summary().done();
        let begun = Instant::now();
        let ended = send(sender, &mut kept, input, review.rows, output).await;
        if let Some(path) = &self.results {
            results::write(path, input, &kept, wording.credential, failed)?;
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
            wording,
        };
        match ended.map_err(failed)? {
            Some(ended) => report.render(ended, output),
            None => report.render(RunOutcome::WithRowsLeft, output),
        }
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
    sender: &Sender<'_>,
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
    let running = sender.run(journal, input.rows()?, stop, watch);
    let ended = tokio::select! {
        ended = running => ended.map(Some),
        () = stop_at_once => Ok(None),
    };
    bar.clear();
    ended
}

/// Names the file, and adds a hint.
fn about(error: &BulkError, input: &Path, journal: &Path, wording: &Wording) -> Failure {
    let (failure, file) = match error {
        BulkError::Read(_) => (Failure::failed_by(error), input),
        BulkError::UnknownColumn { .. } if wording.has_optional_schema => {
            let failure = Failure::rejected(error.to_string());
            (
                failure
                    .with_hint("columns with the names of attributes need `--schema FILE`, which has them"),
                input,
            )
        }
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
                failure.with_hint(format!(
                    "run `{} --resume …` to resume it, or choose another journal with --journal",
                    wording.command
                )),
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
