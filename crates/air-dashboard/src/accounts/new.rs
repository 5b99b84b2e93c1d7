//! The form that creates a partner.

use air_api::sandbox::NewPartner;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};

use super::path;
use air_platform::{App, Refusal, setup};

use crate::{
    form::Fields,
    layout::{Failed, Input, Page, Section, Visit, tick},
};

const TITLE: &str = "New partner";

pub(crate) async fn new(visit: Visit, fields: Fields) -> Page {
    visit.page(Section::Accounts, TITLE, &form(&visit, &fields))
}

pub(crate) async fn create(State(app): State<App>, visit: Visit, fields: Fields) -> Result<Response, Failed> {
    match insert(&app, &fields).await {
        Ok(partner_id) => Ok(Redirect::to(&format!("{}?done=partner", path(&partner_id))).into_response()),
        Err(refusal) => Ok(visit
            .refused(&refusal, Section::Accounts, TITLE, &form(&visit, &fields))
            .into_response()),
    }
}

async fn insert(app: &App, fields: &Fields) -> Result<String, Refusal> {
    let invalid =
        |what: &str, error: &dyn std::fmt::Display| Refusal::bad_request(format!("{what}: {error}"));
    let origins = fields
        .text("origins")
        .split([',', ' '])
        .filter(|origin| !origin.is_empty());
    let new = NewPartner {
        name: fields.text("name").to_owned(),
        jwks_url: fields
            .filled("jwks")
            .map(str::parse)
            .transpose()
            .map_err(|error| invalid("URL of the JWK set", &error))?,
        allowed_origins: origins
            .map(|origin| origin.parse().map_err(|error| invalid("allowed origins", &error)))
            .collect::<Result<_, _>>()?,
        issue_on_behalf: fields.is_ticked("on-behalf"),
    };
    let created = setup::create_partner(app, new, None).await?;
    Ok(created.body().partner_id.as_str().to_owned())
}

fn form(visit: &Visit, fields: &Fields) -> Markup {
    html! {
        form.plain-form method="post" action="/dashboard/accounts/new" {
            (visit.proof())
            (Input::text("name", "Name", fields).hint("Users see it when they are asked for consent.").required())
            (Input::text("jwks", "URL of the JWK set", fields).kind("url")
                .hint("Where the partner publishes its public keys: https, or http on this machine. air jwks serve serves it at http://127.0.0.1:8311/jwks.json. Without it, only registered keys verify tokens."))
            (Input::text("origins", "Allowed origins", fields).hint("Up to three web origins that may open the AIR Kit pages, with commas between them. May be empty on this machine."))
            (tick("on-behalf", "May issue on behalf of users who are not present", fields.is_ticked("on-behalf") || fields.text("name").is_empty()))
            p.actions { button.primary { "Create the partner" } }
        }
    }
}
