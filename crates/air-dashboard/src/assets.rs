//! Styles, scripts and the WebAssembly module that are embedded in this binary.

use air_platform::App;
use axum::{
    Router,
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};

/// A file's path, media type and content.
type File = (&'static str, &'static str, &'static [u8]);

const SCRIPT: &str = "text/javascript";
const FILES: [File; 7] = [
    (
        "/dashboard/style.css",
        "text/css",
        include_bytes!("../assets/style.css"),
    ),
    ("/dashboard/page.js", SCRIPT, include_bytes!("../assets/page.js")),
    (
        "/dashboard/builder.js",
        SCRIPT,
        include_bytes!("../assets/builder.js"),
    ),
    (
        "/dashboard/present.js",
        SCRIPT,
        include_bytes!("../assets/present.js"),
    ),
    (
        "/dashboard/anchor.js",
        SCRIPT,
        include_bytes!("../assets/anchor.js"),
    ),
    (
        "/dashboard/anchor/air_wasm.js",
        SCRIPT,
        include_bytes!("../assets/anchor/air_wasm.js"),
    ),
    (
        "/dashboard/anchor/air_wasm_bg.wasm",
        "application/wasm",
        include_bytes!("../assets/anchor/air_wasm_bg.wasm"),
    ),
];

pub(super) fn router() -> Router<App> {
    FILES.iter().fold(Router::new(), |router, file| {
        router.route(file.0, get(move || async move { respond(file) }))
    })
}

fn respond(&(_, media_type, content): &'static File) -> Response {
    let headers = [
        (header::CONTENT_TYPE, media_type),
        (header::CACHE_CONTROL, "max-age=60"),
    ];
    (headers, content).into_response()
}
