//! Verifying.

use std::collections::BTreeMap;

use air_ids::UnixTime;
use air_jwt::JwkSet;
use air_vc::ClaimPath;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{
    RdfArgs, RdfCredential,
    helper::{Answer, Helper, PROTOCOL},
    multikeys, read_contexts,
};
use crate::{exit::Failure, output::Output, terminal::printable};

/// A credential or presentation to verify.
pub(crate) struct Verification<'a> {
    pub(crate) credential: &'a RdfCredential,
    pub(crate) arguments: &'a RdfArgs,
    pub(crate) issuer: &'a str,
    /// The issuer's keys, unless they are in its document or its name.
    pub(crate) keys: &'a JwkSet,
    pub(crate) type_name: Option<&'a str>,
    pub(crate) required: &'a [ClaimPath],
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
    at: u64,
    types: Vec<&'a str>,
    claims: Vec<String>,
    suites: [&'static str; 1],
    challenge: Option<&'a str>,
    without_status: bool,
    contexts: BTreeMap<&'a str, Value>,
}

/// Verifies a credential, and prints the report. Fails with exit code 4 if the credential is not accepted.
pub(crate) async fn verify(verification: &Verification<'_>, output: Output) -> Result<(), Failure> {
    let helper = Helper::find()?;
    let answer = helper.ask(&verification.command()?).await?;
    let Some(verdict) = Verdict::of(&answer) else {
        return Err(helper.unexpected());
    };
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
        Verdict::Invalid { reason, checks } => {
            let failed = failed(checks);
            let reason = printable(reason);
            output.document(&json!({
                "valid": false,
                "failed": failed,
                "reason": reason,
                "checks": checks,
            }))?;
            let failure = Failure::not_authorised(reason).about("credential refused");
            Err(if failed == Some("status") {
                failure.with_hint(
                    "`air` reads no status list of this format yet; accept the risk with --no-status",
                )
            } else {
                failure
            })
        }
    }
}

impl Verification<'_> {
    fn command(&self) -> Result<Command<'_>, Failure> {
        Ok(Command {
            protocol: PROTOCOL,
            command: "verify",
            credential: &self.credential.members,
            issuer: self.issuer,
            keys: multikeys(self.issuer, self.keys),
            issuer_document: self.arguments.read_issuer_document()?,
            at: self.at.as_secs(),
            types: self.type_name.into_iter().collect(),
            claims: self.required.iter().map(ToString::to_string).collect(),
            suites: [self.credential.suite.name()],
            challenge: self.arguments.challenge.as_deref(),
            without_status: self.is_without_status,
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
