//! Controls access to the pages, and checks the origin of forms.
//!
//! * The pages are served only under the names of this machine, which prevents DNS rebinding, and under the
//!   configured origin.
//! * A browser needs the cookie of a session, which it receives for an admin API key.
//! * A form is accepted if the browser reports that one of these pages sent it, and if it contains the token that
//!   matches the browser's cookie.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use air_ids::is_loopback_authority;
use air_server::Proxies;
use axum::{
    body::{Body, to_bytes},
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tokio::time::timeout;

use super::{
    attempts::Attempts,
    cookie::{CookieValue, Cookies},
    form::Fields,
    layout::{Failed, Visit},
    sessions::Sessions,
    style,
};
use crate::{
    Clock, Config,
    config::{ApiKeys, Origin},
};

pub(super) const SIGN_IN: &str = "/sign-in";
/// The maximum size of a form in bytes.
const FORM_LIMIT: usize = 16 * 1024;
/// The time in which a form must arrive.
const FORM_TIME: Duration = Duration::from_secs(30);
/// Forms are sent only to these pages, and nothing is loaded from elsewhere.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; \
    frame-ancestors 'none'; base-uri 'none'";
const HEADERS: [(&str, &str); 6] = [
    ("content-security-policy", POLICY),
    ("cache-control", "no-store"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    // With `no-referrer`, a browser would send forms with the origin `null`.
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
];

/// The access check. Cheap to clone.
#[derive(Clone)]
pub(super) struct Gate(Arc<GateState>);

struct GateState {
    form_key: Hmac<Sha256>,
    session_cookies: Cookies,
    /// A browser without a session has a cookie of its own, to which the form of the sign-in belongs. A link from elsewhere
    /// is opened without the cookie of the session (`SameSite=Strict`), so one cookie for both would end the session.
    visitor_cookies: Cookies,
    sessions: Sessions,
    attempts: Attempts,
    /// The configured origin, beside the names of this machine.
    origin: Option<Origin>,
    /// The proxies that name their client, by whose address attempts are counted.
    proxies: Proxies,
    has_offers: bool,
    clock: Clock,
}

/// The operator who sent a request: the API key by the start of its digest.
#[derive(Clone)]
pub(super) struct Operator(pub(super) String);

/// The browser that sent a request.
#[derive(Clone)]
pub(super) struct Browser {
    pub(super) cookie: CookieValue,
    /// The address of the client, behind trusted proxies too.
    pub(super) address: Option<IpAddr>,
}

/// The reason why a browser did not sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotSignedIn {
    WrongKey,
    /// There were too many attempts from the address, or from all.
    TooMany(Duration),
}

/// The refusal of a request.
enum Refused {
    SignIn,
    Failed(Failed),
}

impl From<Failed> for Refused {
    fn from(failed: Failed) -> Self {
        Self::Failed(failed)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::SignIn => Redirect::to(SIGN_IN).into_response(),
            Self::Failed(failed) => failed.into_response(),
        }
    }
}

impl Gate {
    pub(super) fn new(config: &Config, clock: Clock) -> Self {
        let pages = config.admin_pages.as_ref();
        let origin = pages.and_then(|pages| pages.origin.clone());
        let port = pages.map_or(0, |pages| pages.address.port());
        let form_key: [u8; 32] = rand::random();
        #[cfg(feature = "openid4vc")]
        let has_offers = config.openid4vc.is_some();
        #[cfg(not(feature = "openid4vc"))]
        let has_offers = false;
        Self(Arc::new(GateState {
            form_key: Hmac::new_from_slice(&form_key).expect("HMAC takes keys of any length"),
            session_cookies: Cookies::new("session", origin.is_some(), port),
            visitor_cookies: Cookies::new("visitor", origin.is_some(), port),
            sessions: Sessions::default(),
            attempts: Attempts::default(),
            origin,
            proxies: config.http.proxies.clone(),
            has_offers,
            clock,
        }))
    }

    /// Returns the cookie of a new session if the key is correct. The browser's earlier session ends.
    pub(super) fn sign_in(
        &self,
        keys: &ApiKeys,
        key: &str,
        browser: &Browser,
    ) -> Result<HeaderValue, NotSignedIn> {
        let state = &self.0;
        let now = state.clock.now();
        let begun = state.attempts.begin(browser.address, now);
        begun.map_err(NotSignedIn::TooMany)?;
        let Some(actor) = keys.find(key) else {
            return Err(NotSignedIn::WrongKey);
        };
        state.attempts.reset(browser.address);
        state.sessions.close(&browser.cookie);
        tracing::info!(%actor, "an operator signed in to the admin pages");
        let cookie = state.sessions.open(actor, now);
        Ok(state.session_cookies.set(&cookie))
    }

    /// Ends the browser's session, and returns the header that removes its cookie.
    pub(super) fn sign_out(&self, browser: &Browser) -> HeaderValue {
        self.0.sessions.close(&browser.cookie);
        self.0.session_cookies.remove()
    }
}

/// Enforces the rules in the module's documentation, and protects each response.
pub(super) async fn guard(State(Gate(state)): State<Gate>, request: Request, next: Next) -> Response {
    let mut response = match state.admit(request).await {
        Ok((request, fresh)) => {
            let mut response = next.run(request).await;
            if let Some(cookie) = fresh {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
            response
        }
        Err(refused) => refused.into_response(),
    };
    for (name, value) in HEADERS {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

impl GateState {
    /// Returns the request with the operator and the fields, and the cookie of a new visitor.
    async fn admit(&self, mut request: Request) -> Result<(Request, Option<HeaderValue>), Refused> {
        let headers = request.headers();
        if !self.is_own_host(headers) {
            return Err(Failed::forbidden(
                "open these pages at a loopback name (localhost, 127.0.0.1), or at `admin-origin`",
            )
            .into());
        }
        let is_post = request.method() == Method::POST;
        if is_post && !self.comes_from_own_page(headers) {
            return Err(Failed::forbidden(
                "this form did not come from one of these pages; open the page and send it from there",
            )
            .into());
        }
        if request.uri().path() == style::PATH && !is_post {
            return Ok((request, None));
        }
        let now = self.clock.now();
        let session = self.session_cookies.read(headers);
        let operator = session
            .as_ref()
            .and_then(|cookie| self.sessions.touch(cookie, now));
        let known = match operator {
            Some(_) => session,
            None => self.visitor_cookies.read(headers),
        };
        if operator.is_none() && request.uri().path() != SIGN_IN {
            return Err(if is_post {
                Failed::new(
                    StatusCode::UNAUTHORIZED,
                    "the session has ended; sign in, and send the form again",
                )
                .into()
            } else {
                Refused::SignIn
            });
        }
        let is_known = known.is_some();
        let cookie = known.unwrap_or_else(CookieValue::generate);
        let fields = if is_post {
            let (parts, body) = request.into_parts();
            let fields = read_form(body).await?;
            if !is_known || !self.is_form_token(&cookie, fields.text("token")) {
                return Err(Failed::forbidden(
                    "the form's token belongs to another browser, or to an earlier start of the service; reload the \
                     page and send it again",
                )
                .into());
            }
            request = Request::from_parts(parts, Body::empty());
            fields
        } else {
            Fields::parse(request.uri().query().unwrap_or_default().as_bytes())
        };
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        let address = peer.map(|ConnectInfo(peer)| self.proxies.client(peer.ip(), request.headers()));
        let visit = Visit::new(
            self.form_token(&cookie),
            now,
            fields.text("done"),
            operator.is_some(),
            self.has_offers,
        );
        let fresh = (!is_known).then(|| self.visitor_cookies.set(&cookie));
        let extensions = request.extensions_mut();
        extensions.insert(visit);
        extensions.insert(fields);
        extensions.insert(Browser { cookie, address });
        if let Some(operator) = operator {
            extensions.insert(Operator(operator));
        }
        Ok((request, fresh))
    }

    fn is_own_host(&self, headers: &HeaderMap) -> bool {
        let mut hosts = headers.get_all(header::HOST).iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else {
            return false;
        };
        host.to_str().is_ok_and(|host| {
            let host = host.to_ascii_lowercase();
            let is_public = self
                .origin
                .as_ref()
                .is_some_and(|origin| origin.authority() == host);
            is_public || is_loopback_authority(&host)
        })
    }

    /// Checks `Sec-Fetch-Site` if the browser sends it (to this machine, and over https), or else `Origin`.
    fn comes_from_own_page(&self, headers: &HeaderMap) -> bool {
        let text = |name| {
            let value: Option<&HeaderValue> = headers.get(name);
            value.and_then(|value| value.to_str().ok())
        };
        if let Some(site) = text("sec-fetch-site") {
            return site == "same-origin";
        }
        let (Some(origin), Some(host)) = (text("origin"), text("host")) else {
            return false;
        };
        self.origin.as_ref().is_some_and(|own| own.as_str() == origin)
            || origin
                .split_once("://")
                .is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host))
    }

    fn form_token(&self, cookie: &CookieValue) -> String {
        hex::encode(self.form_mac(cookie).finalize().into_bytes())
    }

    /// Compares the token in constant time.
    fn is_form_token(&self, cookie: &CookieValue, token: &str) -> bool {
        hex::decode(token).is_ok_and(|token| self.form_mac(cookie).verify_slice(&token).is_ok())
    }

    fn form_mac(&self, cookie: &CookieValue) -> Hmac<Sha256> {
        let mut mac = self.form_key.clone();
        mac.update(cookie.expose().as_bytes());
        mac
    }
}

async fn read_form(body: Body) -> Result<Fields, Failed> {
    let read = timeout(FORM_TIME, to_bytes(body, FORM_LIMIT)).await;
    let bytes = read
        .map_err(|_| {
            Failed::new(
                StatusCode::REQUEST_TIMEOUT,
                "the form did not arrive in time; send it again",
            )
        })?
        .map_err(|_| {
            Failed::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "a form may have at most 16 KiB; shorten its fields",
            )
        })?;
    Ok(Fields::parse(&bytes))
}
