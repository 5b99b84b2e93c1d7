//! Measures how many credentials a platform on this machine issues to wallets in a second
//! (OpenID4VCI), one or ten in a request, beside issuance on behalf on the same store in the same
//! run, and how long a wallet waits for the whole pre-authorized flow.
//!
//! `cargo run --release -p air-sandbox --example wallet_load -- [REQUESTS] [CALLERS] [postgres://…]`
//!
//! The work of callers and wallets is done before or after a measurement where it can be: keys are
//! generated before it, signatures are made before it except those of the whole flow, and responses
//! with credentials are read after it. The platform is a process of its own.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use air_jwt::{JwkSet, PartnerToken, SigningKey, dpop};
use air_oid4vc::vci::{IssuerId, OfferLink, ProofKey, ProofOptions, TokenRequest, prove};
use air_sandbox::{Config, Data, Platform, UnixTime};
use reqwest::{Client, RequestBuilder, Response, header::HeaderName};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

type Failure = Box<dyn std::error::Error + Send + Sync>;

const PARTNER_AUTH: HeaderName = HeaderName::from_static("x-partner-auth");
const DPOP: HeaderName = HeaderName::from_static("dpop");
const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");
/// The number of credentials for one offer, below the platform's limit of 128.
const FOR_AN_OFFER: usize = 100;
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
    let single = send_all(single, callers).await?.checked(1)?;
    let batches = env.credential_requests(requests / BATCH, BATCH).await?;
    let batches = send_all(batches, callers).await?.checked(BATCH)?;
    let flows = run_flows(&env, requests / callers, callers).await?;

    let report = json!({
        "callers": callers,
        "onBehalf": on_behalf.report(1),
        "single": single.report(1),
        "batchOfTen": batches.report(BATCH),
        "flow": flows.report(1),
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
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// The times of requests, in order of their length, and of all together.
struct Times {
    waits: Vec<Duration>,
    whole: Duration,
}

impl Times {
    fn new(mut waits: Vec<Duration>, whole: Duration) -> Self {
        waits.sort_unstable();
        Self { waits, whole }
    }

    /// Credentials in a second, if each request has so many.
    fn rate(&self, each: usize) -> f64 {
        let count = u32::try_from(self.waits.len() * each).unwrap_or(u32::MAX);
        f64::from(count) / self.whole.as_secs_f64()
    }

    fn report(&self, each: usize) -> Value {
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
struct Responses {
    times: Times,
    bodies: Vec<Vec<u8>>,
}

impl Responses {
    /// Checks that each response has so many credentials.
    fn checked(self, credentials: usize) -> Result<Times, Failure> {
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
async fn send_all(requests: Vec<RequestBuilder>, callers: usize) -> Result<Responses, Failure> {
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
async fn run_flows(env: &Arc<LoadEnv>, each: usize, callers: usize) -> Result<Times, Failure> {
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

/// Sends a request that must succeed.
async fn succeeded(request: RequestBuilder) -> Result<Response, Failure> {
    let response: Response = request.send().await?;
    let status = response.status();
    if !status.is_success() {
        return Err(format!("{status}: {}", response.text().await?).into());
    }
    Ok(response)
}

/// Sends a request that must succeed, and reads its answer.
async fn answered(request: RequestBuilder) -> Result<Value, Failure> {
    let text = succeeded(request).await?.text().await?;
    Ok(serde_json::from_str(&text)?)
}

fn generate() -> SigningKey {
    SigningKey::generate(&mut rand::rng())
}

fn now() -> UnixTime {
    UnixTime::from_system_time(SystemTime::now())
}

/// A partner of the platform, and the HTTP client of its callers and wallets.
struct LoadEnv {
    http: Client,
    url: String,
    issuer: IssuerId,
    key: SigningKey,
    ids: Value,
}

struct Nonces {
    credential: String,
    dpop: String,
}

impl LoadEnv {
    async fn set_up(ready: &Value) -> Result<Self, Failure> {
        let text = |name: &str| ready.get(name).and_then(Value::as_str).unwrap_or_default();
        let (http, url, key) = (Client::new(), text("url"), generate());
        let seed = json!({
            "partner": { "name": "Zenith", "jwksUrl": publish(&key).await?, "issueOnBehalf": true },
            "schemas": [{ "key": "kyc", "title": "KYC", "attributes": [
                { "name": "isOver18", "type": "boolean", "required": true },
                { "name": "country", "type": "string", "required": true },
                { "name": "riskScore", "type": "integer", "required": true, "minimum": 0, "maximum": 100 },
                { "name": "checkedOn", "type": "date", "required": true },
            ] }],
            "programs": [{ "key": "kyc", "schema": "kyc", "expiration": "1y", "publish": true }],
        });
        let request = http
            .post(format!("{url}/sandbox/v1/seed"))
            .bearer_auth(text("operatorToken"));
        let ids = answered(request.json(&seed)).await?;
        let partner_id = ids.get("partnerId").and_then(Value::as_str).unwrap_or_default();
        Ok(Self {
            issuer: format!("{url}/oid4vc/{partner_id}").parse()?,
            url: url.to_owned(),
            http,
            key,
            ids,
        })
    }

    fn program(&self) -> Result<&str, Failure> {
        let program = self.ids.pointer("/programs/kyc").and_then(Value::as_str);
        Ok(program.ok_or("no program")?)
    }

    /// A call on behalf of a user.
    fn call(&self, path: &str, email: &str) -> Result<RequestBuilder, Failure> {
        let partner_id = self
            .ids
            .get("partnerId")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let token =
            PartnerToken::issue_on_behalf(partner_id.parse()?, email.parse()?).sign(&self.key, now())?;
        let order = json!({
            "issuerDid": self.ids.get("issuerDid"),
            "credentialId": self.program()?,
            "credentialSubject": { "isOver18": true, "country": "UTO", "riskScore": 12, "checkedOn": "2026-01-19" },
            "onDuplicate": "ignore",
        });
        let request = self.http.post(format!("{}{path}", self.url));
        Ok(request.header(PARTNER_AUTH, token.expose_secret()).json(&order))
    }

    /// An issuance on behalf of somebody who has nothing yet.
    fn on_behalf(&self, number: usize) -> Result<RequestBuilder, Failure> {
        self.call(
            "/v1/credentials/issue-on-behalf",
            &format!("user{number}@example.com"),
        )
    }

    /// The link of a new offer, by value.
    async fn offer(&self, email: &str) -> Result<String, Failure> {
        let created = answered(self.call("/sandbox/v1/offers", email)?).await?;
        let link = created.get("urlByValue").and_then(Value::as_str);
        Ok(link.ok_or("no link")?.to_owned())
    }

    async fn nonces(&self) -> Result<Nonces, Failure> {
        let response = self.http.post(format!("{}/nonce", self.issuer)).send().await?;
        let dpop = response.headers().get(DPOP_NONCE).ok_or("no DPoP-Nonce")?;
        let dpop = dpop.to_str()?.to_owned();
        let body: Value = response.json().await?;
        let credential = body.get("c_nonce").and_then(Value::as_str).ok_or("no c_nonce")?;
        Ok(Nonces {
            credential: credential.to_owned(),
            dpop,
        })
    }

    /// Credential requests of wallets that have redeemed an offer, with so many proofs each.
    async fn credential_requests(&self, count: usize, each: usize) -> Result<Vec<RequestBuilder>, Failure> {
        let for_an_offer = (FOR_AN_OFFER / each).max(1);
        let mut requests = Vec::with_capacity(count);
        let mut wallet = None;
        for number in 0..count {
            if number % for_an_offer == 0 {
                let offer = self.offer(&format!("wallet{each}-{number}@example.com")).await?;
                wallet = Some(Wallet::redeem(self, &offer, generate()).await?);
            }
            let wallet: &Wallet = wallet.as_ref().ok_or("no wallet")?;
            let keys: Vec<_> = (0..each).map(|_| generate()).collect();
            requests.push(wallet.request(self, &self.nonces().await?, &keys)?);
        }
        Ok(requests)
    }
}

/// A wallet that has redeemed an offer.
struct Wallet {
    key: SigningKey,
    access_token: String,
}

impl Wallet {
    async fn redeem(env: &LoadEnv, link: &str, key: SigningKey) -> Result<Self, Failure> {
        let OfferLink::Offer(offer) = OfferLink::parse(link)? else {
            return Err("the offer is not by value".into());
        };
        let grant = offer.pre_authorized_code.ok_or("no pre-authorized code")?;
        let nonces = env.nonces().await?;
        let url = format!("{}/token", env.issuer);
        let proof =
            dpop::Proof::new("POST", &url)?
                .with_nonce(&nonces.dpop)
                .sign(&key, now(), &mut rand::rng());
        let request = env
            .http
            .post(url)
            .header("content-type", "application/x-www-form-urlencoded")
            .header(DPOP, proof)
            .body(TokenRequest::for_grant(&grant, None)?.to_form());
        let answer = answered(request).await?;
        let access_token = answer.get("access_token").and_then(Value::as_str);
        Ok(Self {
            key,
            access_token: access_token.ok_or("no access token")?.to_owned(),
        })
    }

    /// A credential request with a proof of each key.
    fn request(
        &self,
        env: &LoadEnv,
        nonces: &Nonces,
        keys: &[SigningKey],
    ) -> Result<RequestBuilder, Failure> {
        let (url, now) = (format!("{}/credential", env.issuer), now());
        let options = ProofOptions {
            issuer: &env.issuer,
            now,
            nonce: Some(&nonces.credential),
            client_id: None,
            key: ProofKey::Jwk,
        };
        let proofs = keys.iter().map(|key| prove(key, &options));
        let body = json!({
            "credential_configuration_id": env.program()?,
            "proofs": { "jwt": proofs.collect::<Vec<_>>() },
        });
        let proof = dpop::Proof::new("POST", &url)?
            .with_access_token(&self.access_token)
            .with_nonce(&nonces.dpop)
            .sign(&self.key, now, &mut rand::rng());
        let request = env.http.post(url).header(DPOP, proof);
        let request = request.header("authorization", format!("DPoP {}", self.access_token));
        Ok(request.json(&body))
    }
}

/// Serves the partner's public keys, which the platform fetches.
#[expect(clippy::disallowed_methods, reason = "the partner's own server")]
async fn publish(key: &SigningKey) -> Result<String, Failure> {
    let set = JwkSet::from(key.public_jwk()).to_json();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/jwks.json", listener.local_addr()?);
    let router = axum::Router::new().route("/jwks.json", axum::routing::get(move || async { set }));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(url)
}
