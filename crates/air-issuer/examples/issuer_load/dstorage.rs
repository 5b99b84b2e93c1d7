//! A stub of dStorage, which stores nothing.

use std::time::Duration;

use axum::{Json, Router, body::Bytes, http::StatusCode, routing::post};
use serde_json::json;
use tokio::net::TcpListener;

use crate::calls::Failure;

/// Serves dStorage, which responds after this time, and returns its origin.
pub(crate) async fn serve(delay: Duration) -> Result<String, Failure> {
    let store = move |_: Bytes| async move {
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        (
            StatusCode::CREATED,
            Json(json!({ "storagePath": "dstorage://vc/a/b" })),
        )
    };
    let router = Router::new().route("/v1/dstorage/vcs", post(store));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let origin = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(origin)
}
