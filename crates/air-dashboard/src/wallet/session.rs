//! Sign-in by e-mail address, and sign-out.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{FromRequestParts, State},
    http::request::Parts,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};

use super::HOME;
use crate::{
    form::Fields,
    gate::{Session, Sessions},
    layout::{Input, Page, Section, Visit},
};
use air_platform::{
    App, Clock, Refusal,
    holder::{self, User},
};

pub(super) const SIGN_IN: &str = "/wallet/sign-in";
const TITLE: &str = "Your wallet";
/// How long a user stays signed in, in seconds.
const LIFETIME: u64 = 12 * 3600;

/// The users who are signed in, by session. Clones share them.
#[derive(Clone)]
pub(super) struct SignedIn {
    sessions: Arc<Sessions<Holder>>,
    clock: Clock,
}

/// The user of a page.
#[derive(Clone)]
pub(super) struct Holder {
    pub(super) user_uuid: String,
    pub(super) email: String,
}

impl SignedIn {
    pub(super) fn new(clock: Clock, sessions: Sessions<Holder>) -> Self {
        Self {
            sessions: Arc::new(sessions),
            clock,
        }
    }

    /// Signs a user in.
    pub(super) fn open(&self, Session(session): &Session, user: User) {
        let now = self.clock.now();
        let holder = Holder {
            user_uuid: user.user_uuid.into(),
            email: user.email,
        };
        let ends = now.saturating_add(LIFETIME);
        self.sessions.open(session, holder, ends, now);
    }

    pub(super) fn holder(&self, Session(session): &Session) -> Option<Holder> {
        self.sessions.owner(session, self.clock.now())
    }
}

/// Extracts the signed-in user. Without one, a page leads to the sign-in.
impl<S: Send + Sync> FromRequestParts<S> for Holder {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let (session, signed_in) = (
            parts.extensions.get::<Session>(),
            parts.extensions.get::<SignedIn>(),
        );
        let holder = session
            .zip(signed_in)
            .and_then(|(session, signed_in)| signed_in.holder(session));
        holder.ok_or_else(|| Redirect::to(SIGN_IN).into_response())
    }
}

impl Holder {
    /// Renders a page of this user.
    pub(super) fn page(&self, visit: &Visit, section: Section, title: &str, content: &Markup) -> Page {
        let content = html! {
            form.account method="post" action="/wallet/sign-out" {
                (visit.proof())
                span { "Signed in as " strong { bdi { (self.email) } } }
                button { "Sign out" }
            }
            (content)
        };
        visit.page(section, title, &content)
    }
}

pub(super) async fn show(
    Extension(signed_in): Extension<SignedIn>,
    Extension(session): Extension<Session>,
    visit: Visit,
    fields: Fields,
) -> Response {
    if signed_in.holder(&session).is_some() {
        return Redirect::to(HOME).into_response();
    }
    visit
        .page(Section::WalletSignIn, TITLE, &form(&visit, &fields))
        .into_response()
}

pub(super) async fn sign_in(
    State(app): State<App>,
    Extension(signed_in): Extension<SignedIn>,
    Extension(session): Extension<Session>,
    visit: Visit,
    fields: Fields,
) -> Response {
    let email = fields
        .filled("email")
        .ok_or_else(|| Refusal::bad_request("your e-mail address is missing"));
    let found = match email {
        Ok(email) => holder::sign_in(&app, email).await,
        Err(refusal) => Err(refusal),
    };
    match found {
        Ok(user) => {
            signed_in.open(&session, user);
            Redirect::to(HOME).into_response()
        }
        Err(refusal) => visit
            .refused(&refusal, Section::WalletSignIn, TITLE, &form(&visit, &fields))
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

fn form(visit: &Visit, fields: &Fields) -> Markup {
    html! {
        p { "See your credentials and what was shown to whom, take back consents, and export what is yours." }
        form.plain-form method="post" action=(SIGN_IN) {
            (visit.proof())
            (Input::text("email", "Your e-mail address", fields).kind("email").required()
                .hint("This platform is on this machine only: it sends no code, and believes what you type."))
            p.actions { button.primary { "Sign in" } }
        }
    }
}
