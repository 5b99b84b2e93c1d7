//! The style sheet, which is in the binary.

use std::sync::LazyLock;

use axum::{http::header, response::IntoResponse};

pub(super) const PATH: &str = "/style.css";
/// The style sheet of all pages, and the rules of these.
static STYLE: LazyLock<String> =
    LazyLock::new(|| [air_pages::STYLE, include_str!("../../assets/style.css")].concat());

pub(super) async fn show() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/css; charset=utf-8")],
        STYLE.as_str(),
    )
}
