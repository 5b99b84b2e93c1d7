//! A platform for integration tests: in memory, set up, with a partner whose tokens it trusts.

mod builder;
mod jwks;
mod partner;

use std::ops::Deref;

use air_api::sandbox::{Faults, Seed};
use air_jwt::SigningKey;

pub use self::{builder::TestPlatformBuilder, partner::TestPartner};
use crate::{Clock, Error, Platform};

/// A platform in memory on a free loopback port, with a partner, its published key, a schema and
/// programs. Test platforms share nothing, so any number can run in parallel. Dropping the value
/// deletes everything.
///
/// It dereferences to its first [`TestPartner`], which signs tokens and creates orders. Any client
/// can call the platform at [`Self::url`].
///
/// By default, the key `adult` has a schema with `isOver18` (boolean, required) and `country`
/// (string), a published program without compliance encryption, and a verification program that
/// requests `isOver18` and the CAK. The key `sealed` has a published program with compliance
/// encryption, and `draft` an unpublished program. A block is made every 10 ms.
///
/// ```
/// use air_sandbox::TestPlatform;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let platform = TestPlatform::start().await?;
/// let token = platform.on_behalf_token("ada@example.com")?;
/// let order = platform.order("adult", serde_json::json!({ "isOver18": true }))?;
///
/// let url = format!("{}/v1/credentials/issue-on-behalf", platform.url());
/// let issued = reqwest::Client::new().post(url).header("x-partner-auth", token.expose_secret()).json(&order).send().await?;
/// assert_eq!(issued.status(), 200);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a platform runs while it is held"]
pub struct TestPlatform {
    platform: Platform,
    clock: Clock,
    partner: TestPartner,
}

impl TestPlatform {
    /// Starts a platform with the default settings.
    ///
    /// # Errors
    /// Fails if there is no free port.
    pub async fn start() -> Result<Self, Error> {
        Self::builder().start().await
    }

    /// Returns a builder for custom schemas, programs, faults, clock, block time and key.
    pub fn builder() -> TestPlatformBuilder {
        TestPlatformBuilder::default()
    }

    /// Returns `http://127.0.0.1:PORT`, without a trailing slash. The documented API is below `/v1`.
    #[must_use]
    pub fn url(&self) -> String {
        self.platform.url()
    }

    /// Returns the platform.
    pub fn platform(&self) -> &Platform {
        &self.platform
    }

    /// Replaces the active faults. `Faults::default()` removes them all.
    ///
    /// # Errors
    /// [`Error::Refused`] for an invalid fault.
    pub async fn set_faults(&self, faults: Faults) -> Result<(), Error> {
        Ok(self.platform.set_faults(faults).await?)
    }

    /// Sets up another partner with its own key and its own copies of the schemas and programs. Use
    /// it to test the isolation of partners.
    ///
    /// # Errors
    /// Fails if there is no free port.
    pub async fn another_partner(&self, name: &str) -> Result<TestPartner, Error> {
        let mut seed = builder::usual_seed()?;
        name.clone_into(&mut seed.partner.name);
        self.partner_of(seed).await
    }

    /// Sets up another partner from a seed. The seed's `jwksUrl` is replaced.
    ///
    /// # Errors
    /// [`Error::Refused`] for a seed that breaks a rule.
    pub async fn partner_of(&self, seed: Seed) -> Result<TestPartner, Error> {
        let key = SigningKey::generate(&mut rand::rng());
        TestPartner::set_up(&self.platform, &self.clock, seed, key).await
    }

    /// Stops the platform and waits until requests in flight finish (within 5 s). Dropping the
    /// value does not wait.
    ///
    /// # Errors
    /// [`Error::Server`] if the server had already failed.
    pub async fn stop(self) -> Result<(), Error> {
        self.platform.stop().await
    }
}

impl Deref for TestPlatform {
    type Target = TestPartner;

    fn deref(&self) -> &TestPartner {
        &self.partner
    }
}
