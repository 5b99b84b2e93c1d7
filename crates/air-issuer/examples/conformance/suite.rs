//! Cases for the routes of the vendor's service, for any service that has them. A case names the expected response
//! and the seen one. The suite uses only the given holder, user and schema, and revokes what it has issued.

mod admin;
mod client;
mod expected;
mod holders;
mod shared;
mod status;
mod target;
mod well_known;

pub(crate) use self::target::{Holder, Subject, Target};
use self::{client::Client, expected::Expected};

/// The result of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Met,
    Broken {
        expected: String,
        seen: String,
    },
    /// The target lacks a precondition.
    NotRun(&'static str),
}

/// A case and its result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) case: String,
    pub(crate) verdict: Verdict,
}

/// The cases of a target so far.
struct Suite<'a> {
    target: &'a Target,
    client: Client,
    reports: Vec<Report>,
    has_lists: bool,
    /// The nonces of the holder's credentials before the suite issues.
    earlier: Vec<String>,
}

/// Runs all cases against a target.
///
/// # Errors
/// [`air_fetch::SetupError`] if TLS can't be set up.
pub(crate) async fn run(target: &Target) -> Result<Vec<Report>, air_fetch::SetupError> {
    let client = Client::new(target)?;
    let has_lists = client.get("/statuslist/0").await.status != 501;
    let mut suite = Suite {
        target,
        client,
        reports: Vec::new(),
        has_lists,
        earlier: Vec::new(),
    };
    suite.earlier = suite.nonces().await;
    suite.shared().await;
    suite.well_known().await;
    suite.previews().await;
    suite.issuance().await;
    suite.admin_issuance().await;
    suite.history().await;
    suite.revocation().await;
    suite.status_lists().await;
    Ok(suite.reports)
}

impl Suite<'_> {
    /// Compares a response with the expected one.
    fn check(&mut self, case: impl Into<String>, response: &client::Seen, expected: &Expected) {
        let verdict = if expected.is_met(response) {
            Verdict::Met
        } else {
            Verdict::Broken {
                expected: expected.to_string(),
                seen: response.to_string(),
            }
        };
        self.reports.push(Report {
            case: case.into(),
            verdict,
        });
    }

    fn skip(&mut self, case: &str, reason: &'static str) {
        self.reports.push(Report {
            case: case.to_owned(),
            verdict: Verdict::NotRun(reason),
        });
    }
}
