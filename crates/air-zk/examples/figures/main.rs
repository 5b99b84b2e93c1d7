//! Times and sizes of presentations with 1, 3 and 8 conditions over 14 attributes, beside the underlying crates alone:
//! `cargo run --example figures`.
#![expect(clippy::print_stdout, reason = "the figures are its output")]
#![expect(clippy::disallowed_methods, reason = "it measures time")]

use std::time::{Duration, Instant};

use air_ids::{IssuerDid, SchemaId, UnixTime, VcId};
use air_schema::CredentialSchema;
use air_zk::{
    Condition, Credential, CredentialScheme, EpochSchedule, EpochToken, HolderSecret, IssuerKey, Predicate,
    Presentation, Request, SchemaLayout,
};
use serde_json::{Map, Value, json};

mod peer;

const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);
const ATTRIBUTES: usize = 14;
const ROUNDS: usize = 21;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let env = TestEnv::new()?;
    let peer = peer::Peer::new();
    println!("{:34} {:>9} {:>9} {:>7}", "", "prove", "verify", "bytes");
    let mut times = [Vec::new(), Vec::new()];
    let mut size = 0;
    for _ in 0..ROUNDS {
        let (proof, proving) = time(|| peer.prove());
        let (verified, verifying) = time(|| peer.verify(&proof));
        assert!(verified, "the peer's proof verifies");
        size = proof.size();
        times[0].push(proving);
        times[1].push(verifying);
    }
    let [prove, verify] = times.map(median);
    line("the crates alone, one condition", prove, verify, size);
    for count in [1, 3, 8] {
        let request = request(count)?;
        let mut times = [Vec::new(), Vec::new()];
        let mut size = 0;
        for _ in 0..ROUNDS {
            let (presentation, proving) = time(|| env.present(&request));
            let presentation = presentation?;
            let (verified, verifying) = time(|| presentation.verify(&env.scheme, &request, NOW));
            verified?;
            size = presentation.as_bytes().len();
            times[0].push(proving);
            times[1].push(verifying);
        }
        let [prove, verify] = times.map(median);
        line(&format!("air-zk, conditions: {count}"), prove, verify, size);
    }
    Ok(())
}

struct TestEnv {
    scheme: CredentialScheme,
    credential: Credential,
    token: EpochToken,
}

impl TestEnv {
    fn new() -> Result<Self, Box<dyn std::error::Error>> {
        let rng = &mut rand::rng();
        let names = (0..ATTRIBUTES).map(|number| format!("a{number}"));
        let attributes: Vec<Value> = names
            .clone()
            .map(|name| json!({ "name": name, "type": "integer" }))
            .collect();
        let form = json!({ "title": "Numbers", "attributes": attributes });
        let schema = CredentialSchema::from_slice(form.to_string().as_bytes())?;
        let layout = SchemaLayout::new(SchemaId::new("numbers")?, &schema, &[])?;
        let key = IssuerKey::generate(rng);
        let schedule = EpochSchedule::new(Duration::from_hours(24))?;
        let scheme = CredentialScheme::new(
            key.public_key(),
            IssuerDid::new("did:web:issuer.example")?,
            layout,
            schedule,
        )?;
        let secret = HolderSecret::generate(rng);
        let commitment = secret.commit(&scheme, &[1; 16], rng)?;
        let subject: Map<String, Value> = names.map(|name| (name, json!(19_900_501))).collect();
        let id = VcId::new("c-1")?;
        let issued = scheme.issue(&key, (&commitment, &[1; 16]), &id, &subject, rng)?;
        let token = scheme.issue_token(&key, issued.revocation_nonce(), schedule.epoch_at(NOW), rng)?;
        let credential = Credential::new(&scheme, &issued, &id, &subject, &secret)?;
        Ok(Self {
            scheme,
            credential,
            token,
        })
    }

    fn present(&self, request: &Request) -> Result<Presentation, air_zk::Error> {
        Presentation::new(
            &self.scheme,
            &self.credential,
            &self.token,
            request,
            &mut rand::rng(),
        )
    }
}

fn request(conditions: usize) -> Result<Request, air_zk::Error> {
    let request = Request::new("did:web:verifier.example", "program", &[2; 32], NOW)?;
    let condition = |number| Condition::new(format!("a{number}"), Predicate::Less(json!(20_081_130)));
    Ok((0..conditions).map(condition).fold(request, Request::prove))
}

fn time<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn line(name: &str, prove: Duration, verify: Duration, size: usize) {
    let millis = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1000.0);
    println!("{name:34} {:>9} {:>9} {size:>7}", millis(prove), millis(verify));
}
