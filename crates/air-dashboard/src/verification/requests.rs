//! Presentation requests to wallets (OpenID4VP).

use air_api::sandbox::{PresentationResult, PresentationState, VerificationStatus};
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};

use super::{content, path, title};
use crate::{
    form::Fields,
    layout::{Failed, Page, Section, TextArea, Visit, exact, id, listing, moment, qr_code, state},
    schemas::plain,
};
use air_platform::{
    App,
    dashboard::{self, wallets},
};

/// The field with the transactions that the user authorises.
const TRANSACTIONS: &str = "transaction-data";

/// Creates a request, and shows its page.
pub(crate) async fn create(
    State(app): State<App>,
    visit: Visit,
    Path(program_id): Path<String>,
    fields: Fields,
) -> Result<Response, Failed> {
    let refusal = match wallets::request(&app, &program_id, fields.text(TRANSACTIONS)).await {
        Ok(created) => return Ok(Redirect::to(&request_path(&created.request_id)).into_response()),
        Err(refusal) => refusal,
    };
    if fields.filled(TRANSACTIONS).is_none() {
        return Err(refusal.into());
    }
    let program = dashboard::verification_program(&app, &program_id).await?;
    let content = content(&app, &visit, &program, &fields, &Fields::default()).await?;
    Ok(visit
        .refused(&refusal, Section::Verification, title(&program), &content)
        .into_response())
}

/// Renders the form that creates a request. `fields` are those of a rejected form, or others.
pub(super) fn form(visit: &Visit, program_id: &str, fields: &Fields) -> Markup {
    html! {
        form.plain-form method="post" action=(format!("{}/request", path(program_id))) {
            (visit.proof())
            details open[fields.filled(TRANSACTIONS).is_some()] {
                summary { "Let the user authorise transactions" }
                (TextArea {
                    name: TRANSACTIONS,
                    label: "Transactions (JSON)",
                    value: fields.text(TRANSACTIONS),
                    hint: "An array of objects, each with a type that the wallet knows. The wallet shows them and signs their hashes, by SD-JWT VC only.",
                })
            }
            p.actions { button { "Show a QR code" } }
        }
    }
}

/// Shows a request: its link until a wallet has answered, and the result afterwards.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(request_id): Path<String>,
) -> Result<Page, Failed> {
    let (status, links) = wallets::request_status(&app, &request_id).await?;
    let is_open = status.state == PresentationState::Open;
    let program_id = status.program_id.as_str();
    let content = html! {
        p.states data-watched=[is_open.then_some("open")] {
            (answered(status.state))
            @if let Some(result) = &status.result { " " (outcome(result)) }
        }
        @if is_open {
            p { "Scan the code with a wallet. This page shows the result when the wallet has answered." }
            (qr_code(&links.wallet, "The link of the request as a QR code"))
            p #present data-request=(links.dc_api_request) data-response=(links.dc_api_response) hidden {
                button type="button" { "Present with this browser's wallets" } " " output {}
            }
            script type="module" src="/dashboard/present.js" {}
        }
        dl.facts {
            dt { "Request id" } dd { (id(&status.request_id)) }
            dt { "Verification program" } dd { a href=(path(program_id)) { code { (program_id) } } }
            @if is_open {
                dt { "Link" } dd { (id(&links.wallet)) }
                dt { "Open it on this device" } dd { a href=(links.wallet) { "Open the wallet" } }
            }
            dt { "Valid until" } dd { (exact(status.expires_at)) }
        }
        @if let Some(result) = &status.result { (disclosed(result)) }
        form.inline method="post" action=(format!("{}/request", path(program_id))) {
            (visit.proof())
            button { "New request" }
        }
    };
    Ok(visit.page(Section::Verification, "Request to a wallet", &content))
}

fn answered(answered: PresentationState) -> Markup {
    match answered {
        PresentationState::Open => state("waiting", "no answer yet"),
        PresentationState::Presented => state("good", "presented"),
        PresentationState::Refused => state("bad", "refused by the user"),
        PresentationState::Expired => state("bad", "expired"),
        _ => state("waiting", "unknown"),
    }
}

fn outcome(result: &PresentationResult) -> Markup {
    let name = serde_json::to_value(result.status);
    let name = name
        .as_ref()
        .ok()
        .and_then(serde_json::Value::as_str)
        .unwrap_or_default();
    match result.status {
        VerificationStatus::Compliant => state("good", name),
        VerificationStatus::Pending => state("waiting", name),
        _ => state("bad", name),
    }
}

/// Renders what a compliant presentation disclosed.
fn disclosed(result: &PresentationResult) -> Markup {
    let Some(data) = &result.disclosed_data else {
        return html! { p { "Nothing was disclosed to the verifier." } };
    };
    html! {
        section {
            h2 { "Disclosed" }
            dl.facts {
                @for (name, value) in &data.credential_subject { dt { bdi { (name) } } dd { bdi { (plain(value)) } } }
                dt { "Issuer" } dd { code.id { (data.issuer_did.as_str()) } }
                @if let Some(name) = &result.trusted_as { dt { "Trusted as" } dd { bdi { (name) } } }
                dt { "Type" } dd { code.id { (data.credential_type) } }
                dt { "Issued" } dd { (moment(data.issuance_date)) }
                @if let Some(end) = data.expiration_date { dt { "Expires" } dd { (moment(end)) } }
            }
            @for transaction in &result.transaction_data {
                (listing("Authorised transaction", &serde_json::to_string_pretty(transaction).unwrap_or_default()))
            }
            (listing("As the API returns it", &serde_json::to_string_pretty(data).unwrap_or_default()))
        }
    }
}

pub(crate) fn request_path(request_id: &str) -> String {
    format!("/dashboard/verification/requests/{request_id}")
}
