//! The layout of all pages: navigation, shared parts, and failures.

mod parts;

use air_ids::UnixTime;
use axum::{
    extract::FromRequestParts,
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use maud::{DOCTYPE, Markup, html};

pub(super) use self::parts::{PAGE, facts, pages, table, time};
use super::form::Fields;
use crate::Error;
pub(super) use air_pages::{id, problem, state};

/// Notices about completed actions. A query contains only the code, so that a link can't insert text.
const NOTICES: [(&str, &str); 6] = [
    ("revoked", "The credential is revoked."),
    ("stored", "dStorage has the credential."),
    (
        "later",
        "dStorage did not confirm the credential. The service tries again.",
    ),
    (
        "refused",
        "dStorage refused the credential. The service tries again in an hour.",
    ),
    (
        "abandoned",
        "The credential is not uploaded any more: it was revoked, or it has expired.",
    ),
    ("signed-out", "You are signed out."),
];

/// The section of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    Issuances,
    Outbox,
    Offers,
    Keys,
    StatusLists,
    Audit,
    /// No section.
    None,
}

/// The links to all sections.
const NAVIGATION: [(Section, &str, &str); 6] = [
    (Section::Issuances, "/issuances", "Issuances"),
    (Section::Outbox, "/outbox", "Outbox"),
    (Section::Offers, "/offers", "Offers"),
    (Section::Keys, "/keys", "Keys"),
    (Section::StatusLists, "/status-lists", "Status lists"),
    (Section::Audit, "/audit", "Audit log"),
];

/// A request for a page.
#[derive(Clone)]
pub(super) struct Visit {
    form_token: String,
    now: UnixTime,
    notice: Option<&'static str>,
    is_signed_in: bool,
    has_offers: bool,
}

impl Visit {
    pub(super) fn new(
        form_token: String,
        now: UnixTime,
        done: &str,
        is_signed_in: bool,
        has_offers: bool,
    ) -> Self {
        let notice = NOTICES.iter().find(|(code, _)| *code == done);
        Self {
            form_token,
            now,
            notice: notice.map(|(_, text)| *text),
            is_signed_in,
            has_offers,
        }
    }

    /// The time of the request.
    pub(super) fn now(&self) -> UnixTime {
        self.now
    }

    /// Renders the hidden field that proves that a form belongs to this browser. Each form needs it.
    pub(super) fn proof(&self) -> Markup {
        html! { input type="hidden" name="token" value=(self.form_token); }
    }

    pub(super) fn page(&self, section: Section, title: &str, content: &Markup) -> Page {
        Page {
            status: StatusCode::OK,
            document: document(section, title, Some(self), content),
        }
    }

    /// Renders a form again, below the reason why it was refused.
    pub(super) fn refused(
        &self,
        status: StatusCode,
        reason: &str,
        section: Section,
        title: &str,
        form: &Markup,
    ) -> Page {
        let content = html! { (problem(reason)) (form) };
        let visit = Self {
            notice: None,
            ..self.clone()
        };
        Page {
            status,
            document: document(section, title, Some(&visit), &content),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failed> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(Failed::internal)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Fields {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failed> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(Failed::internal)
    }
}

/// A page with its status.
pub(super) struct Page {
    status: StatusCode,
    document: Markup,
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
        (self.status, headers, self.document.into_string()).into_response()
    }
}

/// A request that failed, with the reason and the remedy.
#[derive(Debug)]
pub(super) struct Failed {
    status: StatusCode,
    reason: &'static str,
}

impl Failed {
    pub(super) const fn new(status: StatusCode, reason: &'static str) -> Self {
        Self { status, reason }
    }

    pub(super) const fn forbidden(reason: &'static str) -> Self {
        Self::new(StatusCode::FORBIDDEN, reason)
    }

    pub(super) const fn not_found(reason: &'static str) -> Self {
        Self::new(StatusCode::NOT_FOUND, reason)
    }

    const fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the service failed; its log has the reason",
        )
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        if let Some(cause) = error.transient() {
            tracing::error!(error = %cause, "the database can't be used now");
            return Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "the database can't be used now; reload the page",
            );
        }
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        tracing::error!(%error, cause, "an admin page failed");
        Self::internal()
    }
}

impl From<sqlx::Error> for Failed {
    fn from(error: sqlx::Error) -> Self {
        Error::from(error).into()
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        let title = match self.status {
            StatusCode::NOT_FOUND => "Not found",
            StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED => "Not allowed",
            _ => "That did not work",
        };
        let content = html! {
            (problem(self.reason))
            p { a href="/" { "To the issuances" } }
        };
        let page = Page {
            status: self.status,
            document: document(Section::None, title, None, &content),
        };
        page.into_response()
    }
}

fn document(section: Section, title: &str, visit: Option<&Visit>, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · air issuer" }
                link rel="icon" href="data:,";
                link rel="stylesheet" href="/style.css";
            }
            body {
                a.skip href="#content" { "To the content" }
                header.top {
                    div {
                        a.brand href="/" { "air" span { "issuer" } }
                        @if let Some(visit) = visit.filter(|visit| visit.is_signed_in) {
                            (navigation(section, visit))
                            form.log-out method="post" action="/sign-out" {
                                (visit.proof())
                                button { "Sign out" }
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
                footer { p { "Times are UTC" } }
            }
        }
    }
}

/// Renders the links to all sections, and marks the current one.
fn navigation(section: Section, visit: &Visit) -> Markup {
    let shown = NAVIGATION
        .iter()
        .filter(|(of, ..)| *of != Section::Offers || visit.has_offers);
    html! {
        nav aria-label="Main" {
            ul {
                @for (of, path, name) in shown {
                    li { a href=(path) aria-current=[(*of == section).then_some("page")] { (name) } }
                }
            }
        }
    }
}
