//! Entity tags (RFC 9110, 8.8.3).

use axum::http::{HeaderMap, header};

/// Checks whether the client has the version with this tag: `If-None-Match` with the weak
/// comparison (RFC 9110, 13.1.2).
#[must_use]
pub fn is_known(asked: &HeaderMap, tag: &str) -> bool {
    let lists = asked.get_all(header::IF_NONE_MATCH).iter();
    let mut tags = lists
        .filter_map(|list| list.to_str().ok())
        .flat_map(|list| list.split(','))
        .map(str::trim);
    tags.any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}
