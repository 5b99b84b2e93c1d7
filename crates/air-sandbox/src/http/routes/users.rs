//! Users, who are created when they log in for the first time.

use air_api::sandbox::{Login, Session};
use axum::{Json, extract::State};
use serde_json::json;

use crate::http::{
    answer::Answer,
    api::{Api, Tag, post},
    caller::{self, Partner},
    input::Body,
};
use air_platform::{App, users};

pub(super) fn routes(api: &mut Api) {
    api.add(
        post(
            "/sandbox/v1/sessions",
            "login",
            Tag::Users,
            "Log a user in; creates an unknown user",
        )
        .example(|| json!({ "email": "ada@example.com" })),
        login,
    );
}

async fn login(
    State(app): State<App>,
    partner: Partner<caller::IssueOrVerify>,
    Body(login): Body<Login>,
) -> Answer<Session> {
    users::login(&app, &partner.caller, &login).await.map(Json)
}
