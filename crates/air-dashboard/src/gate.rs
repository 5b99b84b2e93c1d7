//! Controls access to the pages, and checks the origin of forms. The wallet has a gate of its own,
//! without the operator token: it is exposed like the other pages if a code proves the address of
//! each user.
//!
//! * The pages are served only under this machine's names, which prevents DNS rebinding. If the operator
//!   token is required, they are also served under the public address and under IP addresses, which cannot be
//!   rebound. If the token is not required, the public name and requests through a proxy are rejected,
//!   because a proxy would expose these pages.
//! * If the operator token is required, a browser needs a cookie. It receives the cookie for the token, or
//!   for the one-time link of this process. The cookie is valid until the browser logs out.
//! * A form is accepted if the browser reports that one of these pages sent it, and if it contains the token
//!   that matches the browser's cookie.

mod sessions;

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use air_api::UnixTime;
use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, Version, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use url::Url;

pub(super) use self::sessions::Sessions;
use super::{
    Access,
    form::{Fields, upload_type},
    layout::{Failed, Visit},
};
use air_http::relay;
use air_ids::is_loopback_authority;
use air_platform::{Clock, Refusal, clock::VirtualClock, ids};

/// The lifetime of a browser's session.
const LIFETIME: Duration = Duration::from_hours(12);
pub(super) const LOGIN: &str = "/dashboard/login";
/// The maximum size of a form in bytes.
const FORM_LIMIT: usize = 256 * 1024;
/// The maximum size of a form with a file. It exceeds the file limit, so that a page can report the size of a
/// file that is too large.
const UPLOAD_LIMIT: usize = 1024 * 1024;
/// The paths that are available without a login.
const OPEN: [&str; 3] = ["/dashboard/style.css", "/dashboard/page.js", LOGIN];

/// An access check that clones share.
#[derive(Clone)]
pub(crate) struct Gate(Arc<GateState>);

struct GateState {
    key: Hmac<Sha256>,
    login_token: Option<Arc<str>>,
    /// Whether the pages are served under the public address, and through a proxy.
    is_exposed: bool,
    /// The code of the one-time link, until a browser uses it.
    login_code: Mutex<Option<Arc<str>>>,
    cookie: String,
    is_secure: bool,
    public_host: Option<String>,
    clock: Clock,
    platform_clock: VirtualClock,
    logged_in: Sessions<()>,
}

/// The session of a page. It has no `Debug`, because it is a secret.
#[derive(Clone)]
pub(super) struct Session(pub(super) String);

impl Gate {
    /// Creates the check. Browsers must log in if the operator token is required.
    ///
    /// Sessions end by the machine's clock. Pages show times by the platform's.
    pub(crate) fn new(access: Access) -> Self {
        let cookie = format!("air_dashboard_{}", access.port);
        let is_exposed = access.token.is_some();
        Self::with_cookie(access, is_exposed, cookie)
    }

    /// Creates the check of the wallet's pages, which the operator token does not open. They are
    /// exposed if a code proves each user's address.
    pub(crate) fn of_wallet(access: Access, is_exposed: bool) -> Self {
        let cookie = format!("air_wallet_{}", access.port);
        let is_public = is_exposed && access.public_url.starts_with("https://");
        let access = Access {
            token: None,
            is_secure: access.is_secure || is_public,
            ..access
        };
        Self::with_cookie(access, is_exposed, cookie)
    }

    fn with_cookie(access: Access, is_exposed: bool, cookie: String) -> Self {
        let public = Url::parse(&access.public_url).ok();
        Self(Arc::new(GateState {
            key: Hmac::new_from_slice(&ids::secret()).expect("HMAC takes keys of any length"),
            public_host: public.as_ref().and_then(authority),
            login_token: access.token,
            is_exposed,
            login_code: Mutex::new(Some(access.login_code)),
            cookie,
            is_secure: access.is_secure,
            clock: access.clock,
            platform_clock: access.platform_clock,
            logged_in: Sessions::default(),
        }))
    }

    /// Returns the cookie of a new session if the login token is correct.
    pub(super) fn log_in(&self, token: &str) -> Option<HeaderValue> {
        let state = &self.0;
        let expected = state.login_token.as_deref()?;
        state.is_equal(expected, token).then(|| state.open_session())
    }

    /// Returns the cookie of a new session for the first browser that presents the one-time link of this
    /// process.
    pub(super) fn log_in_once(&self, code: &str) -> Option<HeaderValue> {
        let state = &self.0;
        state.login_token.as_ref()?;
        // No code panics while it holds this lock.
        let mut kept = state.login_code.lock().unwrap_or_else(PoisonError::into_inner);
        let is_right = kept
            .as_deref()
            .is_some_and(|expected| state.is_equal(expected, code));
        is_right.then(|| {
            *kept = None;
            state.open_session()
        })
    }

    /// Ends a session, and returns a cookie that removes the browser's cookie. Returns `None` if no login is
    /// required.
    pub(super) fn log_out(&self, Session(session): &Session) -> Option<HeaderValue> {
        let state = &self.0;
        state.login_token.as_ref()?;
        state.logged_in.end(session);
        Some(state.cookie("", "; Max-Age=0"))
    }
}

/// Enforces the rules in the module's documentation.
pub(super) async fn guard(State(Gate(state)): State<Gate>, mut request: Request, next: Next) -> Response {
    let headers = request.headers();
    if relay::is_outgoing(headers) || !state.is_own_host(request.version(), headers) {
        return Failed::from(Refusal::forbidden(
            "open this page at a loopback name (localhost, 127.0.0.1) or, with the operator token, at the public address",
        ))
        .into_response();
    }
    let is_post = request.method() == Method::POST;
    if is_post && !comes_from_own_page(headers) {
        return Failed::from(Refusal::forbidden(
            "this form did not come from a page of this platform; open the page and send it from there",
        ))
        .into_response();
    }
    let session = state.session(headers);
    let is_open = OPEN.contains(&request.uri().path());
    let is_logged_in = state.login_token.is_some() && session.is_some();
    let (session, fresh) = match session {
        Some(session) => (session, None),
        None if state.login_token.is_some() && !is_open => {
            return if is_post {
                Failed::from(Refusal::forbidden("the login has expired; log in again")).into_response()
            } else {
                Redirect::to(LOGIN).into_response()
            };
        }
        None => {
            let (session, _) = state.new_session();
            // If the token is required, only a login sets the cookie.
            let cookie = state.login_token.is_none().then(|| state.set_cookie(&session));
            (session, cookie)
        }
    };
    if is_post {
        let (mut parts, body) = request.into_parts();
        let upload_type = upload_type(&parts.headers).cloned();
        let limit = if upload_type.is_some() {
            UPLOAD_LIMIT
        } else {
            FORM_LIMIT
        };
        let Ok(bytes) = to_bytes(body, limit).await else {
            return Failed::from(Refusal::too_large(
                "a form may have at most 256 KiB, or 1 MiB with a file",
            ))
            .into_response();
        };
        let read = match upload_type {
            Some(media_type) => Fields::parse_upload(media_type, bytes).await,
            None => Ok((Fields::parse(&bytes), None)),
        };
        let (fields, upload) = match read {
            Ok(read) => read,
            Err(refusal) => return Failed::from(refusal).into_response(),
        };
        let is_login = parts.uri.path() == LOGIN;
        if !is_login && !state.is_form_token(&session, fields.text("token")) {
            return Failed::from(Refusal::forbidden(
                "the form's token belongs to another browser, or to an earlier start of the platform; reload the page and send it again",
            ))
            .into_response();
        }
        parts.extensions.insert(fields);
        if let Some(upload) = upload {
            parts.extensions.insert(upload);
        }
        request = Request::from_parts(parts, Body::empty());
    }
    let visit = Visit::new(
        state.form_token(&session),
        state.platform_clock.now(),
        request.uri(),
        is_logged_in,
    );
    request.extensions_mut().insert(visit);
    request.extensions_mut().insert(Session(session));
    let mut response = next.run(request).await;
    if let Some(cookie) = fresh {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

impl GateState {
    fn is_own_host(&self, version: Version, headers: &HeaderMap) -> bool {
        if !self.is_exposed && relay::is_proxied(version, headers) {
            return false;
        }
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        host.is_some_and(|host| {
            let host = host.to_ascii_lowercase();
            is_loopback_authority(&host)
                || self.is_exposed && (is_address(&host) || self.public_host.as_ref() == Some(&host))
        })
    }

    /// Returns the browser's session if this process created it and it has not expired.
    fn session(&self, headers: &HeaderMap) -> Option<String> {
        let cookies = headers.get_all(header::COOKIE).iter();
        let pairs = cookies.filter_map(|cookies| cookies.to_str().ok());
        let mut pairs = pairs.flat_map(|cookies| cookies.split(';'));
        let value = pairs.find_map(|pair| pair.trim().strip_prefix(&self.cookie)?.strip_prefix('='))?;
        let (session, mac) = value.rsplit_once('.')?;
        let (_, ends) = session.split_once('.')?;
        let is_ours = self
            .mac("session", session)
            .verify_slice(&hex::decode(mac).ok()?)
            .is_ok();
        let now = self.clock.now();
        let is_valid = ends.parse().is_ok_and(|ends| now < UnixTime::from_secs(ends));
        let is_open = self.login_token.is_none() || self.logged_in.is_open(session, now);
        (is_ours && is_valid && is_open).then(|| session.to_owned())
    }

    /// Compares MACs of the texts in constant time.
    fn is_equal(&self, expected: &str, given: &str) -> bool {
        let given = self.mac("login", given).finalize().into_bytes();
        self.mac("login", expected).verify_slice(&given).is_ok()
    }

    /// Opens a session, and returns its cookie.
    fn open_session(&self) -> HeaderValue {
        let (session, ends) = self.new_session();
        self.logged_in.open(&session, (), ends, self.clock.now());
        self.set_cookie(&session)
    }

    /// Creates a session, and returns it with its expiry time.
    fn new_session(&self) -> (String, UnixTime) {
        let ends = self.clock.now().saturating_add(LIFETIME);
        (format!("{}.{}", ids::bearer_token(), ends.as_secs()), ends)
    }

    fn set_cookie(&self, session: &str) -> HeaderValue {
        let mac = hex::encode(self.mac("session", session).finalize().into_bytes());
        self.cookie(&format!("{session}.{mac}"), "")
    }

    fn cookie(&self, value: &str, age: &str) -> HeaderValue {
        let secure = if self.is_secure { "; Secure" } else { "" };
        let name = &self.cookie;
        let cookie = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{age}");
        HeaderValue::from_str(&cookie).expect("digits, letters and punctuation alone")
    }

    fn form_token(&self, session: &str) -> String {
        hex::encode(self.mac("form", session).finalize().into_bytes())
    }

    fn is_form_token(&self, session: &str, token: &str) -> bool {
        hex::decode(token).is_ok_and(|token| self.mac("form", session).verify_slice(&token).is_ok())
    }

    fn mac(&self, purpose: &str, text: &str) -> Hmac<Sha256> {
        let mut mac = self.key.clone();
        mac.update(purpose.as_bytes());
        mac.update(b"\0");
        mac.update(text.as_bytes());
        mac
    }
}

/// Checks `Sec-Fetch-Site` if the browser sends it (to this machine, and over https), or else `Origin`.
/// Another port of this machine counts as another site here, since cookies do not distinguish ports.
fn comes_from_own_page(headers: &HeaderMap) -> bool {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin";
    }
    let origin = text("origin").and_then(|origin| origin.split_once("://"));
    matches!((origin, text("host")), (Some((_, origin)), Some(host)) if origin.eq_ignore_ascii_case(host))
}

/// Checks for an IP address, with or without a port.
fn is_address(authority: &str) -> bool {
    let without_port = authority
        .rsplit_once(':')
        .filter(|(_, port)| port.parse::<u16>().is_ok());
    let host = without_port.map_or(authority, |(host, _)| host);
    let host = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    host.parse::<IpAddr>().is_ok()
}

/// Returns a URL's host and port as browsers send them.
fn authority(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(
        url.port()
            .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")),
    )
}

#[cfg(test)]
mod tests;
