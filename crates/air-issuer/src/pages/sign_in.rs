//! Sign-in with an admin API key, and sign-out.

use std::{sync::Arc, time::Duration};

use axum::{
    Extension,
    extract::State,
    http::{StatusCode, header},
    response::{AppendHeaders, IntoResponse, Redirect, Response},
};
use maud::{Markup, html};

use super::{
    form::Fields,
    gate::{Browser, Gate, NotSignedIn, SIGN_IN},
    layout::{Page, Section, Visit},
};
use crate::state::State as Service;

const TITLE: &str = "Sign in";
const WRONG_KEY: &str =
    "this is not an admin API key of this service; enter one of ADMIN_API_KEY or `admin-api-keys`";

pub(super) async fn show(visit: Visit) -> Page {
    visit.page(Section::None, TITLE, &form(&visit))
}

pub(super) async fn sign_in(
    State(service): State<Arc<Service>>,
    State(gate): State<Gate>,
    Extension(browser): Extension<Browser>,
    visit: Visit,
    fields: Fields,
) -> Response {
    let refusal = match gate.sign_in(&service.config.admin_api_keys, fields.text("key"), &browser) {
        Ok(cookie) => {
            let headers = AppendHeaders([(header::SET_COOKIE, cookie)]);
            return (headers, Redirect::to("/")).into_response();
        }
        Err(refusal) => refusal,
    };
    let form = form(&visit);
    match refusal {
        NotSignedIn::WrongKey => visit
            .refused(StatusCode::UNAUTHORIZED, WRONG_KEY, Section::None, TITLE, &form)
            .into_response(),
        NotSignedIn::TooMany(wait) => {
            let seconds = whole_seconds(wait);
            let reason = format!("there were too many attempts to sign in; try again in {seconds} s");
            let page = visit.refused(
                StatusCode::TOO_MANY_REQUESTS,
                &reason,
                Section::None,
                TITLE,
                &form,
            );
            ([(header::RETRY_AFTER, seconds.to_string())], page).into_response()
        }
    }
}

/// Ends the session in the service, so that a copy of its cookie is useless.
pub(super) async fn sign_out(
    State(gate): State<Gate>,
    Extension(browser): Extension<Browser>,
) -> impl IntoResponse {
    let headers = AppendHeaders([(header::SET_COOKIE, gate.sign_out(&browser))]);
    (headers, Redirect::to(&format!("{SIGN_IN}?done=signed-out")))
}

fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs().max(1)
}

fn form(visit: &Visit) -> Markup {
    html! {
        form.plain-form method="post" action=(SIGN_IN) {
            (visit.proof())
            div.field {
                label for="key" { "Admin API key" }
                input id="key" name="key" type="password" autocomplete="current-password" required aria-describedby="key-hint";
                p.hint id="key-hint" {
                    "The key that callers send as " code { "x-admin-api-key" } ". The session ends after 8 hours, or after 30 \
                     minutes without a request."
                }
            }
            p.actions { button.primary { "Sign in" } }
        }
    }
}
