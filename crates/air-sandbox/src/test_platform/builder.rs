//! The builder of a test platform.

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
    /// Sets a seed that replaces the default schemas and programs. Its `jwksUrl` is replaced.
    pub fn seed(mut self, seed: Seed) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Adds a schema under a key, in the form of the dashboard (`title`, `attributes`, …).
    pub fn schema(mut self, key: &str, form: Value) -> Self {
        self.schemas.push((key.to_owned(), form));
        self
    }

    /// Adds a published issuance program for the schema with this key. Its credentials never
    /// expire, and it has no CAK.
    pub fn program(self, key: &str, schema: &str) -> Self {
        self.program_of(SeedProgram {
            key: key.to_owned(),
            schema: schema.to_owned(),
            cak: false,
            expiration: air_api::sandbox::Expiration::default(),
            accessible_until: None,
            maximum_issuance: None,
            name: None,
            proof: None,
            unlinkable: false,
            publish: true,
        })
    }

    /// Adds an issuance program with all its settings.
    pub fn program_of(mut self, program: SeedProgram) -> Self {
        self.programs.push(program);
        self
    }

    /// Sets the faults from the first call on. They do not affect the setup.
    pub fn faults(mut self, faults: Faults) -> Self {
        self.faults = faults;
        self
    }

    /// Sets the clock of the platform and of its partners' tokens. Defaults to the machine's clock.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.config.clock = clock;
        self
    }

    /// Sets the interval at which pending credentials are anchored. Defaults to 10 ms.
    pub fn block_time(mut self, block_time: Duration) -> Self {
        self.config.block_time = block_time;
        self
    }

    /// Replaces all other settings, for example the location of the data. Call it before the
    /// methods that change one setting.
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// Sets the partner's key, for example an RS256 key. Defaults to a new ES256 key.
    pub fn key(mut self, key: SigningKey) -> Self {
        self.key = Some(key);
        self
    }

    /// Starts the platform and sets it up. When this function returns, the platform accepts requests.
    ///
    /// # Errors
    /// [`Error::SetUp`] for a schema that is not a JSON object; [`Error::Refused`] for a schema,
    /// program or fault that breaks a rule; [`Error::Listen`] if there is no free port.
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

/// Returns the default seed.
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
