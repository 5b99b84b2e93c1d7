//! Predicate proofs of the signed-in user's wallet: sessions with the issuer of a credential, and the run of a verifier.

use air_api::sandbox::{AnswerWithProof, ProofRequest, VerificationResult};
use air_ids::{PartnerId, ProgramId};
use air_store::{programs, users::OpenSession};

use super::{App, PageOrigin, PageSession, Refusal, SignedInUser, consents::visible_issuer, present};
use crate::predicate_proofs;

/// Returns the session in which the user's wallet gets signatures and tokens from a program's issuer. A page shows credentials of another
/// issuer under the same rule as in its list.
pub async fn holder_session(
    app: &App,
    page_session: &PageSession,
    place: PageOrigin,
    program_id: &ProgramId,
) -> Result<OpenSession, Refusal> {
    let signed_in = present(app, page_session).await?;
    let only = visible_issuer(&signed_in, place)?.cloned();
    let program = programs::find_program(&mut *app.store.read().await?, program_id.as_str()).await?;
    let program = program
        .ok_or_else(|| Refusal::not_found("no such issuance program; `program` must be a credentialId"))?;
    if only.is_some_and(|only| only != program.partner_id) {
        return Err(Refusal::forbidden(
            "this page can't use credentials of another issuer, because no code proved your address; log in with a code, and try again",
        ));
    }
    Ok(session_with(signed_in, program.partner_id))
}

/// Returns the request of a run of the page's partner.
pub async fn proof_request(
    app: &App,
    page_session: &PageSession,
    verification_id: &str,
) -> Result<ProofRequest, Refusal> {
    let session = verifier_session(app, page_session).await?;
    predicate_proofs::request(app, &session, verification_id).await
}

/// Ends a run with the wallet's answer, after the user has agreed.
pub async fn answer(
    app: &App,
    page_session: &PageSession,
    verification_id: &str,
    answer: AnswerWithProof,
) -> Result<VerificationResult, Refusal> {
    let session = verifier_session(app, page_session).await?;
    let done = predicate_proofs::answer(app, &session, verification_id, answer, None).await?;
    Ok(done.into_body())
}

async fn verifier_session(app: &App, page_session: &PageSession) -> Result<OpenSession, Refusal> {
    let signed_in = present(app, page_session).await?;
    let partner_id = signed_in.partner.partner_id.clone();
    Ok(session_with(signed_in, partner_id))
}

fn session_with(signed_in: SignedInUser, partner_id: PartnerId) -> OpenSession {
    OpenSession {
        user: signed_in.user,
        partner_id,
        partner_user_id: signed_in.partner_user_id,
        opened_by: signed_in.opened_by,
        expires_at: signed_in.ends,
    }
}
