//! The layout of all pages: navigation, headers and shared parts.

mod icons;
mod inputs;
mod list;
mod navigation;
mod parts;

use air_api::{PlatformTime, UnixTime};
use axum::{
    extract::FromRequestParts,
    http::{HeaderValue, StatusCode, Uri, header, request::Parts},
    response::{IntoResponse, Response},
};
use maud::{DOCTYPE, Markup, html};

pub(crate) use self::{
    inputs::{Input, TextArea, button, choice, search, tick},
    list::{Head, List, Sort, order, pages},
    navigation::Section,
    parts::{day, exact, listing, moment, qr_code, short, table, time},
};
use self::{
    navigation::{Area, navigation},
    parts::timestamp,
};
use super::form::Fields;
pub(crate) use air_pages::{id, problem, state};
use air_platform::{Refusal, RefusalKind};

/// All resources have this origin, and forms are sent only to it. `connect-src` is for the script that
/// requests a preview.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; \
form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
/// The same for a page that loads a WebAssembly module.
const MODULE_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; \
img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Notices about completed actions. The query contains only a code, so that a link cannot insert text.
const NOTICES: [(&str, &str); 28] = [
    (
        "partner",
        "The partner is created. Its keys are read when its first token arrives.",
    ),
    ("schema", "The schema is published."),
    ("draft", "The program is a draft. Publish it to issue by it."),
    ("program", "The program is published."),
    ("verification", "The verification program is published."),
    ("issued", "The credential is issued. A block takes it next."),
    ("kept", "Nothing is issued: the user already has this credential."),
    (
        "replaced",
        "The credential is issued, and the user's earlier one is revoked. A block takes it next.",
    ),
    ("revoked", "The credential is revoked."),
    ("asked", "The user is asked for consent."),
    ("agreed", "The user agreed."),
    ("denied", "The user refused. Nothing was released."),
    ("withdrawn", "The consent is taken back."),
    ("replayed", "The callback is sent again."),
    ("anchored", "The waiting credentials are in a block."),
    ("clock", "The platform's clock is set."),
    ("faults", "The faults are set."),
    ("logo", "The logo is set."),
    ("no-logo", "The logo is removed."),
    ("backend", "The issuer backend is registered."),
    ("no-backend", "The issuer backend is removed."),
    ("trusted", "The trust list is set."),
    ("no-trust-list", "The trust list is removed."),
    ("logged-out", "You are logged out."),
    ("signed-out", "You are signed out."),
    ("deleted", "The credential is deleted from this wallet."),
    ("refused", "The issuer can't issue to you while you are away."),
    ("allowed", "The issuer may issue to you while you are away."),
];

/// A request for a page.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    form_token: String,
    /// The platform's time. Pages say how long ago something was.
    now: UnixTime,
    notice: Option<&'static str>,
    /// Whether the browser used the login token. If so, the page offers a logout.
    is_logged_in: bool,
}

impl Visit {
    pub(super) fn new(form_token: String, now: UnixTime, uri: &Uri, is_logged_in: bool) -> Self {
        let query = Fields::parse(uri.query().unwrap_or_default().as_bytes());
        let done = query.text("done");
        Self {
            form_token,
            now,
            is_logged_in,
            notice: NOTICES
                .iter()
                .find(|(code, _)| *code == done)
                .map(|(_, text)| *text),
        }
    }

    /// Renders the hidden field that proves that a form belongs to this browser. Each form needs it.
    pub(crate) fn proof(&self) -> Markup {
        html! { input type="hidden" name="token" value=(self.form_token); }
    }

    pub(crate) fn page(&self, section: Section, title: &str, content: &Markup) -> Page {
        Page::new(StatusCode::OK, document(section, title, Some(self), content))
    }

    /// Renders a form again, below the reason that it was rejected.
    pub(crate) fn refused(&self, refusal: &Refusal, section: Section, title: &str, form: &Markup) -> Page {
        let content = html! { (problem(refusal.message())) (form) };
        let visit = Self {
            notice: None,
            ..self.clone()
        };
        let document = document(section, title, Some(&visit), &content);
        Page::new(air_http::status(refusal.kind()), document)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failed> {
        let visit = parts.extensions.get::<Self>().cloned();
        visit.ok_or_else(|| Refusal::internal("a page outside of the gate").into())
    }
}

/// Extracts the fields of a form, or those of the query.
impl<S: Send + Sync> FromRequestParts<S> for Fields {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let form = parts.extensions.get::<Self>().cloned();
        Ok(form.unwrap_or_else(|| Self::parse(parts.uri.query().unwrap_or_default().as_bytes())))
    }
}

/// A page with its headers.
#[derive(Debug)]
pub(crate) struct Page {
    status: StatusCode,
    document: Markup,
    policy: HeaderValue,
}

impl Page {
    fn new(status: StatusCode, document: Markup) -> Self {
        Self {
            status,
            document,
            policy: HeaderValue::from_static(POLICY),
        }
    }

    /// Permits the page to load a WebAssembly module of ours.
    pub(crate) fn with_module(mut self) -> Self {
        self.policy = HeaderValue::from_static(MODULE_POLICY);
        self
    }

    /// Permits that a form's answer redirects to this source (CSP3, 2.3.1). A source that no header can have is not permitted.
    pub(crate) fn leading_forms_to(mut self, source: &str) -> Self {
        let policy = POLICY.replace("form-action 'self'", &format!("form-action 'self' {source}"));
        if let Ok(policy) = HeaderValue::from_str(&policy) {
            self.policy = policy;
        }
        self
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let headers = [
            (
                header::CONTENT_TYPE,
                HeaderValue::from_static("text/html; charset=utf-8"),
            ),
            (header::CONTENT_SECURITY_POLICY, self.policy),
            // With `no-referrer`, a browser would send forms with the origin `null`.
            (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
        ];
        (self.status, headers, self.document.into_string()).into_response()
    }
}

/// Returns a part of a page, which a script inserts.
pub(crate) fn fragment(content: Markup) -> Page {
    Page::new(StatusCode::OK, content)
}

/// An error page with the reason.
#[derive(Debug)]
pub(crate) struct Failed(Refusal);

impl From<Refusal> for Failed {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        failed(&self.0, Section::None)
    }
}

/// An error page of the wallet with the reason.
#[derive(Debug)]
pub(crate) struct WalletFailed(Refusal);

impl From<Refusal> for WalletFailed {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl IntoResponse for WalletFailed {
    fn into_response(self) -> Response {
        failed(&self.0, Section::WalletNone)
    }
}

fn failed(refusal: &Refusal, section: Section) -> Response {
    let title = match refusal.kind() {
        RefusalKind::NotFound => "Not found",
        RefusalKind::Forbidden => "Not allowed",
        _ => "That did not work",
    };
    let content = html! {
        (problem(refusal.message()))
        @match section.area() {
            Area::Dashboard => p { a href="/dashboard" { "To the overview" } },
            Area::Wallet => p { a href="/wallet" { "To your credentials" } },
        }
    };
    let document = document(section, title, None, &content);
    let status = air_http::status(refusal.kind());
    Page::new(status, document).into_response()
}

fn document(section: Section, title: &str, visit: Option<&Visit>, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · air" }
                link rel="icon" href="data:,";
                link rel="stylesheet" href="/dashboard/style.css";
                script defer src="/dashboard/page.js" {}
            }
            body.wallet[section.area() == Area::Wallet] data-now=[visit.map(|visit| timestamp(PlatformTime::from_unix(visit.now)))] {
                a.skip href="#content" { "To the content" }
                header.top {
                    div {
                        @if section.area() == Area::Wallet {
                            a.brand href="/wallet" { "air" span { "wallet" } }
                        } @else {
                            a.brand href="/dashboard" { "air" span { "local platform" } }
                            form.everywhere method="get" action="/dashboard/search" {
                                label.visually-hidden for="everything" { "Search everything" }
                                input id="everything" type="search" name="q" required maxlength="200" placeholder="Search";
                            }
                        }
                        (navigation(section))
                        @if let Some(visit) = visit.filter(|visit| visit.is_logged_in) {
                            form.log-out method="post" action="/dashboard/logout" {
                                (visit.proof())
                                button { "Log out" }
                            }
                        }
                    }
                }
                main #content tabindex="-1" {
                    h1 { (title) }
                    @if let Some(notice) = visit.and_then(|visit| visit.notice) {
                        p.notice role="status" { (notice) }
                    }
                    (content)
                }
                footer {
                    p {
                        "Times are UTC"
                        @if section.area() == Area::Dashboard {
                            " · " a href="/wallet" { "A user's wallet" }
                            " · " a href="/docs/" { "API reference" }
                            " · " a href="/openapi.json" { "OpenAPI document" }
                            " · " a href="/metrics" { "Metrics" }
                        }
                    }
                }
            }
        }
    }
}
