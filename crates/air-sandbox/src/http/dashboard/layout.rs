//! What every page has: navigation, headers, and the parts that pages are made of.

use air_api::PlatformTime;
use axum::{
    extract::FromRequestParts,
    http::{HeaderValue, StatusCode, Uri, header, request::Parts},
    response::{IntoResponse, Response},
};
use maud::{DOCTYPE, Markup, html};

use super::form::Fields;
use crate::domain::{Refusal, dashboard::PAGE};

/// Everything comes from here, and forms go nowhere else. `connect-src` is for the script that asks for a preview.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; \
form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// What a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Overview,
    Accounts,
    Schemas,
    Programs,
    Credentials,
    Callbacks,
    Verification,
    Users,
    Ledger,
    Logs,
    Faults,
    Clock,
    /// Nothing of the navigation.
    None,
}

/// A group's name, and its pages with path and name.
type Group = (&'static str, &'static [(Section, &'static str, &'static str)]);

const NAVIGATION: [Group; 5] = [
    (
        "Platform",
        &[
            (Section::Overview, "/dashboard", "Overview"),
            (Section::Accounts, "/dashboard/accounts", "Accounts"),
        ],
    ),
    (
        "Issuer",
        &[
            (Section::Schemas, "/dashboard/schemas", "Schemas"),
            (Section::Programs, "/dashboard/programs", "Programs"),
            (Section::Credentials, "/dashboard/credentials", "Credentials"),
            (Section::Callbacks, "/dashboard/callbacks", "Callbacks"),
        ],
    ),
    (
        "Verifier",
        &[(Section::Verification, "/dashboard/verification", "Verification")],
    ),
    (
        "Records",
        &[
            (Section::Users, "/dashboard/users", "Users"),
            (Section::Ledger, "/dashboard/ledger", "Ledger"),
            (Section::Logs, "/dashboard/logs", "Logs"),
        ],
    ),
    (
        "Try out",
        &[
            (Section::Faults, "/dashboard/faults", "Faults"),
            (Section::Clock, "/dashboard/clock", "Clock"),
        ],
    ),
];

/// What was done before a page is shown: a code of the query, so that nobody can write sentences into it.
const NOTICES: [(&str, &str); 14] = [
    ("schema", "The schema is published."),
    ("draft", "The program is a draft. Publish it to issue by it."),
    ("program", "The program is published."),
    ("verification", "The verification program is published."),
    ("issued", "The credential is issued. A block takes it next."),
    ("revoked", "The credential is revoked."),
    ("asked", "The user is asked for consent."),
    ("agreed", "The user agreed."),
    ("denied", "The user refused. Nothing was released."),
    ("withdrawn", "The consent is taken back."),
    ("replayed", "The callback is sent again."),
    ("anchored", "What waited is in a block."),
    ("clock", "The platform's clock is set."),
    ("faults", "The faults are set."),
];

/// One request for a page.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    form_token: String,
    notice: Option<&'static str>,
}

impl Visit {
    pub(super) fn new(form_token: String, uri: &Uri) -> Self {
        let query = Fields::parse(uri.query().unwrap_or_default().as_bytes());
        let done = query.text("done");
        Self {
            form_token,
            notice: NOTICES
                .iter()
                .find(|(code, _)| *code == done)
                .map(|(_, text)| *text),
        }
    }

    /// What proves that a form is this browser's; each form has it.
    pub(crate) fn proof(&self) -> Markup {
        html! { input type="hidden" name="token" value=(self.form_token); }
    }

    pub(crate) fn page(&self, section: Section, title: &str, content: &Markup) -> Page {
        Page {
            status: StatusCode::OK,
            document: document(section, title, self.notice, content),
        }
    }
}

/// A page that says why a form was not taken, above the form.
pub(crate) fn refused(refusal: &Refusal, section: Section, title: &str, form: &Markup) -> Page {
    let content = html! { (problem(refusal.message())) (form) };
    Page {
        status: refusal.status(),
        document: document(section, title, None, &content),
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failed> {
        let visit = parts.extensions.get::<Self>().cloned();
        visit.ok_or_else(|| Refusal::internal("a page outside of the gate").into())
    }
}

/// The fields of a form, or else of the query.
impl<S: Send + Sync> FromRequestParts<S> for Fields {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let form = parts.extensions.get::<Self>().cloned();
        Ok(form.unwrap_or_else(|| Self::parse(parts.uri.query().unwrap_or_default().as_bytes())))
    }
}

/// A page, with its headers.
#[derive(Debug)]
pub(crate) struct Page {
    status: StatusCode,
    document: Markup,
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let headers = [
            (
                header::CONTENT_TYPE,
                HeaderValue::from_static("text/html; charset=utf-8"),
            ),
            (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
            // With `no-referrer` a browser would send forms with the origin `null`.
            (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
        ];
        (self.status, headers, self.document.into_string()).into_response()
    }
}

/// A part of a page, for the script that puts it there.
pub(crate) fn fragment(content: Markup) -> Page {
    Page {
        status: StatusCode::OK,
        document: content,
    }
}

/// A page that says why there is no other.
#[derive(Debug)]
pub(crate) struct Failed(Refusal);

impl From<Refusal> for Failed {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        let status = self.0.status();
        let title = match status {
            StatusCode::NOT_FOUND => "Not found",
            StatusCode::FORBIDDEN => "Not allowed",
            _ => "That did not work",
        };
        let content = html! {
            (problem(self.0.message()))
            p { a href="/dashboard" { "To the overview" } }
        };
        let document = document(Section::None, title, None, &content);
        Page { status, document }.into_response()
    }
}

fn document(section: Section, title: &str, notice: Option<&str>, content: &Markup) -> Markup {
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
            }
            body {
                a.skip href="#content" { "To the content" }
                header.top {
                    a.brand href="/dashboard" { "air" span { "local platform" } }
                    nav aria-label="Main" {
                        @for (group, pages) in NAVIGATION {
                            div.group {
                                span.group-name { (group) }
                                ul {
                                    @for (of, path, name) in pages {
                                        li {
                                            a href=(path) aria-current=[(*of == section).then_some("page")] { (name) }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
                main #content tabindex="-1" {
                    h1 { (title) }
                    @if let Some(notice) = notice {
                        p.notice role="status" { (notice) }
                    }
                    (content)
                }
                footer {
                    p {
                        a href="/docs/" { "API reference" } " · "
                        a href="/openapi.json" { "OpenAPI document" } " · "
                        a href="/metrics" { "Metrics" }
                    }
                }
            }
        }
    }
}

/// Why something was not done, and what to do.
pub(crate) fn problem(message: &str) -> Markup {
    html! { div.problem role="alert" { strong { "Not done: " } (message) "." } }
}

/// A moment, in UTC.
pub(crate) fn time(seconds: i64) -> Markup {
    moment(PlatformTime::from_unix(u64::try_from(seconds).unwrap_or(0)))
}

pub(crate) fn moment(time: PlatformTime) -> Markup {
    let text = time.to_string();
    html! { time datetime=(format!("{}Z", text.replace(' ', "T"))) { (text) } }
}

/// An id or a hash, which is long: it breaks anywhere.
pub(crate) fn id(text: &str) -> Markup {
    html! { code.id { (text) } }
}

/// An id's beginning, for tables; all of it for a pointer that rests there.
pub(crate) fn short(text: &str) -> Markup {
    let beginning: String = text.chars().take(10).collect();
    html! { code title=(text) { (beginning) "…" } }
}

/// A state, by word and colour.
pub(crate) fn state(kind: &str, text: &str) -> Markup {
    html! { span class=(format!("state {kind}")) { (text) } }
}

/// Rows that can be too wide: they scroll within themselves, by keyboard too.
pub(crate) fn table(caption: &str, heads: &[&str], rows: &Markup, is_empty: bool) -> Markup {
    html! {
        @if is_empty {
            h2 { (caption) }
            p.empty { "None yet." }
        } @else {
            div.scroll role="region" aria-label=(caption) tabindex="0" {
                table {
                    caption { (caption) }
                    thead { tr { @for head in heads { th scope="col" { (head) } } } }
                    tbody { (rows) }
                }
            }
        }
    }
}

/// Links to newer and older rows. `rows` may be one more than a page has.
pub(crate) fn pages(fields: &Fields, path: &str, rows: usize) -> Markup {
    let page = fields.page();
    let to = |page: u32| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for name in ["q", "state", "user", "failed"] {
            if let Some(value) = fields.filled(name) {
                query.append_pair(name, value);
            }
        }
        query.append_pair("page", &page.to_string());
        format!("{path}?{}", query.finish())
    };
    let has_more = rows > PAGE as usize;
    html! {
        @if page > 1 || has_more {
            nav.pages aria-label="Pages" {
                @if page > 1 { a href=(to(page - 1)) rel="prev" { "Newer" } }
                span { "Page " (page) }
                @if has_more { a href=(to(page.saturating_add(1))) rel="next" { "Older" } }
            }
        }
    }
}

/// A labelled input.
pub(crate) struct Input<'a> {
    pub(crate) name: &'a str,
    pub(crate) label: &'a str,
    pub(crate) value: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) hint: &'a str,
    pub(crate) is_required: bool,
}

impl<'a> Input<'a> {
    pub(crate) fn text(name: &'a str, label: &'a str, fields: &'a Fields) -> Self {
        Self {
            name,
            label,
            value: fields.text(name),
            kind: "text",
            hint: "",
            is_required: false,
        }
    }

    pub(crate) fn kind(self, kind: &'a str) -> Self {
        Self { kind, ..self }
    }

    pub(crate) fn hint(self, hint: &'a str) -> Self {
        Self { hint, ..self }
    }

    pub(crate) fn required(self) -> Self {
        Self {
            is_required: true,
            ..self
        }
    }
}

impl maud::Render for Input<'_> {
    fn render(&self) -> Markup {
        let hint = (!self.hint.is_empty()).then(|| format!("{}-hint", self.name));
        html! {
            div.field {
                label for=(self.name) { (self.label) @if self.is_required { span.needed { " (needed)" } } }
                input id=(self.name) name=(self.name) type=(self.kind) value=(self.value) required[self.is_required]
                    step=[(self.kind == "number").then_some("any")] autocomplete="off" aria-describedby=[hint.as_deref()];
                @if let Some(hint) = &hint { p.hint id=(hint) { (self.hint) } }
            }
        }
    }
}

/// A labelled choice; each has a value and a text.
pub(crate) fn choice(name: &str, label: &str, chosen: &str, options: &[(&str, &str)]) -> Markup {
    html! {
        div.field {
            label for=(name) { (label) }
            select id=(name) name=(name) {
                @for (value, text) in options {
                    option value=(value) selected[*value == chosen] { (text) }
                }
            }
        }
    }
}

/// A labelled box.
pub(crate) fn tick(name: &str, label: &str, is_ticked: bool) -> Markup {
    html! {
        div.field.tick {
            input type="checkbox" id=(name) name=(name) value="yes" checked[is_ticked];
            label for=(name) { (label) }
        }
    }
}

/// A form that is one button.
pub(crate) fn button(visit: &Visit, action: &str, name: &str, text: &str) -> Markup {
    html! {
        form.inline method="post" action=(action) {
            (visit.proof())
            button name="action" value=(name) { (text) }
        }
    }
}

/// A search for rows.
pub(crate) fn search(label: &str, fields: &Fields, more: &Markup) -> Markup {
    html! {
        form.search method="get" role="search" {
            div.field {
                label for="q" { (label) }
                input id="q" name="q" type="search" value=(fields.text("q"));
            }
            (more)
            button { "Search" }
        }
    }
}

/// Text as it stands in a file.
pub(crate) fn listing(title: &str, text: &str) -> Markup {
    html! {
        details.listing open { summary { (title) } pre tabindex="0" aria-label=(title) { code { (text) } } }
    }
}
