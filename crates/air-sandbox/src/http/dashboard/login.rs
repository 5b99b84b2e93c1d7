//! Logging in, where the platform listens beyond loopback: by the token that was printed at start.

use axum::{
    extract::State,
    http::header,
    response::{AppendHeaders, IntoResponse, Redirect, Response},
};
use maud::{Markup, html};

use super::{
    form::Fields,
    gate::{Gate, LOGIN},
    layout::{Page, Section, Visit, refused},
};
use crate::domain::Refusal;

pub(super) async fn show(visit: Visit) -> Page {
    visit.page(Section::None, "Log in", &form())
}

pub(super) async fn log_in(State(gate): State<Gate>, fields: Fields) -> Response {
    if let Some(cookie) = gate.log_in(fields.text("login")) {
        let headers = AppendHeaders([(header::SET_COOKIE, cookie)]);
        return (headers, Redirect::to("/dashboard")).into_response();
    }
    let refusal = Refusal::unauthorized(
        "that is not the token; it is `adminToken` in the line that was printed at start",
    );
    refused(&refusal, Section::None, "Log in", &form()).into_response()
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
