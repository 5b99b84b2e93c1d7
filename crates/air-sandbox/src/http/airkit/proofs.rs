//! One-time codes, which prove addresses beyond loopback: for a login by a typed address, and for
//! the first wallet after any other login.

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
};

use axum::{
    Json,
    extract::{ConnectInfo, FromRequestParts, State},
    http::request::Parts,
};
use serde_json::{Value, json};

use super::{
    AirkitState,
    names::Answer,
    session::Sent,
    shapes::{Attempt, CodeProof},
};
use air_platform::{
    Refusal,
    airkit::{self, PageOrigin, PageSession},
    ids,
    sign_in_codes::SignInCodes,
};

/// The network address of the browser, if limits count it.
pub(super) struct Peer(Option<IpAddr>);

impl FromRequestParts<AirkitState> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AirkitState) -> Result<Self, Infallible> {
        let connection = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Self(connection.and_then(|ConnectInfo(address)| {
            state.addresses.counted(address.ip())
        })))
    }
}

/// The outcome of a login by a typed address.
pub(super) enum Typed {
    /// The address is accepted.
    Accepted {
        email: String,
        /// Whether a code proved that the user reads it.
        is_proved: bool,
    },
    /// A code was sent to the address.
    AsksForCode {
        /// The secret of the requesting page.
        attempt: String,
    },
}

/// Accepts a typed address on loopback, where a person at this machine typed it. Elsewhere, a code
/// must prove it.
pub(super) async fn typed(
    state: &AirkitState,
    origin: PageOrigin,
    Peer(peer): Peer,
    email: String,
    proof: Option<CodeProof>,
) -> Result<Typed, Refusal> {
    if origin.is_on_loopback {
        return Ok(Typed::Accepted {
            email,
            is_proved: false,
        });
    }
    let codes = codes(state)?;
    if let Some(CodeProof { attempt, code }) = proof {
        let email = codes.prove_address(&state.app, &attempt, &code)?;
        return Ok(Typed::Accepted {
            email: email.as_str().to_owned(),
            is_proved: true,
        });
    }
    let attempt = ids::bearer_token();
    codes.ask_anyone(&state.app, &attempt, peer, &email).await?;
    Ok(Typed::AsksForCode { attempt })
}

fn codes(state: &AirkitState) -> Result<&SignInCodes, Refusal> {
    state.codes.as_deref().ok_or_else(|| {
        Refusal::forbidden(
            "this platform can't prove e-mail addresses: start it with a mail server that sends codes (--smtp-url), run it on loopback, or \
             pass login a Partner JWT (authToken) with the claim `email`",
        )
    })
}

/// Sends a code to the address of the signed-in user.
pub(super) async fn ask(
    State(state): State<AirkitState>,
    peer: Peer,
    page_session: PageSession,
) -> Answer<Attempt> {
    let Peer(peer) = peer;
    let (attempt, email) = airkit::ask_for_proof(&state.app, codes(&state)?, &page_session, peer).await?;
    Ok(Json(Attempt { attempt, email }))
}

/// Proves the address of the signed-in user.
pub(super) async fn prove(
    State(state): State<AirkitState>,
    page_session: PageSession,
    Sent(CodeProof { attempt, code }): Sent<CodeProof>,
) -> Answer<Value> {
    airkit::prove(&state.app, codes(&state)?, &page_session, &attempt, &code).await?;
    Ok(Json(json!({})))
}
