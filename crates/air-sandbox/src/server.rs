//! The platform's HTTP servers.

use air_platform::Refusal;
use air_server::{Addresses, Handshake, Plain, Server};
use axum::{
    Router,
    response::{IntoResponse, Response},
};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use crate::{
    Limits, Tls,
    http::{ErrorResponse, is_probe},
};

/// The `Retry-After` value in seconds for a connection without a place.
const RETRY_AFTER: u64 = 1;

/// Serves over TLS, if there is a certificate, until `stop` is true or its sender is dropped.
pub(crate) fn spawn(
    listener: TcpListener,
    router: Router,
    limits: &Limits,
    addresses: Addresses,
    tls: Option<Tls>,
    stop: watch::Receiver<bool>,
) -> JoinHandle<()> {
    let stop = stopped(stop);
    match tls {
        Some(tls) => tokio::spawn(new(router, limits, addresses, tls).serve(listener, stop)),
        None => tokio::spawn(new(router, limits, addresses, Plain).serve(listener, stop)),
    }
}

pub(crate) fn new<H: Handshake>(
    router: Router,
    limits: &Limits,
    addresses: Addresses,
    handshake: H,
) -> Server<H> {
    Server {
        router,
        limits: limits.of_connections(),
        addresses,
        handshake,
        is_probe,
        crowded,
    }
}

/// Waits until the value is true or its sender is dropped.
pub(crate) async fn stopped(mut stop: watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

fn crowded() -> Response {
    let refusal = Refusal::unavailable("too many connections; close some, or try again later");
    ErrorResponse(refusal.retry_after(RETRY_AFTER)).into_response()
}
