//! Names of HTTP methods for logs, metrics and traces.

use axum::http::Method;

/// Stands for every method that HTTP does not define.
pub(super) const OTHER: &str = "other";

/// The name of a method that HTTP defines. A caller can invent others: their number has no limit, so none is named.
pub(super) fn name(method: &Method) -> Option<&'static str> {
    Some(match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::PATCH => "PATCH",
        _ => return None,
    })
}
