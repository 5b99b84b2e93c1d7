//! Names of HTTP methods for logs, metrics and traces.

use axum::http::Method;

/// The name for all methods that HTTP does not define.
pub(super) const OTHER: &str = "other";

/// Returns the name of a method that HTTP defines. Other methods have no name here, because callers can
/// invent any number of them.
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
