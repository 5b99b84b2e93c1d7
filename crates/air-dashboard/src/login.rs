//! Login and logout, if the operator token is required. A browser logs in with the token or with the one-time
//! link of this process.

use axum::{
    Extension,
    extract::State,
    http::{HeaderName, HeaderValue, header},
    response::{AppendHeaders, IntoResponse, Redirect, Response},
};
use maud::{Markup, html};

use super::{
    form::Fields,
    gate::{Gate, LOGIN, Session},
    layout::{Failed, Section, Visit},
};
use air_platform::Refusal;

const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

/// Shows the login form, or logs in with the code of the one-time link.
pub(super) async fn show(State(gate): State<Gate>, visit: Visit, fields: Fields) -> Response {
    let code = fields.text("once");
    if code.is_empty() {
        return visit.page(Section::None, "Log in", &form()).into_response();
    }
    if let Some(cookie) = gate.log_in_once(code) {
        return logged_in(cookie);
    }
    let refusal = Refusal::unauthorized(
        "this link was used already, or belongs to an earlier start; log in with the operator token",
    );
    visit
        .refused(&refusal, Section::None, "Log in", &form())
        .into_response()
}

fn logged_in(cookie: HeaderValue) -> Response {
    let headers = AppendHeaders([(header::SET_COOKIE, cookie)]);
    (headers, Redirect::to("/dashboard")).into_response()
}

pub(super) async fn log_in(State(gate): State<Gate>, visit: Visit, fields: Fields) -> Response {
    if let Some(cookie) = gate.log_in(fields.text("login")) {
        return logged_in(cookie);
    }
    let refusal = Refusal::unauthorized(
        "this is not the operator token; find it as `adminToken` in the line that is printed at start",
    );
    visit
        .refused(&refusal, Section::None, "Log in", &form())
        .into_response()
}

/// Ends the session on the server, so that copies of its cookie become invalid.
pub(super) async fn log_out(
    State(gate): State<Gate>,
    Extension(session): Extension<Session>,
) -> Result<Response, Failed> {
    let Some(cookie) = gate.log_out(&session) else {
        return Err(Refusal::not_found("no login is required here, so there is no logout").into());
    };
    let headers = AppendHeaders([
        (header::SET_COOKIE, cookie),
        (CLEAR_SITE_DATA, HeaderValue::from_static("\"cache\"")),
    ]);
    let to = format!("{LOGIN}?done=logged-out");
    Ok((headers, Redirect::to(&to)).into_response())
}

fn form() -> Markup {
    html! {
        form.plain-form method="post" action=(LOGIN) {
            div.field {
                label for="login" { "Operator token" }
                input id="login" name="login" type="password" autocomplete="current-password" required aria-describedby="login-hint";
                p.hint id="login-hint" { code { "adminToken" } " in the line that " code { "air sandbox up" } " prints. The login ends \
                           after 12 hours." }
            }
            p.actions { button.primary { "Log in" } }
        }
    }
}
