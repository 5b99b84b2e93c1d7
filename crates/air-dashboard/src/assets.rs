//! Styles, scripts and the WebAssembly module that are embedded in this binary.

use std::sync::LazyLock;

use air_http::gzip;
use air_platform::App;
use axum::{
    Router,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
    routing::get,
};

/// A file's path, media type and content.
type File = (&'static str, &'static str, &'static [u8]);

const SCRIPT: &str = "text/javascript";
const FILES: [File; 5] = [
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
];
/// The WebAssembly module, compressed.
const MODULE: &[u8] = include_bytes!("../assets/anchor/air_wasm_bg.wasm.gz");

/// The style sheet of all pages, and the rules of these.
static STYLE: LazyLock<String> =
    LazyLock::new(|| [air_pages::STYLE, include_str!("../assets/style.css")].concat());

pub(super) fn router() -> Router<App> {
    let style = get(|| async { respond("text/css", STYLE.as_bytes()) });
    let module = get(async |request: HeaderMap| respond("application/wasm", gzip::respond(&request, MODULE)));
    let router = Router::new()
        .route("/dashboard/style.css", style)
        .route("/dashboard/anchor/air_wasm_bg.wasm", module);
    FILES.iter().fold(router, |router, &(path, media_type, content)| {
        router.route(path, get(move || async move { respond(media_type, content) }))
    })
}

fn respond(media_type: &'static str, content: impl IntoResponse) -> Response {
    let headers = [
        (header::CONTENT_TYPE, media_type),
        (header::CACHE_CONTROL, "max-age=60"),
    ];
    (headers, content).into_response()
}
