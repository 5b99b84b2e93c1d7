//! The state that every operation needs.

use std::{net::SocketAddr, ops::Deref, sync::Arc, time::Duration};

use air_fetch::Fetcher;
use air_ids::UnixTime;
use air_store::{ReadTx, Store};
use tokio::sync::watch;

#[cfg(feature = "openid4vc")]
use crate::openid4vc::{IssuerDocuments, WalletBatcher};
use crate::{
    Clock, Error, Quotas, Refusal, anchoring,
    cache::DomainCache,
    callbacks, catalogue,
    channel::{Channel, Outgoing},
    clock::{self, VirtualClock},
    events::Notifier,
    faults::CurrentFaults,
    issuance::IssuanceBatcher,
    metrics::Metrics,
    notices,
    predicate_proofs::{self, PredicateProgram},
    proof_program::ProofQueue,
    reports,
    request_log::Requests,
    snapshots,
    trust::Trust,
    w3c_proofs::ProofProgram,
};

/// The platform: its store, its clocks and its caches. Clones share them.
#[derive(Clone, Debug)]
pub struct App(Arc<Parts>);

/// The settings of a platform.
#[derive(Debug)]
pub struct Settings {
    /// The store of all data.
    pub store: Store,
    /// The platform's own addresses. It fetches nothing from them.
    pub listeners: Vec<SocketAddr>,
    /// The public base URL, such as `http://127.0.0.1:8300`.
    pub public_url: Arc<str>,
    /// Whether only this machine can reach the platform.
    pub is_local: bool,
    /// Whether users can sign in at the wallet's pages.
    pub has_user_pages: bool,
    /// The source of the machine's time.
    pub clock: Clock,
    /// The network for which wallets sign.
    pub chain_id: u64,
    /// The limits on one partner's use of the store.
    pub quotas: Quotas,
    /// The interval between attempts to make a block.
    pub block_time: Duration,
    /// Whether checkpoints of the ledger go to a chain, so that an entry is anchored when its checkpoint is final.
    pub has_chain: bool,
    /// Sends messages to users. Without it, notices are in the wallet's page only.
    pub channel: Option<Arc<dyn Channel>>,
    /// Makes and checks the proofs of W3C credentials. Without it, there are none.
    pub proof_program: Option<Arc<dyn ProofProgram>>,
    /// Signs for predicate proofs and verifies them. Without it, there are none.
    pub predicate_program: Option<Arc<dyn PredicateProgram>>,
    /// Becomes true when the platform stops.
    pub stopped: watch::Receiver<bool>,
}

/// The parts of an [`App`].
#[derive(Debug)]
pub struct Parts {
    pub(crate) store: Store,
    pub(crate) trust: Trust,
    /// The HTTP client for callbacks.
    pub(crate) fetcher: Fetcher,
    /// The documents of issuers that trust lists name.
    #[cfg(feature = "openid4vc")]
    pub(crate) issuer_documents: IssuerDocuments,
    /// Whether only this machine can reach the platform.
    pub is_local: bool,
    /// Whether users can sign in at the wallet's pages, so that they can authorize wallets.
    pub has_user_pages: bool,
    /// The platform's time, which may be ahead. It applies to credentials, programs, callbacks and idempotency keys.
    pub platform_clock: VirtualClock,
    /// The machine's time. It applies to values that are compared with other clocks (tokens, sessions, signatures).
    pub machine_clock: Clock,
    /// Notifies readers of events.
    pub notifier: Notifier,
    /// The network for which wallets sign.
    pub chain_id: u64,
    pub(crate) quotas: Quotas,
    /// The interval between attempts to make a block.
    pub(crate) block_time: Duration,
    /// Whether checkpoints of the ledger go to a chain.
    pub has_chain: bool,
    /// Sends messages to users.
    pub(crate) channel: Option<Arc<dyn Channel>>,
    pub(crate) outgoing: Outgoing,
    /// Makes and checks the proofs of W3C credentials.
    pub(crate) proof_program: Option<Arc<dyn ProofProgram>>,
    /// Signs for predicate proofs and verifies them.
    pub(crate) predicate_program: Option<Arc<dyn PredicateProgram>>,
    /// The queue before both programs.
    pub(crate) proof_queue: ProofQueue,
    /// The public base URL, such as `http://127.0.0.1:8300`.
    pub public_url: Arc<str>,
    pub(crate) cache: DomainCache,
    pub(crate) batcher: IssuanceBatcher,
    #[cfg(feature = "openid4vc")]
    pub(crate) wallet_batcher: WalletBatcher,
    /// The active faults.
    pub faults: CurrentFaults,
    /// The log of the most recent requests.
    pub requests: Requests,
    /// The counters for Prometheus.
    pub metrics: Metrics,
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    /// Opens a platform: loads the clock's offset, and completes the search index and the ledger's tree if an earlier version wrote the
    /// data.
    ///
    /// # Errors
    /// Fails if the store can't be read, if the HTTP client can't be created, or if the program for predicate proofs does not work.
    pub async fn open(settings: Settings) -> Result<Self, Error> {
        let fetcher = Fetcher::new(callbacks::reach(settings.is_local))?.avoiding(&settings.listeners)?;
        let trust = Trust::new(settings.is_local)?;
        let app = Self::new(settings, trust, fetcher);
        app.store.on_recovery(snapshots::take_over(&app));
        catalogue::index_missing(&app.store)
            .await
            .map_err(air_store::Error::from)?;
        anchoring::grow_missing(&app.store)
            .await
            .map_err(air_store::Error::from)?;
        clock::reload(&app).await.map_err(air_store::Error::from)?;
        reports::begin(&app).await.map_err(air_store::Error::from)?;
        notices::begin(&app).await.map_err(air_store::Error::from)?;
        predicate_proofs::check_program(&app)
            .await
            .map_err(Error::PredicateProgram)?;
        Ok(app)
    }

    fn new(settings: Settings, trust: Trust, fetcher: Fetcher) -> Self {
        Self(Arc::new(Parts {
            store: settings.store,
            trust,
            #[cfg(feature = "openid4vc")]
            issuer_documents: IssuerDocuments::new(&fetcher),
            fetcher,
            is_local: settings.is_local,
            has_user_pages: settings.has_user_pages,
            platform_clock: VirtualClock::new(settings.clock.clone(), 0),
            machine_clock: settings.clock,
            notifier: Notifier::new(settings.stopped),
            chain_id: settings.chain_id,
            quotas: settings.quotas,
            block_time: settings.block_time,
            has_chain: settings.has_chain,
            channel: settings.channel,
            outgoing: Outgoing::default(),
            proof_program: settings.proof_program,
            predicate_program: settings.predicate_program,
            proof_queue: ProofQueue::default(),
            public_url: settings.public_url,
            cache: DomainCache::default(),
            batcher: IssuanceBatcher::default(),
            #[cfg(feature = "openid4vc")]
            wallet_batcher: WalletBatcher::default(),
            faults: CurrentFaults::default(),
            requests: Requests::default(),
            metrics: Metrics::default(),
        }))
    }

    /// Checks whether the store answers.
    ///
    /// # Errors
    /// Fails if the store can't be read.
    pub async fn check_store(&self) -> Result<(), Refusal> {
        self.store.read().await?;
        Ok(())
    }

    /// Closes the store. Later operations fail.
    pub async fn close(&self) {
        self.store.close().await;
    }

    /// Returns the time by the stored offset of the clock. The offset in this process may be outdated if another process moved the clock.
    pub(crate) async fn stored_time(&self, tx: &mut ReadTx) -> sqlx::Result<UnixTime> {
        let offset = air_store::clock::offset(tx).await?;
        Ok(self
            .machine_clock
            .now()
            .saturating_add(Duration::from_secs(offset)))
    }
}

#[cfg(test)]
impl App {
    /// Creates a platform in memory with this clock.
    pub(crate) async fn for_tests(clock: Clock) -> Self {
        Self::for_tests_with(clock, None).await
    }

    /// Creates a platform in memory with this clock and this channel.
    pub(crate) async fn for_tests_with(clock: Clock, channel: Option<Arc<dyn Channel>>) -> Self {
        Self::of_settings(Self::settings_for_tests(clock, channel).await)
    }

    /// Creates a platform in memory with this clock and this program for proofs.
    pub(crate) async fn for_tests_with_proofs(clock: Clock, program: Arc<dyn ProofProgram>) -> Self {
        let mut settings = Self::settings_for_tests(clock, None).await;
        settings.proof_program = Some(program);
        Self::of_settings(settings)
    }

    async fn settings_for_tests(clock: Clock, channel: Option<Arc<dyn Channel>>) -> Settings {
        Settings {
            store: Store::open(&air_store::Data::Memory).await.unwrap(),
            listeners: Vec::new(),
            public_url: "http://127.0.0.1".into(),
            is_local: true,
            has_user_pages: true,
            clock,
            chain_id: 1,
            quotas: Quotas::default(),
            block_time: Duration::from_millis(500),
            has_chain: false,
            channel,
            proof_program: None,
            predicate_program: None,
            stopped: watch::channel(false).1,
        }
    }

    fn of_settings(settings: Settings) -> Self {
        let fetcher = Fetcher::new(callbacks::reach(true)).unwrap();
        Self::new(settings, Trust::new(true).unwrap(), fetcher)
    }
}
