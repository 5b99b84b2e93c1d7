//! A running platform: its server, its background tasks, and its shutdown.

#[cfg(any(feature = "airkit", feature = "chain", feature = "dashboard"))]
use std::sync::Arc;
use std::{fmt, io, net::SocketAddr, path::Path};

use air_platform::{App, Refusal, Settings, background, faults, idempotency::IdempotentResponse, seeding};
use air_store::Store;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

#[cfg(feature = "chain")]
use crate::chain::{AnchorProofs, ChainSettings, Submitter};
#[cfg(feature = "airkit")]
use crate::{Airkit, ProofModule, airkit};
use crate::{
    Config, Error, exposure, http,
    operator_token::{self, OperatorToken},
    server,
};
#[cfg(feature = "dashboard")]
use air_server::counted_as;
use air_server::{Addresses, Network};

/// A running platform. Dropping it stops it immediately. [`Platform::stop`] lets requests in flight finish.
#[must_use = "a platform runs while it is held"]
pub struct Platform {
    address: SocketAddr,
    scheme: &'static str,
    operator: OperatorToken,
    #[cfg(feature = "dashboard")]
    login_code: Arc<str>,
    is_token_required: bool,
    app: App,
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
    anchoring: JoinHandle<()>,
    /// The tasks that deliver callbacks and send notices.
    deliveries: [JoinHandle<()>; 2],
    #[cfg(feature = "chain")]
    submitter: Option<JoinHandle<()>>,
    #[cfg(feature = "airkit")]
    airkit: Option<(Airkit, JoinHandle<()>)>,
}

impl Platform {
    /// Opens the store and starts to serve. When this function returns, the platform accepts requests.
    ///
    /// # Errors
    /// Fails if the address or the data folder can't be used, if the configuration has one authority for wallet providers and for
    /// the keys of wallets, or if it trusts every address as a proxy.
    pub async fn start(config: Config) -> Result<Self, Error> {
        Network::check_proxies(&config.trusted_proxies)?;
        let authorities = http::WalletAuthorities::of(&config)?;
        // The folder is opened before the address: if the same platform runs already, the error is about the folder.
        let store = Store::open(&config.data).await?;
        let (listener, address) = listen_at(config.listen).await?;
        #[cfg_attr(
            not(feature = "airkit"),
            expect(unused_mut, reason = "the pages have another listener")
        )]
        let mut listeners = vec![address];
        #[cfg(feature = "airkit")]
        let airkit_served =
            listen_for_airkit(config.airkit, config.proof_module.clone(), &mut listeners).await?;
        let (scheme, has_chain) = (config.scheme(), config.has_chain());
        let public_url = public_url(&config, address);
        let is_local = exposure::is_local(&listeners, &public_url);
        let (stop, stopped) = watch::channel(false);
        let app = App::open(Settings {
            store,
            listeners,
            public_url: public_url.into(),
            is_local,
            has_user_pages: config.has_user_pages(is_local),
            clock: config.clock,
            chain_id: config.chain_id,
            quotas: config.quotas,
            block_time: config.block_time,
            has_chain,
            channel: config.channel,
            proof_program: config.proof_program,
            predicate_program: config.predicate_program,
            stopped: stopped.clone(),
        })
        .await?;
        #[cfg(feature = "airkit")]
        open_access_key(&app, airkit_served.is_some()).await?;
        #[cfg(feature = "chain")]
        let submitter = open_submitter(&app, config.chain.as_ref()).await?;
        let operator = OperatorToken::make(&config.data)?;
        let admin = http::Admin::new(operator.text.clone(), !is_local || config.require_token);
        #[cfg(feature = "dashboard")]
        let login_code: Arc<str> = air_platform::ids::bearer_token().into();
        #[cfg(feature = "dashboard")]
        let pages = dashboard(
            &app,
            &admin,
            &config.trusted_proxies,
            &login_code,
            address.port(),
            config.tls.is_some(),
        );
        #[cfg(not(feature = "dashboard"))]
        let pages = axum::Router::new();
        let metrics = http::HttpMetrics::new(&app.metrics, app.has_chain);
        // Each server counts its connections separately, because a browser that shows the pages also calls the API.
        let addresses = || Addresses::new(config.limits.connections_per_address, &config.trusted_proxies);
        let router = http::router(app.clone(), &admin, config.limits, &metrics, pages, authorities);
        #[cfg(feature = "chain")]
        let router = with_anchor_proofs(router, config.chain.as_ref())?;
        let server = server::spawn(
            listener,
            router,
            &config.limits,
            addresses(),
            config.tls,
            stopped.clone(),
        );
        #[cfg(feature = "airkit")]
        let airkit = airkit_served
            .map(|served| {
                let (data, limits) = (&config.data, config.limits);
                airkit::open(served, data, &app, limits, metrics, addresses(), stopped.clone())
            })
            .transpose()?;
        let anchoring = tokio::spawn(background::make_blocks(app.clone(), stopped.clone()));
        #[cfg(feature = "chain")]
        let submitter = submitter.map(|submitter| tokio::spawn(submitter.run(stopped.clone())));
        let deliveries = spawn_deliveries(&app, &stopped);
        Ok(Self {
            address,
            scheme,
            operator,
            #[cfg(feature = "dashboard")]
            login_code,
            is_token_required: admin.required_token().is_some(),
            app,
            stop,
            server,
            anchoring,
            deliveries,
            #[cfg(feature = "chain")]
            submitter,
            #[cfg(feature = "airkit")]
            airkit,
        })
    }

    /// Returns the listen address.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns `http://127.0.0.1:PORT`, or the https URL if the platform has a certificate.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// Returns the operator token if setup calls require it. They do if other machines can reach the platform (according to its listen
    /// addresses and its public URL) or with [`Config::require_token`].
    #[must_use]
    pub fn admin_token(&self) -> Option<&str> {
        self.is_token_required.then_some(&*self.operator.text)
    }

    /// Returns the operator token, which each start generates. A request with this bearer token comes from the operator.
    #[must_use]
    pub fn operator_token(&self) -> &str {
        &self.operator.text
    }

    /// Returns the file (mode 0600) that contains the operator token while the platform runs, or `None` without a data folder.
    #[must_use]
    pub fn operator_token_file(&self) -> Option<&Path> {
        self.operator.file.as_deref()
    }

    /// Returns the URL of the dashboard. If the token is required, the link logs in one browser, once.
    #[cfg(feature = "dashboard")]
    #[must_use]
    pub fn dashboard_url(&self) -> String {
        let url = match &*self.app.public_url {
            public if self.is_token_required => public.to_owned(),
            _ => self.url(),
        };
        if self.is_token_required {
            format!("{url}/dashboard/login?once={}", self.login_code)
        } else {
            format!("{url}/dashboard")
        }
    }

    /// Returns the server of the AIR Kit SDK's pages, if they are served.
    #[cfg(feature = "airkit")]
    #[must_use]
    pub fn airkit(&self) -> Option<&Airkit> {
        self.airkit.as_ref().map(|(airkit, _)| airkit)
    }

    /// Sets up a partner with its schemas and programs, like `POST /sandbox/v1/seed`. What an earlier seed created stays.
    ///
    /// # Errors
    /// Fails with the [`Refusal`] of that call's error response.
    pub async fn seed(&self, seed: air_api::sandbox::Seed) -> Result<air_api::sandbox::Seeded, Refusal> {
        let seeded = seeding::seed(&self.app, seed, None).await;
        seeded.map(IdempotentResponse::into_body)
    }

    /// Replaces the active faults, like `PUT /sandbox/v1/faults`.
    ///
    /// # Errors
    /// Fails with the [`Refusal`] of that call's error response.
    pub async fn set_faults(&self, faults: air_api::sandbox::Faults) -> Result<(), Refusal> {
        faults::set(&self.app, faults).await.map(drop)
    }

    /// Stops the platform: it accepts no new connection, requests in flight finish (within 5 s), and the database is closed.
    ///
    /// # Errors
    /// [`Error::Server`] if the server had already failed.
    pub async fn stop(self) -> Result<(), Error> {
        self.stop.send_replace(true);
        let served = self.server.await;
        #[cfg(feature = "airkit")]
        if let Some((_, door)) = self.airkit {
            let _ = door.await;
        }
        let _ = self.anchoring.await;
        // A delivery or a message in flight takes effect when it is recorded. Otherwise it is retried.
        for task in self.deliveries {
            task.abort();
            let _ = task.await;
        }
        #[cfg(feature = "chain")]
        if let Some(submitter) = self.submitter {
            let _ = submitter.await;
        }
        self.app.close().await;
        if let Some(file) = &self.operator.file {
            operator_token::forget(file, &self.operator.text);
        }
        served.map_err(|ended| Error::Server(io::Error::other(ended)))
    }
}

impl fmt::Debug for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Platform")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

/// Returns the pages for people.
#[cfg(feature = "dashboard")]
fn dashboard(
    app: &App,
    admin: &http::Admin,
    proxies: &[Network],
    login_code: &Arc<str>,
    port: u16,
    is_secure: bool,
) -> axum::Router<App> {
    http::home_routes().merge(air_dashboard::router(air_dashboard::Access {
        token: admin.required_token().cloned(),
        login_code: login_code.clone(),
        port,
        is_secure,
        is_local: app.is_local,
        sends_codes: app.has_channel(),
        counted_peer: counted_peer(proxies),
        public_url: app.public_url.clone(),
        clock: app.machine_clock.clone(),
        platform_clock: app.platform_clock.clone(),
    }))
}

/// A proxy's clients share its address, so it is not counted.
#[cfg(feature = "dashboard")]
fn counted_peer(proxies: &[Network]) -> air_dashboard::CountedPeer {
    let proxies = proxies.to_vec();
    Arc::new(move |address| {
        let is_proxy = proxies.iter().any(|proxy| proxy.contains(address));
        (!is_proxy).then(|| counted_as(address))
    })
}

fn spawn_deliveries(app: &App, stopped: &watch::Receiver<bool>) -> [JoinHandle<()>; 2] {
    [
        tokio::spawn(background::deliver_callbacks(app.clone(), stopped.clone())),
        tokio::spawn(background::send_notices(app.clone(), stopped.clone())),
    ]
}

#[cfg(feature = "airkit")]
async fn listen_for_airkit(
    at: Option<SocketAddr>,
    proof_module: Option<Arc<ProofModule>>,
    listeners: &mut Vec<SocketAddr>,
) -> Result<Option<airkit::Served>, Error> {
    let Some(at) = at else {
        return Ok(None);
    };
    let listener = listen(at).await?;
    listeners.push(listener.local_addr().map_err(Error::Server)?);
    Ok(Some(airkit::Served {
        listener,
        proof_module,
    }))
}

/// Generates the key of access tokens, which the AIR Kit's pages publish from the start.
#[cfg(feature = "airkit")]
async fn open_access_key(app: &App, has_airkit: bool) -> Result<(), Error> {
    if has_airkit {
        air_platform::airkit::open_key(app).await?;
    }
    Ok(())
}

#[cfg(feature = "chain")]
async fn open_submitter(app: &App, chain: Option<&Arc<ChainSettings>>) -> Result<Option<Submitter>, Error> {
    Ok(match chain {
        Some(settings) => Some(Submitter::open(app, settings.clone()).await?),
        None => None,
    })
}

#[cfg(feature = "chain")]
fn with_anchor_proofs(
    router: axum::Router,
    chain: Option<&Arc<ChainSettings>>,
) -> Result<axum::Router, Error> {
    Ok(match chain {
        Some(settings) => router.layer(axum::Extension(AnchorProofs::new(settings.clone())?)),
        None => router,
    })
}

/// Returns the base URL: the configured one, or else the listen address.
fn public_url(config: &Config, address: SocketAddr) -> String {
    let listen_url = format!("{}://{address}", config.scheme());
    config.public_url.clone().unwrap_or(listen_url)
}

/// Listens, and returns the address with the port that the system chose.
async fn listen_at(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Error> {
    let listener = listen(address).await?;
    let bound = listener
        .local_addr()
        .map_err(|source| Error::Listen { address, source })?;
    Ok((listener, bound))
}

async fn listen(address: SocketAddr) -> Result<TcpListener, Error> {
    TcpListener::bind(address)
        .await
        .map_err(|source| Error::Listen { address, source })
}
