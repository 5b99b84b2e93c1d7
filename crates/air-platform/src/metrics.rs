//! Counters of the platform's work, and figures of its store, for Prometheus. No label value comes
//! from a caller.

use std::sync::{Arc, atomic::AtomicU64};

use air_store::{ReadTx, callbacks, chain, credentials, ledger};
use prometheus_client::{
    encoding::{EncodeLabelSet, EncodeLabelValue},
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

use super::{App, Refusal, channel::SendError};

/// The counters. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Metrics(Arc<Counters>);

#[derive(Debug, Default)]
struct Counters {
    callbacks: Family<Attempted, Counter>,
    messages: Family<Attempted, Counter>,
    store_errors: Family<Failed, Counter>,
    batched: Counter,
    chain: ChainCounters,
}

/// Counts of this process's actions and observations on the chain.
#[derive(Debug, Default)]
struct ChainCounters {
    replacements: Counter,
    reorganisations: Counter,
    /// In coins of 10^18 wei.
    balance: Gauge<f64, AtomicU64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Attempted {
    outcome: Outcome,
}

/// The outcome of a delivery attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
#[expect(non_camel_case_types, reason = "labels are written in lower case")]
enum Outcome {
    delivered,
    refused,
    unreachable,
}

impl Outcome {
    const ALL: [Self; 3] = [Self::delivered, Self::refused, Self::unreachable];
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Failed {
    during: &'static str,
}

/// The operation during which the store failed.
#[derive(Clone, Copy, Debug)]
pub enum Work {
    /// A call of the API.
    Call,
    /// A batch. Its credentials are then issued individually.
    IssuanceBatch,
    /// The tasks of each block.
    Anchoring,
    /// The delivery of callbacks.
    Callbacks,
    /// The sending of notices to users.
    Notices,
}

impl Work {
    const ALL: [Self; 5] = [
        Self::Call,
        Self::IssuanceBatch,
        Self::Anchoring,
        Self::Callbacks,
        Self::Notices,
    ];

    fn label(self) -> Failed {
        let during = match self {
            Self::Call => "call",
            Self::IssuanceBatch => "issuance_batch",
            Self::Anchoring => "anchoring",
            Self::Callbacks => "callbacks",
            Self::Notices => "notices",
        };
        Failed { during }
    }
}

/// The figures that are read from the store for each scrape.
#[derive(Clone, Copy, Debug)]
pub struct Stored {
    /// The number of issued credentials, with the revoked ones.
    pub credentials: u64,
    /// The number of ledger entries in blocks.
    pub anchored: u64,
    /// The number of ledger entries that wait for a block.
    pub pending: u64,
    /// The number of the newest block.
    pub blocks: u64,
    /// The number of transactions that wait for the writer.
    pub waiting: u64,
    /// The number of callbacks that wait for an attempt.
    pub callbacks: u64,
    /// The figures of the chain, if there is one.
    pub chain: Option<StoredChain>,
}

/// The figures of the chain.
#[derive(Clone, Copy, Debug)]
pub struct StoredChain {
    /// The number of entries at the newest final checkpoint.
    pub final_size: u64,
    /// The number of entries in blocks that no final checkpoint has.
    pub lag_entries: u64,
    /// The age in seconds of the oldest of them.
    pub lag_seconds: u64,
}

/// Reads the figures of the store.
pub async fn stored(app: &App) -> Result<Stored, Refusal> {
    let mut read = app.store.read().await?;
    let head = ledger::head(&mut read).await?;
    let anchored = head.as_ref().map_or(0, |head| head.tree_size);
    Ok(Stored {
        chain: if app.has_chain {
            Some(stored_chain(app, &mut read, anchored).await?)
        } else {
            None
        },
        credentials: credentials::count(&mut read).await?,
        anchored,
        pending: ledger::count_pending(&mut read).await?,
        blocks: head.map_or(0, |head| head.number),
        waiting: app.store.waiting() + queued(app) as u64,
        callbacks: callbacks::count_waiting(&mut read).await?,
    })
}

/// Returns the number of requests that wait for a batch.
fn queued(app: &App) -> usize {
    #[cfg(feature = "openid4vc")]
    let of_wallets = app.wallet_batcher.queued();
    #[cfg(not(feature = "openid4vc"))]
    let of_wallets = 0;
    app.batcher.queued() + of_wallets
}

async fn stored_chain(app: &App, tx: &mut ReadTx, anchored: u64) -> Result<StoredChain, Refusal> {
    let newest = chain::newest_final(tx).await?;
    let final_size = newest.map_or(0, |checkpoint| checkpoint.ledger_size);
    let oldest = ledger::sealed_at(tx, final_size).await?;
    Ok(StoredChain {
        final_size,
        lag_entries: anchored.saturating_sub(final_size),
        lag_seconds: oldest.map_or(0, |at| {
            let lag = app.platform_clock.now().saturating_duration_since(at);
            lag.as_secs()
        }),
    })
}

impl Metrics {
    /// Adds the counters to the registry of a scrape. Each series exists from the start, because
    /// Prometheus sees no increase when a series appears with its first event.
    pub fn register(&self, registry: &mut Registry) {
        let counters = &self.0;
        for outcome in Outcome::ALL {
            drop(counters.callbacks.get_or_create(&Attempted { outcome }));
            drop(counters.messages.get_or_create(&Attempted { outcome }));
        }
        for work in Work::ALL {
            drop(counters.store_errors.get_or_create(&work.label()));
        }
        registry.register(
            "callback_attempts",
            "Attempts to notify an issuer of a released key",
            counters.callbacks.clone(),
        );
        registry.register(
            "message_attempts",
            "Attempts to send a message to a user",
            counters.messages.clone(),
        );
        registry.register(
            "store_errors",
            "Operations of the store that failed",
            counters.store_errors.clone(),
        );
        registry.register(
            "credentials_batched",
            "Credentials that were issued in a batch, with one transaction for all of it",
            counters.batched.clone(),
        );
    }

    /// Adds the counters of the chain.
    pub fn register_chain(&self, registry: &mut Registry) {
        let counters = &self.0.chain;
        registry.register(
            "chain_replacements",
            "Transactions that replaced a stuck one with higher fees",
            counters.replacements.clone(),
        );
        registry.register(
            "chain_reorganisations",
            "Transactions whose block was replaced",
            counters.reorganisations.clone(),
        );
        registry.register(
            "chain_balance",
            "Balance of the account that pays for checkpoints, in coins, when the last one was sent",
            counters.balance.clone(),
        );
    }

    /// Records that a transaction replaced a stuck one.
    pub fn chain_replaced(&self) {
        self.0.chain.replacements.inc();
    }

    /// Records that the block of a transaction was replaced.
    pub fn chain_reorganised(&self) {
        self.0.chain.reorganisations.inc();
    }

    /// Records the balance of the account that pays for checkpoints, in wei.
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    pub fn chain_balance(&self, wei: u128) {
        self.0.chain.balance.set(wei as f64 / 1e18);
    }

    /// Records a failure of the store.
    pub fn store_failed(&self, work: Work) {
        self.0.store_errors.get_or_create(&work.label()).inc();
    }

    /// Records an attempt to deliver a callback. The status is `None` if the issuer's server did not respond.
    pub(crate) fn callback_attempted(&self, status: Option<u16>) {
        let outcome = match status {
            Some(200..300) => Outcome::delivered,
            Some(_) => Outcome::refused,
            None => Outcome::unreachable,
        };
        self.0.callbacks.get_or_create(&Attempted { outcome }).inc();
    }

    /// Records an attempt to send a message to a user.
    pub(crate) fn message_attempted(&self, sent: Result<(), SendError>) {
        let outcome = match sent {
            Ok(()) => Outcome::delivered,
            Err(error) if error.code().is_some() => Outcome::refused,
            Err(_) => Outcome::unreachable,
        };
        self.0.messages.get_or_create(&Attempted { outcome }).inc();
    }

    /// Counts credentials that were committed in one batch.
    pub(crate) fn batched(&self, credentials: usize) {
        self.0.batched.inc_by(credentials as u64);
    }

    /// Returns the number of credentials that were committed in batches.
    #[cfg(test)]
    pub(crate) fn batched_credentials(&self) -> u64 {
        self.0.batched.get()
    }
}
