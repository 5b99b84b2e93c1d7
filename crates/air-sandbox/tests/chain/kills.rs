//! A process that ends between any two steps of its submitter loses no checkpoint, and sends none
//! twice or out of order.
//!
//! Each scenario runs once to the end, which shows its places: the pairs of steps that follow each
//! other. Then a process is killed at each of them, in an order by seeds, and another one settles
//! the ledger.

use std::collections::BTreeSet;

use air_sandbox::{Data, Error, chain::Finality};

use super::{
    fake::FakeNode,
    status::until,
    steps::{Killed, Place, START, Steps, caught},
    test_env::{Time, account, head, issue, settings, try_start},
};
use crate::support::{self, TestEnv};

const SEND: &str = "eth_sendRawTransaction";
const RECEIPT: &str = "eth_getTransactionReceipt";

/// The steps of the submitter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scenario {
    /// The contract is deployed.
    Deployed,
    /// A checkpoint reaches a final block.
    Anchored,
    /// A replacement with a newer checkpoint is mined.
    Replaced,
    /// A replacement is sent, and the old transaction is mined.
    OldWins,
    /// The block of a checkpoint is replaced.
    Reorganised,
    /// The chain lost a final checkpoint before the start.
    Reopened,
}

impl Scenario {
    const ALL: [Self; 6] = [
        Self::Deployed,
        Self::Anchored,
        Self::Replaced,
        Self::OldWins,
        Self::Reorganised,
        Self::Reopened,
    ];

    /// The least number of its places.
    const fn kills(self) -> usize {
        match self {
            Self::Deployed | Self::Anchored | Self::Replaced | Self::OldWins => 16,
            Self::Reorganised => 14,
            Self::Reopened => 8,
        }
    }

    /// Places that must be among them.
    fn required(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Deployed => &[
                (START, "eth_chainId"),
                ("stored", SEND),
                (SEND, "sent"),
                ("contract", "included"),
            ],
            Self::Anchored => &[
                ("eth_feeHistory", "stored"),
                ("stored", SEND),
                (SEND, "sent"),
                (RECEIPT, "included"),
                ("eth_call", "final"),
            ],
            Self::Replaced => &[("stored", SEND), (SEND, "sent"), (RECEIPT, "included")],
            Self::OldWins => &[(RECEIPT, "included"), ("eth_call", "final"), ("stored", SEND)],
            Self::Reorganised => &[(RECEIPT, "takenBack"), ("takenBack", SEND), (SEND, "sent")],
            Self::Reopened => &[("eth_call", "reopened"), (SEND, "sent")],
        }
    }

    /// Whether a place of a run belongs to this scenario, and not to one before.
    fn has(self, place: &Place) -> bool {
        match self {
            Self::Deployed | Self::Anchored => true,
            Self::Replaced | Self::Reorganised => place.phase >= 1,
            Self::OldWins => place.phase >= 2,
            Self::Reopened => place.phase >= 1 || place.next == "reopened",
        }
    }

    /// The most transactions of a nonce.
    fn of_nonce(self) -> usize {
        match self {
            Self::Replaced | Self::OldWins => 2,
            _ => 1,
        }
    }
}

/// At least fifty processes are killed.
const _: () = {
    let (mut kills, mut index) = (0, 0);
    while index < Scenario::ALL.len() {
        kills += Scenario::ALL[index].kills();
        index += 1;
    }
    assert!(kills >= 50);
};

/// A ledger, its node, and one submitter after the other.
struct Bench {
    scenario: Scenario,
    folder: tempfile::TempDir,
    node: FakeNode,
    time: Time,
    steps: Steps,
}

impl Bench {
    async fn new(scenario: Scenario, steps: &Steps) -> Self {
        let bench = Self {
            scenario,
            folder: tempfile::tempdir().unwrap(),
            node: FakeNode::serve(account()).await,
            time: Time::stopped(),
            steps: steps.clone(),
        };
        if scenario != Scenario::Deployed {
            bench.settle("the beginning").await;
            bench.settle("the beginning").await;
        }
        bench
    }

    /// Starts a platform. The data of the one before may still be in use for a moment.
    async fn start(&self) -> Result<TestEnv, Killed> {
        let start = async {
            loop {
                let mut settings = settings(&self.node.url);
                settings.finality = Finality::Depth(2);
                let data = Data::Folder(self.folder.path().into());
                match caught(try_start(data, &self.time, settings)).await? {
                    Ok(platform) => return Ok::<_, Killed>(TestEnv::start_on(platform).await),
                    Err(Error::Store(_)) => tokio::task::yield_now().await,
                    Err(error) => panic!("{error}"),
                }
            }
        };
        let started = tokio::time::timeout(std::time::Duration::from_mins(1), start).await;
        started.expect("the data of the earlier platform are free within a minute")
    }

    /// Runs the scenario to its end, or until the submitter is killed at the place.
    async fn run(&self, kill: Option<Place>) -> Result<(), Killed> {
        self.steps.begin(kill);
        let node = self.node.clone();
        let is_reorganised = self.scenario == Scenario::Reorganised;
        // With another block, the one with the transaction is final.
        self.steps.react("included", move |runs| match runs {
            0 if is_reorganised => node.state().reorganise(1),
            _ => node.state().mine(),
        });
        match self.scenario {
            Scenario::Deployed => {
                let _env = self.start().await?;
                self.steps.until("final", 1).await?;
            }
            Scenario::Anchored | Scenario::Reorganised => {
                let env = self.start().await?;
                let hash = issue(&env, 1).await.remove(0);
                self.steps.until("final", 1).await?;
                on_chain(&env, &hash).await;
            }
            Scenario::Replaced | Scenario::OldWins => self.replace().await?,
            Scenario::Reopened => {
                {
                    let mut state = self.node.state();
                    let depth = state.depth_of_checkpoint();
                    state.reorganise(depth);
                }
                let _env = self.start().await?;
                self.steps.until("final", 1).await?;
            }
        }
        Ok(())
    }

    async fn replace(&self) -> Result<(), Killed> {
        self.node.state().is_automatic = false;
        let is_old = self.scenario == Scenario::OldWins;
        let node = self.node.clone();
        // The block comes after the replacement.
        self.steps.react("sent", move |runs| {
            let mut state = node.state();
            match runs {
                1 if is_old => {
                    let nonce = state.sent.last().unwrap().nonce;
                    let first = state.of_nonce(nonce)[0].clone();
                    state.prefer(&first);
                    state.mine();
                    state.is_automatic = true;
                }
                1 => state.mine(),
                _ => {}
            }
        });
        let entries = self.node.state().size() + 2;
        let env = self.start().await?;
        issue(&env, 1).await;
        self.steps.until(RECEIPT, 1).await?;
        let hash = issue(&env, 1).await.remove(0);
        // The replacement carries this entry too.
        while head(&env).await["treeSize"] != entries {}
        self.time.advance(30);
        self.steps.until("final", if is_old { 2 } else { 1 }).await?;
        on_chain(&env, &hash).await;
        Ok(())
    }

    /// Another process brings the ledger to the chain.
    async fn settle(&self, after: &str) {
        self.steps.begin(None);
        let node = self.node.clone();
        self.steps.react("included", move |_| node.state().mine());
        {
            let mut state = self.node.state();
            state.is_automatic = true;
            state.mine();
        }
        let env = self.start().await.unwrap();
        let hash = issue(&env, 1).await.remove(0);
        on_chain(&env, &hash).await;
        self.check(&head(&env).await, after);
        drop(env);
        self.time.reset();
    }

    /// Each checkpoint is in one block, in order, and the newest one has the whole ledger.
    fn check(&self, head: &serde_json::Value, after: &str) {
        let state = self.node.state();
        let context = format!("{:?}, after {after}", self.scenario);
        let ledger = state.ledger().unwrap();
        assert_eq!(head["treeSize"], ledger.size, "{context}");
        assert_eq!(head["root"], hex::encode(ledger.roots[&ledger.size]), "{context}");
        let mined = state.mined();
        let nonces = 0..u64::try_from(mined.len()).unwrap();
        assert!(mined.iter().map(|raw| raw.nonce).eq(nonces.clone()), "{context}");
        let (creation, checkpoints) = mined.split_first().unwrap();
        assert_eq!(creation.size(), 0, "{context}");
        let sizes: Vec<u64> = checkpoints.iter().map(|raw| raw.size()).collect();
        assert!(sizes.is_sorted_by(|one, next| one < next), "{context}: {sizes:?}");
        assert!(sizes.iter().eq(ledger.roots.keys()), "{context}: {sizes:?}");
        assert!(state.sent.iter().all(|raw| raw.nonce < nonces.end), "{context}");
        for nonce in nonces {
            let sent = state.of_nonce(nonce).len();
            assert!(
                (1..=self.scenario.of_nonce()).contains(&sent),
                "{context}: nonce {nonce}: {sent}"
            );
        }
    }
}

async fn on_chain(env: &TestEnv, hash: &str) {
    until(env, hash, |status| status["vcStatus"] == "ONCHAIN").await;
}

/// A small generator of pseudorandom numbers (SplitMix64), so that a failure can be repeated by its seed.
fn random(seed: u64) -> u64 {
    let mut mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Kills a process at each place of the scenario.
async fn kill_everywhere(scenario: Scenario) {
    if support::is_postgres() {
        return; // There, a new process may wait for the lock of the one before, so the steps of a start vary.
    }
    let (steps, _guard) = Steps::watch();
    let mut bench = Bench::new(scenario, &steps).await;
    bench.run(None).await.unwrap();
    let found: BTreeSet<Place> = steps.places().into_iter().collect();
    bench.settle("the whole run").await;

    let places: Vec<Place> = found.into_iter().filter(|place| scenario.has(place)).collect();
    for (done, next) in scenario.required() {
        assert!(
            places.iter().any(|place| place.is(done, next)),
            "{scenario:?}: {done}, {next}: {places:#?}"
        );
    }
    assert!(places.len() >= scenario.kills(), "{scenario:?}: {places:#?}");
    let mut keyed: Vec<(u64, Place)> = (0..).map(random).zip(places).collect();
    keyed.sort();
    for (seed, (_, place)) in keyed.into_iter().enumerate() {
        if scenario == Scenario::Deployed {
            bench = Bench::new(scenario, &steps).await;
        }
        let run = bench.run(Some(place.clone())).await;
        assert!(
            run.is_err() && steps.is_killed(),
            "{scenario:?}, seed {seed}: {place:?}"
        );
        bench.settle(&format!("seed {seed}: {place:?}")).await;
    }
}

#[tokio::test]
async fn kills_of_a_deployment_lose_and_double_nothing() {
    kill_everywhere(Scenario::Deployed).await;
}

#[tokio::test]
async fn kills_of_a_checkpoint_lose_and_double_nothing() {
    kill_everywhere(Scenario::Anchored).await;
}

#[tokio::test]
async fn kills_of_a_replacement_lose_and_double_nothing() {
    kill_everywhere(Scenario::Replaced).await;
}

#[tokio::test]
async fn kills_of_an_outrun_replacement_lose_and_double_nothing() {
    kill_everywhere(Scenario::OldWins).await;
}

#[tokio::test]
async fn kills_in_a_reorganisation_lose_and_double_nothing() {
    kill_everywhere(Scenario::Reorganised).await;
}

#[tokio::test]
async fn kills_after_a_lost_checkpoint_lose_and_double_nothing() {
    kill_everywhere(Scenario::Reopened).await;
}
