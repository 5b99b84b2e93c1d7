//! Logging in, where the platform listens beyond loopback: by the token that was printed at start; and out.

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
    layout::{Failed, Page, Section, Visit},
};
use crate::domain::Refusal;

const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

pub(super) async fn show(visit: Visit) -> Page {
    visit.page(Section::None, "Log in", &form())
}

pub(super) async fn log_in(State(gate): State<Gate>, visit: Visit, fields: Fields) -> Response {
    if let Some(cookie) = gate.log_in(fields.text("login")) {
        let headers = AppendHeaders([(header::SET_COOKIE, cookie)]);
        return (headers, Redirect::to("/dashboard")).into_response();
    }
    let refusal = Refusal::unauthorized(
        "that is not the token; it is `adminToken` in the line that was printed at start",
    );
    visit
        .refused(&refusal, Section::None, "Log in", &form())
        .into_response()
}

/// The session is over on the server, so that no copy of its cookie opens anything.
pub(super) async fn log_out(
    State(gate): State<Gate>,
    Extension(session): Extension<Session>,
) -> Result<Response, Failed> {
    let Some(cookie) = gate.log_out(&session) else {
        return Err(Refusal::not_found("on loopback nobody is logged in, so nobody logs out").into());
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
                label for="login" { "Token" }
                input id="login" name="login" type="password" autocomplete="current-password" required aria-describedby="login-hint";
                p.hint id="login-hint" { code { "adminToken" } " in the line that " code { "air sandbox up" } " prints. The login ends after 12 hours." }
            }
            p.actions { button.primary { "Log in" } }
        }
    }
}
