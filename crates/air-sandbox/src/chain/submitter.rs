//! The task that submits.

use std::{sync::Arc, time::Duration};

use air_fetch::evm::{BlockId, RpcError};
use air_platform::{
    App,
    chain::{self, Alarm, Leadership, Outbox},
};
use tokio::sync::watch;

use super::{
    compare::{self, Moment},
    draft::{Draft, first_fees},
    error::ChainError,
    follower::Follower,
    link::Link,
    problem::Problem,
    settings::ChainSettings,
};

/// The time limit for the first response of the node at the start, so that an unresponsive node
/// does not delay the platform for longer.
const FIRST_ANSWER: Duration = Duration::from_secs(5);
/// The bounds of the time between two looks at the chain.
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// The longest time between two attempts after failures.
const LONGEST_BACKOFF: Duration = Duration::from_secs(15);

/// The submitter of one platform. Of several on one database, one submits.
pub(crate) struct Submitter {
    follower: Follower,
    leadership: Leadership,
    /// The comparison before the next round; `None` if the node answered the last one.
    comparison: Option<Moment>,
    failures: u32,
    stored: StoredAlarm,
}

/// The alarm in the store.
#[derive(Clone, Copy, PartialEq, Eq)]
enum StoredAlarm {
    /// Another process may have stored it.
    Unknown,
    /// This process stored it.
    Known(Option<Alarm>),
}

/// The interval between two queries of the chain.
#[derive(Clone, Copy, PartialEq, Eq)]
enum PollInterval {
    /// A transaction waits for a block, or an entry may become due.
    Normal,
    /// Transactions in blocks become final.
    Slow,
}

impl Submitter {
    /// Connects to the chain and compares it with the ledger. If the node can't be reached, or does
    /// not respond in time, this is done later.
    ///
    /// # Errors
    /// If the chain or the contract can't be the ledger's.
    pub(crate) async fn open(app: &App, settings: Arc<ChainSettings>) -> Result<Self, ChainError> {
        let mut submitter = Self {
            follower: Follower::new(app.clone(), Link::new(settings)?),
            leadership: chain::leadership(app),
            comparison: Some(Moment::Start),
            failures: 0,
            stored: StoredAlarm::Unknown,
        };
        submitter.compare_at_start().await?;
        Ok(submitter)
    }

    async fn compare_at_start(&mut self) -> Result<(), ChainError> {
        // Only the process that submits may send lost checkpoints again.
        let is_leader = self.leadership.hold().await.unwrap_or(false);
        let moment = if is_leader { Moment::Start } else { Moment::Standby };
        let compared = match self.first_answer().await {
            Ok(chain_id) => compare::compare(&self.follower.app, self.link(), chain_id, moment).await,
            Err(error) => Err(error.into()),
        };
        match compared {
            Ok(()) if is_leader => self.comparison = None,
            Ok(()) => {}
            Err(Problem::Halt(error) | Problem::WrongChain(error)) => return Err(error),
            Err(problem) => {
                tracing::warn!(node = %self.link().node, %problem, "the chain can't be compared with the ledger now; checkpoints wait");
                if is_leader {
                    self.set_alarm(problem.alarm()).await;
                }
            }
        }
        Ok(())
    }

    /// Requests the chain's id. Further requests don't have this limit, so that a slow node is compared, too.
    async fn first_answer(&self) -> Result<u64, RpcError> {
        let node = &self.link().node;
        let answer = tokio::time::timeout(FIRST_ANSWER, node.chain_id()).await;
        answer.unwrap_or_else(|_| {
            Err(RpcError::TimedOut {
                method: "eth_chainId",
                node: node.to_string(),
                seconds: FIRST_ANSWER.as_secs(),
            })
        })
    }

    async fn compare(&self, moment: Moment) -> Result<(), Problem> {
        let chain_id = self.link().node.chain_id().await?;
        compare::compare(&self.follower.app, self.link(), chain_id, moment).await
    }

    fn link(&self) -> &Link {
        &self.follower.link
    }

    /// Submits until the platform stops. Between any two steps the task may be dropped, as in a crash.
    pub(crate) async fn run(mut self, mut stopped: watch::Receiver<bool>) {
        let submit = self.submit();
        tokio::select! {
            () = submit => {}
            _ = stopped.wait_for(|stop| *stop) => {}
        }
        self.leadership.release().await;
    }

    async fn submit(&mut self) {
        loop {
            let pause = match self.leadership.hold().await {
                Ok(true) => match self.round().await {
                    Ok(interval) => self.after_success(interval).await,
                    Err(Problem::Halt(error)) => {
                        tracing::error!(%error, "checkpoints stop until the platform is restarted");
                        self.set_alarm(Some(Alarm::ContractRefused)).await;
                        return std::future::pending().await;
                    }
                    Err(problem) => self.after_failure(&problem).await,
                },
                Ok(false) => {
                    self.comparison = self.comparison.or(Some(Moment::Reconnection));
                    self.stored = StoredAlarm::Unknown;
                    LONGEST_PAUSE
                }
                Err(error) => {
                    tracing::error!(%error, "the election of the submitter failed; checkpoints wait");
                    LONGEST_PAUSE
                }
            };
            tokio::time::sleep(pause).await;
        }
    }

    async fn after_success(&mut self, interval: PollInterval) -> Duration {
        self.failures = 0;
        let alarm = self.follower.is_reorganised.then_some(Alarm::Reorganised);
        self.set_alarm(alarm).await;
        match interval {
            PollInterval::Normal => self.pause(),
            PollInterval::Slow => self.pause() * 4,
        }
    }

    async fn after_failure(&mut self, problem: &Problem) -> Duration {
        if self.failures == 0 {
            tracing::warn!(node = %self.link().node, %problem, "a checkpoint has to wait");
        }
        self.failures = (self.failures + 1).min(6);
        match problem {
            Problem::Outbox(_) | Problem::FeesTooHigh(_) | Problem::Signer(_) | Problem::SignerAnswer(_) => {}
            // The node may be another one by now.
            _ => self.comparison = self.comparison.or(Some(Moment::Reconnection)),
        }
        self.set_alarm(problem.alarm()).await;
        (self.pause() * (1 << self.failures)).min(LONGEST_BACKOFF)
    }

    fn pause(&self) -> Duration {
        (self.link().settings.every / 5).clamp(SHORTEST_PAUSE, LONGEST_PAUSE)
    }

    async fn round(&mut self) -> Result<PollInterval, Problem> {
        if let Some(moment) = self.comparison {
            self.compare(moment).await?;
            self.comparison = None;
        }
        let mut outbox = self.load().await?;
        if !outbox.open.is_empty() {
            self.follower.follow(&outbox).await?;
            outbox = self.load().await?;
        }
        if outbox.is_waiting() {
            return Ok(PollInterval::Normal);
        }
        self.follower.is_reorganised = false;
        let submitted = self.submit_next(&outbox).await?;
        Ok(if submitted || outbox.open.is_empty() {
            PollInterval::Normal
        } else {
            PollInterval::Slow
        })
    }

    /// Submits the due transaction: the contract's creation, or a checkpoint. Returns whether there was one.
    async fn submit_next(&mut self, outbox: &Outbox) -> Result<bool, Problem> {
        let (app, link) = (&self.follower.app, self.link());
        let now = app.machine_clock.now();
        let is_due = chain::is_due(outbox.newest.as_ref(), outbox.tree_size, now, link.settings.every);
        if outbox.contract.is_some() && !is_due {
            return Ok(false);
        }
        let newest = link.node.block(BlockId::Latest).await?;
        let newest = newest.map_or(0, |block| block.number);
        let sender = link.signer.address();
        let nonce = link.node.transaction_count(sender, BlockId::Latest).await?;
        if outbox.open.iter().any(|attempt| attempt.nonce >= nonce) {
            // This answer is from a node that does not know the newest block yet.
            return Err(Problem::Contradiction);
        }
        let balance = link.node.balance(sender, BlockId::Latest).await?;
        app.metrics.chain_balance(balance);
        let draft = Draft::new(app, link, outbox).await?;
        let fees = first_fees(link).await?;
        self.follower
            .store_and_send(draft, nonce, fees, outbox, newest)
            .await?;
        Ok(true)
    }

    async fn load(&self) -> Result<Outbox, Problem> {
        Ok(chain::load(&self.follower.app).await?)
    }

    /// Stores what keeps checkpoints from the chain, unless it is the same as before.
    async fn set_alarm(&mut self, alarm: Option<Alarm>) {
        if self.stored == StoredAlarm::Known(alarm) {
            return;
        }
        match chain::set_alarm(&self.follower.app, alarm).await {
            Ok(()) => self.stored = StoredAlarm::Known(alarm),
            Err(error) => tracing::error!(%error, "the state of the chain could not be stored"),
        }
    }
}
