//! A logo as browsers get it, on the dashboard and on the AIR Kit's pages: bytes that somebody uploaded, so nothing but a picture.

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::domain::{Refusal, logos::Logo};

/// Should a browser ever show it as a page, nothing in it runs, loads or is framed.
const POLICY: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// The logo, or that the browser has it.
pub(super) fn answer(logo: Logo, asked: &HeaderMap) -> Result<Response, Refusal> {
    let tag = format!("\"{}\"", logo.mark.sha256);
    let is_known = is_known(asked, &tag);
    let headers = [
        (header::CONTENT_TYPE, text(&logo.mark.media_type)?),
        (header::ETAG, text(&tag)?),
        // It is asked for each time, and sent once.
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("private, no-cache"),
        ),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
        (RESOURCE_POLICY, HeaderValue::from_static("same-origin")),
    ];
    Ok(if is_known {
        (StatusCode::NOT_MODIFIED, headers).into_response()
    } else {
        (headers, logo.bytes).into_response()
    })
}

/// RFC 9110, 13.1.2: weakly compared.
fn is_known(asked: &HeaderMap, tag: &str) -> bool {
    let lists = asked.get_all(header::IF_NONE_MATCH).iter();
    let mut tags = lists
        .filter_map(|list| list.to_str().ok())
        .flat_map(|list| list.split(','))
        .map(str::trim);
    tags.any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}

fn text(text: &str) -> Result<HeaderValue, Refusal> {
    HeaderValue::from_str(text).map_err(Refusal::internal)
}
