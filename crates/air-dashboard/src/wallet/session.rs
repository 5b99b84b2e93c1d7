//! Sign-in by e-mail address, with a code where the address must be proved, and sign-out.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use air_api::UserUuid;
use axum::{
    Extension,
    extract::{ConnectInfo, FromRequestParts, State},
    http::request::Parts,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};

use super::HOME;
use crate::{
    Access,
    access::CountedPeer,
    form::Fields,
    gate::{Session, Sessions},
    layout::{Input, Page, Section, Visit},
};
use air_platform::{
    App, Clock, Refusal,
    holder::{self, User},
    sign_in_codes::SignInCodes,
};

pub(super) const SIGN_IN: &str = "/wallet/sign-in";
const CODE: &str = "/wallet/sign-in/code";
const TITLE: &str = "Your wallet";
/// The maximum number of users who are signed in.
const USERS: usize = 10_000;
/// The lifetime of a user's session.
const LIFETIME: Duration = Duration::from_hours(12);

/// The users who are signed in, by session. Clones share them.
#[derive(Clone)]
pub(super) struct SignedIn {
    sessions: Arc<Sessions<Account>>,
    /// The codes that prove addresses. `None` believes typed addresses.
    codes: Option<Arc<SignInCodes>>,
    counted_peer: CountedPeer,
    clock: Clock,
}

/// The user of a session.
#[derive(Clone)]
pub(super) struct Account {
    pub(super) user_uuid: UserUuid,
    pub(super) email: String,
}

/// The signed-in user of a page, and the request for it.
pub(super) struct Holder {
    pub(super) user_uuid: UserUuid,
    pub(super) visit: Visit,
    email: String,
}

impl SignedIn {
    pub(super) fn new(access: &Access, needs_codes: bool) -> Self {
        Self {
            sessions: Arc::new(Sessions::with_limit(USERS)),
            codes: needs_codes.then(Arc::default),
            counted_peer: access.counted_peer.clone(),
            clock: access.clock.clone(),
        }
    }

    /// Signs a user in, in the browser of this session.
    pub(super) fn open(&self, Session(session): &Session, user: User) {
        let now = self.clock.now();
        let account = Account {
            user_uuid: user.user_uuid,
            email: user.email.as_str().to_owned(),
        };
        self.sessions
            .open(session, account, now.saturating_add(LIFETIME), now);
    }

    /// Checks whether a typed address signs a user in, without a code.
    pub(super) fn believes_addresses(&self) -> bool {
        self.codes.is_none()
    }

    pub(super) fn account(&self, Session(session): &Session) -> Option<Account> {
        self.sessions.owner(session, self.clock.now())
    }
}

/// Extracts the signed-in user. Without one, a page leads to the sign-in.
impl<S: Send + Sync> FromRequestParts<S> for Holder {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let extensions = &parts.extensions;
        let (session, signed_in) = (extensions.get::<Session>(), extensions.get::<SignedIn>());
        let account = session
            .zip(signed_in)
            .and_then(|(session, signed_in)| signed_in.account(session));
        let Some(Account { user_uuid, email }) = account else {
            return Err(Redirect::to(SIGN_IN).into_response());
        };
        let visit = Visit::from_request_parts(parts, state).await;
        Ok(Self {
            user_uuid,
            visit: visit.map_err(IntoResponse::into_response)?,
            email,
        })
    }
}

impl Holder {
    /// Renders a page of this user.
    pub(super) fn page(&self, section: Section, title: &str, content: &Markup) -> Page {
        let content = html! {
            form.account method="post" action="/wallet/sign-out" {
                (self.visit.proof())
                span { "Signed in as " strong { bdi { (self.email) } } }
                button { "Sign out" }
            }
            (content)
        };
        self.visit.page(section, title, &content)
    }
}

pub(super) async fn show(
    Extension(signed_in): Extension<SignedIn>,
    Extension(session): Extension<Session>,
    visit: Visit,
    fields: Fields,
) -> Response {
    if signed_in.account(&session).is_some() {
        return Redirect::to(HOME).into_response();
    }
    visit
        .page(Section::WalletSignIn, TITLE, &form(&signed_in, &visit, &fields))
        .into_response()
}

pub(super) async fn sign_in(
    State(app): State<App>,
    Extension(signed_in): Extension<SignedIn>,
    Extension(session): Extension<Session>,
    connection: Option<Extension<ConnectInfo<SocketAddr>>>,
    visit: Visit,
    fields: Fields,
) -> Response {
    let peer = connection.and_then(|Extension(ConnectInfo(address))| (signed_in.counted_peer)(address.ip()));
    let email = fields
        .filled("email")
        .ok_or_else(|| Refusal::bad_request("your e-mail address is missing"));
    let next = match (email, &signed_in.codes) {
        (Ok(email), Some(codes)) => {
            let asked = codes.ask(&app, &session.0, peer, email).await;
            asked.map(|()| Redirect::to(CODE))
        }
        (Ok(email), None) => {
            let found = holder::sign_in(&app, email).await;
            found.map(|user| {
                signed_in.open(&session, user);
                Redirect::to(HOME)
            })
        }
        (Err(refusal), _) => Err(refusal),
    };
    match next {
        Ok(redirect) => redirect.into_response(),
        Err(refusal) => {
            let form = form(&signed_in, &visit, &fields);
            visit
                .refused(&refusal, Section::WalletSignIn, TITLE, &form)
                .into_response()
        }
    }
}

pub(super) async fn show_code(Extension(signed_in): Extension<SignedIn>, visit: Visit) -> Response {
    if signed_in.codes.is_none() {
        return Redirect::to(SIGN_IN).into_response();
    }
    visit
        .page(Section::WalletSignIn, TITLE, &code_form(&visit))
        .into_response()
}

/// Signs in the user whose code it is.
pub(super) async fn prove(
    State(app): State<App>,
    Extension(signed_in): Extension<SignedIn>,
    Extension(session): Extension<Session>,
    visit: Visit,
    fields: Fields,
) -> Response {
    let Some(codes) = &signed_in.codes else {
        return Redirect::to(SIGN_IN).into_response();
    };
    match codes.prove(&app, &session.0, fields.text("code")) {
        Ok(user) => {
            signed_in.open(&session, user);
            Redirect::to(HOME).into_response()
        }
        Err(refusal) => visit
            .refused(&refusal, Section::WalletSignIn, TITLE, &code_form(&visit))
            .into_response(),
    }
}

pub(super) async fn sign_out(
    Extension(signed_in): Extension<SignedIn>,
    Extension(Session(session)): Extension<Session>,
) -> Redirect {
    signed_in.sessions.end(&session);
    Redirect::to(&format!("{SIGN_IN}?done=signed-out"))
}

fn form(signed_in: &SignedIn, visit: &Visit, fields: &Fields) -> Markup {
    let (hint, action) = match signed_in.codes {
        Some(_) => ("You get a message with a code.", "Send a code"),
        None => (
            "This platform is on this machine only: it sends no code, and accepts any address.",
            "Sign in",
        ),
    };
    html! {
        p { "See your credentials and the verifiers that received data, withdraw consents, and export your data." }
        form.plain-form method="post" action=(SIGN_IN) {
            (visit.proof())
            (Input::text("email", "Your e-mail address", fields).kind("email").required().hint(hint))
            p.actions { button.primary { (action) } }
        }
    }
}

/// Renders the same form for known and unknown addresses.
fn code_form(visit: &Visit) -> Markup {
    html! {
        p { "If this platform knows the address, a code is on its way: at most five in an hour. It is valid for ten minutes, in this browser." }
        form.plain-form method="post" action=(CODE) {
            (visit.proof())
            div.field {
                label for="code" { "Your code" }
                input id="code" name="code" inputmode="numeric" autocomplete="one-time-code" maxlength="12" required
                    aria-describedby="code-hint";
                p.hint id="code-hint" { "Six digits, from the newest message." }
            }
            p.actions { button.primary { "Sign in" } a.button href=(SIGN_IN) { "Ask for another code" } }
        }
    }
}
