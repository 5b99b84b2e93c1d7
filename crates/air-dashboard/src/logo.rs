//! The routes of a partner's logo: show, set and remove.

use axum::{
    Extension,
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};

use super::{
    accounts,
    form::{Fields, Upload},
    layout::{Failed, Section, Visit},
};
use air_platform::{App, Refusal, dashboard, logos};

pub(super) async fn show(
    State(app): State<App>,
    Path(partner_id): Path<String>,
    asked: HeaderMap,
) -> Result<Response, Failed> {
    let logo = logos::find(&app, &partner_id).await?;
    Ok(air_http::logo::answer(logo, &asked)?)
}

pub(super) async fn set(
    State(app): State<App>,
    visit: Visit,
    Path(partner_id): Path<String>,
    upload: Option<Extension<Upload>>,
) -> Result<Response, Failed> {
    let done = match upload {
        Some(Extension(Upload(bytes))) => logos::set(&app, &partner_id, bytes.to_vec()).await,
        None => Err(Refusal::bad_request("choose a file first")),
    };
    let Err(refusal) = done else {
        let to = format!("{}?done=logo", accounts::path(&partner_id));
        return Ok(Redirect::to(&to).into_response());
    };
    let account = dashboard::account(&app, &partner_id).await?;
    let content = accounts::content(
        &app,
        &visit,
        &account,
        &Fields::default(),
        Some(refusal.message()),
    )
    .await?;
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
