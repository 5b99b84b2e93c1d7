//! Import from the vendor's database: the records of its credentials, without claims.
//!
//! The source is read in one read-only snapshot, in batches by id. A first pass compares the
//! published status lists with the revocations of all tables, so that nothing is written if they
//! disagree. A second pass records the credentials. A later run records new credentials.

mod error;
mod lists;
mod record;
mod report;
mod run;
mod source;
mod target;
mod token;

use crate::{Clock, Config, keys::SigningKeys};

pub use self::{
    error::ImportError,
    report::{ImportReport, RefusalReason, RefusedRow},
    source::VendorDatabase,
};
use self::{lists::Survey, record::Rules, run::Run, source::Source, target::Target};

/// The options of an import.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// Whether the import only reports what it would do.
    pub is_dry_run: bool,
    /// The time of revocations whose time the source does not have, and of the audit log.
    pub clock: Clock,
}

impl Default for ImportOptions {
    fn default() -> Self {
        Self {
            is_dry_run: false,
            clock: Clock::system(),
        }
    }
}

/// Records the credentials of the vendor's database, with their nonces, status list entries and
/// revocations. Existing records do not change, except that a new revocation is added.
/// Neither claims nor credentials are copied.
///
/// # Errors
/// [`ImportError`], whose message contains the remedy. Nothing is written before the source has
/// passed the checks. Rows that can't be recorded are in the report.
pub async fn import(
    config: &Config,
    vendor: &VendorDatabase,
    options: &ImportOptions,
) -> Result<ImportReport, ImportError> {
    let mut source = Source::open(vendor).await?;
    let now = options.clock.now();
    let keys = SigningKeys::open(config, now).await?;
    let rules = Rules::new(config, &keys.published, now);
    let survey = Survey::of(&mut source, &rules).await?;
    let target = Target::open(config, options).await?;
    if let Some(size) = rules.list_size {
        target.adopt_lists(size, survey.taken).await?;
    }
    let mut run = Run::new(&rules, &target, survey, options.is_dry_run);
    run.sd_jwts(&mut source).await?;
    run.issuances(&mut source).await?;
    run.revocations(&mut source).await?;
    let report = run.finish();
    source.close().await;
    target.close().await;
    Ok(report)
}
