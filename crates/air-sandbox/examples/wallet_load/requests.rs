//! Concurrent requests and flows, and their times.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use reqwest::RequestBuilder;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::{
    Failure,
    wallets::{LoadEnv, Wallet, answered, generate, succeeded},
};

/// The times of requests, in order of their length, and of all together.
pub(crate) struct Times {
    waits: Vec<Duration>,
    whole: Duration,
}

impl Times {
    fn new(mut waits: Vec<Duration>, whole: Duration) -> Self {
        waits.sort_unstable();
        Self { waits, whole }
    }

    /// The number of credentials, if each request has so many.
    pub(crate) fn credentials(&self, each: usize) -> f64 {
        f64::from(u32::try_from(self.waits.len() * each).unwrap_or(u32::MAX))
    }

    /// Credentials in a second, if each request has so many.
    pub(crate) fn rate(&self, each: usize) -> f64 {
        self.credentials(each) / self.whole.as_secs_f64()
    }

    pub(crate) fn report(&self, each: usize) -> Value {
        let at = |share: usize| {
            let index = self.waits.len().saturating_sub(1) * share / 1000;
            self.waits.get(index).map(Duration::as_micros)
        };
        json!({
            "credentials": self.waits.len() * each,
            "perSecond": self.rate(each),
            "microseconds": { "p50": at(500), "p99": at(990), "worst": at(1000) },
        })
    }
}

/// The times of requests, and their responses.
pub(crate) struct Responses {
    pub(crate) times: Times,
    bodies: Vec<Vec<u8>>,
}

impl Responses {
    /// Checks that each response has so many credentials.
    pub(crate) fn checked(self, credentials: usize) -> Result<Times, Failure> {
        for body in &self.bodies {
            let body: Value = serde_json::from_slice(body)?;
            let received = body.get("credentials").and_then(Value::as_array).map(Vec::len);
            if received != Some(credentials) {
                return Err(format!("{received:?} instead of {credentials} credentials").into());
            }
        }
        Ok(self.times)
    }
}

/// Sends requests by so many callers at once.
pub(crate) async fn send_all(requests: Vec<RequestBuilder>, callers: usize) -> Result<Responses, Failure> {
    let mut parts: Vec<Vec<RequestBuilder>> = Vec::new();
    parts.resize_with(callers, Vec::new);
    for (index, request) in requests.into_iter().enumerate() {
        if let Some(part) = parts.get_mut(index % callers) {
            part.push(request);
        }
    }
    let begun = Instant::now();
    let tasks: Vec<_> = parts
        .into_iter()
        .map(|part| {
            tokio::spawn(async move {
                let mut received = Vec::with_capacity(part.len());
                for request in part {
                    let asked = Instant::now();
                    let body = succeeded(request).await?.bytes().await?;
                    received.push((asked.elapsed(), body.to_vec()));
                }
                Ok::<_, Failure>(received)
            })
        })
        .collect();
    let (received, whole) = joined(begun, tasks).await?;
    let (waits, bodies) = received.into_iter().unzip();
    Ok(Responses {
        times: Times::new(waits, whole),
        bodies,
    })
}

/// Runs the whole flow by so many wallets at once: token, nonce, credential. The offers are made and the keys are
/// generated before.
pub(crate) async fn run_flows(env: &Arc<LoadEnv>, each: usize, callers: usize) -> Result<Times, Failure> {
    let mut offers = Vec::new();
    for number in 0..callers * each {
        let offer = env.offer(&format!("flow{number}@example.com")).await?;
        offers.push((offer, generate(), [generate()]));
    }
    let begun = Instant::now();
    let mut tasks = Vec::new();
    for _ in 0..callers {
        let part = offers.split_off(offers.len().saturating_sub(each));
        let env = env.clone();
        tasks.push(tokio::spawn(async move {
            let mut waits = Vec::with_capacity(part.len());
            for (offer, key, keys) in part {
                let asked = Instant::now();
                let wallet = Wallet::redeem(&env, &offer, key).await?;
                let nonces = env.nonces().await?;
                answered(wallet.request(&env, &nonces, &keys)?).await?;
                waits.push(asked.elapsed());
            }
            Ok::<_, Failure>(waits)
        }));
    }
    let (waits, whole) = joined(begun, tasks).await?;
    Ok(Times::new(waits, whole))
}

/// Returns the results of all tasks, and the time that they took together.
async fn joined<T>(
    begun: Instant,
    tasks: Vec<JoinHandle<Result<Vec<T>, Failure>>>,
) -> Result<(Vec<T>, Duration), Failure> {
    let mut results = Vec::new();
    for task in tasks {
        results.extend(task.await??);
    }
    Ok((results, begun.elapsed()))
}
