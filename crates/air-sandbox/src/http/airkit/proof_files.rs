//! The files of the installed module for predicate proofs.

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::AirkitState;
use crate::{
    ProofModule,
    http::{error, input::Path},
};

/// The URL has the module's digest, so a browser may keep the files, and never mixes two versions.
pub(super) const PATH: &str = "/airkit/proofs/{digest}/{file}";
const SCRIPT: &str = "air_zk.js";
const BINARY: &str = "air_zk_bg.wasm";

/// Where the pages find the module.
#[derive(Serialize)]
pub(super) struct ProofFiles {
    script: String,
    binary: String,
}

impl From<&ProofModule> for ProofFiles {
    fn from(module: &ProofModule) -> Self {
        let url = |file| format!("/airkit/proofs/{}/{file}", module.digest());
        Self {
            script: url(SCRIPT),
            binary: url(BINARY),
        }
    }
}

pub(super) async fn file(
    State(state): State<AirkitState>,
    Path((digest, name)): Path<(String, String)>,
) -> Response {
    let module = state.proof_module.filter(|module| module.digest() == digest);
    let (media_type, bytes) = match (module, name.as_str()) {
        (Some(module), SCRIPT) => ("text/javascript", module.script()),
        (Some(module), BINARY) => ("application/wasm", module.binary()),
        _ => return error::no_such_route().await,
    };
    let headers = [
        (header::CONTENT_TYPE, media_type),
        (header::CACHE_CONTROL, "max-age=31536000, immutable"),
    ];
    (headers, bytes).into_response()
}
