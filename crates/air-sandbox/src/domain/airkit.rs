//! What the pages of the AIR Kit SDK ask for: whose page has them in it, who is logged in there, and the calls that such a user makes.
//!
//! A session is one partner's: a user who is logged in for another is not here.

mod access_tokens;
mod wallets;

pub(crate) use access_tokens::{AccessTokens, public_keys};
pub(crate) use wallets::{NewWallet, find_wallet, keep_wallet};

use std::sync::Arc;

use air_api::{
    CoreClaimHash,
    sandbox::{ConsentDecision, Issue, Issued, StartVerification, StartedVerification, VerificationResult},
};
use air_jwt::Scope;

use super::{
    App, Reason, Refusal,
    issuance::{self, Preview},
    origins, users,
    verification::{self, Disclosure},
};
use crate::{
    request_log::note_caller,
    store::{
        credentials, from_db,
        partners::Partner,
        users::{self as stored_users, User},
    },
};

/// A user who is logged in for a partner.
pub(crate) struct Visitor {
    pub(crate) partner: Arc<Partner>,
    pub(crate) user: User,
    /// When the session ends, in seconds since 1970.
    pub(crate) ends: u64,
}

/// What a page of a visitor brings with each call. There is no `Debug`: the session is a secret.
#[derive(Clone)]
pub(crate) struct Ticket {
    pub(crate) partner_id: String,
    pub(crate) session: Option<String>,
    /// Who the page believes is logged in: in another tab somebody else may be, by now.
    pub(crate) user_uuid: Option<String>,
}

/// The partner whose page has ours in it: that page's origin must be among the partner's, or where only this machine comes in, be of it.
pub(crate) async fn partner_at(
    app: &App,
    partner_id: &str,
    origin: &str,
    is_on_loopback: bool,
) -> Result<Arc<Partner>, Refusal> {
    let partner = find_partner(app, partner_id).await?;
    let registered: Vec<String> =
        serde_json::from_str(&partner.allowed_origins).map_err(Refusal::internal)?;
    let is_from_here = is_on_loopback && origins::is_loopback(origin);
    if !is_from_here && !registered.iter().any(|known| known == origin) {
        return Err(Refusal::not_found(
            "this page's origin is not among the partner's; register it (allowedOrigins), as the browser writes it",
        ));
    }
    Ok(partner)
}

async fn find_partner(app: &App, partner_id: &str) -> Result<Arc<Partner>, Refusal> {
    let partner = app.prepared.partner(&app.store, partner_id).await?;
    let partner = partner.ok_or_else(|| {
        Refusal::not_found("no such partner; `partnerId` must be the id that the platform gave")
    })?;
    note_caller(&partner.partner_id);
    Ok(partner)
}

/// Logs in who the partner says is there: by the claim `email` of a Partner JWT.
pub(crate) async fn login_by_token(
    app: &App,
    partner_id: &str,
    token: &str,
) -> Result<(Visitor, String), Refusal> {
    let caller = app.authenticate(Some(token), None).await?;
    require_partner(partner_id, &caller.partner)?;
    let email = caller.claims.email().ok_or_else(|| {
        Refusal::bad_request("the token's claim `email` is missing; sign one with the user's own address")
    })?;
    open(app, caller.partner.clone(), email).await
}

/// Logs in who says so. No mailbox is asked: this is for the people of one machine.
pub(crate) async fn login_by_address(
    app: &App,
    partner_id: &str,
    email: &str,
) -> Result<(Visitor, String), Refusal> {
    let partner = find_partner(app, partner_id).await?;
    open(app, partner, email).await
}

async fn open(app: &App, partner: Arc<Partner>, email: &str) -> Result<(Visitor, String), Refusal> {
    let opened = users::open_session(app, &partner, email).await?;
    let (user, ends) = (opened.user, opened.ends);
    Ok((Visitor { partner, user, ends }, opened.token))
}

/// Who is logged in for this partner.
pub(crate) async fn present(app: &App, ticket: &Ticket) -> Result<Visitor, Refusal> {
    let partner = find_partner(app, &ticket.partner_id).await?;
    let nobody =
        || Refusal::unauthorized("no user is logged in; call login first").because(Reason::NoSession);
    let token = ticket.session.as_deref().ok_or_else(nobody)?;
    let hash = users::token_hash(token);
    let now = app.machine_clock.now();
    let session = stored_users::find_session(&mut app.store.read().await?, &hash, now)
        .await?
        .filter(|session| session.partner_id.as_ref() == Some(&partner.partner_id))
        .ok_or_else(nobody)?;
    if ticket
        .user_uuid
        .as_ref()
        .is_some_and(|user| *user != session.user_uuid)
    {
        return Err(other_user());
    }
    Ok(Visitor {
        partner,
        user: User {
            user_uuid: session.user_uuid,
            email: session.email,
            holder_did: session.holder_did,
        },
        ends: from_db(session.expires_at),
    })
}

/// Ends the session; there need not be one.
pub(crate) async fn logout(app: &App, session: Option<&str>) -> Result<(), Refusal> {
    let Some(token) = session else { return Ok(()) };
    let mut change = app.store.change().await?;
    stored_users::delete_session(&mut change, &users::token_hash(token)).await?;
    app.commit(change).await.map_err(Refusal::from)
}

/// What would be issued to whom; nothing changes.
pub(crate) async fn preview(
    app: &App,
    ticket: &Ticket,
    token: &str,
    request: &Issue,
) -> Result<(Visitor, Preview), Refusal> {
    let visitor = caller(app, ticket, token, Scope::Issue).await?;
    let preview = issuance::preview(app, &visitor.partner, request).await?;
    Ok((visitor, preview))
}

pub(crate) async fn issue(
    app: &App,
    ticket: &Ticket,
    token: &str,
    request: Issue,
) -> Result<Issued, Refusal> {
    let Visitor { partner, user, .. } = caller(app, ticket, token, Scope::Issue).await?;
    let done = issuance::issue_present(app, &partner, user, request, None).await?;
    Ok(done.answer)
}

/// Whether the ledger has a credential of the visitor's.
pub(crate) async fn is_anchored(app: &App, ticket: &Ticket, hash: &CoreClaimHash) -> Result<bool, Refusal> {
    let visitor = present(app, ticket).await?;
    let mut read = app.store.read().await?;
    credentials::find(&mut read, &hash.to_string())
        .await?
        .filter(|credential| credential.user_uuid == visitor.user.user_uuid)
        .ok_or_else(|| Refusal::not_found("no credential of this user with this coreClaimHash"))?;
    issuance::is_anchored(&mut read, hash).await
}

pub(crate) async fn start_verification(
    app: &App,
    ticket: &Ticket,
    token: &str,
    request: StartVerification,
    disclosure: &Disclosure,
) -> Result<StartedVerification, Refusal> {
    let Visitor { partner, user, .. } = caller(app, ticket, token, Scope::Verify).await?;
    let done = verification::start_with(app, &partner, user, request, disclosure, None).await?;
    Ok(done.answer)
}

pub(crate) async fn decide(
    app: &App,
    ticket: &Ticket,
    verification_id: &str,
    decision: ConsentDecision,
) -> Result<VerificationResult, Refusal> {
    let visitor = present(app, ticket).await?;
    let user = &visitor.user.user_uuid;
    let done = verification::decide_as(app, user, verification_id, decision, None).await?;
    Ok(done.answer)
}

/// The visitor, for a call that the partner signs: the token must be of the partner for which the user is logged in, and of that user
/// where it names one.
async fn caller(app: &App, ticket: &Ticket, token: &str, scope: Scope) -> Result<Visitor, Refusal> {
    let caller = app.authenticate(Some(token), Some(scope)).await?;
    require_partner(&ticket.partner_id, &caller.partner)?;
    let visitor = present(app, ticket).await?;
    let email = caller.claims.email().map(users::folded);
    if email.is_some_and(|email| email != visitor.user.email) {
        return Err(other_user());
    }
    Ok(visitor)
}

fn require_partner(partner_id: &str, of_token: &Partner) -> Result<(), Refusal> {
    if of_token.partner_id == partner_id {
        return Ok(());
    }
    Err(Refusal::unauthorized(
        "the Partner JWT is another partner's than the page was initialised for; sign with that partner's key",
    )
    .because(Reason::OtherUser))
}

fn other_user() -> Refusal {
    Refusal::forbidden("another user is logged in than this call is for; log in anew")
        .because(Reason::OtherUser)
}
