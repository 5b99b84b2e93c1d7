//! The service: its start and its end.

use std::{future::Future, sync::Arc};

use axum::Router;
use tokio::net::TcpListener;

use crate::{Clock, Config, Error, http, state::State, store::audit};

/// The issuer's service. Cheap to clone.
#[derive(Clone, Debug)]
pub struct IssuerService(Arc<State>);

impl IssuerService {
    /// Opens the database, and compares the configuration with the settings of issued credentials.
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
        Ok(Self(Arc::new(State::open(config, clock).await?)))
    }

    /// The routes.
    #[must_use]
    pub fn router(&self) -> Router {
        http::router(self.0.clone())
    }

    /// Serves the routes and retries unconfirmed uploads until `end` is ready. Then it completes the requests in flight.
    ///
    /// # Errors
    /// The error of the listener.
    pub async fn serve(
        &self,
        listener: TcpListener,
        end: impl Future<Output = ()> + Send + 'static,
    ) -> std::io::Result<()> {
        let inner = self.0.clone();
        let worker = tokio::spawn(async move { inner.work().await });
        let served = axum::serve(listener, self.router())
            .with_graceful_shutdown(end)
            .await;
        worker.abort();
        self.close().await;
        served
    }

    /// Tries each due upload once, and returns their number. [`Self::serve`] calls this each second.
    ///
    /// # Errors
    /// [`Error`] of the database.
    pub async fn deliver_due(&self) -> Result<usize, Error> {
        self.0.deliver_due().await
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
