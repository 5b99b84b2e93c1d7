//! The verification of W3C credentials by verification programs.

use std::collections::BTreeMap;

use air_api::sandbox::{
    Condition, ProofSuite, VerificationStatus, VerifyW3cPresentation, W3cCheck, W3cPresentationReport,
};
use air_ids::{UnixTime, VerificationProgramId};
use air_jwt::JwkSet;
use air_schema::CredentialSchema;
use air_store::partners::{self, Partner};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    claims::find_other_form,
    documents::{context_of, multikeys},
    program::{Command, ProofCommand, Verify, ask, unexpected},
    settings::parse_suites,
};
use crate::{
    App, Refusal, conditions,
    partner_auth::Authenticated,
    proof_program::{ProofAnswer, ProofError},
    status_lists,
    stored::find_schema,
    verification::find_program,
};

/// The maximum length of a challenge in bytes.
const CHALLENGE_LIMIT: usize = 1024;
/// The name of the check of claims.
const CLAIMS: &str = "claims";

/// `POST /sandbox/v1/verification-programs/{program}/w3c-presentations`: verifies a W3C credential, and evaluates the program's conditions on
/// the disclosed claims. Nothing is stored.
pub async fn verify(
    app: &App,
    caller: &Authenticated,
    program_id: &str,
    request: VerifyW3cPresentation,
) -> Result<W3cPresentationReport, Refusal> {
    let mut read = app.store.read().await?;
    let program = find_program(&mut read, program_id).await?;
    if program.partner_id != caller.partner.partner_id {
        return Err(Refusal::forbidden(
            "the verification program belongs to another partner",
        ));
    }
    let suites = parse_suites(program.proofs.as_deref())?;
    let rules: Vec<Condition> = serde_json::from_str(&program.conditions).map_err(Refusal::internal)?;
    let suite = suite_of(&request.presentation, &suites)?;
    let challenge = checked_challenge(request.challenge, suite)?;
    let schema = find_schema(&mut read, program.schema_id.as_str()).await?;
    let issuer = partners::find_by_issuer(&mut read, issuer_of(&request.presentation)?).await?;
    drop(read);
    let report = Report {
        program_id: program.program_id,
        suite,
    };
    let Some(issuer) = issuer else {
        return Ok(report.invalid("the issuer is not one of this platform's".to_owned(), Vec::new()));
    };
    let now = app.platform_clock.now();
    let (context, document) = context_of(app, program.schema_id.as_str(), &schema)?;
    let command = Verify {
        credential: request.presentation,
        issuer: issuer.issuer_did.as_str().to_owned(),
        keys: multikeys(app, &issuer).await?,
        issuer_jwks: JwkSet::from(app.cache.issuer_key(&issuer)?.public_jwk()),
        at: now.as_secs(),
        types: vec![schema.type_name().to_owned()],
        suites: vec![suite.as_str()],
        challenge,
        status_lists: Vec::new(),
        contexts: BTreeMap::from([(context, document)]),
    };
    match examine(app, &issuer, command, now).await {
        Ok(Verdict::Valid(valid)) => Ok(report.valid(issuer, &schema, &rules, valid)),
        Ok(Verdict::Invalid(invalid)) => Ok(report.invalid(invalid.reason, invalid.checks)),
        Err(NotExamined::Program(ProofError::Rejected(reason))) => Ok(report.invalid(reason, Vec::new())),
        Err(NotExamined::Program(error)) => Err(error.into()),
        Err(NotExamined::Refused(refusal)) => Err(refusal),
    }
}

/// Returns the suite of the proof, which the program must accept.
fn suite_of(presentation: &Map<String, Value>, accepted: &[ProofSuite]) -> Result<ProofSuite, Refusal> {
    if accepted.is_empty() {
        return Err(Refusal::conflict(
            "the verification program accepts no W3C credentials; create one with `proofs`",
        ));
    }
    let named = presentation
        .get("proof")
        .and_then(|proof| proof.get("cryptosuite"));
    let named: Option<ProofSuite> = named.and_then(Value::as_str).and_then(|name| name.parse().ok());
    named.filter(|suite| accepted.contains(suite)).ok_or_else(|| {
        let names: Vec<&str> = accepted.iter().map(|suite| suite.as_str()).collect();
        Refusal::bad_request(format!(
            "presentation: `proof.cryptosuite` must be one of those of the program: {}",
            names.join(", ")
        ))
    })
}

fn checked_challenge(challenge: Option<String>, suite: ProofSuite) -> Result<Option<String>, Refusal> {
    let Some(challenge) = challenge else {
        return Ok(None);
    };
    if suite != ProofSuite::Bbs2023 {
        return Err(Refusal::bad_request(
            "challenge: must be with bbs-2023; other proofs are not made for a challenge",
        ));
    }
    if challenge.is_empty() || challenge.len() > CHALLENGE_LIMIT {
        return Err(Refusal::bad_request("challenge: must have 1 to 1,024 bytes"));
    }
    Ok(Some(challenge))
}

/// Returns the issuer that the credential names. Its keys must verify the proof.
fn issuer_of(presentation: &Map<String, Value>) -> Result<&str, Refusal> {
    let issuer = presentation.get("issuer");
    let issuer = issuer.map(|issuer| issuer.get("id").unwrap_or(issuer));
    issuer
        .and_then(Value::as_str)
        // PostgreSQL has no text with the character U+0000.
        .filter(|issuer| issuer.len() <= 2048 && !issuer.contains('\0'))
        .ok_or_else(|| {
            Refusal::bad_request("presentation: `issuer` must be a URL, or an object with an `id`")
        })
}

/// The reason why there is no verdict.
enum NotExamined {
    Program(ProofError),
    Refused(Refusal),
}

impl From<ProofError> for NotExamined {
    fn from(error: ProofError) -> Self {
        Self::Program(error)
    }
}

impl From<Refusal> for NotExamined {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Asks the program, which names the status lists of a credential whose proof is valid, and asks again with them.
async fn examine(
    app: &App,
    issuer: &Partner,
    mut command: Verify,
    now: UnixTime,
) -> Result<Verdict, NotExamined> {
    let mut lists = Vec::new();
    loop {
        command.status_lists.clone_from(&lists);
        let sent = ProofCommand(Command::Verify(command));
        let verdict = Verdict::of(ask(app, &sent).await?)?;
        let missing = match &verdict {
            Verdict::Invalid(invalid) if lists.is_empty() => invalid.status_lists.as_slice(),
            _ => return Ok(verdict),
        };
        // A credential has one entry at most.
        let [url] = missing else {
            return Ok(verdict);
        };
        let Some(list) = status_lists::bitstring_at(app, issuer, url, now).await? else {
            return Ok(verdict);
        };
        lists.push(list.into_string());
        command = match sent {
            ProofCommand(Command::Verify(command)) => command,
            ProofCommand(Command::Issue(_)) => return Ok(verdict),
        };
    }
}

/// The program's verdict about a credential.
enum Verdict {
    Valid(Valid),
    Invalid(Invalid),
}

#[derive(Deserialize)]
struct Valid {
    claims: Map<String, Value>,
    checks: Vec<W3cCheck>,
    links: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Invalid {
    reason: String,
    checks: Vec<W3cCheck>,
    /// The URLs of the lists that the program needs.
    #[serde(default)]
    status_lists: Vec<String>,
}

impl Verdict {
    /// Reads an answer whose exit code agrees with it.
    fn of(answer: ProofAnswer) -> Result<Self, ProofError> {
        let is_valid = answer.document.get("valid").and_then(Value::as_bool);
        let document = Value::Object(answer.document);
        let read = match (is_valid, answer.exit_code) {
            (Some(true), Some(0)) => serde_json::from_value(document).map(Self::Valid),
            (Some(false), Some(4)) => serde_json::from_value(document).map(Self::Invalid),
            _ => return Err(unexpected()),
        };
        read.map_err(|_| unexpected())
    }
}

/// The members that all reports of a request have.
struct Report {
    program_id: VerificationProgramId,
    suite: ProofSuite,
}

impl Report {
    /// The report about a valid credential, unless its JSON is not the one that the issuer signed.
    fn valid(
        self,
        issuer: Partner,
        schema: &CredentialSchema,
        rules: &[Condition],
        valid: Valid,
    ) -> W3cPresentationReport {
        let mut claims = valid.claims;
        let subject = match claims.remove("credentialSubject") {
            Some(Value::Object(subject)) => subject,
            _ => Map::new(),
        };
        if let Some(name) = find_other_form(schema, &subject) {
            let reason = format!(
                "the claim `{name}` is not written as the schema says; derive the presentation from the credential again"
            );
            let mut checks = valid.checks;
            checks.retain(|check| check.check != CLAIMS);
            checks.push(W3cCheck {
                check: CLAIMS.to_owned(),
                outcome: "failed".to_owned(),
                reason: Some(reason.clone()),
            });
            return self.invalid(reason, checks);
        }
        let status = if conditions::all_hold(rules, &subject) {
            VerificationStatus::Compliant
        } else {
            VerificationStatus::NonCompliant
        };
        W3cPresentationReport {
            program_id: self.program_id,
            suite: self.suite,
            valid: true,
            status: Some(status),
            reason: None,
            checks: valid.checks,
            issuer_did: Some(issuer.issuer_did),
            credential_subject: Some(subject),
            linkable: Some(!valid.links.is_empty()),
            links: valid.links,
        }
    }

    fn invalid(self, reason: String, checks: Vec<W3cCheck>) -> W3cPresentationReport {
        W3cPresentationReport {
            program_id: self.program_id,
            suite: self.suite,
            valid: false,
            status: None,
            reason: Some(reason),
            checks,
            issuer_did: None,
            credential_subject: None,
            linkable: None,
            links: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A program that crashes after its answer has verified nothing.
    #[test]
    fn a_verdict_must_agree_with_its_exit_code() {
        let valid = json!({ "valid": true, "claims": {}, "checks": [], "links": [] });
        let refused = json!({ "valid": false, "reason": "expired", "checks": [], "statusLists": [] });
        for (document, exit_code, is_read) in [
            (&valid, Some(0), true),
            (&valid, Some(4), false),
            (&valid, Some(101), false),
            (&valid, None, false),
            (&refused, Some(4), true),
            (&refused, Some(0), false),
        ] {
            let document = document.as_object().unwrap().clone();
            let answer = ProofAnswer { document, exit_code };
            assert_eq!(Verdict::of(answer).is_ok(), is_read, "{exit_code:?}");
        }
        for name in ["valid", "claims", "checks", "links"] {
            let mut document = valid.as_object().unwrap().clone();
            document.remove(name);
            let exit_code = Some(0);
            assert!(
                Verdict::of(ProofAnswer { document, exit_code }).is_err(),
                "{name}"
            );
        }
    }
}
