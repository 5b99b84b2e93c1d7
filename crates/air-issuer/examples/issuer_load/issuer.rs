//! The issuer's service, and calls to it.

use std::{fs, io::Write, path::Path};

use air_crypto::holder::HolderPrivateKey;
use air_issuer::{Config, Environment, IssuerService};
use air_jwt::{JwkSet, KeyForm, SigningKey};
use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::calls::Failure;

const API_KEY: &str = "0123456789abcdef0123456789abcdef";
const ADMIN_KEY: &str = "fedcba9876543210fedcba9876543210";
/// The claims of the credentials on behalf, too.
const SCHEMA: &str = r#"{
    "title": "KYC",
    "attributes": [
        { "name": "isOver18", "type": "boolean", "required": true },
        { "name": "country", "type": "string", "required": true },
        { "name": "riskScore", "type": "integer", "required": true, "minimum": 0, "maximum": 100 },
        { "name": "checkedOn", "type": "date", "required": true }
    ]
}"#;
const TABLE: &str = r#"{"userId":"user-1","credentialSubject":{"isOver18":true,"country":"UTO","riskScore":7,"checkedOn":"2026-01-19"}}
"#;
const TOML: &str = r#"
sqlite = "data"

[[schemas]]
id = "kyc"
valid-for = "365d"
document = "kyc.json"
claims = { table = "users.ndjson" }
"#;

/// Runs an issuer until stdin ends. Its first line is its URL.
pub(crate) async fn serve(folder: &Path, dstorage: &str) -> Result<(), Failure> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join("kyc.json"), SCHEMA)?;
    fs::write(folder.join("users.ndjson"), TABLE)?;
    let key = STANDARD.encode(SigningKey::generate(&mut rand::rng()).expose_der(KeyForm::Pkcs8));
    let environment = Environment::new([
        ("ISSUER_ORIGIN", "https://issuer.example"),
        ("MOCA_CHAIN_API_ORIGIN", dstorage),
        ("PARTNER_ID", "f0a2c1de-3f64-4a7a-9d55-0f1f4f6f9a11"),
        ("PARTNER_PRIVATE_KEY_DER", key.as_str()),
        ("API_KEY", API_KEY),
        ("ADMIN_API_KEY", ADMIN_KEY),
        // The size of the vendor's documents.
        ("SD_JWT_TSL_PARTITION_SIZE", "80000"),
    ]);
    let config = Config::read(&environment, Some(TOML), folder)?;
    let service = IssuerService::start(config).await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    writeln!(std::io::stdout(), "http://{}", listener.local_addr()?)?;
    let end = async {
        // Whether the input ended or failed, its writer is gone.
        let _ = tokio::task::spawn_blocking(|| std::io::stdin().lines().count()).await;
    };
    service.serve(listener, end).await?;
    Ok(())
}

/// A caller of the service: AIR, or a verifier.
pub(crate) struct Issuer {
    client: Client,
    url: String,
    /// The key of all holders. Each envelope has its own ephemeral key.
    encryption_key: String,
    signing_key: Value,
}

impl Issuer {
    pub(crate) fn at(url: &str) -> Result<Self, Failure> {
        let mut rng = rand::rng();
        let set = JwkSet::from(SigningKey::generate(&mut rng).public_jwk()).to_json();
        let set: Value = serde_json::from_str(&set)?;
        Ok(Self {
            client: Client::builder().build()?,
            url: url.to_owned(),
            encryption_key: HolderPrivateKey::generate(&mut rng).public_key().to_string(),
            signing_key: set.pointer("/keys/0").cloned().ok_or("no key in the set")?,
        })
    }

    /// Issues to a holder who has nothing yet.
    pub(crate) async fn issue(&self, number: u64) -> Result<(), Failure> {
        let body = json!({
            "holderDID": format!("did:air:id:test:{number}"),
            "encryptionKey": self.encryption_key,
            "userId": "user-1",
            "schemaId": "kyc",
            "signingKey": { "jwk": self.signing_key },
        });
        let request = self.client.post(format!("{}/issue-vc", self.url));
        let response = request.header("x-api-key", API_KEY).json(&body).send().await?;
        let status = response.status().as_u16();
        response.bytes().await?;
        if status == 201 {
            Ok(())
        } else {
            Err(format!("issue-vc responded with {status}").into())
        }
    }

    /// Calls a public route.
    pub(crate) async fn read(&self, path: &str) -> Result<(), Failure> {
        let response = self.client.get(format!("{}{path}", self.url)).send().await?;
        response.error_for_status()?.bytes().await?;
        Ok(())
    }
}
