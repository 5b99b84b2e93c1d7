//! A database, a platform, a holder, and an issuer that can be started again and again.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use air_crypto::holder::HolderPrivateKey;
use air_ids::UnixTime;
use air_issuer::{Clock, Config, Environment, Error, IssuerService, SchemaConfig, Table};
use air_jwt::{JwkSet, KeyForm, SigningKey};
use air_schema::CredentialSchema;
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use sqlx::{ConnectOptions, Connection, postgres::PgConnectOptions};
use tempfile::TempDir;
use tower_service::Service;

use super::platform::FakePlatform;

pub(crate) const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);
pub(crate) const API_KEY: &str = "0123456789abcdef0123456789abcdef";
pub(crate) const ADMIN_KEY: &str = "fedcba9876543210fedcba9876543210";

const SCHEMA: &str = r#"{
    "title": "Member",
    "attributes": [
        { "name": "givenName", "type": "string", "required": true },
        { "name": "level", "type": "integer", "required": true },
        { "name": "nickname", "type": "string" }
    ]
}"#;
const TABLE: &str = "userId,credentialSubject.givenName,credentialSubject.level\n\
    12,\"\"\"Ada\"\"\",3\n\
    user-2,\"\"\"Grace\"\"\",4\n\
    long-name,\"\"\"Adelheid Theodora\"\"\",3\n";
/// A line that breaks the schema, which no table of `issuer.toml` can have.
const BROKEN: &str = "broken,\"\"\"No level\"\"\",\n";
const TOML: &str = r#"
[air]
timeout = "5s"

[[schemas]]
id = "member"
vct = "https://issuer.example/types/member"
valid-for = "90d"
always-visible = ["level"]
document = "member.json"
claims = { table = "members.csv" }

[[schemas]]
id = "badge"
valid-for = "1h"
document = "member.json"
claims = { table = "members.csv" }
"#;

pub(crate) struct TestEnv {
    pub(crate) folder: TempDir,
    pub(crate) platform: FakePlatform,
    pub(crate) holder: HolderPrivateKey,
    seconds: Arc<AtomicU64>,
    clock: Clock,
    key: String,
    /// On PostgreSQL.
    database: Option<String>,
}

pub(crate) struct Issuer {
    pub(crate) service: IssuerService,
    router: Router,
}

#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl TestEnv {
    pub(crate) async fn new() -> Self {
        let mut rng = rand::rng();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("member.json"), SCHEMA).unwrap();
        fs::write(folder.path().join("members.csv"), TABLE).unwrap();
        let (key, holder) = (
            SigningKey::generate(&mut rng),
            HolderPrivateKey::generate(&mut rng),
        );
        let seconds = Arc::new(AtomicU64::new(NOW.as_secs()));
        let clock = Clock::from_fn({
            let seconds = seconds.clone();
            move || UnixTime::from_secs(seconds.load(Ordering::SeqCst))
        });
        let keys = JwkSet::from(key.public_jwk());
        let platform = FakePlatform::start(keys, clock.clone(), &holder.public_key().to_string()).await;
        Self {
            folder,
            platform,
            holder,
            seconds,
            clock,
            key: STANDARD.encode(key.expose_der(KeyForm::Pkcs8)),
            database: database().await,
        }
    }

    pub(crate) async fn with_issuer() -> (Self, Issuer) {
        let env = Self::new().await;
        let issuer = env.start().await;
        (env, issuer)
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The URL of the database, on PostgreSQL.
    pub(crate) fn database(&self) -> Option<&str> {
        self.database.as_deref()
    }

    /// The environment of a plain issuer. Later entries win.
    pub(crate) fn environment(&self, more: &[(&str, &str)]) -> Environment {
        self.environment_without("", more)
    }

    /// The same without one variable.
    pub(crate) fn environment_without(&self, name: &str, more: &[(&str, &str)]) -> Environment {
        let mut variables = self.variables();
        variables.retain(|(variable, _)| *variable != name);
        variables.extend_from_slice(more);
        Environment::new(variables)
    }

    /// The variables of a plain issuer.
    pub(crate) fn variables(&self) -> Vec<(&str, &str)> {
        let mut variables = vec![
            ("ISSUER_ORIGIN", "https://issuer.example"),
            ("MOCA_CHAIN_API_ORIGIN", self.platform.origin.as_str()),
            ("PARTNER_ID", "f0a2c1de-3f64-4a7a-9d55-0f1f4f6f9a11"),
            ("PARTNER_PRIVATE_KEY_DER", self.key.as_str()),
            ("API_KEY", API_KEY),
            ("ADMIN_API_KEY", ADMIN_KEY),
            ("SD_JWT_TSL_PARTITION_SIZE", "16"),
        ];
        if let Some(database) = &self.database {
            variables.push(("DATABASE_URL", database));
        }
        variables
    }

    pub(crate) fn is_on_postgresql(&self) -> bool {
        self.database.is_some()
    }

    /// Writes the plain issuer's `issuer.toml`, for another process.
    pub(crate) fn write_toml(&self) -> PathBuf {
        let path = self.path().join("issuer.toml");
        fs::write(&path, self.toml(TOML)).unwrap();
        path
    }

    /// `issuer.toml` with the database.
    fn toml(&self, toml: &str) -> String {
        let sqlite = match &self.database {
            Some(_) => "",
            None => "sqlite = \"data\"\n",
        };
        format!("{sqlite}{toml}")
    }

    pub(crate) fn config(&self, more: &[(&str, &str)], toml: &str) -> Config {
        self.config_of(&self.environment(more), toml)
    }

    pub(crate) fn config_of(&self, environment: &Environment, toml: &str) -> Config {
        Config::read(environment, Some(&self.toml(toml)), self.path()).unwrap()
    }

    /// The configuration of a plain issuer.
    pub(crate) fn plain_config(&self) -> Config {
        self.plain_config_with(&[])
    }

    /// The configuration of a plain issuer with these variables.
    pub(crate) fn plain_config_with(&self, more: &[(&str, &str)]) -> Config {
        self.config(more, TOML)
    }

    /// Replaces the claims of the schema `member` by those of a source in code, whose user `broken` has claims that
    /// break the schema.
    pub(crate) fn with_broken_claims(&self, config: Config) -> Config {
        let path = self.path().join("unchecked.csv");
        fs::write(&path, format!("{TABLE}{BROKEN}")).unwrap();
        let schema = CredentialSchema::from_slice(SCHEMA.as_bytes()).unwrap();
        let source = Arc::new(Table::open(path).unwrap());
        let valid_for = Duration::from_hours(1);
        config.with_schema(SchemaConfig::new("member", &schema, valid_for, source).unwrap())
    }

    /// An issuer with a user `broken`, whose claims break the schema.
    pub(crate) async fn start_with_broken_claims(&self) -> Issuer {
        let config = self.with_broken_claims(self.plain_config());
        self.try_start(config).await.unwrap()
    }

    /// The configuration of a plain issuer whose database is in this folder.
    pub(crate) fn plain_config_on_sqlite(&self, folder: &Path) -> Config {
        let environment = self.environment_without("DATABASE_URL", &[]);
        let toml = format!("sqlite = {:?}\n{TOML}", folder.to_str().unwrap());
        Config::read(&environment, Some(&toml), self.path()).unwrap()
    }

    /// A configuration with the schemas of a plain issuer and these lines in `[keys]`.
    pub(crate) fn config_with_keys(&self, more: &[(&str, &str)], keys: &str) -> Config {
        self.config(more, &format!("{TOML}\n[keys]\n{keys}\n"))
    }

    /// An issuer with the usual schemas, and these lines before them in `issuer.toml`.
    pub(crate) async fn start_with_toml(&self, lines: &str) -> Issuer {
        let toml = format!("{lines}\n{TOML}");
        self.try_start(self.config(&[], &toml)).await.unwrap()
    }

    pub(crate) async fn try_start(&self, config: Config) -> Result<Issuer, Error> {
        let service = IssuerService::start_with(config, self.clock.clone()).await?;
        let router = service.router();
        Ok(Issuer { service, router })
    }

    pub(crate) async fn start_with(&self, more: &[(&str, &str)]) -> Issuer {
        self.try_start(self.config(more, TOML)).await.unwrap()
    }

    pub(crate) async fn start(&self) -> Issuer {
        self.start_with(&[]).await
    }

    /// Starts an issuer with `[openid4vc]` and these settings in it.
    #[cfg(feature = "openid4vc")]
    pub(crate) async fn start_for_wallets(&self, settings: &str) -> Issuer {
        let toml = format!("{TOML}\n[openid4vc]\nname = \"Example\"\n{settings}");
        self.try_start(self.config(&[], &toml)).await.unwrap()
    }

    /// Starts an issuer with `[openid4vc]` and a user `broken`, whose claims break the schema.
    #[cfg(feature = "openid4vc")]
    pub(crate) async fn start_for_wallets_with_broken_claims(&self) -> Issuer {
        let toml = format!("{TOML}\n[openid4vc]\nname = \"Example\"\n");
        let config = self.with_broken_claims(self.config(&[], &toml));
        self.try_start(config).await.unwrap()
    }

    /// Starts an issuer with `[openid4vc]`, and these lines in `[keys]`.
    #[cfg(feature = "openid4vc")]
    pub(crate) async fn start_for_wallets_with_keys(&self, more: &[(&str, &str)], keys: &str) -> Issuer {
        let toml = format!("{TOML}\n[openid4vc]\nname = \"Example\"\n[keys]\n{keys}\n");
        self.try_start(self.config(more, &toml)).await.unwrap()
    }

    /// Starts an issuer with `[openid4vc]` that no longer has the schema `member`.
    #[cfg(feature = "openid4vc")]
    pub(crate) async fn start_without_member(&self) -> Issuer {
        let (settings, schemas) = TOML.split_once("[[schemas]]").unwrap();
        let (_, badge) = schemas.split_once("[[schemas]]").unwrap();
        let toml = format!("{settings}[[schemas]]{badge}\n[openid4vc]\n");
        self.try_start(self.config(&[], &toml)).await.unwrap()
    }

    pub(crate) fn now(&self) -> UnixTime {
        self.clock.now()
    }

    pub(crate) fn clock(&self) -> Clock {
        self.clock.clone()
    }

    pub(crate) fn pass(&self, seconds: u64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    /// A body of `issue-vc`.
    pub(crate) fn request(&self) -> Value {
        json!({
            "holderDID": "did:air:id:test:holder",
            "pubKey": self.holder.public_key().to_string(),
            "userId": 12,
            "schemaId": "member",
        })
    }
}

impl Issuer {
    pub(crate) async fn send(&self, request: Request<Body>) -> Response {
        let response = self.router.clone().call(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 1 << 20).await.unwrap();
        Response {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        let request = Request::get(path).header("x-admin-api-key", ADMIN_KEY);
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Posts JSON with both keys.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Response {
        let request = Request::post(path)
            .header("x-api-key", API_KEY)
            .header("x-admin-api-key", ADMIN_KEY)
            .header("content-type", "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap())
            .await
    }

    pub(crate) async fn issue(&self, body: &Value) -> u16 {
        self.post("/issue-vc", body).await.status
    }

    /// Revokes the credential with this nonce.
    pub(crate) async fn revoke(&self, nonce: &Value) {
        let response = self.post("/admin/revoke", &json!({ "nonce": nonce })).await;
        assert_eq!(response.status, 201, "{response:?}");
    }

    /// All lines of the history.
    pub(crate) async fn history(&self) -> Vec<Value> {
        let response = self.get("/admin/issuance-history?limit=100").await;
        response.json()["data"].as_array().unwrap().clone()
    }
}

impl Response {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

/// A new database of the server that `AIR_TEST_DATABASE` names, if it names one.
pub(crate) async fn database() -> Option<String> {
    let server = std::env::var("AIR_TEST_DATABASE").ok()?;
    let name = format!("air_issuer_{:032x}", rand::random::<u128>());
    let options: PgConnectOptions = server.parse().unwrap();
    let mut connection = options.connect().await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}")))
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    let mut url = url::Url::parse(&server).unwrap();
    url.set_path(&name);
    Some(url.to_string())
}
