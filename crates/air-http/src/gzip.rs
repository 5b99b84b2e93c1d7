//! Files that a binary embeds compressed.

use std::io::Read;

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use flate2::read::GzDecoder;

/// Responds with a file that is stored with gzip (RFC 1952): as it is stored if the request's `Accept-Encoding`
/// permits it, otherwise unpacked. The caller adds `Content-Type`. `stored` is a file of the binary, never input.
#[must_use]
pub fn respond(request: &HeaderMap, stored: &'static [u8]) -> Response {
    let vary = (header::VARY, HeaderValue::from_static("accept-encoding"));
    if accepts_gzip(request) {
        let encoding = (header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        return ([vary, encoding], stored).into_response();
    }
    let mut file = Vec::new();
    GzDecoder::new(stored)
        .read_to_end(&mut file)
        .expect("the file is stored with gzip");
    ([vary], file).into_response()
}

/// Checks whether a client accepts gzip (RFC 9110, 12.5.3). A client that names no coding gets the file unpacked.
fn accepts_gzip(request: &HeaderMap) -> bool {
    let lines = request.get_all(header::ACCEPT_ENCODING).iter();
    let codings = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','));
    let mut accepts_any = false;
    for coding in codings {
        let (name, parameter) = coding.split_once(';').unwrap_or((coding, ""));
        let name = name.trim();
        let is_refused = parameter
            .trim()
            .to_ascii_lowercase()
            .strip_prefix("q=")
            .is_some_and(|weight| weight.trim_matches(['0', '.']).is_empty());
        if name.eq_ignore_ascii_case("gzip") {
            return !is_refused;
        }
        if name == "*" {
            accepts_any = !is_refused;
        }
    }
    accepts_any
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use axum::body::to_bytes;
    use flate2::{Compression, write::GzEncoder};

    use super::*;

    #[tokio::test]
    async fn other_clients_get_the_file_unpacked() {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(b"a file").unwrap();
        let stored: &'static [u8] = encoder.finish().unwrap().leak();

        let response = respond(&HeaderMap::new(), stored);
        assert_eq!(response.headers().get(header::CONTENT_ENCODING), None);
        assert_eq!(response.headers()[header::VARY], "accept-encoding");
        assert_eq!(to_bytes(response.into_body(), 64).await.unwrap(), "a file");

        let mut request = HeaderMap::new();
        request.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        let response = respond(&request, stored);
        assert_eq!(response.headers()[header::CONTENT_ENCODING], "gzip");
        assert_eq!(to_bytes(response.into_body(), 64).await.unwrap(), stored);
    }

    #[test]
    fn clients_that_accept_gzip_get_the_stored_bytes() {
        let cases = [
            ("gzip, deflate, br", true),
            ("GZIP;q=0.5", true),
            ("br;q=1.0, gzip;q=0.8, *;q=0.1", true),
            ("*", true),
            ("gzip;q=0", false),
            ("*, gzip; q=0.000", false),
            ("*;q=0", false),
            ("identity", false),
            ("", false),
        ];
        for (value, expected) in cases {
            let mut request = HeaderMap::new();
            request.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(value));
            assert_eq!(accepts_gzip(&request), expected, "{value}");
        }
        assert!(!accepts_gzip(&HeaderMap::new()));
    }
}
