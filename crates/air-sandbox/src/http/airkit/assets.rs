//! Scripts, styles and WebAssembly that are embedded in this binary.

use air_http::gzip;
use axum::{
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};

use super::pages::POLICY;
use crate::http::{error, input::Path};

const SCRIPT: &str = "text/javascript";

/// A file's name, media type and content.
type File = (&'static str, &'static str, &'static [u8]);

macro_rules! script {
    ($name:literal) => {
        (
            $name,
            SCRIPT,
            include_bytes!(concat!("../../../assets/airkit/", $name)),
        )
    };
}

const FILES: [File; 20] = [
    script!("auth.js"),
    script!("backend.js"),
    script!("channel.js"),
    script!("code.js"),
    script!("consent.js"),
    script!("credential.js"),
    script!("held.js"),
    script!("keystore.js"),
    script!("onbehalf.js"),
    script!("panel.js"),
    script!("proofs.js"),
    script!("prover.js"),
    script!("provider.js"),
    script!("proving.js"),
    script!("recovery.js"),
    script!("signing.js"),
    script!("talk.js"),
    script!("wallet.js"),
    script!("wasm/air_wasm.js"),
    (
        "style.css",
        "text/css",
        include_bytes!("../../../assets/airkit/style.css"),
    ),
];

/// The WebAssembly module, compressed.
const MODULE: &[u8] = include_bytes!("../../../assets/airkit/wasm/air_wasm_bg.wasm.gz");

pub(super) async fn file(Path(name): Path<String>, request: HeaderMap) -> Response {
    if name == "wasm/air_wasm_bg.wasm" {
        let headers = [
            (header::CONTENT_TYPE, "application/wasm"),
            (header::CACHE_CONTROL, "max-age=300"),
        ];
        return (headers, gzip::respond(&request, MODULE)).into_response();
    }
    match FILES.iter().find(|(known, ..)| *known == name) {
        Some((_, media_type, bytes)) => {
            let headers = [
                (header::CONTENT_TYPE, *media_type),
                (header::CACHE_CONTROL, "max-age=300"),
                (header::CONTENT_SECURITY_POLICY, policy_of(&name)),
            ];
            (headers, *bytes).into_response()
        }
        None => error::no_such_route().await,
    }
}

/// A worker has the policy of its own script, and the prover loads a module.
fn policy_of(name: &str) -> &'static str {
    if name == "prover.js" {
        POLICY
    } else {
        "default-src 'none'"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A template would join a name to the surrounding sentence. `name` of panel.js isolates it.
    #[test]
    fn no_text_that_a_page_shows_is_made_by_a_template() {
        let scripts = FILES.iter().filter(|(name, ..)| !name.contains('/'));
        let mut shown = 0;
        for (name, _, bytes) in scripts {
            let script = std::str::from_utf8(bytes).unwrap();
            for line in script.lines().filter(|line| line.contains("element(\"")) {
                assert!(!line.contains("${"), "{name}: {line}");
                shown += 1;
            }
        }
        assert!(shown > 20, "{shown}");
    }
}
