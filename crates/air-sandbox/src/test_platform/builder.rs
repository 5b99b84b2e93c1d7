//! What a test platform has.

use std::time::Duration;

use air_api::sandbox::{Faults, Seed, SeedProgram, SeedSchema};
use air_jwt::SigningKey;
use serde_json::{Value, json};

use super::{TestPartner, TestPlatform};
use crate::{Clock, Config, Error, Platform};

/// Settings of a [`TestPlatform`].
///
/// ```
/// use air_sandbox::TestPlatform;
/// use serde_json::json;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let platform = TestPlatform::builder()
///     .schema("income", json!({ "title": "Income", "attributes": [{ "name": "bracket", "type": "string" }] }))
///     .program("income", "income")
///     .faults(serde_json::from_value(json!({ "rules": [{ "path": "/v1", "kind": "status", "status": 503, "times": 1 }] }))?)
///     .start()
///     .await?;
/// assert!(platform.order("income", json!({ "bracket": "A" })).is_ok());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a builder starts"]
pub struct TestPlatformBuilder {
    config: Config,
    seed: Option<Seed>,
    schemas: Vec<(String, Value)>,
    programs: Vec<SeedProgram>,
    faults: Faults,
    key: Option<SigningKey>,
}

impl Default for TestPlatformBuilder {
    fn default() -> Self {
        Self {
            config: Config {
                block_time: Duration::from_millis(10),
                ..Config::default()
            },
            seed: None,
            schemas: Vec::new(),
            programs: Vec::new(),
            faults: Faults::default(),
            key: None,
        }
    }
}

impl TestPlatformBuilder {
    /// Sets up this instead of the usual schemas and programs; its `jwksUrl` is put in.
    pub fn seed(mut self, seed: Seed) -> Self {
        self.seed = Some(seed);
        self
    }

    /// One more schema, as the dashboard's form has it (`title`, `attributes`, …), under a key of the test's own.
    pub fn schema(mut self, key: &str, form: Value) -> Self {
        self.schemas.push((key.to_owned(), form));
        self
    }

    /// One more issuance program, published, for the schema of that key; its credentials never expire, and it has no CAK.
    pub fn program(self, key: &str, schema: &str) -> Self {
        self.program_of(SeedProgram {
            key: key.to_owned(),
            schema: schema.to_owned(),
            cak: false,
            expiration: air_api::sandbox::Expiration::default(),
            accessible_until: None,
            maximum_issuance: None,
            publish: true,
        })
    }

    /// One more issuance program, in full.
    pub fn program_of(mut self, program: SeedProgram) -> Self {
        self.programs.push(program);
        self
    }

    /// What goes wrong from the first call on. Setting up is spared.
    pub fn faults(mut self, faults: Faults) -> Self {
        self.faults = faults;
        self
    }

    /// The clock of the platform and of the tokens that its partners sign. Defaults to the machine's clock.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.config.clock = clock;
        self
    }

    /// How often pending credentials are anchored. Defaults to every 10 ms.
    pub fn block_time(mut self, block_time: Duration) -> Self {
        self.config.block_time = block_time;
        self
    }

    /// All other settings, where the data lives for one. It comes before the calls that set one of them.
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// The partner's key, for example an RS256 key. Defaults to a new ES256 key.
    pub fn key(mut self, key: SigningKey) -> Self {
        self.key = Some(key);
        self
    }

    /// Starts the platform and sets it up: when this returns, it answers.
    ///
    /// # Errors
    /// [`Error::SetUp`] with the platform's sentence for a schema, program or fault that breaks a rule; [`Error::Listen`] without a free
    /// port.
    pub async fn start(self) -> Result<TestPlatform, Error> {
        let mut seed = match self.seed {
            Some(seed) => seed,
            None => usual_seed()?,
        };
        for (key, form) in self.schemas {
            let Value::Object(form) = form else {
                let reason = format!("`{key}`: a schema's form is a JSON object");
                return Err(Error::SetUp { reason });
            };
            seed.schemas.push(SeedSchema { key, form });
        }
        seed.programs.extend(self.programs);
        let clock = self.config.clock.clone();
        let platform = Platform::start(self.config).await?;
        let key = self.key.unwrap_or_else(|| SigningKey::generate(&mut rand::rng()));
        let partner = TestPartner::set_up(&platform, &clock, seed, key).await?;
        let platform = TestPlatform {
            platform,
            clock,
            partner,
        };
        platform.set_faults(self.faults).await?;
        Ok(platform)
    }
}

/// The default seed.
pub(super) fn usual_seed() -> Result<Seed, Error> {
    let seed = json!({
        "partner": { "name": "Zenith", "jwksUrl": "http://localhost/jwks.json", "issueOnBehalf": true },
        "schemas": [{ "key": "adult", "title": "Adult", "attributes": [
            { "name": "isOver18", "type": "boolean", "required": true },
            { "name": "country", "type": "string" },
        ]}],
        "programs": [
            { "key": "adult", "schema": "adult", "publish": true },
            { "key": "sealed", "schema": "adult", "cak": true, "expiration": "90d", "publish": true },
            { "key": "draft", "schema": "adult", "publish": false },
        ],
        "verificationPrograms": [{ "key": "adult", "schema": "adult", "requireCak": true,
            "conditions": [{ "attribute": "isOver18", "operator": "equals", "value": true }] }],
    });
    serde_json::from_value(seed).map_err(|error| Error::SetUp {
        reason: error.to_string(),
    })
}
