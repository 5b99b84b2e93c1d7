//! Checks of a configuration and its surroundings: the database, the keys, the platform, and the published documents.

mod claims;
mod database;
mod document;
mod keys;
#[cfg(feature = "openid4vc")]
mod openid4vc;
mod platform;
mod status_list;
mod webhook;

use crate::{Clock, Config, Error, count::counted};

/// The outcome of a [`Check`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CheckLevel {
    /// Nothing is to be done.
    Good,
    /// The operator should fix it.
    Warning,
    /// The service can't issue until it is fixed.
    Failed,
    /// The check does not apply.
    Skipped,
}

/// The result of one check. No text contains a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Check {
    /// The subject: `config`, `database`, `claims`, `webhook`, `keys`, `dstorage`, `clock`, `api`, `did`, `status-list`
    /// or `openid4vc`.
    pub name: &'static str,
    /// The outcome.
    pub level: CheckLevel,
    /// A stable name of the problem, for scripts.
    pub code: Option<&'static str>,
    /// The finding, in a sentence.
    pub message: String,
    /// The remedy, for a warning or a failure whose message does not contain it.
    pub remedy: Option<String>,
}

impl Check {
    fn good(name: &'static str, message: impl Into<String>) -> Self {
        Self::new(name, CheckLevel::Good, None, message.into(), None)
    }

    fn skipped(name: &'static str, message: impl Into<String>) -> Self {
        Self::new(name, CheckLevel::Skipped, None, message.into(), None)
    }

    fn warning(name: &'static str, code: &'static str, message: impl Into<String>, remedy: &str) -> Self {
        let remedy = (!remedy.is_empty()).then(|| remedy.to_owned());
        Self::new(name, CheckLevel::Warning, Some(code), message.into(), remedy)
    }

    fn failed(name: &'static str, code: &'static str, message: impl Into<String>, remedy: &str) -> Self {
        let remedy = (!remedy.is_empty()).then(|| remedy.to_owned());
        Self::new(name, CheckLevel::Failed, Some(code), message.into(), remedy)
    }

    fn new(
        name: &'static str,
        level: CheckLevel,
        code: Option<&'static str>,
        message: String,
        remedy: Option<String>,
    ) -> Self {
        Self {
            name,
            level,
            code,
            message,
            remedy,
        }
    }
}

/// Checks what the service needs: the database, which is not changed, the hooks and queries of claims, the endpoint of events,
/// the keys, dStorage and its clock, the origin of users, and at the public origin the DID document, the first status list and
/// the metadata for wallets.
///
/// # Errors
/// [`Error::Setup`] if TLS can't be set up.
pub async fn check(config: &Config, clock: &Clock) -> Result<Vec<Check>, Error> {
    let fetcher = config.fetcher().map_err(Error::Setup)?;
    let mut checks = vec![Check::good(
        "config",
        format!(
            "the issuer is {} with {}",
            config.did,
            counted(config.schemas.len() as u64, "schema", "schemas")
        ),
    )];
    let warnings = config.warnings().iter();
    checks.extend(warnings.map(|warning| Check::warning("config", "config-warning", warning, "")));
    checks.push(database::examine(config).await);
    checks.extend(claims::examine(config).await);
    checks.extend(webhook::examine(config).await);
    let (keys, published) = keys::examine(config, clock.now()).await;
    checks.extend(keys);
    checks.extend(platform::examine(&fetcher, config, clock).await);
    let did = document::examine(&fetcher, config, &published).await;
    let is_reachable = did.code != Some(document::UNREACHABLE);
    checks.push(did);
    checks.push(status_list::examine(&fetcher, config, &published, is_reachable, clock.now()).await);
    #[cfg(feature = "openid4vc")]
    checks.extend(openid4vc::examine(&fetcher, config).await);
    Ok(checks)
}
