//! Measures the issuer's own service on this machine: its rate beside issuance on behalf of the local platform in
//! the same run, its public routes while dStorage is slow, and its memory. Each service is a process of its own
//! with SQLite on disk, and dStorage is a stub. Prints a report as JSON.
//!
//! `cargo run --release -p air-issuer --example issuer_load -- rates [ROUNDS] [SECONDS] [CALLERS]`
//! `cargo run --release -p air-issuer --example issuer_load -- slow [SECONDS] [CALLERS]`
//! `cargo run --release -p air-issuer --example issuer_load -- memory [THOUSANDS]`
//! `cargo run --release -p air-issuer --example issuer_load -- soak [MINUTES]`
//! `cargo run --release -p air-issuer --example issuer_load -- hsm`, for signatures with SoftHSM

mod calls;
mod dstorage;
mod hsm;
mod issuer;
mod memory;
mod platform;
mod server;

use std::{
    io::Write,
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use self::{
    calls::{Failure, Goal, Numbers, Times, call_all},
    issuer::Issuer,
    memory::{Sample, tenths},
    platform::Partner,
    server::Server,
};

/// The concurrent callers of the memory measurements.
const CALLERS: usize = 16;
/// The time that a slow dStorage takes.
const SLOW: Duration = Duration::from_secs(1);
/// The concurrent callers of each public route, and their pause between two calls.
const READERS: usize = 2;
const PAUSE: Duration = Duration::from_millis(10);
/// The public routes that are measured.
const PUBLIC: [&str; 3] = ["/revocation-status/1", "/statuslist/0", "/.well-known/did.json"];

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let number = |index: usize, default: u64| arguments.get(index).map_or(Ok(default), |text| text.parse());
    let report = match arguments.as_slice() {
        ["platform", folder] => return Box::pin(platform::serve(folder)).await,
        ["issuer", folder, dstorage] => return Box::pin(issuer::serve(folder.as_ref(), dstorage)).await,
        ["signatures", pin_file] => hsm::signatures(pin_file).await?,
        ["hsm"] => hsm::measure()?,
        ["rates", ..] => {
            let time = Duration::from_secs(number(2, 20)?);
            Box::pin(rates(number(1, 10)?, time, usize::try_from(number(3, 16)?)?)).await?
        }
        ["slow", ..] => {
            let time = Duration::from_secs(number(1, 20)?);
            slow(time, usize::try_from(number(2, 64)?)?).await?
        }
        ["memory", ..] => measure_memory(Goal::Calls(number(1, 100)? * 1_000)).await?,
        ["soak", ..] => measure_memory(Goal::Time(Duration::from_mins(number(1, 60)?))).await?,
        _ => return Err("give one of: rates, slow, memory, soak, hsm".into()),
    };
    writeln!(std::io::stdout(), "{report:#}")?;
    Ok(())
}

/// Issues on behalf and through the issuer, by turns.
async fn rates(rounds: u64, time: Duration, callers: usize) -> Result<Value, Failure> {
    let folder = tempfile::tempdir()?;
    let platform = Server::start_platform(&folder.path().join("platform"))?;
    let partner = Arc::new(Partner::set_up(&platform.url).await?);
    let dstorage = dstorage::serve(Duration::ZERO).await?;
    let server = Server::start_issuer(&folder.path().join("issuer"), &dstorage)?;
    let issuer = Arc::new(Issuer::at(&server.url)?);
    let numbers = Numbers::default();
    let (mut on_behalf, mut issued) = (Times::default(), Times::default());
    let mut pairs = Vec::new();
    for round in 0..rounds {
        // The first run of a pair may be the faster one, so they take turns.
        let (first, second) = if round % 2 == 0 {
            let first = issue_on_behalf(&partner, callers, time, &numbers).await?;
            (first, issue(&issuer, callers, time, &numbers).await?)
        } else {
            let second = issue(&issuer, callers, time, &numbers).await?;
            (issue_on_behalf(&partner, callers, time, &numbers).await?, second)
        };
        pairs.push(json!({ "onBehalf": first.rate(), "issuer": second.rate() }));
        on_behalf.add(first);
        issued.add(second);
    }
    Ok(json!({
        "callers": callers,
        "seconds": time.as_secs(),
        "pairs": pairs,
        "onBehalf": on_behalf.report(),
        "issuer": issued.report(),
    }))
}

async fn issue_on_behalf(
    partner: &Arc<Partner>,
    callers: usize,
    time: Duration,
    numbers: &Numbers,
) -> Result<Times, Failure> {
    let partner = partner.clone();
    let call = move |number| {
        let partner = partner.clone();
        async move { partner.issue(number).await }
    };
    call_all(callers, Goal::Time(time), Duration::ZERO, numbers.clone(), call).await
}

async fn issue(
    issuer: &Arc<Issuer>,
    callers: usize,
    time: Duration,
    numbers: &Numbers,
) -> Result<Times, Failure> {
    let issuer = issuer.clone();
    let call = move |number| {
        let issuer = issuer.clone();
        async move { issuer.issue(number).await }
    };
    call_all(callers, Goal::Time(time), Duration::ZERO, numbers.clone(), call).await
}

/// Calls the public routes while all callers wait for dStorage.
async fn slow(time: Duration, callers: usize) -> Result<Value, Failure> {
    let folder = tempfile::tempdir()?;
    let dstorage = dstorage::serve(SLOW).await?;
    let server = Server::start_issuer(folder.path(), &dstorage)?;
    let issuer = Arc::new(Issuer::at(&server.url)?);
    let numbers = Numbers::default();
    let read = |path: &'static str| {
        let issuer = issuer.clone();
        let call = move |_| {
            let issuer = issuer.clone();
            async move { issuer.read(path).await }
        };
        call_all(READERS, Goal::Time(time), PAUSE, Numbers::default(), call)
    };
    let [status, list, document] = PUBLIC.map(read);
    let (issued, status, list, document) =
        tokio::join!(issue(&issuer, callers, time, &numbers), status, list, document);
    let read: serde_json::Map<String, Value> = PUBLIC
        .into_iter()
        .zip([status?, list?, document?])
        .map(|(path, times)| (path.to_owned(), times.report()))
        .collect();
    Ok(json!({ "callers": callers, "issuer": issued?.report(), "public": read }))
}

/// Samples the issuer's memory while it issues.
async fn measure_memory(goal: Goal) -> Result<Value, Failure> {
    let folder = tempfile::tempdir()?;
    let dstorage = dstorage::serve(Duration::ZERO).await?;
    let server = Server::start_issuer(folder.path(), &dstorage)?;
    let issuer = Arc::new(Issuer::at(&server.url)?);
    let numbers = Numbers::default();
    let begun = Instant::now();
    let mut samples = vec![Sample::take(&server, begun.elapsed(), 0)];
    let call = move |number| {
        let issuer = issuer.clone();
        async move { issuer.issue(number).await }
    };
    let calls = tokio::spawn(call_all(CALLERS, goal, Duration::ZERO, numbers.clone(), call));
    while !calls.is_finished() {
        tokio::time::sleep(Duration::from_secs(1)).await;
        samples.push(Sample::take(&server, begun.elapsed(), numbers.taken()));
    }
    let issued = calls.await??;
    Ok(json!({ "callers": CALLERS, "issuer": issued.report(), "memory": tenths(&samples) }))
}
