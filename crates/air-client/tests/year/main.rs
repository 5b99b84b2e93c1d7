//! A simulated year of the local platform in a data folder, or on the PostgreSQL server of `AIR_TEST_DATABASE`. A seed
//! decides the schedule: credentials are issued, revoked and expire, keys are rotated, the platform is restarted, killed,
//! backed up and restored, and parts of it fail. Nothing that was acknowledged may be lost or doubled. `cargo xtask year`
//! runs whole years.
//!
//! It is a program of its own, since it measures the memory of its process.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

mod accounts;
mod checks;
mod events;
mod figures;
mod outages;
mod platform;
mod process;
mod random;
mod schedule;
mod storage;
mod users;
mod world;

use std::{
    env,
    str::FromStr,
    time::{Duration, Instant},
};

use self::{figures::say, schedule::simulate, storage::SERVER};

/// The seeds that failed once. `cargo xtask year` prints the seed of a failed run.
const PINNED: [u64; 1] = [20_260_119];
/// The days of the short run.
const SHORT: u32 = 24;
const YEAR: u32 = 365;
/// The variables of the long run.
const SEED: &str = "AIR_YEAR_SEED";
const MINUTES: &str = "AIR_YEAR_MINUTES";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn some_weeks_with_each_pinned_seed_lose_nothing_and_double_nothing() {
    simulate_some_weeks().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn some_weeks_on_postgresql_lose_nothing_and_double_nothing() {
    assert!(env::var_os(SERVER).is_some(), "{SERVER} names a server");
    simulate_some_weeks().await;
}

async fn simulate_some_weeks() {
    for seed in PINNED {
        let figures = simulate(seed, SHORT, None).await;
        assert!(figures.had_each_event(), "{figures}");
    }
}

fn variable<T: FromStr>(name: &str, default: T) -> T {
    env::var(name).map_or(default, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("invalid {name}: must be a whole number"))
    })
}

/// Whole years with consecutive seeds, until the time is over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "`cargo xtask year` runs it"]
async fn years_lose_nothing_and_double_nothing() {
    let minutes = variable(MINUTES, 8);
    let end = Instant::now() + Duration::from_mins(minutes);
    let mut seed = variable(SEED, 1);
    while Instant::now() < end {
        say(&format!("seed {seed}"));
        let figures = simulate(seed, YEAR, Some(end)).await;
        say(&figures.to_string());
        seed += 1;
    }
}
