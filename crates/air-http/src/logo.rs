//! Serves logos for the dashboard and the AIR Kit's pages. A logo is uploaded by an untrusted party, so it
//! must be usable only as an image.

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use air_platform::{Refusal, logos::Logo};

use crate::etag;

/// If a browser shows the logo as a page, nothing in it can run, load or be framed.
const POLICY: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Returns the logo, or 304 if the browser has it cached.
pub fn answer(logo: Logo, asked: &HeaderMap) -> Result<Response, Refusal> {
    let tag = format!("\"{}\"", logo.mark.sha256);
    let is_known = etag::is_known(asked, &tag);
    let headers = [
        (header::CONTENT_TYPE, text(&logo.mark.media_type)?),
        (header::ETAG, text(&tag)?),
        // Browsers revalidate the logo on each use.
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

fn text(text: &str) -> Result<HeaderValue, Refusal> {
    HeaderValue::from_str(text).map_err(Refusal::internal)
}
