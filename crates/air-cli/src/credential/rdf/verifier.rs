//! Verifying.

use std::collections::BTreeMap;

use air_fetch::Accept;
use air_ids::UnixTime;
use air_jwt::JwkSet;
use air_vc::ClaimPath;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{AIR_SSI, RdfArgs, RdfCredential, multikeys, read_contexts};
use crate::{
    exit::Failure,
    helper::{Answer, Helper},
    output::Output,
    status_list::StatusListSource,
    terminal::printable,
};

/// The maximum number of lists that a credential names.
const LISTS_LIMIT: usize = 16;

/// A credential or presentation to verify.
pub(crate) struct Verification<'a> {
    pub(crate) credential: &'a RdfCredential,
    pub(crate) arguments: &'a RdfArgs,
    pub(crate) issuer: &'a str,
    /// The issuer's keys, unless they are in its document or its name.
    pub(crate) keys: &'a JwkSet,
    pub(crate) type_name: Option<&'a str>,
    pub(crate) required: &'a [ClaimPath],
    /// The files of status lists; empty if they are fetched.
    pub(crate) status_lists: &'a [StatusListSource],
    pub(crate) is_without_status: bool,
    pub(crate) at: UnixTime,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Command<'a> {
    protocol: u64,
    command: &'static str,
    credential: &'a Map<String, Value>,
    issuer: &'a str,
    keys: BTreeMap<String, String>,
    issuer_document: Option<Map<String, Value>>,
    /// The keys of status lists, for a credential with a status.
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer_jwks: Option<&'a JwkSet>,
    at: u64,
    types: Vec<&'a str>,
    claims: Vec<String>,
    suites: [&'static str; 1],
    challenge: Option<&'a str>,
    without_status: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    status_lists: Vec<String>,
    contexts: BTreeMap<&'a str, Value>,
}

/// Verifies a credential, and prints the report. Fails with exit code 4 if the credential is not accepted,
/// and with that of the request if its status list could not be fetched.
pub(crate) async fn verify(verification: &Verification<'_>, output: Output) -> Result<(), Failure> {
    let helper = Helper::find(&AIR_SSI)?;
    let mut command = verification.command()?;
    command.status_lists = texts(verification.status_lists).await?;
    let mut answer = helper.ask(&command).await?;
    let missing = missing_lists(&answer);
    if missing.len() > LISTS_LIMIT {
        return Err(helper.unexpected());
    }
    let mut unfetched = None;
    if verification.status_lists.is_empty() && !missing.is_empty() {
        match texts(&missing).await {
            Ok(texts) => {
                command.status_lists = texts;
                answer = helper.ask(&command).await?;
            }
            Err(failure) => unfetched = Some(failure),
        }
    }
    let verdict = Verdict::of(&answer).ok_or_else(|| helper.unexpected())?;
    render(&verdict, unfetched, output)
}

/// The texts of status lists.
async fn texts(sources: &[StatusListSource]) -> Result<Vec<String>, Failure> {
    let mut texts = Vec::with_capacity(sources.len());
    for source in sources {
        texts.push(source.load(Accept::Credential).await?);
    }
    Ok(texts)
}

/// The lists that decide about a credential whose proof was verified, and that the program does not have.
fn missing_lists(answer: &Answer) -> Vec<StatusListSource> {
    match Verdict::of(answer) {
        Some(Verdict::Invalid { checks, missing, .. }) if failed(checks) == Some("status") => missing
            .iter()
            .filter_map(Value::as_str)
            .map(|url| StatusListSource::Web(url.to_owned()))
            .collect(),
        _ => Vec::new(),
    }
}

fn render(verdict: &Verdict<'_>, unfetched: Option<Failure>, output: Output) -> Result<(), Failure> {
    match verdict {
        Verdict::Valid {
            claims,
            checks,
            links,
        } => output.document(&json!({
            "valid": true,
            "claims": claims,
            "checks": checks,
            "linkable": !links.is_empty(),
            "links": links,
        })),
        Verdict::Invalid {
            reason,
            checks,
            missing,
        } => {
            let failed = failed(checks);
            let failure = unfetched.unwrap_or_else(|| Failure::not_authorised(printable(reason)));
            output.document(&json!({
                "valid": false,
                "failed": failed,
                "reason": failure.message(),
                "checks": checks,
            }))?;
            let failure = failure.about("credential refused");
            Err(if failed == Some("status") && !missing.is_empty() {
                failure.with_hint("pass its list with --status-list, or accept the risk with --no-status")
            } else {
                failure
            })
        }
    }
}

impl Verification<'_> {
    fn command(&self) -> Result<Command<'_>, Failure> {
        let has_status = self.credential.members.contains_key("credentialStatus");
        let has_keys = self.keys.iter().next().is_some();
        Ok(Command {
            protocol: AIR_SSI.protocol,
            command: "verify",
            credential: &self.credential.members,
            issuer: self.issuer,
            keys: multikeys(self.issuer, self.keys),
            issuer_document: self.arguments.read_issuer_document()?,
            issuer_jwks: (has_status && has_keys).then_some(self.keys),
            at: self.at.as_secs(),
            types: self.type_name.into_iter().collect(),
            claims: self.required.iter().map(ToString::to_string).collect(),
            suites: [self.credential.suite.name()],
            challenge: self.arguments.challenge.as_deref(),
            without_status: self.is_without_status,
            status_lists: Vec::new(),
            contexts: read_contexts(&self.arguments.context)?,
        })
    }
}

/// The program's report about a credential.
#[derive(Debug, PartialEq)]
enum Verdict<'a> {
    Valid {
        claims: &'a Map<String, Value>,
        checks: &'a [Value],
        links: &'a [Value],
    },
    Invalid {
        reason: &'a str,
        checks: &'a [Value],
        /// The URLs of the status lists that the program does not have.
        missing: &'a [Value],
    },
}

impl<'a> Verdict<'a> {
    /// Reads an answer whose exit code agrees with it.
    fn of(answer: &'a Answer) -> Option<Self> {
        let array = |name: &str| Some(answer.document.get(name)?.as_array()?.as_slice());
        let checks = array("checks")?;
        match (answer.document.get("valid")?.as_bool()?, answer.exit_code) {
            (true, Some(0)) => Some(Self::Valid {
                claims: answer.document.get("claims")?.as_object()?,
                checks,
                links: array("links")?,
            }),
            (false, Some(4)) => Some(Self::Invalid {
                reason: answer.document.get("reason")?.as_str()?,
                checks,
                missing: array("statusLists").unwrap_or_default(),
            }),
            _ => None,
        }
    }
}

/// The name of the first check that failed.
fn failed(checks: &[Value]) -> Option<&str> {
    let failed = checks
        .iter()
        .find(|check| check.get("outcome").is_some_and(|outcome| outcome == "failed"))?;
    failed.get("check")?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(document: &Value, exit_code: i32) -> Answer {
        Answer {
            document: document.as_object().unwrap().clone(),
            exit_code: Some(exit_code),
        }
    }

    /// A program that crashes after its answer has verified nothing.
    #[test]
    fn an_answer_must_agree_with_its_exit_code() {
        let valid = json!({ "valid": true, "claims": {}, "checks": [], "links": [] });
        let refused = json!({ "valid": false, "reason": "expired", "checks": [] });
        for (document, exit_code, is_read) in [
            (&valid, 0, true),
            (&valid, 4, false),
            (&valid, 101, false),
            (&refused, 4, true),
            (&refused, 0, false),
        ] {
            let answer = answer(document, exit_code);
            assert_eq!(Verdict::of(&answer).is_some(), is_read, "{document} {exit_code}");
        }
        for name in ["valid", "claims", "checks", "links"] {
            let mut partial = valid.clone();
            partial.as_object_mut().unwrap().remove(name);
            assert_eq!(Verdict::of(&answer(&partial, 0)), None, "{name}");
        }
    }

    #[test]
    fn the_first_failed_check_is_named() {
        let check = |name: &str, outcome: &str| json!({ "check": name, "outcome": outcome });
        let checks = [
            check("format", "passed"),
            check("signature", "failed"),
            check("type", "notRun"),
        ];
        assert_eq!(failed(&checks), Some("signature"));
        assert_eq!(failed(&[check("format", "passed")]), None);
    }
}
