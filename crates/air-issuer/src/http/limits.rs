//! The limits of each request on the public listener: the rate of its client's address, and its time.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tokio::time::timeout;

use super::{api_key, is_probe, refusal::Refusal};
use crate::state::State as Service;

/// `Retry-After` in seconds of a request without a response in time.
const RETRY_AFTER: u64 = 5;

/// The address of the client, behind trusted proxies too. It is unknown if the router is served without
/// [`ConnectInfo`].
#[derive(Clone, Copy, Debug)]
pub(super) struct ClientAddress(pub(super) Option<IpAddr>);

/// Counts requests by address. Probes are exempt, as are requests with the API key of their route, which have limits
/// of their own: so other clients of AIR's address, or a guesser of keys, use up nothing of AIR's rate. A key for
/// other routes exempts nothing, since a caller with it could guess the operator's keys.
pub(super) async fn by_address(
    State(service): State<Arc<Service>>,
    mut request: Request,
    next: Next,
) -> Response {
    let proxies = &service.config.http.proxies;
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let address = peer.map(|ConnectInfo(peer)| proxies.client(peer.ip(), request.headers()));
    request.extensions_mut().insert(ClientAddress(address));
    if let Some(address) = address
        && !is_probe(request.uri().path())
        && !api_key::is_known(&service, request.uri().path(), request.headers())
        && let Err(wait) = service.rates.count_address(address)
    {
        return Refusal::too_many("too many requests from this address; slow down", wait).into_response();
    }
    next.run(request).await
}

/// Ends requests that take too long, such as those whose source of claims does not respond. An upload that was
/// begun is retried by the worker.
pub(super) async fn in_time(State(service): State<Arc<Service>>, request: Request, next: Next) -> Response {
    timeout(service.config.http.request_time, next.run(request))
        .await
        .unwrap_or_else(|_| {
            let reason = "the service did not respond in time; try again";
            Refusal::unavailable("timed_out", reason, RETRY_AFTER).into_response()
        })
}
