//! The proof that the signed-in user reads the address of the login: a one-time code, sent to it.
//!
//! On loopback, the user is at this machine. Elsewhere, a login by a partner's token is only the
//! partner's statement about the address. The first wallet, and access to other partners'
//! credentials, therefore require the proof.

use std::net::IpAddr;

use super::{App, PageSession, Refusal, present};
use crate::{ids, sign_in_codes::SignInCodes, users};
use air_store::users as stored_users;

/// Sends a code to the address of the signed-in user. Returns the secret of the attempt, which only
/// the requesting page gets, and the address.
pub async fn ask_for_proof(
    app: &App,
    codes: &SignInCodes,
    page_session: &PageSession,
    peer: Option<IpAddr>,
) -> Result<(String, String), Refusal> {
    let signed_in = present(app, page_session).await?;
    let attempt = ids::bearer_token();
    let email = signed_in.user.email.as_str();
    codes.ask(app, &attempt, peer, email).await?;
    Ok((attempt, email.to_owned()))
}

/// Records that the signed-in user reads the address, if the code was sent to it.
pub async fn prove(
    app: &App,
    codes: &SignInCodes,
    page_session: &PageSession,
    attempt: &str,
    code: &str,
) -> Result<(), Refusal> {
    let signed_in = present(app, page_session).await?;
    let proved = codes.prove(app, attempt, code)?;
    if proved.user_uuid != signed_in.user.user_uuid || !signed_in.is_page() {
        return Err(Refusal::forbidden(
            "the code belongs to another user; log in again, and request another code",
        ));
    }
    let token = page_session.session.as_deref().unwrap_or_default();
    let mut tx = app.store.write().await?;
    stored_users::prove_session(&mut tx, &users::token_hash(token)).await?;
    app.commit(tx).await.map_err(Refusal::from)
}
