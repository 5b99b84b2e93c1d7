//! Measures how many credentials a platform on this machine issues to wallets in a second
//! (OpenID4VCI), one or ten in a request, beside issuance on behalf on the same store in the same
//! run, and how long a wallet waits for the whole pre-authorized flow.
//!
//! `cargo run --release -p air-sandbox --example wallet_load -- [REQUESTS] [CALLERS] [postgres://…]`
//!
//! The work of callers and wallets is done before or after a measurement where it can be: keys are
//! generated before it, signatures are made before it except those of the whole flow, and responses
//! with credentials are read after it. The platform is a process of its own.

mod requests;
mod wallets;

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, Command, Stdio},
    sync::Arc,
};

use air_sandbox::{Config, Data, Platform};
use serde_json::{Value, json};

use self::{
    requests::{run_flows, send_all},
    wallets::LoadEnv,
};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The number of proofs in a request for a batch.
const BATCH: usize = 10;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let argument = |index: usize| {
        arguments
            .get(index)
            .map(String::as_str)
            .filter(|text| !text.is_empty())
    };
    if let (Some("platform"), Some(store)) = (argument(0), argument(1)) {
        return serve(store).await;
    }
    let requests = argument(0).unwrap_or("2000").parse()?;
    let callers = argument(1).unwrap_or("16").parse()?;
    measure(requests, callers, argument(2)).await
}

/// Runs the platform, on a PostgreSQL database or in a folder, until stdin ends.
async fn serve(store: &str) -> Result<(), Failure> {
    let mut config = Config::default();
    config.data = if store.starts_with("postgres") {
        Data::Postgres(store.parse()?)
    } else {
        Data::Folder(store.into())
    };
    let platform = Platform::start(config).await?;
    let ready = json!({ "url": platform.url(), "operatorToken": platform.operator_token() });
    writeln!(std::io::stdout(), "{ready}")?;
    tokio::task::spawn_blocking(|| std::io::stdin().lines().count()).await?;
    platform.stop().await?;
    Ok(())
}

async fn measure(requests: usize, callers: usize, database: Option<&str>) -> Result<(), Failure> {
    let folder = std::env::temp_dir().join(format!("air-wallet-load-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let store = database.map_or_else(|| folder.display().to_string(), ToOwned::to_owned);
    let (server, ready) = Server::start(&store)?;
    let env = Arc::new(LoadEnv::set_up(&ready).await?);

    let mut prepared = Vec::new();
    for number in 0..requests {
        prepared.push(env.on_behalf(number)?);
    }
    let on_behalf = send_all(prepared, callers).await?.times;
    let single = env.credential_requests(requests, 1).await?;
    let (single, single_cost) = server.timed(send_all(single, callers)).await;
    let single = single?.checked(1)?;
    let batches = env.credential_requests(requests / BATCH, BATCH).await?;
    let (batches, batch_cost) = server.timed(send_all(batches, callers)).await;
    let batches = batches?.checked(BATCH)?;
    let flows = run_flows(&env, requests / callers, callers).await?;

    let report = json!({
        "callers": callers,
        "onBehalf": on_behalf.report(1),
        "single": single.report(1),
        "batchOfTen": batches.report(BATCH),
        "flow": flows.report(1),
        "processorMicroseconds": {
            "single": single_cost.map(|cost| cost * 1e6 / single.credentials(1)),
            "batchOfTen": batch_cost.map(|cost| cost * 1e6 / batches.credentials(BATCH)),
        },
        "singleToOnBehalf": single.rate(1) / on_behalf.rate(1),
        "batchToSingle": batches.rate(BATCH) / single.rate(1),
    });
    writeln!(std::io::stdout(), "{report:#}")?;
    drop(server);
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

/// The platform's process.
struct Server(Child);

impl Server {
    fn start(store: &str) -> Result<(Self, Value), Failure> {
        let mut process = Command::new(std::env::current_exe()?)
            .args(["platform", store])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut ready = String::new();
        let output = process.stdout.as_mut().ok_or("no output")?;
        BufReader::new(output).read_line(&mut ready)?;
        Ok((Self(process), serde_json::from_str(&ready)?))
    }

    /// Runs some work, and returns the processor time in seconds that the platform and this process took for it, if the
    /// system tells it.
    async fn timed<T>(&self, work: impl Future<Output = T>) -> (T, Option<f64>) {
        let used = || Some(processor_time(self.0.id())? + processor_time(std::process::id())?);
        let before = used();
        let done = work.await;
        (done, used().zip(before).map(|(after, before)| after - before))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// Returns the processor time of a process in seconds, on Linux (proc(5): user and system time in hundredths).
fn processor_time(process: u32) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    let mut times = fields.split_whitespace().skip(11).map(str::parse::<f64>);
    Some((times.next()?.ok()? + times.next()?.ok()?) / 100.0)
}
