//! Calls by several callers at once, and their times.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::{Value, json};

pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The end of a measurement.
#[derive(Clone, Copy)]
pub(crate) enum Goal {
    Time(Duration),
    Calls(u64),
}

impl Goal {
    /// Whether no more call is made after this time and this number of calls.
    fn is_reached(self, time: Duration, made: u64) -> bool {
        match self {
            Self::Time(goal) => time >= goal,
            Self::Calls(goal) => made >= goal,
        }
    }
}

/// Numbers of calls, so that no two calls are equal. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct Numbers(Arc<AtomicU64>);

impl Numbers {
    fn take(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn taken(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The times of calls.
#[derive(Default)]
pub(crate) struct Times {
    waits: Vec<Duration>,
    whole: Duration,
}

impl Times {
    /// Calls a second.
    pub(crate) fn rate(&self) -> f64 {
        let count = u32::try_from(self.waits.len()).unwrap_or(u32::MAX);
        f64::from(count) / self.whole.as_secs_f64()
    }

    /// Adds the calls of a later run.
    pub(crate) fn add(&mut self, later: Self) {
        self.waits.extend(later.waits);
        self.whole += later.whole;
    }

    pub(crate) fn report(&self) -> Value {
        let mut waits = self.waits.clone();
        waits.sort_unstable();
        let at = |share: usize| {
            let index = waits.len().saturating_sub(1) * share / 1_000;
            waits.get(index).map(Duration::as_micros)
        };
        json!({
            "calls": waits.len(),
            "perSecond": self.rate(),
            "microseconds": { "p50": at(500), "p99": at(990), "worst": at(1_000) },
        })
    }
}

/// Makes calls by this number of callers at once, each with this pause between two of its calls. Fails with the first
/// call that fails.
pub(crate) async fn call_all<C, F>(
    callers: usize,
    goal: Goal,
    pause: Duration,
    numbers: Numbers,
    call: C,
) -> Result<Times, Failure>
where
    C: Fn(u64) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<(), Failure>> + Send + 'static,
{
    let (begun, first) = (Instant::now(), numbers.taken());
    let tasks: Vec<_> = (0..callers)
        .map(|_| {
            let (numbers, call) = (numbers.clone(), call.clone());
            tokio::spawn(async move {
                let mut waits = Vec::new();
                loop {
                    let number = numbers.take();
                    if goal.is_reached(begun.elapsed(), number - first) {
                        return Ok::<_, Failure>(waits);
                    }
                    let asked = Instant::now();
                    call(number).await?;
                    waits.push(asked.elapsed());
                    if !pause.is_zero() {
                        tokio::time::sleep(pause).await;
                    }
                }
            })
        })
        .collect();
    let mut times = Times::default();
    for task in tasks {
        times.waits.extend(task.await??);
    }
    times.whole = begun.elapsed();
    Ok(times)
}
