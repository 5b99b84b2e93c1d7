//! A partner's logo: shown, set and removed.

use axum::{
    Extension,
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};

use super::{
    accounts,
    form::Upload,
    layout::{Failed, Section, Visit},
};
use crate::{
    domain::{
        App, Refusal, dashboard,
        logos::{self, Mark},
    },
    http::logo,
};

pub(super) async fn show(
    State(app): State<App>,
    Path(partner_id): Path<String>,
    asked: HeaderMap,
) -> Result<Response, Failed> {
    let logo = logos::find(&app, &partner_id).await?;
    Ok(logo::answer(logo, &asked)?)
}

pub(super) async fn set(
    State(app): State<App>,
    visit: Visit,
    Path(partner_id): Path<String>,
    upload: Option<Extension<Upload>>,
) -> Result<Response, Failed> {
    let done = match upload {
        Some(Extension(Upload(bytes))) => logos::set(&app, &partner_id, bytes.to_vec()).await,
        None => Err(Refusal::bad_request("no file was chosen; choose one first")),
    };
    let Err(refusal) = done else {
        let to = format!("{}?done=logo", accounts::path(&partner_id));
        return Ok(Redirect::to(&to).into_response());
    };
    let account = dashboard::account(&app, &partner_id).await?;
    let content = accounts::content(&app, &visit, &account, Some(refusal.message())).await?;
    Ok(visit
        .refused(&refusal, Section::Accounts, &account.name, &content)
        .into_response())
}

pub(super) async fn remove(
    State(app): State<App>,
    Path(partner_id): Path<String>,
) -> Result<Redirect, Failed> {
    logos::remove(&app, &partner_id).await?;
    let to = format!("{}?done=no-logo", accounts::path(&partner_id));
    Ok(Redirect::to(&to))
}

/// The logo beside a name; its first letter, where there is none.
pub(super) fn picture(partner_id: &str, name: &str, mark: Option<&Mark>) -> Markup {
    let initial: String = name.chars().take(1).collect();
    html! {
        @if let Some(mark) = mark {
            p { img.logo-picture src=(address(partner_id, mark)) alt=(format!("Logo of {name}")) width=(mark.width) height=(mark.height); }
        } @else {
            p.logo aria-hidden="true" { (initial) }
        }
    }
}

/// The form that sets it, and the one that removes it.
pub(super) fn forms(visit: &Visit, partner_id: &str, mark: Option<&Mark>, error: Option<&str>) -> Markup {
    let action = format!("{}/logo", accounts::path(partner_id));
    let described = if error.is_some() {
        "logo-error logo-hint"
    } else {
        "logo-hint"
    };
    html! {
        section aria-labelledby="logo-heading" {
            h2 #logo-heading { "Logo" }
            p { "People see it where the AIR Kit's pages name the partner." }
            @if let Some(mark) = mark { p.hint { "Now: " code { (mark.media_type) } ", " (mark.width) " × " (mark.height) " pixels." } }
            form.plain-form method="post" enctype="multipart/form-data" action=(action) {
                (visit.proof())
                div.field {
                    label for="logo" { "Logo file" span.needed { " (needed)" } }
                    input id="logo" name="logo" type="file" accept="image/png,image/jpeg,image/webp" required
                        aria-describedby=(described) aria-invalid=[error.map(|_| "true")];
                    @if let Some(error) = error { p.error id="logo-error" { (error) "." } }
                    p.hint id="logo-hint" { "PNG, JPEG or WebP; at most 256 KiB, and 1024 × 1024 pixels." }
                }
                p.actions { button.primary { @if mark.is_some() { "Replace the logo" } @else { "Upload the logo" } } }
            }
            @if mark.is_some() {
                form method="post" action=(format!("{action}/remove")) {
                    (visit.proof())
                    button.danger { "Remove the logo" }
                }
            }
        }
    }
}

/// Another logo has another address: a browser never shows the one before.
fn address(partner_id: &str, mark: &Mark) -> String {
    let version: String = mark.sha256.chars().take(16).collect();
    format!("{}/logo?v={version}", accounts::path(partner_id))
}
