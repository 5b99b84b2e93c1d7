//! Issues on behalf as fast as a platform on this machine takes it, every credential durable before
//! it is acknowledged, and says how fast that was. The platform is a process of its own, so that
//! its memory is its own.
//!
//! `cargo run --release -p air-client --example load -- [SECONDS | THOUSANDSk] [CALLERS] [postgres://…] [http://…]`:
//! for so long, or so many. With the URL of a development chain's node, the ledger's checkpoints go
//! to that chain.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};

use air_api::sandbox::{Seed, Seeded};
use air_client::{AirClient, Environment, prelude::*};
use air_jwt::{JwkSet, PartnerToken, SigningKey, UnixTime};
use air_sandbox::{
    Config, Data, Platform,
    chain::{ChainSettings, ChainSigner, Finality},
};
use serde_json::{Map, Value, json};

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        ["platform", store, chain @ ..] => serve(store, chain.first().copied()).await,
        rest => {
            let goal = Goal::parse(rest.first().unwrap_or(&"60"))?;
            let callers = rest.get(1).map_or(Ok(64), |callers| callers.parse())?;
            let given = |place| rest.get(place).copied().filter(|url: &&str| !url.is_empty());
            measure(goal, callers, given(2), given(3)).await
        }
    }
}

/// For how long, or how many.
#[derive(Clone, Copy)]
enum Goal {
    Time(Duration),
    Credentials(u64),
}

impl Goal {
    fn parse(text: &str) -> Result<Self, Failure> {
        Ok(match text.strip_suffix('k') {
            Some(thousands) => Self::Credentials(thousands.parse::<u64>()? * 1000),
            None => Self::Time(Duration::from_secs(text.parse()?)),
        })
    }

    /// Whether one more is to be issued, after this time, when so many were begun.
    fn is_reached(self, time: Duration, begun: u64) -> bool {
        match self {
            Self::Time(goal) => time >= goal,
            Self::Credentials(goal) => begun >= goal,
        }
    }
}

/// The platform, on a PostgreSQL database or in a folder: until stdin ends.
async fn serve(store: &str, chain: Option<&str>) -> Result<(), Failure> {
    let mut config = Config::default();
    config.data = if store.starts_with("postgres") {
        Data::Postgres(store.parse()?)
    } else {
        Data::Folder(store.into())
    };
    if let Some(rpc) = chain {
        config = config.chain(settings(rpc)?);
    }
    let platform = Platform::start(config).await?;
    writeln!(std::io::stdout(), "{}", platform.url())?;
    tokio::task::spawn_blocking(|| std::io::stdin().lines().count()).await?;
    platform.stop().await?;
    Ok(())
}

/// The defaults of `air sandbox up --chain` for a development chain.
fn settings(rpc: &str) -> Result<ChainSettings, Failure> {
    // The first account of development chains, which has coins.
    let key = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
    let key: Vec<u8> = (0..key.len())
        .step_by(2)
        .filter_map(|place| u8::from_str_radix(key.get(place..place + 2)?, 16).ok())
        .collect();
    let key: [u8; 32] = key.as_slice().try_into()?;
    Ok(ChainSettings {
        rpc: rpc.to_owned(),
        signer: ChainSigner::Key(air_ledger::evm::transaction::SigningKey::from_bytes(&key)?),
        contract: None,
        every: Duration::from_secs(15),
        finality: Finality::Depth(1),
        max_fee: None,
    })
}

async fn measure(
    goal: Goal,
    callers: usize,
    database: Option<&str>,
    chain: Option<&str>,
) -> Result<(), Failure> {
    let folder = std::env::temp_dir().join(format!("air-load-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let server = match database {
        Some(url) => Server::start(url, chain)?,
        None => Server::start(&folder.display().to_string(), chain)?,
    };
    let partner = Partner::set_up(&server.url).await?;
    let (partner, next) = (Arc::new(partner), Arc::new(AtomicU64::new(0)));
    let (begun, mut samples) = (Instant::now(), vec![Sample::take(&server, 0)]);
    let tasks: Vec<_> = (0..callers)
        .map(|_| {
            let (partner, next) = (partner.clone(), next.clone());
            tokio::spawn(async move {
                let mut waits = Vec::new();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if goal.is_reached(begun.elapsed(), number) {
                        return Ok::<_, Failure>(waits);
                    }
                    let asked = Instant::now();
                    partner.issue(number).await?;
                    waits.push(asked.elapsed());
                }
            })
        })
        .collect();
    while !tasks.iter().all(tokio::task::JoinHandle::is_finished) {
        tokio::time::sleep(Duration::from_secs(1)).await;
        samples.push(Sample::take(&server, next.load(Ordering::Relaxed)));
    }
    let mut waits = Vec::new();
    for task in tasks {
        waits.extend(task.await??);
    }
    let seconds = begun.elapsed().as_secs_f64();
    waits.sort_unstable();
    let at = |share: usize| {
        let wait = waits.get((waits.len() - 1) * share / 1000);
        wait.map(Duration::as_micros)
    };
    let memory: Vec<_> = samples.iter().map(|sample| sample.resident).collect();
    let report = json!({
        "issued": waits.len(),
        "seconds": seconds,
        "perSecond": f64::from(u32::try_from(waits.len())?) / seconds,
        "callers": callers,
        "microseconds": { "p50": at(500), "p99": at(990), "p999": at(999), "worst": at(1000) },
        "platformKiB": { "begin": memory.first(), "end": memory.last(), "most": memory.iter().max() },
        "memory": tenths(&samples, next.load(Ordering::Relaxed)),
    });
    writeln!(std::io::stdout(), "{report:#}")?;
    drop(server);
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

/// The platform's memory after a number of calls, in KiB, where the system tells (Linux).
#[derive(Clone, Copy)]
struct Sample {
    calls: u64,
    resident: Option<u64>,
    /// Without the pages of files, such as the program itself and the index of SQLite's log.
    anonymous: Option<u64>,
}

impl Sample {
    fn take(server: &Server, calls: u64) -> Self {
        Self {
            calls,
            resident: server.memory("VmRSS:"),
            anonymous: server.memory("RssAnon:"),
        }
    }
}

/// The first samples after each tenth of all calls, from none to all.
fn tenths(samples: &[Sample], all: u64) -> Vec<Value> {
    let tenth = |number: u64| samples.iter().find(|sample| sample.calls >= all * number / 10);
    let described = |sample: &Sample| json!({ "calls": sample.calls, "residentKiB": sample.resident, "anonymousKiB": sample.anonymous });
    (0..=10).filter_map(tenth).map(described).collect()
}

/// The platform's process.
struct Server {
    process: Child,
    url: String,
}

impl Server {
    fn start(store: &str, chain: Option<&str>) -> Result<Self, Failure> {
        let mut process = Command::new(std::env::current_exe()?)
            .arg("platform")
            .arg(store)
            .args(chain)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut url = String::new();
        let output = process.stdout.as_mut().ok_or("no output")?;
        BufReader::new(output).read_line(&mut url)?;
        Ok(Self {
            process,
            url: url.trim().to_owned(),
        })
    }

    /// A line of its status in KiB.
    fn memory(&self, name: &str) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse().ok()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// The partner that issues.
struct Partner {
    client: AirClient,
    key: SigningKey,
    ids: Seeded,
}

impl Partner {
    async fn set_up(url: &str) -> Result<Self, Failure> {
        let key = SigningKey::generate(&mut rand::rng());
        let seed: Seed = serde_json::from_value(json!({
            "partner": { "name": "Zenith", "jwksUrl": publish(&key).await?, "issueOnBehalf": true },
            "schemas": [{ "key": "kyc", "title": "KYC", "attributes": [
                { "name": "isOver18", "type": "boolean", "required": true },
                { "name": "country", "type": "string", "required": true },
                { "name": "riskScore", "type": "integer", "required": true, "minimum": 0, "maximum": 100 },
                { "name": "checkedOn", "type": "date", "required": true },
            ] }],
            "programs": [{ "key": "kyc", "schema": "kyc", "expiration": "1y", "publish": true }],
        }))?;
        let client = AirClient::builder(Environment::at(url)?).build()?;
        let ids = client.local().seed(&seed).await?;
        Ok(Self { client, key, ids })
    }

    /// To somebody who has nothing yet.
    async fn issue(&self, number: u64) -> Result<(), Failure> {
        let now = UnixTime::from_system_time(SystemTime::now());
        let email = format!("user{number}@example.com").parse()?;
        let token = PartnerToken::issue_on_behalf(self.ids.partner_id.as_str().parse()?, email);
        let token = token.sign(&self.key, now)?;
        let order = IssueOnBehalf {
            issuer_did: self.ids.issuer_did.clone(),
            program: self.ids.programs.get("kyc").ok_or("no program")?.clone(),
            credential_subject: subject(number),
            on_duplicate: OnDuplicate::Ignore,
        };
        self.client.issue_on_behalf(token.expose_secret(), &order).await?;
        Ok(())
    }
}

fn subject(number: u64) -> Map<String, Value> {
    let subject = [
        ("isOver18", json!(true)),
        ("country", json!("UTO")),
        ("riskScore", json!(number % 100)),
        ("checkedOn", json!("2026-01-19")),
    ];
    let named = subject.map(|(name, value)| (name.to_owned(), value));
    named.into_iter().collect()
}

/// The partner's public set, where the platform fetches it.
async fn publish(key: &SigningKey) -> Result<String, Failure> {
    let set = JwkSet::from(key.public_jwk()).to_json();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/jwks.json", listener.local_addr()?);
    let router = axum::Router::new().route("/jwks.json", axum::routing::get(move || async { set }));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(url)
}
