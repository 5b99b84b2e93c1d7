//! The style sheet, which is in the binary.

use axum::{http::header, response::IntoResponse};

pub(super) const PATH: &str = "/style.css";
const STYLE: &str = include_str!("../../assets/style.css");

pub(super) async fn show() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE)
}
