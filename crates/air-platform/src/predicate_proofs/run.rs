//! Verifications whose result rests on a predicate proof. The platform reads no value of the credential during the run.

use air_api::sandbox::{
    AnswerWithProof, CreateVerificationProgram, Operator, PredicateRequest, ProofRequest, Unproven,
    VerificationResult, VerificationStatus, ZkProofs,
};
use air_ids::{ProgramId, UnixTime};
use air_store::{
    ReadTx, chain, ledger, partners,
    predicate_credentials::{self, HeldState},
    predicate_requests, predicate_schemes,
    programs::{self, VerificationProgram},
    users::OpenSession,
    verifications::{self, Decision, Verification},
};
use serde_json::{Map, Value};

use super::{
    program::{Command, Requested, Verdict, refusal, require_option, run, verify},
    schemes::{no_scheme, parse, url_of},
};
use crate::{
    App, Refusal,
    idempotency::{Caller, IdempotentResponse, RequestKey},
    users,
    verification::{decided, ended, find_program, parse_conditions, status_name},
};

/// The lifetime of a request in seconds.
const REQUEST_SECONDS: u64 = 10 * 60;

/// Checks a verification program that accepts predicate proofs: each condition can be proved. Don't hold a transaction.
pub(crate) async fn check_verification_program(
    app: &App,
    new: &CreateVerificationProgram,
) -> Result<(), Refusal> {
    let Some(program_id) = &new.predicate_proofs_of else {
        return Ok(());
    };
    if app.predicate_program.is_none() {
        return Err(Refusal::conflict(
            "predicateProofsOf: this platform was started without predicate proofs; they are experimental, and its operator can turn them on",
        ));
    }
    let refused = |reason: &str| Refusal::bad_request(format!("predicateProofsOf: {reason}"));
    if new.require_cak || new.trust_list.is_some() || !new.proofs.is_empty() {
        return Err(refused(
            "must not be with requireCak, trustList or proofs: a key would link what a proof does not",
        ));
    }
    if new.conditions.is_empty() {
        return Err(refused("must be with at least one condition"));
    }
    let mut read = app.store.read().await?;
    let program = programs::find_program(&mut read, program_id.as_str()).await?;
    let document = predicate_schemes::find(&mut read, program_id.as_str()).await?;
    drop(read);
    let (Some(program), Some(document)) = (program, document) else {
        return Err(refused("must be an issuance program with predicate proofs"));
    };
    if program.schema_id != new.schema_id {
        return Err(refused("must be an issuance program of the same schema"));
    }
    let command = Command::Request {
        scheme: parse(&document)?,
        verifier: "did:example:trial".to_owned(),
        program: "trial".to_owned(),
        expires_in: REQUEST_SECONDS,
        conditions: new.conditions.clone(),
        disclose: Vec::new(),
    };
    let tried: Result<Requested, _> = run(app, command).await;
    tried.map(drop).map_err(|error| refusal(error, refused))
}

/// A run that the user has not decided, and what it asks for.
struct OpenRun {
    run: Verification,
    program: VerificationProgram,
    /// The issuance program.
    issued_by: ProgramId,
    /// The scheme of the issuance program.
    scheme: Map<String, Value>,
}

impl OpenRun {
    /// Finds a run of the session's user with the session's partner. Returns `None` if the user has decided.
    async fn find(
        tx: &mut ReadTx,
        session: &OpenSession,
        verification_id: &str,
    ) -> Result<Option<Self>, Refusal> {
        let run = find_run(tx, session, verification_id).await?;
        let program = find_program(tx, run.program_id.as_str()).await?;
        let issued_by = program.predicate_proofs_of.clone().ok_or_else(|| {
            Refusal::conflict(
                "the verification program accepts no predicate proofs; decide about the consent instead",
            )
        })?;
        if run.consent != "asked" {
            return Ok(None);
        }
        let document = predicate_schemes::find(tx, issued_by.as_str()).await?;
        Ok(Some(Self {
            scheme: parse(&document.ok_or_else(no_scheme)?)?,
            run,
            program,
            issued_by,
        }))
    }
}

async fn find_run(
    tx: &mut ReadTx,
    session: &OpenSession,
    verification_id: &str,
) -> Result<Verification, Refusal> {
    verifications::find(tx, verification_id)
        .await?
        .filter(|run| run.user_uuid == session.user.user_uuid && run.partner_id == session.partner_id)
        .ok_or_else(|| Refusal::not_found("this user has no such verification with this session's partner"))
}

fn already_decided() -> Refusal {
    Refusal::conflict("the user has decided already; start another verification")
}

/// `GET /sandbox/v1/verifications/{id}/proof-request`: the request of a run. It stays the same until it expires.
pub async fn request(
    app: &App,
    session: &OpenSession,
    verification_id: &str,
) -> Result<ProofRequest, Refusal> {
    require_option(app)?;
    let mut read = app.store.read().await?;
    let open = OpenRun::find(&mut read, session, verification_id).await?;
    let open = open.ok_or_else(already_decided)?;
    let kept = find_request(app, &mut read, &open.run).await?;
    let verifier = partners::find(&mut read, open.run.partner_id.as_str()).await?;
    drop(read);
    let request = if let Some(kept) = kept {
        kept
    } else {
        let verifier = verifier.ok_or_else(|| Refusal::internal("a run without its verifier"))?;
        new_request(app, session, &open, verifier.verifier_did).await?
    };
    Ok(ProofRequest {
        scheme: url_of(app, &open.issued_by),
        program: open.issued_by,
        request,
    })
}

/// Returns the request of a run, unless it was not made yet or has expired.
async fn find_request(
    app: &App,
    tx: &mut ReadTx,
    run: &Verification,
) -> Result<Option<PredicateRequest>, Refusal> {
    let now = app.machine_clock.now();
    let kept = predicate_requests::find(tx, &run.verification_id).await?;
    kept.filter(|kept| kept.expires_at > now)
        .map(|kept| serde_json::from_str(&kept.request).map_err(Refusal::internal))
        .transpose()
}

async fn new_request(
    app: &App,
    session: &OpenSession,
    open: &OpenRun,
    verifier: String,
) -> Result<PredicateRequest, Refusal> {
    let conditions = parse_conditions(&open.program)?;
    let names: Option<Vec<String>> = open
        .run
        .disclosed
        .as_deref()
        .map(serde_json::from_str)
        .transpose()
        .map_err(Refusal::internal)?;
    let mut disclose = names.unwrap_or_default();
    // A condition `equals` discloses its attribute in any case.
    disclose.retain(|name| {
        !conditions
            .iter()
            .any(|rule| rule.attribute == *name && rule.operator == Operator::Equals)
    });
    let command = Command::Request {
        scheme: open.scheme.clone(),
        verifier,
        program: open.program.program_id.as_str().to_owned(),
        expires_in: REQUEST_SECONDS,
        conditions,
        disclose,
    };
    let made: Result<Requested, _> = run(app, command).await;
    let made = made.map_err(|error| {
        refusal(error, |reason| {
            Refusal::conflict(format!("the conditions can't be proved: {reason}"))
        })
    })?;
    let stored = predicate_requests::PredicateRequest {
        request: serde_json::to_string(&made.request).map_err(Refusal::internal)?,
        expires_at: UnixTime::from_secs(made.request.expires_at),
    };
    let mut tx = app.store.write().await?;
    // While the command ran, the user can have decided, or another call can have made the request.
    let run = find_run(&mut tx, session, open.run.verification_id.as_str()).await?;
    if run.consent != "asked" {
        return Err(already_decided());
    }
    if let Some(earlier) = find_request(app, &mut tx, &run).await? {
        return Ok(earlier);
    }
    predicate_requests::put(&mut tx, &open.run.verification_id, &stored).await?;
    app.commit(tx).await?;
    Ok(made.request)
}

/// The outcome of a run, before it is recorded.
enum Outcome {
    Proven(Box<ZkProofs>),
    NonCompliant,
    /// The state of the credential that the wallet can't present.
    Missing(Option<HeldState>),
}

/// `POST /sandbox/v1/verifications/{id}/proof`: the user agrees, and the wallet proves the conditions or says why it can't. Ends the run.
pub async fn answer(
    app: &App,
    session: &OpenSession,
    verification_id: &str,
    answer: AnswerWithProof,
    request_key: Option<RequestKey>,
) -> Result<IdempotentResponse<VerificationResult>, Refusal> {
    require_option(app)?;
    // The program verifies outside of the transaction.
    let outcome = examine(app, session, verification_id, answer).await?;
    let caller = users::caller_id(session.user.user_uuid.as_str(), session.partner_id.as_str());
    app.idempotent(Caller::new(&caller, ""), request_key, async |tx| {
        let now = tx.now;
        let found = find_run(tx, session, verification_id).await?;
        let Some(outcome) = outcome.filter(|_| found.consent == "asked") else {
            return Err(already_decided());
        };
        let result = match outcome {
            Outcome::Proven(proofs) => VerificationResult {
                transaction_hash: newest_checkpoint(app, tx).await?,
                zk_proofs: Some(*proofs),
                ..ended(VerificationStatus::Compliant)
            },
            Outcome::NonCompliant => ended(VerificationStatus::NonCompliant),
            Outcome::Missing(state) => ended(status_of(state, now)),
        };
        let decision = Decision {
            consent: "agreed",
            status: Some(status_name(result.status)),
            // A reference to the credential would link the runs of its holder.
            core_claim_hash: None,
            objects: 0,
        };
        verifications::decide(tx, verification_id, &decision, now).await?;
        predicate_requests::delete(tx, &found.verification_id).await?;
        tx.record(&decided(&found, &decision)).await?;
        tx.tie_to_verification(verification_id);
        Ok(result)
    })
    .await
}

/// Returns the outcome of an answer, or `None` if the user has decided before.
async fn examine(
    app: &App,
    session: &OpenSession,
    verification_id: &str,
    answer: AnswerWithProof,
) -> Result<Option<Outcome>, Refusal> {
    let mut read = app.store.read().await?;
    let Some(open) = OpenRun::find(&mut read, session, verification_id).await? else {
        return Ok(None);
    };
    let presentation = match (answer.presentation, answer.unproven) {
        (Some(presentation), None) => presentation,
        (None, Some(Unproven::NonCompliant)) => return Ok(Some(Outcome::NonCompliant)),
        (None, Some(_)) => {
            let user = &session.user.user_uuid;
            let state = predicate_credentials::held_state(&mut read, user, &open.issued_by).await?;
            return Ok(Some(Outcome::Missing(state)));
        }
        (Some(_), Some(_)) | (None, None) => {
            return Err(Refusal::bad_request(
                "the body must have `presentation` or `unproven`, and not both",
            ));
        }
    };
    let request = find_request(app, &mut read, &open.run).await?.ok_or_else(|| {
        Refusal::conflict("the request of this verification has expired, or was not made yet; get its proof-request, and answer that")
    })?;
    drop(read);
    let command = Command::Verify {
        scheme: open.scheme,
        request: request.clone(),
        presentation: presentation.clone(),
        at: app.machine_clock.now().as_secs(),
    };
    let not_accepted =
        |reason: &str| Refusal::bad_request(format!("presentation: it is not accepted: {reason}"));
    match verify(app, command).await {
        Ok(Verdict::Valid { disclosed }) => Ok(Some(Outcome::Proven(Box::new(ZkProofs {
            scheme: url_of(app, &open.issued_by),
            request,
            presentation,
            disclosed,
        })))),
        Ok(Verdict::Invalid { reason }) => Err(not_accepted(&reason)),
        Err(error) => Err(refusal(error, not_accepted)),
    }
}

/// Returns the status of a run without a proof, from the state of the user's credential.
fn status_of(state: Option<HeldState>, now: UnixTime) -> VerificationStatus {
    match state {
        Some(state) if state.revoked_at.is_some() => VerificationStatus::Revoked,
        Some(state) if state.expires_at.is_some_and(|at| at <= now) => VerificationStatus::Expired,
        Some(state) if !state.is_signed => VerificationStatus::Pending,
        _ => VerificationStatus::NotFound,
    }
}

/// Returns the hash of the newest checkpoint: of its transaction on the chain, or else the root of the newest block. An entry of the run's own
/// would be another in each run.
async fn newest_checkpoint(app: &App, tx: &mut ReadTx) -> Result<Option<String>, Refusal> {
    let hash = if app.has_chain {
        chain::newest_final(tx).await?.map(|checkpoint| checkpoint.hash)
    } else {
        ledger::head(tx).await?.map(|block| block.root)
    };
    Ok(hash.map(|hash| format!("0x{}", hex::encode(hash))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_without_a_proof_ends_with_the_state_of_the_credential() {
        let at = UnixTime::from_secs;
        let state = |revoked_at, expires_at, is_signed| {
            Some(HeldState {
                revoked_at,
                expires_at,
                is_signed,
            })
        };
        for (state, status) in [
            (None, VerificationStatus::NotFound),
            (state(None, None, true), VerificationStatus::NotFound),
            (state(None, Some(at(11)), false), VerificationStatus::Pending),
            (state(None, Some(at(10)), true), VerificationStatus::Expired),
            (
                state(Some(at(5)), Some(at(10)), true),
                VerificationStatus::Revoked,
            ),
        ] {
            assert_eq!(status_of(state, at(10)), status, "{state:?}");
        }
    }
}
