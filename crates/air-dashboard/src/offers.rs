//! Offers of credentials to wallets (OpenID4VCI).

use std::fmt::Display;

use air_api::sandbox::{CreatedOffer, CredentialFormat, OfferState};
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use maud::{Markup, html};

use super::{
    form::Fields,
    issue,
    layout::{Failed, Input, Page, Section, Visit, choice, exact, id, qr_code, state, tick},
    programs,
};
use air_platform::{
    App, Refusal,
    dashboard::{
        self,
        wallets::{self, OfferForm},
    },
};

const TITLE: &str = "Offer a credential to a wallet";
/// The formats, with their names for people.
const FORMATS: [(&str, &str); 2] = [
    (CredentialFormat::SdJwtVc.as_str(), "SD-JWT VC"),
    (CredentialFormat::Mdoc.as_str(), "mdoc (ISO/IEC 18013-5)"),
];

pub(super) async fn new(
    State(app): State<App>,
    visit: Visit,
    fields: Fields,
    Path(program_id): Path<String>,
) -> Result<Page, Failed> {
    let form = form(&app, &visit, &fields, &program_id).await?;
    Ok(visit.page(Section::Programs, TITLE, &form))
}

/// Creates an offer, and shows its link. The platform has only the digest of the link, so the page
/// can't be shown again.
pub(super) async fn create(
    State(app): State<App>,
    visit: Visit,
    fields: Fields,
    Path(program_id): Path<String>,
) -> Result<Response, Failed> {
    match offer(&app, &fields, &program_id).await {
        Ok(created) => {
            let page = visit.page(Section::Programs, TITLE, &created_page(&created));
            // The page has the secret of the offer.
            Ok(([(axum::http::header::CACHE_CONTROL, "no-store")], page).into_response())
        }
        Err(refusal) => {
            let form = form(&app, &visit, &fields, &program_id).await?;
            Ok(visit
                .refused(&refusal, Section::Programs, TITLE, &form)
                .into_response())
        }
    }
}

async fn offer(app: &App, fields: &Fields, program_id: &str) -> Result<CreatedOffer, Refusal> {
    let program = dashboard::program(app, program_id).await?;
    let schema = issue::schema_of(app, &program).await?;
    let order = OfferForm {
        email: fields.filled("email").map(str::to_owned),
        subject: issue::subject(&schema, fields),
        format: match fields.filled("format") {
            Some(format) => format
                .parse()
                .map_err(|error: air_api::Error| Refusal::bad_request(error.to_string()))?,
            None => CredentialFormat::default(),
        },
        tx_code: fields.is_ticked("code"),
        sign_in: fields.is_ticked("sign-in"),
    };
    wallets::offer(app, program_id, order).await
}

async fn form(app: &App, visit: &Visit, fields: &Fields, program_id: &str) -> Result<Markup, Failed> {
    let program = dashboard::program(app, program_id).await?;
    let schema = issue::schema_of(app, &program).await?;
    Ok(html! {
        p { "The first wallet that opens the offer's link within ten minutes gets the credential of " a href=(programs::path(program_id)) { bdi { (program.label()) } }
            "." }
        form.plain-form method="post" action=(path(program_id)) {
            (visit.proof())
            fieldset {
                legend { "To whom" }
                (Input::text("email", "User's address", fields).kind("email")
                    .hint("The credential replaces the user's earlier ones of the schema. Defaults to a new user for this offer."))
                (tick("code", "The user enters a transaction code, which you send separately", fields.is_ticked("code")))
                (tick("sign-in", "The user signs in and agrees on this platform's page (authorization code)", fields.is_ticked("sign-in")))
            }
            (choice("format", "Format", fields.text("format"), &FORMATS))
            fieldset {
                legend { "Subject: " bdi { (schema.title()) } }
                @for attribute in schema.attributes() { (issue::claim(attribute, fields)) }
            }
            p.actions { button.primary { "Offer" } }
        }
    })
}

fn created_page(created: &CreatedOffer) -> Markup {
    html! {
        (qr_code(&created.url, "The offer's link as a QR code"))
        dl.facts {
            dt { "Link" } dd { (id(&created.url)) }
            dt { "Open it on this device" } dd { a href=(created.url) { "Open the wallet" } }
            @if let Some(code) = &created.tx_code {
                dt { "Transaction code" } dd { strong { (code) } ": give it to the user by another channel" }
            }
            dt { "Valid until" } dd { (exact(created.expires_at)) }
            dt { "State" } dd { a href=(offer_path(&created.offer_id)) { "Show what the wallet did" } }
        }
        p { "The link is a secret, and is shown only once." }
    }
}

/// Shows the state of an offer.
pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(offer_id): Path<String>,
) -> Result<Page, Failed> {
    let status = wallets::offer_status(&app, &offer_id).await?;
    let (kind, text, is_final) = match status.state {
        OfferState::Offered => ("waiting", "no wallet has opened it", false),
        OfferState::Redeemed => ("waiting", "a wallet has opened it", false),
        OfferState::Issued => ("good", "issued", true),
        OfferState::Void => ("bad", "void: too many wrong transaction codes", true),
        OfferState::Expired => ("bad", "expired", true),
        _ => ("waiting", "unknown", true),
    };
    let program_id = status.program.as_str();
    let content = html! {
        p.states data-watched=[(!is_final).then_some(text)] { (state(kind, text)) }
        dl.facts {
            dt { "Offer id" } dd { (id(&status.offer_id)) }
            dt { "Program" } dd { a href=(programs::path(program_id)) { code { (program_id) } } }
            dt { "Format" } dd { code { (status.format) } }
            dt { "Issued credentials" } dd { (status.credentials) }
            @if let Some(event) = &status.notification { dt { "The wallet says" } dd { code { (event) } } }
            dt { "Valid until" } dd { (exact(status.expires_at)) }
        }
        p.actions { a.button href=(path(program_id)) { "New offer" } }
    };
    Ok(visit.page(Section::Programs, "Offer to a wallet", &content))
}

pub(super) fn path(program_id: &(impl Display + ?Sized)) -> String {
    format!("{}/offer", programs::path(program_id))
}

pub(super) fn offer_path(offer_id: &str) -> String {
    format!("/dashboard/offers/{offer_id}")
}
