//! `air token inspect`.

use air_ids::UnixTime;
use air_jwt::{
    Inspection, NumericDate,
    inspect::{Finding, Severity},
};
use clap::Args;
use serde_json::{Map, Value, json};

use super::text_or_stdin;
use crate::{
    exit::Failure,
    output::{Output, done_mark, failed_mark},
    terminal::{escaped, printable},
    time,
};

#[derive(Args)]
#[command(after_help = "Example:\n  air token sign … | air token inspect -")]
pub(crate) struct Inspect {
    /// The time to check at: a date (midnight in UTC), a time with its offset, or seconds since 1970 [default: now].
    #[arg(long, value_name = "TIME", value_parser = time::parse_seconds_or_time)]
    at: Option<UnixTime>,
    /// The token; `-` is stdin.
    token: String,
}

impl Inspect {
    pub(crate) fn run(&self, output: Output) -> Result<(), Failure> {
        let token = text_or_stdin(&self.token)?;
        let now = self.at.unwrap_or_else(time::now);
        // An SD-JWT is a JWT with disclosures after `~` (RFC 9901, 4).
        if token.contains('~') {
            return Err(credential());
        }
        let inspection = Inspection::of(&token, now).map_err(|error| Failure::rejected(error.to_string()))?;
        let typ = inspection.header.get("typ").and_then(Value::as_str);
        if typ.is_some_and(|typ| typ.ends_with("+sd-jwt")) {
            return Err(credential());
        }
        let document = json!({
            "header": inspection.header,
            "claims": inspection.claims,
            "refused": inspection.is_refused(),
            "findings": inspection.findings.iter().map(describe).collect::<Vec<_>>(),
        });
        output.result(&document, |_| render(&inspection, now))?;
        match inspection
            .findings
            .iter()
            .filter(|finding| is_refusal(finding))
            .count()
        {
            0 => Ok(()),
            1 => Err(Failure::not_authorised(
                "the platform would refuse this token for the reason above",
            )),
            count => Err(Failure::not_authorised(format!(
                "the platform would refuse this token for the {count} reasons above"
            ))),
        }
    }
}

fn credential() -> Failure {
    Failure::rejected("this is a credential (SD-JWT), not a Partner JWT")
        .with_hint("`air credential show` prints its claims, `air credential verify` checks it")
}

fn is_refusal(finding: &Finding) -> bool {
    finding.severity == Severity::Refused
}

fn describe(finding: &Finding) -> Value {
    json!({
        "severity": finding.severity.name(),
        "code": finding.code,
        "message": finding.message,
    })
}

fn render(inspection: &Inspection, now: UnixTime) -> String {
    let mut lines = vec!["header".to_owned()];
    lines.extend(members(&inspection.header, now));
    lines.push("claims, unverified".to_owned());
    lines.extend(members(&inspection.claims, now));
    if inspection.findings.is_empty() {
        lines.push(format!(
            "{} no problems found; run `air token verify --jwks …` to check the signature",
            done_mark()
        ));
    }
    for finding in &inspection.findings {
        let mark = if is_refusal(finding) {
            failed_mark()
        } else {
            "!".to_owned()
        };
        lines.push(format!("{mark} {:18}  {}", finding.code, finding.message));
    }
    lines.join("\n")
}

/// One line for each member, as JSON.
fn members(object: &Map<String, Value>, now: UnixTime) -> impl Iterator<Item = String> {
    object.iter().map(move |(name, value)| {
        let when = NumericDate::from_json(value)
            .filter(|_| matches!(name.as_str(), "exp" | "iat" | "nbf"))
            .map(NumericDate::floor)
            .map_or_else(String::new, |at| format!("  ({})", relative(at, now)));
        let (name, value) = (printable(name), escaped(&value.to_string()));
        format!("  {name:12}  {value}{when}")
    })
}

fn relative(at: UnixTime, now: UnixTime) -> String {
    let span = time::span(at.abs_diff(now).as_secs());
    if at > now {
        format!("in {span}")
    } else {
        format!("{span} ago")
    }
}
