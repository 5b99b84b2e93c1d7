//! The rates of signatures and of signed credentials, with a key in SoftHSM and with a key in memory.

use std::{
    fs,
    path::Path,
    process::Command,
    time::{Duration, Instant, SystemTime},
};

use air_issuer::UnixTime;
use air_jwt::{Signer, SigningKey};
use air_signers::{Pkcs11Signer, Pkcs11Uri};
use air_vc::{IssueOptions, Issuer};
use serde_json::{Map, Value, json};

use crate::calls::Failure;

/// The module of Debian's package.
const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";
const CONFIGURATION: &str = "SOFTHSM2_CONF";
const TOKEN: &str = "issuer";
const PIN: &str = "1934-pin";
/// The time of each measurement.
const TIME: Duration = Duration::from_secs(5);
/// About as long as the signed part of a credential.
const MESSAGE: [u8; 800] = [b'x'; 800];

/// Creates a token, and measures in another process, since SoftHSM reads its configuration from the environment.
/// `null` without SoftHSM.
pub(crate) fn measure() -> Result<Value, Failure> {
    if !Path::new(MODULE).exists() {
        return Ok(Value::Null);
    }
    let folder = tempfile::tempdir()?;
    let [tokens, configuration, pin] =
        ["tokens", "softhsm2.conf", "pin"].map(|name| folder.path().join(name));
    fs::create_dir(&tokens)?;
    let text = format!(
        "directories.tokendir = {}\nobjectstore.backend = file\n",
        tokens.display()
    );
    fs::write(&configuration, text)?;
    fs::write(&pin, PIN)?;
    let token = ["--init-token", "--free", "--label", TOKEN, "--pin", PIN];
    run(Command::new("softhsm2-util")
        .args(token)
        .args(["--so-pin", "security-officer"])
        .env(CONFIGURATION, &configuration))?;
    let report = run(Command::new(std::env::current_exe()?)
        .arg("signatures")
        .arg(&pin)
        .env(CONFIGURATION, &configuration))?;
    Ok(serde_json::from_slice(&report)?)
}

/// The output of a command.
fn run(command: &mut Command) -> Result<Vec<u8>, Failure> {
    let output = command.output()?;
    if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into())
    }
}

/// Signs with both keys, one after the other.
pub(crate) async fn signatures(pin_file: &str) -> Result<Value, Failure> {
    let uri = Pkcs11Uri::new(TOKEN, "credentials", MODULE)?.with_pin_file(pin_file);
    Pkcs11Signer::builder(uri.clone()).generate()?;
    let hsm = Pkcs11Signer::builder(uri).open()?;
    let memory = SigningKey::generate(&mut rand::rng());
    Ok(json!({ "memory": rates(&memory).await?, "softhsm": rates(&hsm).await? }))
}

/// Signatures and credentials a second.
async fn rates(key: &impl Signer) -> Result<Value, Failure> {
    let (begun, mut signatures) = (Instant::now(), 0_u32);
    while begun.elapsed() < TIME {
        key.sign(&MESSAGE).await?;
        signatures += 1;
    }
    let signatures = f64::from(signatures) / begun.elapsed().as_secs_f64();

    let issuer = Issuer::new("did:web:issuer.example", key);
    let options = IssueOptions {
        vct: "kyc".to_owned(),
        issued_at: UnixTime::from_system_time(SystemTime::now()),
        ..IssueOptions::default()
    };
    let subject = subject();
    let mut rng = rand::rng();
    let (begun, mut credentials) = (Instant::now(), 0_u32);
    while begun.elapsed() < TIME {
        issuer.issue_with(&options, &subject, &mut rng).await?;
        credentials += 1;
    }
    let credentials = f64::from(credentials) / begun.elapsed().as_secs_f64();
    Ok(json!({ "signatures": signatures, "credentials": credentials }))
}

/// The claims of the other measurements.
fn subject() -> Map<String, Value> {
    [
        ("isOver18", json!(true)),
        ("country", json!("UTO")),
        ("riskScore", json!(7)),
        ("checkedOn", json!("2026-01-19")),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}
