//! Sends one row until its outcome is known.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use air_api::{CoreClaimHash, IdempotencyKey, IssueOnBehalf, IssuedOnBehalf};
use air_jwt::{PartnerId, PartnerToken, Signer};
use serde_json::{Map, Value};
use tokio::time::Instant;

use super::super::{Bulk, Reason, Refusal, Row, gate::Gate, row::pointer};
use crate::{Error, auth::Proof, tokens, transport::wait};

/// The outcome of a row in this run.
pub(super) enum Fate {
    Issued(CoreClaimHash),
    Refused(Refusal),
    /// The row may have been issued, and a retry could issue it twice.
    Unclear {
        request_id: Option<String>,
    },
    /// The row remains for the next run.
    Left,
    /// The row failed with an error that applies to every other row, too.
    Failed(Error),
    NotSigned(air_jwt::Error),
}

/// The state that the rows of a run share.
pub(super) struct Sending<'r, S> {
    bulk: &'r Bulk,
    partner: &'r PartnerId,
    signer: &'r S,
    gate: &'r Gate,
    /// The last time that a row was issued or refused.
    last_progress: Mutex<Instant>,
}

/// The meaning of an error for a row.
enum Meaning {
    Refused(Reason),
    /// All rows must slow down.
    SlowDown,
    /// The platform is unreachable.
    Away,
    /// This row failed.
    Again,
    Unclear,
    Fatal,
}

impl<'r, S: Signer> Sending<'r, S> {
    pub(super) fn new(bulk: &'r Bulk, partner: &'r PartnerId, signer: &'r S, gate: &'r Gate) -> Self {
        Self {
            bulk,
            partner,
            signer,
            gate,
            last_progress: Mutex::new(Instant::now()),
        }
    }

    pub(super) async fn send(&self, row: Row, key: &IdempotencyKey) -> Fate {
        let order = &self.bulk.order;
        let Row {
            email,
            credential_subject,
        } = row;
        let request = IssueOnBehalf {
            issuer_did: order.issuer_did.clone(),
            program: order.program.clone(),
            credential_subject,
            on_duplicate: order.on_duplicate,
        };
        let (mut failures, mut stuck_since) = (0, None);
        loop {
            let Some(pass) = self.gate.enter().await else {
                return Fate::Left;
            };
            let token = PartnerToken::issue_on_behalf(self.partner.clone(), email.clone());
            let token = match token.sign_with(self.signer, tokens::now()).await {
                Ok(token) => token,
                Err(error) => return Fate::NotSigned(error),
            };
            let call = self
                .bulk
                .client
                .issuing(Proof::Given(token.expose_secret()), &request, key);
            let error = match call.attempts(1).receive::<IssuedOnBehalf>().await {
                Ok(issued) => {
                    self.progressed();
                    pass.succeeded();
                    return Fate::Issued(issued.core_claim_hash);
                }
                Err(error) => error,
            };
            failures += 1;
            let wait = wait(failures, error.retry_after());
            match meaning(&error) {
                Meaning::Refused(reason) => {
                    self.progressed();
                    pass.succeeded();
                    return Fate::Refused(refusal(reason, &error, &request.credential_subject));
                }
                Meaning::Fatal => return Fate::Failed(error),
                Meaning::Unclear => {
                    let request_id = error.request_id().map(str::to_owned);
                    return Fate::Unclear { request_id };
                }
                Meaning::SlowDown => {
                    pass.slowed_down(wait);
                    stuck_since = None;
                    if self.without_progress() > self.bulk.max_outage.max(2 * wait) {
                        return Fate::Failed(error);
                    }
                    continue;
                }
                Meaning::Away => {
                    self.gate.pause(wait);
                    drop(pass);
                }
                Meaning::Again => {
                    drop(pass);
                    if !self.gate.wait(wait).await {
                        return Fate::Left;
                    }
                }
            }
            if stuck_since.get_or_insert_with(Instant::now).elapsed() > self.bulk.max_outage {
                return self.give_up(error);
            }
        }
    }

    /// Leaves a row without a response to the next run. Fails if no row gets a response.
    fn give_up(&self, error: Error) -> Fate {
        if self.without_progress() > self.bulk.max_outage {
            Fate::Failed(error)
        } else {
            Fate::Left
        }
    }

    fn progressed(&self) {
        *self.last_progress.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn without_progress(&self) -> Duration {
        self.last_progress
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .elapsed()
    }
}

fn meaning(error: &Error) -> Meaning {
    match error {
        Error::Rejected { .. } => Meaning::Refused(Reason::Rejected),
        Error::Conflict { .. } => Meaning::Refused(Reason::Conflict),
        Error::RateLimited { .. }
        | Error::PlatformFailed {
            status: 503,
            retry_after: Some(_),
            ..
        } => Meaning::SlowDown,
        Error::Unreachable { .. } | Error::CircuitOpen { .. } => Meaning::Away,
        Error::InProgress { .. } => Meaning::Again,
        Error::TimedOut { safe_to_repeat, .. }
        | Error::AnswerLost { safe_to_repeat, .. }
        | Error::PlatformFailed { safe_to_repeat, .. } => {
            if *safe_to_repeat {
                Meaning::Again
            } else {
                Meaning::Unclear
            }
        }
        Error::InvalidUrl
        | Error::InvalidPackageUrl
        | Error::InvalidProxy
        | Error::UntrustedCertificate { .. }
        | Error::WithinRuntime
        | Error::NoThread(_)
        | Error::Client(_)
        | Error::InvalidRequest { .. }
        | Error::LocalOnly { .. }
        | Error::NoSigningKey
        | Error::NoPartner
        | Error::NotAToken
        | Error::NotSigned(_)
        | Error::NotAuthorised { .. }
        | Error::NotFound { .. }
        | Error::UnexpectedAnswer { .. }
        | Error::ConsentDenied
        | Error::NotAnchored { .. }
        | Error::WrongWallet
        | Error::Cak(_) => Meaning::Fatal,
    }
}

/// Returns a refusal without the platform's message, which may contain values. It keeps only the name of a
/// claim that the row also has.
fn refusal(reason: Reason, error: &Error, subject: &Map<String, Value>) -> Refusal {
    const SUBJECT: &str = "/credentialSubject";
    let Error::Rejected { message, .. } = error else {
        return Refusal::new(reason, "");
    };
    let is_named = |name: &&String| {
        let (place, quoted) = (pointer("", name), format!("`{name}`"));
        message
            .split([' ', ':', ';', ','])
            .any(|word| word == place || word == quoted)
    };
    match subject.keys().find(is_named) {
        Some(name) => Refusal::new(reason, pointer(SUBJECT, name)),
        None => Refusal::new(reason, SUBJECT),
    }
}
