//! The wallet page's calls about predicate proofs: the signature and token of a credential, and the answer to a request.

use air_api::{
    CoreClaimHash, ProgramId, VerificationId,
    sandbox::{
        AnswerWithProof, CreateProofChallenge, PredicateRequest, ProofChallenge, SignForProofs,
        SignedForProofs, Unproven,
    },
};
use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{names::Answer, session::Sent, shapes::SdkResult};
use air_platform::{
    App, Refusal,
    airkit::{self, PageOrigin, PageSession},
    predicate_proofs::{self, HeldForProofs},
};

/// Names an issuance program.
#[derive(Deserialize)]
pub(super) struct OfProgram {
    program: ProgramId,
}

/// The scheme of a program, and the user's credential of it.
#[derive(Serialize)]
pub(super) struct Held {
    scheme: Map<String, Value>,
    credential: Option<HeldCredential>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HeldCredential {
    core_claim_hash: CoreClaimHash,
    id: String,
    subject: Map<String, Value>,
    signature: Option<String>,
}

impl From<HeldForProofs> for HeldCredential {
    fn from(held: HeldForProofs) -> Self {
        Self {
            core_claim_hash: held.core_claim_hash,
            id: held.id,
            subject: held.subject,
            signature: held.signature,
        }
    }
}

/// Names a credential of an issuance program.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OfCredential {
    program: ProgramId,
    core_claim_hash: CoreClaimHash,
}

/// The wallet's commitment to a secret.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Commitment {
    program: ProgramId,
    core_claim_hash: CoreClaimHash,
    challenge: String,
    commitment: String,
}

/// A token in hex digits, or `None` for a credential that was revoked or has expired.
#[derive(Serialize)]
pub(super) struct Token {
    token: Option<String>,
}

/// Names a run.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OfRun {
    verification_id: VerificationId,
}

/// The request of a run.
#[derive(Serialize)]
pub(super) struct Requested {
    program: ProgramId,
    request: PredicateRequest,
}

/// The wallet's answer to a request.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProofCall {
    verification_id: VerificationId,
    presentation: Option<String>,
    unproven: Option<Unproven>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Proved {
    verification_result: SdkResult,
}

pub(super) async fn held(
    State(app): State<App>,
    origin: PageOrigin,
    page_session: PageSession,
    Sent(OfProgram { program }): Sent<OfProgram>,
) -> Answer<Held> {
    let session = airkit::holder_session(&app, &page_session, origin, &program).await?;
    let scheme = predicate_proofs::scheme(&app, program.as_str()).await?;
    let held = predicate_proofs::held(&app, &session, &program).await?;
    Ok(Json(Held {
        scheme: serde_json::from_str(&scheme.text).map_err(Refusal::internal)?,
        credential: held.map(Into::into),
    }))
}

pub(super) async fn challenge(
    State(app): State<App>,
    origin: PageOrigin,
    page_session: PageSession,
    Sent(of): Sent<OfCredential>,
) -> Answer<ProofChallenge> {
    let session = airkit::holder_session(&app, &page_session, origin, &of.program).await?;
    let order = CreateProofChallenge {
        core_claim_hash: of.core_claim_hash,
    };
    Ok(Json(predicate_proofs::challenge(&app, &session, &order).await?))
}

pub(super) async fn sign(
    State(app): State<App>,
    origin: PageOrigin,
    page_session: PageSession,
    Sent(sent): Sent<Commitment>,
) -> Answer<SignedForProofs> {
    let session = airkit::holder_session(&app, &page_session, origin, &sent.program).await?;
    let order = SignForProofs {
        core_claim_hash: sent.core_claim_hash,
        challenge: sent.challenge,
        commitment: sent.commitment,
    };
    Ok(Json(predicate_proofs::sign(&app, &session, order).await?))
}

pub(super) async fn token(
    State(app): State<App>,
    origin: PageOrigin,
    page_session: PageSession,
    Sent(of): Sent<OfCredential>,
) -> Answer<Token> {
    let session = airkit::holder_session(&app, &page_session, origin, &of.program).await?;
    let made = predicate_proofs::token(&app, &session, &of.core_claim_hash).await?;
    Ok(Json(Token {
        token: made.map(|made| made.token),
    }))
}

pub(super) async fn request(
    State(app): State<App>,
    page_session: PageSession,
    Sent(OfRun { verification_id }): Sent<OfRun>,
) -> Answer<Requested> {
    let made = airkit::proof_request(&app, &page_session, verification_id.as_str()).await?;
    Ok(Json(Requested {
        program: made.program,
        request: made.request,
    }))
}

pub(super) async fn answer(
    State(app): State<App>,
    page_session: PageSession,
    Sent(call): Sent<ProofCall>,
) -> Answer<Proved> {
    let answer = AnswerWithProof {
        presentation: call.presentation,
        unproven: call.unproven,
    };
    let result = airkit::answer(&app, &page_session, call.verification_id.as_str(), answer).await?;
    Ok(Json(Proved {
        verification_result: result.into(),
    }))
}
