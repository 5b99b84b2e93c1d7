//! The operations behind the pages of the AIR Kit SDK: the embedding partner, the signed-in user,
//! and that user's calls.
//!
//! A session belongs to one partner. A user who is logged in for another partner is not signed in here.

mod access_tokens;
mod consents;
mod held;
mod page_tokens;
mod predicates;
mod proofs;
mod wallets;

pub use access_tokens::{AccessTokens, open_key, public_keys};
pub(crate) use access_tokens::{find_or_generate_key, has_key};
pub use consents::{AcceptedKey, IssuerOffer, OFFERED_CURVE, OfferedCredential, accept, refuse, undecided};
pub use held::{HeldCredentials, ListedCredential, held, held_claims};
pub use page_tokens::PageTokens;
pub use predicates::{answer, holder_session, proof_request};
pub use proofs::{ask_for_proof, prove};
pub use wallets::{NewWallet, PageOrigin, find_wallet, keep_wallet};

use std::sync::Arc;

use air_api::{
    CoreClaimHash,
    sandbox::{ConsentDecision, Issue, Issued, StartVerification, StartedVerification, VerificationResult},
};
use air_ids::{PartnerId, UnixTime, UserUuid};
use air_jwt::{Claims, Scope};

use super::{
    App, Reason, Refusal, anchoring,
    hosted_issuance::{HostedCredential, HostedOrder, HostedPreview},
    issuance::{self, Preview},
    origins,
    users::{self, Opener},
    verification::{self, Checkable, Disclosure, PendingQuery},
};
use crate::request_log::{RequestCaller, RequestContext};
use air_store::{
    credentials,
    partners::Partner,
    users::{self as stored_users, SessionOrigin, User},
};

/// The maximum length of a `partnerUserId` in bytes.
const PARTNER_USER_ID_LIMIT: usize = 255;

/// A user who is logged in for a partner.
#[expect(missing_debug_implementations, reason = "it has personal data")]
pub struct SignedInUser {
    /// The partner.
    pub partner: Arc<Partner>,
    /// The user.
    pub user: User,
    /// The partner's own ID of the user, if the Partner JWT of the login contains one.
    pub partner_user_id: Option<String>,
    opened_by: SessionOrigin,
    /// The end of the session.
    pub ends: UnixTime,
}

impl SignedInUser {
    /// Checks whether a page of the AIR Kit opened the session, instead of a partner's server.
    pub(crate) fn is_page(&self) -> bool {
        self.opened_by.is_page()
    }

    /// Checks whether a code proved the user's address in this session.
    #[must_use]
    pub fn is_proved(&self) -> bool {
        self.opened_by == SessionOrigin::ProvedPage
    }
}

/// The session data that a page sends with each call. It has no `Debug`, because the session is a secret.
#[expect(missing_debug_implementations, reason = "the session is a secret")]
#[derive(Clone)]
pub struct PageSession {
    /// The partner's ID, which the platform itself wrote when the page was opened.
    pub partner_id: PartnerId,
    /// The session token, if the browser has one for this partner.
    pub session: Option<String>,
    /// The user whom the page considers logged in. Another user may have logged in since, in another tab.
    pub user_uuid: Option<UserUuid>,
    /// The caller for the request log.
    pub caller: RequestCaller,
}

impl PageSession {
    /// Returns the context of a token's verification. No fault applies to the calls of pages.
    fn context(&self) -> RequestContext {
        RequestContext {
            caller: self.caller.clone(),
            ..RequestContext::default()
        }
    }
}

/// An address that a user typed.
#[expect(missing_debug_implementations, reason = "it has personal data")]
#[derive(Clone, Copy)]
pub struct TypedAddress<'a> {
    /// The address.
    pub email: &'a str,
    /// Whether a code proved that the user reads it.
    pub is_proved: bool,
}

impl TypedAddress<'_> {
    fn origin(self) -> SessionOrigin {
        if self.is_proved {
            SessionOrigin::ProvedPage
        } else {
            SessionOrigin::Page
        }
    }
}

/// Returns the partner whose page embeds ours. The embedding page's origin must be registered for
/// the partner, or be a loopback origin on a loopback-only platform.
pub async fn partner_at(
    app: &App,
    partner_id: &str,
    origin: &str,
    is_on_loopback: bool,
    caller: &RequestCaller,
) -> Result<Arc<Partner>, Refusal> {
    let partner = find_partner(app, partner_id, caller).await?;
    let registered: Vec<String> =
        serde_json::from_str(&partner.allowed_origins).map_err(Refusal::internal)?;
    let is_from_here = is_on_loopback && origins::is_loopback(origin);
    if !is_from_here && !registered.iter().any(|known| known == origin) {
        return Err(Refusal::not_found(
            "this page's origin is not registered for the partner; add it to allowedOrigins, as the browser sends it",
        ));
    }
    Ok(partner)
}

async fn find_partner(app: &App, partner_id: &str, caller: &RequestCaller) -> Result<Arc<Partner>, Refusal> {
    let partner = app.cache.partner(&app.store, partner_id).await?;
    let partner = partner.ok_or_else(no_such_partner)?;
    caller.record(&partner.partner_id);
    Ok(partner)
}

/// Returns the refusal of an unknown partner.
#[must_use]
pub fn no_such_partner() -> Refusal {
    Refusal::not_found("no such partner; `partnerId` must be an id that this platform issued")
}

/// Logs in the user from the `email` claim of a Partner JWT, or the user of `address` if there is
/// no such claim. Returns `None` if both are missing: the page must then request an address from
/// the user.
pub async fn login_by_token(
    app: &App,
    page_session: &PageSession,
    token: &str,
    address: Option<TypedAddress<'_>>,
) -> Result<Option<(SignedInUser, String)>, Refusal> {
    // The token of a login needs no scope, as the SDK documents.
    let caller = app.identify(Some(token), None, &page_session.context()).await?;
    require_partner(&page_session.partner_id, &caller.partner)?;
    let partner_user_id = partner_user_id(&caller.claims)?;
    let (email, origin) = match (caller.claims.email(), address) {
        // The partner names the user, which proves nothing about the address.
        (Some(email), _) => (email, SessionOrigin::Page),
        (None, Some(address)) => (address.email, address.origin()),
        (None, None) => return Ok(None),
    };
    open(app, caller.partner.clone(), email, partner_user_id, origin)
        .await
        .map(Some)
}

/// Logs in the user of an address without verifying it. An address that no code proved is only for
/// users of a local platform.
pub async fn login_by_address(
    app: &App,
    page_session: &PageSession,
    address: TypedAddress<'_>,
) -> Result<(SignedInUser, String), Refusal> {
    let partner = find_partner(app, page_session.partner_id.as_str(), &page_session.caller).await?;
    open(app, partner, address.email, None, address.origin()).await
}

async fn open(
    app: &App,
    partner: Arc<Partner>,
    email: &str,
    partner_user_id: Option<&str>,
    origin: SessionOrigin,
) -> Result<(SignedInUser, String), Refusal> {
    let opener = Opener {
        partner: &partner,
        partner_user_id,
        origin,
    };
    let opened = users::open_session(app, opener, email).await?;
    let signed_in = SignedInUser {
        user: opened.user,
        partner_user_id: partner_user_id.map(ToOwned::to_owned),
        opened_by: origin,
        ends: opened.ends,
        partner,
    };
    Ok((signed_in, opened.token))
}

/// Returns the claim `partnerUserId`: the partner's own ID of the user.
fn partner_user_id(claims: &Claims) -> Result<Option<&str>, Refusal> {
    let Some(claim) = claims.all().get("partnerUserId") else {
        return Ok(None);
    };
    let id = claim
        .as_str()
        .filter(|id| (1..=PARTNER_USER_ID_LIMIT).contains(&id.len()) && !id.contains(char::is_control));
    id.map(Some).ok_or_else(|| {
        Refusal::bad_request(format!(
            "the token's claim `partnerUserId` must be a string of 1 to {PARTNER_USER_ID_LIMIT} bytes without control characters"
        ))
    })
}

/// Returns the user who is logged in for this partner.
pub async fn present(app: &App, page_session: &PageSession) -> Result<SignedInUser, Refusal> {
    let partner = find_partner(app, page_session.partner_id.as_str(), &page_session.caller).await?;
    let nobody =
        || Refusal::unauthorized("no user is logged in; call login first").because(Reason::NoSession);
    let token = page_session.session.as_deref().ok_or_else(nobody)?;
    let hash = users::token_hash(token);
    let now = app.machine_clock.now();
    let session = stored_users::find_session(&mut *app.store.read().await?, &hash, now)
        .await?
        .filter(|session| session.partner_id == partner.partner_id)
        .ok_or_else(nobody)?;
    if page_session
        .user_uuid
        .as_ref()
        .is_some_and(|user| *user != session.user.user_uuid)
    {
        return Err(other_user());
    }
    Ok(SignedInUser {
        partner,
        opened_by: session.opened_by,
        user: session.user,
        partner_user_id: session.partner_user_id,
        ends: session.expires_at,
    })
}

/// Ends the session, if there is one.
pub async fn logout(app: &App, session: Option<&str>) -> Result<(), Refusal> {
    let Some(token) = session else { return Ok(()) };
    let mut tx = app.store.write().await?;
    stored_users::delete_session(&mut tx, &users::token_hash(token)).await?;
    app.commit(tx).await.map_err(Refusal::from)
}

/// A credential that a call would issue.
#[expect(missing_debug_implementations, reason = "it has personal data")]
pub enum Offered {
    /// The platform issues it.
    ByPlatform(Preview),
    /// The issuer's own backend issues it.
    ByBackend(HostedPreview),
}

/// A credential that a call issued.
#[expect(missing_debug_implementations, reason = "it has personal data")]
pub enum Taken {
    /// The platform issued it.
    FromPlatform(Box<Issued>),
    /// The issuer's own backend issued it.
    FromBackend(Box<HostedCredential>),
}

/// Describes the credential that a call would issue, without changes.
pub async fn preview(
    app: &App,
    page_session: &PageSession,
    token: &str,
    request: &Issue,
) -> Result<(SignedInUser, Offered), Refusal> {
    let signed_in = caller(app, page_session, token, Scope::Issue).await?;
    let offered = match hosted(app, &signed_in, request).await? {
        Some(order) => Offered::ByBackend(order.preview().await?),
        None => Offered::ByPlatform(issuance::preview(app, &signed_in.partner, request).await?),
    };
    Ok((signed_in, offered))
}

/// Issues a credential to the signed-in user.
pub async fn issue(
    app: &App,
    page_session: &PageSession,
    token: &str,
    request: Issue,
) -> Result<Taken, Refusal> {
    let signed_in = caller(app, page_session, token, Scope::Issue).await?;
    if let Some(order) = hosted(app, &signed_in, &request).await? {
        return Ok(Taken::FromBackend(Box::new(order.issue().await?)));
    }
    let SignedInUser {
        partner,
        user,
        opened_by,
        ..
    } = signed_in;
    let done = issuance::issue_present(app, &partner, user, opened_by, request, None).await?;
    Ok(Taken::FromPlatform(Box::new(done.into_body())))
}

/// Returns the order to the partner's own backend, if the call names its DID as the issuer.
async fn hosted<'a>(
    app: &'a App,
    signed_in: &'a SignedInUser,
    request: &'a Issue,
) -> Result<Option<HostedOrder<'a>>, Refusal> {
    let partner_user_id = signed_in.partner_user_id.as_deref();
    HostedOrder::find(app, &signed_in.partner, &signed_in.user, partner_user_id, request).await
}

/// Checks whether a credential of the signed-in user is anchored.
pub async fn is_anchored(
    app: &App,
    page_session: &PageSession,
    hash: &CoreClaimHash,
) -> Result<bool, Refusal> {
    let signed_in = present(app, page_session).await?;
    let mut read = app.store.read().await?;
    credentials::find(&mut read, hash)
        .await?
        .filter(|credential| credential.user_uuid == signed_in.user.user_uuid)
        .ok_or_else(|| Refusal::not_found("this user has no credential with this coreClaimHash"))?;
    anchoring::is_anchored(app, &mut read, hash).await
}

/// Starts a run. Also returns the credential that the program would check. Returns `None`, without a run, if the program accepts
/// predicate proofs only and the page can't make any.
pub async fn start_verification(
    app: &App,
    page_session: &PageSession,
    token: &str,
    request: StartVerification,
    disclosure: &Disclosure,
    can_prove: bool,
) -> Result<Option<(StartedVerification, Checkable)>, Refusal> {
    let SignedInUser { partner, user, .. } = caller(app, page_session, token, Scope::Verify).await?;
    if !can_prove && verification::needs_proof(app, request.program_id.as_str()).await? {
        return Ok(None);
    }
    let (program_id, user_uuid) = (request.program_id.clone(), user.user_uuid.clone());
    let done = verification::start_with(app, &partner, user, request, disclosure, None).await?;
    let checkable = verification::checkable(app, &user_uuid, program_id.as_str()).await?;
    Ok(Some((done.into_body(), checkable)))
}

/// Records the signed-in user's decision about a presentation.
pub async fn decide(
    app: &App,
    page_session: &PageSession,
    verification_id: &str,
    decision: ConsentDecision,
) -> Result<VerificationResult, Refusal> {
    let signed_in = present(app, page_session).await?;
    let pending = PendingQuery {
        user_uuid: signed_in.user.user_uuid.as_str(),
        partner_id: signed_in.partner.partner_id.as_str(),
    };
    let done = verification::decide_as(app, pending, verification_id, decision, None).await?;
    Ok(done.into_body())
}

/// Returns the signed-in user for a call that the partner signs. The token must belong to the
/// partner for which the user is logged in, and its user, if it has one, must be that user.
async fn caller(
    app: &App,
    page_session: &PageSession,
    token: &str,
    scope: Scope,
) -> Result<SignedInUser, Refusal> {
    let caller = app
        .authenticate(Some(token), Some(scope), &page_session.context())
        .await?;
    require_partner(&page_session.partner_id, &caller.partner)?;
    let signed_in = present(app, page_session).await?;
    let email = caller.claims.email().map(users::folded);
    if email.is_some_and(|email| email != signed_in.user.email.as_str()) {
        return Err(other_user());
    }
    Ok(signed_in)
}

fn require_partner(partner_id: &PartnerId, of_token: &Partner) -> Result<(), Refusal> {
    if of_token.partner_id == *partner_id {
        return Ok(());
    }
    Err(Refusal::unauthorized(
        "the Partner JWT belongs to another partner than the page was initialised for; sign it with that partner's key",
    )
    .because(Reason::OtherUser))
}

fn other_user() -> Refusal {
    Refusal::forbidden("this call is for another user than the one who is logged in; log in again")
        .because(Reason::OtherUser)
}
