//! The service: its start and its end.

use std::{future::Future, sync::Arc};

use air_server::{Addresses, ConnectionLimits, Plain, Server};
use axum::Router;
use tokio::net::TcpListener;

#[cfg(feature = "openid4vc")]
use crate::openid4vc;
use crate::{Clock, Config, Error, events, http, jobs, pages, state::State, store::audit};

/// The number of connections of a listener for operators.
const OPERATOR_CONNECTIONS: usize = 32;

/// The issuer's service. Cheap to clone.
#[derive(Clone, Debug)]
pub struct IssuerService(Arc<State>);

impl IssuerService {
    /// Opens the keys and the database, and compares the configuration with the settings and keys of issued
    /// credentials.
    ///
    /// # Errors
    /// [`Error`], whose message contains the remedy.
    pub async fn start(config: Config) -> Result<Self, Error> {
        Self::start_with(config, Clock::system()).await
    }

    /// As [`Self::start`], with another clock.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn start_with(config: Config, clock: Clock) -> Result<Self, Error> {
        for warning in config.warnings() {
            tracing::warn!("{warning}");
        }
        let state = State::open(config, clock).await?;
        if state.config.webhook.is_some() {
            events::begin(&state.store).await?;
        }
        Ok(Self(Arc::new(state)))
    }

    /// The routes.
    pub fn router(&self) -> Router {
        http::router(self.0.clone())
    }

    /// Serves the routes and retries unconfirmed uploads until `end` is ready. Then it completes the requests in
    /// flight, within the time limit of a request. The section `[http]` of `issuer.toml` has the limits of
    /// connections and requests. The background jobs end with the future, even if it is dropped.
    ///
    /// # Errors
    /// None now. A connection that can't be accepted is logged, and the next one is tried.
    pub async fn serve(
        &self,
        listener: TcpListener,
        end: impl Future<Output = ()> + Send + 'static,
    ) -> std::io::Result<()> {
        let mut jobs = jobs::start(&self.0);
        let http = &self.0.config.http;
        let addresses = Addresses::new(http.connections_per_address, http.proxies.networks());
        server(self.router(), http.limits, addresses)
            .serve(listener, end)
            .await;
        jobs.shutdown().await;
        self.close().await;
        Ok(())
    }

    /// The routes of the second listener: `/metrics`, for Prometheus.
    pub fn metrics_router(&self) -> Router {
        http::metrics_router(self.0.clone())
    }

    /// Serves `/metrics` until the future is dropped. It has no authentication, so the listener should not be public.
    ///
    /// # Errors
    /// None now, as with [`Self::serve`].
    pub async fn serve_metrics(&self, listener: TcpListener) -> std::io::Result<()> {
        serve_operators(self.metrics_router(), listener).await;
        Ok(())
    }

    /// The admin pages, for a listener of their own. Each router has sessions of its own.
    ///
    /// An operator signs in with an admin API key. The attempts are counted by the address in
    /// [`ConnectInfo`](axum::extract::ConnectInfo), or by the one that a trusted proxy names.
    pub fn admin_router(&self) -> Router {
        pages::router(&self.0)
    }

    /// The method and path of each admin page, such as for the rules of a proxy.
    #[must_use]
    pub fn admin_routes(&self) -> Vec<(&'static str, &'static str)> {
        pages::list(&self.0)
    }

    /// Serves the admin pages until the future is dropped. Without TLS, the listener must be reachable by this machine or
    /// a proxy only.
    ///
    /// # Errors
    /// None now, as with [`Self::serve`].
    pub async fn serve_admin(&self, listener: TcpListener) -> std::io::Result<()> {
        serve_operators(self.admin_router(), listener).await;
        Ok(())
    }

    /// Tries each due upload once, and returns their number. [`Self::serve`] calls this each second.
    ///
    /// # Errors
    /// [`Error`] of the database.
    pub async fn deliver_due(&self) -> Result<usize, Error> {
        self.0.deliver_due().await
    }

    /// Sends the new events of this instance to the endpoint of `[webhook]`, and those that other instances have not sent for
    /// a minute. Returns the number that the endpoint has confirmed. [`Self::serve`] does so each second, and less often
    /// while the endpoint fails.
    ///
    /// # Errors
    /// [`Error`] of the database.
    pub async fn send_events(&self) -> Result<usize, Error> {
        let own = self.0.send_own_events().await?;
        let left = self.0.send_left_events().await?;
        Ok(own.confirmed + left.confirmed)
    }

    /// Deletes the credential offers that ended an hour ago, and the digests of values that are too old to be accepted.
    /// Returns the number of offers. [`Self::serve`] calls this each minute.
    ///
    /// # Errors
    /// [`Error`] of the database.
    #[cfg(feature = "openid4vc")]
    pub async fn forget_ended_offers(&self) -> Result<u64, Error> {
        openid4vc::forget_ended(&self.0).await
    }

    /// Checks the chains of the audit log. Returns the number of entries, or `None` if an entry was changed or removed, other
    /// than at the end of a chain.
    ///
    /// # Errors
    /// [`Error`] of the database.
    pub async fn verify_audit_log(&self) -> Result<Option<u64>, Error> {
        Ok(audit::verify(&self.0.store).await?)
    }

    /// Closes the database.
    pub async fn close(&self) {
        self.0.store.close().await;
    }
}

/// Serves a listener that only operators and their tools should reach.
async fn serve_operators(router: Router, listener: TcpListener) {
    let limits = ConnectionLimits {
        connections: OPERATOR_CONNECTIONS,
        ..ConnectionLimits::default()
    };
    let addresses = Addresses::new(OPERATOR_CONNECTIONS, &[]);
    server(router, limits, addresses)
        .serve(listener, std::future::pending())
        .await;
}

fn server(router: Router, limits: ConnectionLimits, addresses: Addresses) -> Server<Plain> {
    Server {
        router,
        limits,
        addresses,
        handshake: Plain,
        is_probe: http::is_probe,
        crowded: http::crowded,
    }
}
