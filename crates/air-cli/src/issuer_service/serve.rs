//! `air issuer serve`.

use std::net::SocketAddr;

use air_issuer::IssuerService;
use clap::Args;
use serde_json::json;
use tokio::net::TcpListener;
#[cfg(not(feature = "otel"))]
use tracing_subscriber::layer::Identity;

use super::ConfigArgs;
use crate::{
    exit::Failure,
    interrupt::Interrupts,
    log::{self, LogFormat},
    output::Output,
    service_manager::ServiceManager,
};

#[derive(Args)]
#[command(after_help = "Example:\n  \
                  air issuer serve --config issuer.toml\n\
                  \n\
                  The service completes the requests in flight before it ends. RUST_LOG=air_issuer=info shows more on stderr. A \
                  service manager that sets NOTIFY_SOCKET, such as systemd with Type=notify, gets READY=1 when the service is \
                  ready.")]
pub(crate) struct Serve {
    #[command(flatten)]
    config: ConfigArgs,
    /// The format of the log on stderr; RUST_LOG selects the level.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    log_format: LogFormat,
}

impl Serve {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        #[cfg(feature = "otel")]
        let traces = air_issuer::traces_from_environment()?;
        #[cfg(feature = "otel")]
        log::start(self.log_format, traces.as_ref().map(air_issuer::Traces::layer));
        #[cfg(not(feature = "otel"))]
        {
            log::start(self.log_format, None::<Identity>);
            log::warn_of_no_traces(output);
        }
        let config = self.config.load()?;
        let origin = config.origin().to_owned();
        // Another process at this address is found before the database is opened.
        let (listener, url) = bind(config.address()).await?;
        let metrics = match config.metrics_address() {
            Some(address) => Some(bind(address).await?),
            None => None,
        };
        let admin = match config.admin_address() {
            Some(address) => Some(bind(address).await?),
            None => None,
        };
        let service = IssuerService::start(config).await?;
        let service_manager = ServiceManager::from_environment();
        let mut interrupts = Interrupts::listen();
        let mut ready = json!({ "ready": true, "url": url, "origin": origin });
        let metrics = metrics.map(|(listener, url)| {
            ready["metricsUrl"] = format!("{url}/metrics").into();
            let service = service.clone();
            tokio::spawn(async move { service.serve_metrics(listener).await })
        });
        let admin = admin.map(|(listener, url)| {
            ready["adminUrl"] = format!("{url}/").into();
            let service = service.clone();
            tokio::spawn(async move { service.serve_admin(listener).await })
        });
        output.compact_document(&ready)?;
        if let Some(manager) = &service_manager {
            manager.ready(output);
        }
        let end = async move {
            interrupts.next().await;
            if let Some(manager) = &service_manager {
                manager.stopping(output);
            }
        };
        let served = service.serve(listener, end).await;
        for listener in [metrics, admin].into_iter().flatten() {
            listener.abort();
        }
        #[cfg(feature = "otel")]
        if let Some(traces) = traces
            && !traces.stop().await
        {
            output.note("warning: failed to send the last traces to the OpenTelemetry collector");
        }
        served.map_err(|error| Failure::failed(format!("the service failed: {error}")))?;
        output.note("stopped");
        Ok(())
    }
}

/// Binds an address, and returns its URL.
async fn bind(address: SocketAddr) -> Result<(TcpListener, String), Failure> {
    let unusable = |error| {
        Failure::failed(format!("failed to listen on {address}: {error}")).with_hint(
            "set another `port`, `listen`, `metrics-listen` or `admin-listen` in issuer.toml, or PORT; port 0 picks a \
             free one",
        )
    };
    let listener = TcpListener::bind(address).await.map_err(unusable)?;
    let bound = listener.local_addr().map_err(unusable)?;
    Ok((listener, format!("http://{bound}")))
}
